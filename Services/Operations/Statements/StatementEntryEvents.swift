import BankStatements
import Kafka
import PerisaiModels
import Worker

/// Makes the events of one statement: the same lines give the same ids, whenever they are imported.
///
/// The reference is the bank's own number. A line without one, or with one that stood in the statement before (parts of
/// a bulk booking share it), gets a number of its own made of account, statement and place; that it is the same money
/// as a line of an interim statement is then told by remark, amount and date.
struct StatementEntryEvents {
    private let bank: BankCode
    private let account: AccountNumber
    private let statement: PaymentReference
    private let isInterim: Bool
    /// Tells interim statements apart whose number the bank uses more than once a day; empty for the others.
    private let mark: String
    private var references: Set<UInt64>

    /// `entries`: how many there will be at most.
    init(bank: BankCode, head: StatementHead, entries: Int, sha256: String) throws {
        self.bank = bank
        account = try Self.account(head.account)
        statement = try Self.reference(head.statement)
        isInterim = head.isInterim
        mark = head.isInterim ? String(sha256.prefix(8)) : ""
        references = Set(minimumCapacity: min(max(0, entries), 10_000_000))
    }

    /// The digits of an account as banks write it: "1030001234567", "103-000-123456-7", "BMRIIDJA/1030001234567".
    static func account(_ text: String) throws(IdentifierFault) -> AccountNumber {
        let last = text.split(separator: "/").last ?? ""
        return try AccountNumber(String(last.filter { ("0"..."9").contains($0) }))
    }

    /// The bank's number as a reference: other characters become "-", what is too long ends in a hash of the whole.
    static func reference(_ text: String, limit: Int = 64) throws(IdentifierFault) -> PaymentReference {
        var bytes = text.utf8.map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "-") }
        if bytes.count > limit {
            let hash = String(hash(text), radix: 36, uppercase: true)
            bytes = bytes.prefix(limit - hash.utf8.count - 1) + [UInt8(ascii: "-")] + hash.utf8
        }
        return try PaymentReference(String(decoding: bytes, as: UTF8.self))
    }

    private static func hash(_ text: String) -> UInt64 {
        var hash = SipHash128(seed: 40)
        hash.combine(text)
        return hash.finish().0
    }

    /// The record of a line; nil for a line of an interim statement that nothing identifies, which the statement that
    /// closes the day brings.
    mutating func record(_ entry: StatementEntry) throws -> OutgoingRecord? {
        guard let event = try event(entry) else { return nil }
        do throws(JSONFault) { try event.validate() } catch {
            throw OperationsError("line \(entry.line): \(error.field) \(error.reason)")
        }
        let direction = (entry.isCredit ? "C" : "D") + (entry.isReversal ? "R" : "")
        let id =
            "\(statement.text)-\(mark)\(entry.bookedOn)-\(entry.ordinal)-\(direction)-\(entry.amount.amount)"
        let start = Instant(entry.bookedOn, secondsFromMidnight: 0, in: .wib) ?? .earliest
        let attributes = EventAttributes(
            id: id, source: "/perisai/import/\(bank.text)/\(account.text)", type: StatementEntryBooked.type,
            time: Instant(microseconds: start.microseconds + Int64(entry.ordinal)) ?? start)
        return EventRecord.make(attributes, event)
    }

    mutating func event(_ entry: StatementEntry) throws -> StatementEntryBooked? {
        let found = Identifiers(entry)
        let own = try bankReference(entry)
        if isInterim, own == nil, !found.identify { return nil }
        return StatementEntryBooked(
            bank: bank, account: account, statement: statement, entry: entry.ordinal,
            direction: entry.isCredit ? .credit : .debit, isReversal: entry.isReversal,
            interim: isInterim ? true : nil, amount: entry.amount, bookedOn: entry.bookedOn,
            valueDate: entry.valueDate, reference: try own ?? made(entry),
            payerReference: entry.payerReference.map { Self.cut($0, StatementEntry.referenceLimit) },
            virtualAccount: found.virtualAccount, kodeIuran: found.kodeIuran, nik: found.nik, months: found.months,
            payerName: entry.payerName, text: entry.text.isEmpty ? nil : Self.cut(entry.text, StatementEntry.textLimit))
    }

    /// The bank's number, when it is one and no line before has had it. Reversals may name the number of their payment.
    private mutating func bankReference(_ entry: StatementEntry) throws -> PaymentReference? {
        guard let text = entry.bankReference, text.utf8.contains(where: { (0x30...0x39).contains($0) }) else {
            return nil
        }
        let reference = try Self.reference(text)
        guard entry.isCredit, !entry.isReversal else { return reference }
        guard references.insert(Self.hash(reference.text)).inserted else { return try made(entry) }
        return reference
    }

    private func made(_ entry: StatementEntry) throws -> PaymentReference {
        let number = try Self.reference(statement.text, limit: 24).text
        let date = entry.bookedOn.description.filter { $0 != "-" }
        return try PaymentReference("\(account.text)/\(number)/\(isInterim ? mark : date)/\(entry.ordinal)")
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        text.unicodeScalars.count <= limit
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }

    /// Whom a line names: only what is without doubt; the rest is for the rules of matching. Decides the partition.
    private struct Identifiers {
        var virtualAccount: VirtualAccount?
        var kodeIuran: KodeIuran?
        var nik: NIK?
        var months: Int?
        /// The line can be told from others of its amount and date.
        var identify = false

        init(_ entry: StatementEntry) {
            let text = RemittanceText(entry.text)
            let given = entry.payerReference ?? ""
            let account = (try? VirtualAccount(given)).flatMap { Self.isOurs($0) ? $0 : nil }
            let kode = (try? KodeIuran(given)).flatMap { $0.text.utf8.count == 12 && $0.payer != nil ? $0 : nil }
            let accounts = Set(text.virtualAccounts + [account].compactMap { $0 })
            let codes = Set(text.labelledKodeIuran + [kode].compactMap { $0 })
            let payers = Set(accounts.compactMap(\.payer) + codes.compactMap(\.payer) + text.payers)
            if payers.count == 1 {
                if accounts.count == 1 {
                    virtualAccount = accounts.first
                } else if codes.count == 1 {
                    kodeIuran = codes.first
                }
            } else if payers.isEmpty, text.niks.count == 1 {
                nik = text.niks.first
                months = text.months
            }
            identify =
                !payers.isEmpty || !text.niks.isEmpty || text.remarkKey != nil
                || given.utf8.count { (0x30...0x39).contains($0) } >= 4
        }

        private static func isOurs(_ account: VirtualAccount) -> Bool {
            account.payer != nil && account.corporateCode == CorporateCode.perisai.text
        }
    }
}
