/// Which reminder it is.
public enum ReminderKind: String, JSONChoice {
    /// A due date comes (BPU and PU).
    case beforeDue = "before_due"
    /// The month's bill with its kode iuran, between the 5th and the 7th (PU; Payment Reminder System, S68).
    case bill
}

/// A contribution is due soon and not paid.
public struct ContributionReminded: EventData, Hashable {
    public var payer: PayerNumber
    public var kind: ReminderKind
    public var month: ContributionMonth
    public var amount: Rupiah
    public var kodeIuran: KodeIuran?
    public var dueOn: CivilDate
    public var remindedOn: CivilDate

    public static let type = "id.perisai.contribution-reminded.v1"
    public static let topic = Topic.contributions
    public static let summary = "A contribution is due soon and not paid"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, kind: ReminderKind, month: ContributionMonth, amount: Rupiah, kodeIuran: KodeIuran? = nil,
        dueOn: CivilDate, remindedOn: CivilDate
    ) {
        self.payer = payer
        self.kind = kind
        self.month = month
        self.amount = amount
        self.kodeIuran = kodeIuran
        self.dueOn = dueOn
        self.remindedOn = remindedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        kind = try reader.required("kind")
        month = try reader.required("month")
        amount = try reader.required("amount", "Still due for the month")
        kodeIuran = try reader.optional("kode_iuran", "The code to pay with")
        dueOn = try reader.required("due_on")
        remindedOn = try reader.required("reminded_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("kind", kind)
        writer.field("month", month)
        writer.field("amount", amount)
        writer.field("kode_iuran", kodeIuran)
        writer.field("due_on", dueOn)
        writer.field("reminded_on", remindedOn)
    }
}
