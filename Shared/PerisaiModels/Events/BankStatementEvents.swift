/// Which way money went on an account of ours.
public enum EntryDirection: String, JSONChoice {
    case credit
    case debit
}

/// One line of a bank statement of ours: evidence of a payment, a new payment, or a reversal.
public struct StatementEntryBooked: EventData, Hashable {
    public var bank: BankCode
    public var account: AccountNumber
    public var statement: PaymentReference
    public var entry: Int
    public var direction: EntryDirection
    public var isReversal: Bool
    public var interim: Bool?
    public var amount: Rupiah
    public var bookedOn: CivilDate
    public var valueDate: CivilDate?
    public var reference: PaymentReference
    public var payerReference: String?
    public var virtualAccount: VirtualAccount?
    public var kodeIuran: KodeIuran?
    public var nik: NIK?
    public var months: Int?
    public var payerName: String?
    public var text: String?

    public static let type = "id.perisai.statement-entry-booked.v1"
    public static let topic = Topic.payments
    public static let summary =
        "One line of a bank statement of ours: evidence of a payment, a new payment, or a reversal"
    public var partitionKey: String {
        PaymentRoute.key(virtualAccount: virtualAccount, kodeIuran: kodeIuran, nik: nik, reference: reference)
    }

    public init(
        bank: BankCode, account: AccountNumber, statement: PaymentReference, entry: Int, direction: EntryDirection,
        isReversal: Bool, interim: Bool? = nil, amount: Rupiah, bookedOn: CivilDate, valueDate: CivilDate? = nil,
        reference: PaymentReference,
        payerReference: String? = nil, virtualAccount: VirtualAccount? = nil, kodeIuran: KodeIuran? = nil,
        nik: NIK? = nil, months: Int? = nil, payerName: String? = nil, text: String? = nil
    ) {
        self.bank = bank
        self.account = account
        self.statement = statement
        self.entry = entry
        self.direction = direction
        self.isReversal = isReversal
        self.interim = interim
        self.amount = amount
        self.bookedOn = bookedOn
        self.valueDate = valueDate
        self.reference = reference
        self.payerReference = payerReference
        self.virtualAccount = virtualAccount
        self.kodeIuran = kodeIuran
        self.nik = nik
        self.months = months
        self.payerName = payerName
        self.text = text
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        bank = try reader.required("bank")
        account = try reader.required("account", "Our account at the bank")
        statement = try reader.required("statement", "The bank's number of the statement")
        entry = try reader.required("entry", "Place in the statement, from 1")
        direction = try reader.required("direction")
        isReversal = try reader.required("is_reversal", "The entry takes an earlier one back")
        interim = try reader.optional("interim", "News of the day (MT942, camt.054), not the statement that closes it")
        amount = try reader.required("amount", "More than zero")
        bookedOn = try reader.required("booked_on", "Booking date; this date decides")
        valueDate = try reader.optional("value_date")
        reference = try reader.required(
            "reference", "The bank's own number of the booking, or one made of account, statement and entry")
        payerReference = try reader.optional("payer_reference", "What the payer gave")
        virtualAccount = try reader.optional("virtual_account")
        kodeIuran = try reader.optional("kode_iuran")
        nik = try reader.optional("nik")
        months = try reader.optional("months", "With nik: how many months, 1 to 12")
        payerName = try reader.optional("payer_name")
        text = try reader.optional("text", "Free text of the entry, 500 characters at most")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("bank", bank)
        writer.field("account", account)
        writer.field("statement", statement)
        writer.field("entry", entry)
        writer.field("direction", direction)
        writer.field("is_reversal", isReversal)
        writer.field("interim", interim)
        writer.field("amount", amount)
        writer.field("booked_on", bookedOn)
        writer.field("value_date", valueDate)
        writer.field("reference", reference)
        writer.field("payer_reference", payerReference)
        writer.field("virtual_account", virtualAccount)
        writer.field("kode_iuran", kodeIuran)
        writer.field("nik", nik)
        writer.field("months", months)
        writer.field("payer_name", payerName)
        writer.field("text", text)
    }

    public func validate() throws(JSONFault) {
        guard amount > .zero else { throw JSONFault(field: "amount", reason: "must be more than zero") }
        guard (1...10_000_000).contains(entry) else {
            throw JSONFault(field: "entry", reason: "must lie between 1 and 10000000")
        }
        if let months, !(1...12).contains(months) {
            throw JSONFault(field: "months", reason: "must lie between 1 and 12")
        }
        if let text, text.unicodeScalars.count > 500 {
            throw JSONFault(field: "text", reason: "must have at most 500 characters")
        }
        if let payerReference, payerReference.unicodeScalars.count > 64 {
            throw JSONFault(field: "payer_reference", reason: "must have at most 64 characters")
        }
    }

}
