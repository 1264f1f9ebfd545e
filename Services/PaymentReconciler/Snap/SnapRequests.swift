import Crypto
import PerisaiModels

/// The body of an inquiry (service 24).
struct SnapInquiryRequest: JSONObject {
    static let summary = "What is due for a virtual account"

    let account: SnapAccount
    let inquiryRequestId: String

    init(fields reader: inout FieldReader) throws(JSONFault) {
        account = try SnapAccount(fields: &reader)
        guard let id = try reader.snapIdentifier("inquiryRequestId", 128) else {
            throw JSONFault(field: "inquiryRequestId", reason: SnapText.missing)
        }
        inquiryRequestId = id
        _ = try reader.snapTime("trxDateInit")
        _ = try reader.snapTime("txnDateInit")
        _ = try reader.snapDigits("channelCode", 4)
        _ = try reader.snap("language", 2)
        _ = try reader.optional("amount") as SnapAmount?
        _ = try reader.snap("hashedSourceAccountNo", 32)
        _ = try reader.snap("sourceBankCode", 3)
        _ = try reader.snap("passApp", 64)
    }

    func write(fields writer: inout JSONWriter) {
        account.write(fields: &writer)
        writer.field("inquiryRequestId", inquiryRequestId)
    }
}

/// One bill of a payment.
struct SnapPaidBill: JSONObject {
    static let summary = "A bill that a payment is for"

    let billCode: String?
    let billNo: String?
    let billName: String?
    let billShortName: String?
    let billDescription: SnapAny?
    let billSubCompany: String?
    let billAmount: SnapAmount?
    let additionalInfo: SnapAny?
    let billReferenceNo: String?

    init(fields reader: inout FieldReader) throws(JSONFault) {
        billCode = try reader.snap("billCode", 2)
        billNo = try reader.snap("billNo", 18)
        billName = try reader.snap("billName", 20)
        billShortName = try reader.snap("billShortName", 20)
        billDescription = try reader.optional("billDescription")
        billSubCompany = try reader.snap("billSubCompany", 5)
        billAmount = try reader.optional("billAmount")
        additionalInfo = try reader.optional("additionalInfo")
        billReferenceNo = try reader.snap("billReferenceNo", 64)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("billCode", billCode)
        writer.field("billNo", billNo)
        writer.field("billName", billName)
        writer.field("billShortName", billShortName)
        writer.field("billDescription", billDescription)
        writer.field("billSubCompany", billSubCompany)
        writer.field("billAmount", billAmount)
        writer.field("additionalInfo", additionalInfo)
        writer.field("billReferenceNo", billReferenceNo)
    }
}

/// The body of a payment (service 25), every published field with its limit.
struct SnapPaymentRequest: JSONObject {
    static let summary = "A payment to a virtual account"
    /// Most bills of one payment (SNAP BI).
    static let billLimit = 24

    let account: SnapAccount
    let virtualAccountName: String?
    let virtualAccountEmail: String?
    let virtualAccountPhone: String?
    let trxId: String?
    let paymentRequestId: String
    let channelCode: SnapAny?
    let hashedSourceAccountNo: String?
    let sourceBankCode: String?
    let paidAmount: SnapAmount
    let cumulativePaymentAmount: SnapAmount?
    let paidBills: String?
    let totalAmount: SnapAmount?
    let trxDateTime: (text: String, time: Instant)?
    let referenceNo: String?
    let journalNum: String?
    let paymentType: String?
    let flagAdvise: String?
    let subCompany: String?
    let billDetails: [SnapPaidBill]?
    let freeTexts: [SnapAny]?
    let additionalInfo: SnapAny?

    init(fields reader: inout FieldReader) throws(JSONFault) {
        account = try SnapAccount(fields: &reader)
        virtualAccountName = try reader.snap("virtualAccountName", 255)
        virtualAccountEmail = try reader.snap("virtualAccountEmail", 255)
        virtualAccountPhone = try reader.snap("virtualAccountPhone", 30)
        trxId = try reader.snap("trxId", 64)
        guard let id = try reader.snapIdentifier("paymentRequestId", 128) else {
            throw JSONFault(field: "paymentRequestId", reason: SnapText.missing)
        }
        paymentRequestId = id
        channelCode = try reader.snapDigits("channelCode", 4)
        hashedSourceAccountNo = try reader.snap("hashedSourceAccountNo", 32)
        sourceBankCode = try reader.snap("sourceBankCode", 3)
        paidAmount = try reader.required("paidAmount")
        cumulativePaymentAmount = try reader.optional("cumulativePaymentAmount")
        paidBills = try reader.snap("paidBills", 6)
        totalAmount = try reader.optional("totalAmount")
        trxDateTime = try reader.snapTime("trxDateTime")
        referenceNo = try reader.snapIdentifier("referenceNo", 64)
        journalNum = try reader.snapIdentifier("journalNum", 64)
        paymentType = try reader.snap("paymentType", 1)
        flagAdvise = try reader.snapFlag("flagAdvise", of: "YN")
        subCompany = try reader.snap("subCompany", 5)
        billDetails = try reader.optional("billDetails")
        freeTexts = try reader.optional("freeTexts")
        additionalInfo = try reader.optional("additionalInfo")
    }

    func validate() throws(JSONFault) {
        guard paidAmount.amount > 0 else {
            throw JSONFault(field: "paidAmount.value", reason: "must be more than zero")
        }
        if let paidBills, !paidBills.utf8.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 6 }) {
            throw JSONFault(field: "paidBills", reason: "must be hexadecimal")
        }
        guard (billDetails?.count ?? 0) <= Self.billLimit else {
            throw JSONFault(field: "billDetails", reason: "holds more than \(Self.billLimit) bills")
        }
        guard (freeTexts?.count ?? 0) <= Self.billLimit else {
            throw JSONFault(field: "freeTexts", reason: "holds more than \(Self.billLimit) texts")
        }
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("flagAdvise", flagAdvise)
        writeLasting(&writer)
    }

    /// All but flagAdvise, which alone tells a repetition from the first call.
    private func writeLasting(_ writer: inout JSONWriter) {
        account.write(fields: &writer)
        writer.field("virtualAccountName", virtualAccountName)
        writer.field("virtualAccountEmail", virtualAccountEmail)
        writer.field("virtualAccountPhone", virtualAccountPhone)
        writer.field("trxId", trxId)
        writer.field("paymentRequestId", paymentRequestId)
        writer.field("channelCode", channelCode)
        writer.field("hashedSourceAccountNo", hashedSourceAccountNo)
        writer.field("sourceBankCode", sourceBankCode)
        writer.field("paidAmount", paidAmount)
        writer.field("cumulativePaymentAmount", cumulativePaymentAmount)
        writer.field("paidBills", paidBills)
        writer.field("totalAmount", totalAmount)
        writer.field("trxDateTime", trxDateTime.map { SnapText(text: $0.text) })
        writer.field("referenceNo", referenceNo)
        writer.field("journalNum", journalNum)
        writer.field("paymentType", paymentType)
        writer.field("subCompany", subCompany)
        writer.field("billDetails", billDetails)
        writer.field("freeTexts", freeTexts)
        writer.field("additionalInfo", additionalInfo)
    }

    /// SHA-256 over what a repetition must repeat: every field but flagAdvise, in one order and without white space.
    var fingerprint: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writeLasting(&writer)
        writer.endObject()
        return Array(SHA256.hash(data: writer.bytes))
    }

    /// The bank's number of the payment, which must be the one that its statement shows: referenceNo, and where the
    /// bank gives none, paymentRequestId (its SHA-256, cut to 32 digits, when that is longer than a reference may be).
    /// Not journalNum: its six digits come round again, and another payment would be taken for this one.
    var reference: String {
        if let referenceNo { return referenceNo }
        if paymentRequestId.utf8.count <= 64 { return paymentRequestId }
        return String(SnapSignature.hexadecimal(SHA256.hash(data: Array(paymentRequestId.utf8))).prefix(32))
    }
}
