/// An amount by programme, as a bank breaks it down; the parts must sum to the amount.
public struct PaymentBreakdown: JSONObject, Hashable {
    public var jkk: Rupiah?
    public var jkm: Rupiah?
    public var jht: Rupiah?
    public var jp: Rupiah?
    public var jkp: Rupiah?

    public static let summary = "An amount by programme, as a bank breaks it down; the parts must sum to the amount"

    public init(jkk: Rupiah? = nil, jkm: Rupiah? = nil, jht: Rupiah? = nil, jp: Rupiah? = nil, jkp: Rupiah? = nil) {
        self.jkk = jkk
        self.jkm = jkm
        self.jht = jht
        self.jp = jp
        self.jkp = jkp
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        jkk = try reader.optional("jkk")
        jkm = try reader.optional("jkm")
        jht = try reader.optional("jht")
        jp = try reader.optional("jp")
        jkp = try reader.optional("jkp")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("jkk", jkk)
        writer.field("jkm", jkm)
        writer.field("jht", jht)
        writer.field("jp", jp)
        writer.field("jkp", jkp)
    }
}

/// One part of a group payment: whom it is for, and how much.
public struct PaymentMember: JSONObject, Hashable {
    public var virtualAccount: VirtualAccount?
    public var kodeIuran: KodeIuran?
    public var nik: NIK?
    public var months: Int?
    public var amount: Rupiah

    public static let summary = "One part of a group payment: whom it is for, and how much"

    public init(
        virtualAccount: VirtualAccount? = nil, kodeIuran: KodeIuran? = nil, nik: NIK? = nil, months: Int? = nil,
        amount: Rupiah
    ) {
        self.virtualAccount = virtualAccount
        self.kodeIuran = kodeIuran
        self.nik = nik
        self.months = months
        self.amount = amount
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        virtualAccount = try reader.optional("virtual_account")
        kodeIuran = try reader.optional("kode_iuran")
        nik = try reader.optional("nik")
        months = try reader.optional("months", "With nik: how many months, 1 to 12")
        amount = try reader.required("amount")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("virtual_account", virtualAccount)
        writer.field("kode_iuran", kodeIuran)
        writer.field("nik", nik)
        writer.field("months", months)
        writer.field("amount", amount)
    }

    public func validate() throws(JSONFault) {
        let identifiers = [virtualAccount != nil, kodeIuran != nil, nik != nil].filter { $0 }.count
        guard identifiers == 1 else {
            throw JSONFault(reason: "exactly one of virtual_account, kode_iuran and nik must be given")
        }
        guard amount > .zero else { throw JSONFault(field: "amount", reason: "must be more than zero") }
        try PaymentMonths.check(months, nik)
    }

    public static var sample: PaymentMember { PaymentMember(nik: .sample, months: 1, amount: .sample) }

}

/// How many months a payment by NIK is for.
enum PaymentMonths {
    static func check(_ months: Int?, _ nik: NIK?) throws(JSONFault) {
        guard let months else { return }
        guard nik != nil else { throw JSONFault(field: "months", reason: "goes with nik only") }
        guard (1...12).contains(months) else {
            throw JSONFault(field: "months", reason: "must lie between 1 and 12")
        }
    }
}

/// A bank has received a contribution; one of virtual_account, kode_iuran, nik and members says for whom.
public struct PaymentReceived: EventData, Hashable {
    public var bank: BankCode
    public var reference: PaymentReference
    public var virtualAccount: VirtualAccount?
    public var kodeIuran: KodeIuran?
    public var nik: NIK?
    public var months: Int?
    public var amount: Rupiah
    public var breakdown: PaymentBreakdown?
    public var payerName: String?
    public var members: [PaymentMember]?
    public var bookedOn: CivilDate

    /// Most parts of a group payment.
    public static let memberLimit = 1_000

    public static let type = "id.perisai.payment-received.v1"
    public static let topic = Topic.payments
    public static let summary =
        "A bank has received a contribution; one of virtual_account, kode_iuran, nik and members says for whom"
    public var partitionKey: String {
        PaymentRoute.key(virtualAccount: virtualAccount, kodeIuran: kodeIuran, nik: nik, reference: reference)
    }

    public init(
        bank: BankCode, reference: PaymentReference, virtualAccount: VirtualAccount? = nil, kodeIuran: KodeIuran? = nil,
        nik: NIK? = nil, months: Int? = nil, amount: Rupiah, breakdown: PaymentBreakdown? = nil,
        payerName: String? = nil, members: [PaymentMember]? = nil, bookedOn: CivilDate
    ) {
        self.bank = bank
        self.reference = reference
        self.virtualAccount = virtualAccount
        self.kodeIuran = kodeIuran
        self.nik = nik
        self.months = months
        self.amount = amount
        self.breakdown = breakdown
        self.payerName = payerName
        self.members = members
        self.bookedOn = bookedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        bank = try reader.required("bank")
        reference = try reader.required("reference", "The bank's own number, unique for the bank")
        virtualAccount = try reader.optional("virtual_account")
        kodeIuran = try reader.optional("kode_iuran")
        nik = try reader.optional("nik")
        months = try reader.optional("months", "With nik: how many months, 1 to 12")
        amount = try reader.required("amount", "Contribution without the fee of the channel")
        breakdown = try reader.optional("breakdown")
        payerName = try reader.optional("payer_name")
        members = try reader.optional("members", "A group payment: its parts, 1000 at most, sum to the amount")
        bookedOn = try reader.required("booked_on", "Booking date; this date decides")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("virtual_account", virtualAccount)
        writer.field("kode_iuran", kodeIuran)
        writer.field("nik", nik)
        writer.field("months", months)
        writer.field("amount", amount)
        writer.field("breakdown", breakdown)
        writer.field("payer_name", payerName)
        writer.field("members", members)
        writer.field("booked_on", bookedOn)
    }

    public func validate() throws(JSONFault) {
        let identifiers = [virtualAccount != nil, kodeIuran != nil, nik != nil, members != nil].filter { $0 }.count
        guard identifiers == 1 else {
            throw JSONFault(reason: "exactly one of virtual_account, kode_iuran, nik and members must be given")
        }
        guard amount > .zero else { throw JSONFault(field: "amount", reason: "must be more than zero") }
        try PaymentMonths.check(months, nik)
        if let members { try check(members) }
    }

    private func check(_ members: [PaymentMember]) throws(JSONFault) {
        guard (1...Self.memberLimit).contains(members.count) else {
            throw JSONFault(field: "members", reason: "must be 1 to \(Self.memberLimit)")
        }
        guard (try? Rupiah.sum(of: members.map(\.amount))) == amount else {
            throw JSONFault(field: "members", reason: "their amounts must sum to amount")
        }
    }

    public static var sample: PaymentReceived {
        PaymentReceived(
            bank: .sample, reference: .sample, virtualAccount: .sample, amount: .sample, bookedOn: .sample)
    }
}

/// A bank takes a payment back; gives the same identifier as the payment did.
public struct PaymentReversed: EventData, Hashable {
    public var bank: BankCode
    public var reference: PaymentReference
    public var originalReference: PaymentReference
    public var virtualAccount: VirtualAccount?
    public var kodeIuran: KodeIuran?
    public var nik: NIK?
    public var amount: Rupiah
    public var reason: String?
    public var bookedOn: CivilDate

    public static let type = "id.perisai.payment-reversed.v1"
    public static let topic = Topic.payments
    public static let summary = "A bank takes a payment back; gives the same identifier as the payment did"
    public var partitionKey: String {
        PaymentRoute.key(virtualAccount: virtualAccount, kodeIuran: kodeIuran, nik: nik, reference: originalReference)
    }

    public init(
        bank: BankCode, reference: PaymentReference, originalReference: PaymentReference,
        virtualAccount: VirtualAccount? = nil, kodeIuran: KodeIuran? = nil, nik: NIK? = nil, amount: Rupiah,
        reason: String? = nil, bookedOn: CivilDate
    ) {
        self.bank = bank
        self.reference = reference
        self.originalReference = originalReference
        self.virtualAccount = virtualAccount
        self.kodeIuran = kodeIuran
        self.nik = nik
        self.amount = amount
        self.reason = reason
        self.bookedOn = bookedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        bank = try reader.required("bank")
        reference = try reader.required("reference", "The bank's number of the reversal")
        originalReference = try reader.required("original_reference", "Number of the payment that is taken back")
        virtualAccount = try reader.optional("virtual_account")
        kodeIuran = try reader.optional("kode_iuran")
        nik = try reader.optional("nik")
        amount = try reader.required("amount", "The whole amount of the payment")
        reason = try reader.optional("reason")
        bookedOn = try reader.required("booked_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("original_reference", originalReference)
        writer.field("virtual_account", virtualAccount)
        writer.field("kode_iuran", kodeIuran)
        writer.field("nik", nik)
        writer.field("amount", amount)
        writer.field("reason", reason)
        writer.field("booked_on", bookedOn)
    }

    public func validate() throws(JSONFault) {
        guard amount > .zero else { throw JSONFault(field: "amount", reason: "must be more than zero") }
    }
}

/// Where a payment goes in Kafka: one payer's payments share a partition, whichever identifier they name.
enum PaymentRoute {
    static func key(
        virtualAccount: VirtualAccount?, kodeIuran: KodeIuran?, nik: NIK?, reference: PaymentReference
    ) -> String {
        (virtualAccount?.payer ?? kodeIuran?.payer)?.text ?? nik?.text ?? virtualAccount?.text ?? kodeIuran?.text
            ?? reference.text
    }
}
