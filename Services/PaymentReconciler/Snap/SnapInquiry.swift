import Crypto
import PerisaiModels
import Postgres
import Worker

/// Service 24: what is due for a virtual account.
struct SnapInquiry: Sendable {
    let gate: SnapGate
    let pool: DatabasePool
    let bills: @Sendable (Connection) -> any BillSource

    private enum Found: Sendable {
        case bill(Bill?)
        case conflict
    }

    func answer(_ request: ServiceRequest) async throws -> SnapAnswer {
        let caller = try gate.admit(request)
        let inquiry: SnapInquiryRequest = try snapBody(request)
        let account = inquiry.account.virtualAccount(of: caller.partner)
        let call = SnapCall(
            partner: caller.partner, service: .inquiry, day: caller.time.date(in: .wib), externalID: caller.externalID,
            fingerprint: Array(SHA256.hash(data: SnapSignature.minified(request.body))))
        let today = gate.now().date(in: .wib)
        let bills = bills
        let found = try await pool.run { connection -> Found in
            try connection.transaction {
                guard try SnapStore(connection: connection).use(call, repeating: false) else { return .conflict }
                return .bill(try account?.payer.flatMap { try bills(connection).bill(of: $0, on: today) })
            }
        }
        guard case .bill(let bill) = found else { throw SnapRefusal.conflict }
        guard let bill else { return refused(.notFound, inquiry) }
        if let refusal = bill.refusal { return refused(refusal, inquiry) }
        return successful(bill, inquiry, caller.partner)
    }

    private func refused(_ refusal: SnapRefusal, _ inquiry: SnapInquiryRequest) -> SnapAnswer {
        .refused(refusal, .inquiry) { writer in
            writer.name("virtualAccountData" as StaticString)
            writer.beginObject()
            writer.field("inquiryStatus", "01")
            writer.reason("inquiryReason", refusal)
            inquiry.account.write(fields: &writer)
            writer.field("inquiryRequestId", inquiry.inquiryRequestId)
            writer.endObject()
        }
    }

    private func successful(_ bill: Bill, _ inquiry: SnapInquiryRequest, _ partner: SnapPartner) -> SnapAnswer {
        .successful(.inquiry) { writer in
            writer.name("virtualAccountData" as StaticString)
            writer.beginObject()
            writer.field("inquiryStatus", "00")
            writer.texts("inquiryReason", english: "Success", indonesia: "Sukses")
            inquiry.account.write(fields: &writer)
            writer.field("virtualAccountName", bill.name)
            writer.field("inquiryRequestId", inquiry.inquiryRequestId)
            writer.field("totalAmount", SnapAmount(bill.total))
            writer.name("billDetails" as StaticString)
            writer.beginArray()
            for (index, line) in bill.lines.enumerated() { writer.line(line, index + 1) }
            writer.endArray()
            writer.field("virtualAccountTrxType", partner.amounts == .closed ? "C" : "O")
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// The reason of a refusal in both languages.
    mutating func reason(_ name: StaticString, _ refusal: SnapRefusal) {
        let indonesia =
            switch refusal {
            case .notFound: "Tagihan atau virtual account tidak ditemukan"
            case .invalidAmount: "Nominal tidak sesuai tagihan"
            case .paid: "Tagihan sudah dibayar"
            case .inactive: "Kepesertaan sudah berakhir"
            default: "Permintaan tidak dapat diproses"
            }
        texts(name, english: refusal.message, indonesia: indonesia)
    }

    /// One bill of an inquiry's answer.
    fileprivate mutating func line(_ line: Bill.Line, _ number: Int) {
        let month = line.month.description
        let (sign, english, indonesia) =
            switch line.kind {
            case .contribution: ("", "Contribution ", "Iuran ")
            case .fine: ("D", "Late fine ", "Denda ")
            case .sanction: ("S", "Sanction fine ", "Denda sanksi ")
            }
        beginObject()
        field("billCode", (number < 10 ? "0" : "") + String(number))
        field("billNo", sign + month.replacing("-", with: ""))
        field("billName", indonesia.uppercased() + month)
        texts(
            "billDescription", english: english + month, indonesia: indonesia + month)
        field("billAmount", SnapAmount(line.amount))
        endObject()
    }
}

/// Reads the body of a call whose signature is good.
func snapBody<Body: JSONObject>(_ request: ServiceRequest) throws(SnapRefusal) -> Body {
    do throws(JSONFault) {
        return try request.body.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
            try Body.read(bytes: UnsafeRawBufferPointer(bytes))
        }
    } catch { throw SnapRefusal(error) }
}
