import struct Foundation.UUID

/// Where a participant's cover stands (domain.md 2.4; Perdir 22/PERDIR.02/072022).
public enum CoverStatus: String, JSONChoice {
    /// Enrolled, nothing settled yet.
    case awaited
    case active
    /// One to three consecutive months unpaid: arrears may be settled.
    case grace
    /// More than three: membership has ended (berakhir kepesertaan).
    case lapsed
    /// Active again after a lapse; old arrears are not collected.
    case returned
    /// Left: claim (nonaktif), death, age, end of contract.
    case exited
}

/// The status of a participant's cover has changed, or one more month is unpaid.
public struct CoverChanged: EventData, Hashable {
    public var payer: PayerNumber
    public var status: CoverStatus
    public var unpaidMonths: Int
    public var protectedUntil: CivilDate?
    public var unpaidSince: ContributionMonth?
    public var payableUntil: CivilDate?
    public var changedOn: CivilDate

    public static let type = "id.perisai.cover-changed.v1"
    public static let topic = Topic.contributions
    public static let summary = "The status of a participant's cover has changed, or one more month is unpaid"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, status: CoverStatus, unpaidMonths: Int, protectedUntil: CivilDate? = nil,
        unpaidSince: ContributionMonth? = nil, payableUntil: CivilDate? = nil, changedOn: CivilDate
    ) {
        self.payer = payer
        self.status = status
        self.unpaidMonths = unpaidMonths
        self.protectedUntil = protectedUntil
        self.unpaidSince = unpaidSince
        self.payableUntil = payableUntil
        self.changedOn = changedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        status = try reader.required("status")
        unpaidMonths = try reader.required("unpaid_months", "Consecutive months whose due date has passed")
        protectedUntil = try reader.optional("protected_until", "Last day of the newest month paid in full")
        unpaidSince = try reader.optional("unpaid_since", "The oldest month unpaid")
        payableUntil = try reader.optional(
            "payable_until", "In grace: the last day on which the arrears can be settled")
        changedOn = try reader.required("changed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("status", status)
        writer.field("unpaid_months", unpaidMonths)
        writer.field("protected_until", protectedUntil)
        writer.field("unpaid_since", unpaidSince)
        writer.field("payable_until", payableUntil)
        writer.field("changed_on", changedOn)
    }

}

/// How old an employer's arrears are (S47 and S48 disagree; the bounds are `ArrearsClass.months`).
public enum ArrearsClass: String, JSONChoice {
    case none
    case lancar
    case kurangLancar = "kurang_lancar"
    case macet
    case kontinjensi

    /// Months unpaid: 1 to 3 lancar, 4 to 6 kurang lancar, 7 to 9 macet, more kontinjensi (2016 classes, S47; month 3,
    /// which that source leaves out, is read as lancar [I]).
    public init(monthsUnpaid months: Int) {
        switch months {
        case ..<1: self = .none
        case 1...3: self = .lancar
        case 4...6: self = .kurangLancar
        case 7...9: self = .macet
        default: self = .kontinjensi
        }
    }
}

/// An employer's arrears have grown older, or are settled.
public struct ArrearsChanged: EventData, Hashable {
    public var payer: PayerNumber
    public var ageClass: ArrearsClass
    public var unpaidMonths: Int
    public var amount: Rupiah
    public var fines: Rupiah
    public var unpaidSince: ContributionMonth?
    public var changedOn: CivilDate
    public var sanctionFines: Rupiah?
    public var sanctionCase: UUID?

    public static let type = "id.perisai.arrears-changed.v1"
    public static let topic = Topic.contributions
    public static let summary = "An employer's arrears have grown older, or are settled"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, ageClass: ArrearsClass, unpaidMonths: Int, amount: Rupiah, fines: Rupiah,
        unpaidSince: ContributionMonth? = nil, changedOn: CivilDate, sanctionFines: Rupiah? = nil,
        sanctionCase: UUID? = nil
    ) {
        self.payer = payer
        self.ageClass = ageClass
        self.unpaidMonths = unpaidMonths
        self.amount = amount
        self.fines = fines
        self.unpaidSince = unpaidSince
        self.changedOn = changedOn
        self.sanctionFines = sanctionFines
        self.sanctionCase = sanctionCase
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        ageClass = try reader.required("age_class")
        unpaidMonths = try reader.required("unpaid_months", "Months unpaid whose due date has passed")
        amount = try reader.required("amount", "Contributions unpaid whose due date has passed")
        fines = try reader.required("fines", "Fines unpaid: late fines, and sanction fines")
        unpaidSince = try reader.optional("unpaid_since", "The oldest month unpaid")
        changedOn = try reader.required("changed_on")
        sanctionFines = try reader.optional("sanction_fines", "The part of fines that is sanction fines")
        sanctionCase = try reader.optional(
            "sanction_case", "Case of the newest sanction fine that is counted, also when it is paid")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("age_class", ageClass)
        writer.field("unpaid_months", unpaidMonths)
        writer.field("amount", amount)
        writer.field("fines", fines)
        writer.field("unpaid_since", unpaidSince)
        writer.field("changed_on", changedOn)
        writer.field("sanction_fines", sanctionFines)
        writer.field("sanction_case", sanctionCase)
    }

}

public enum DifferenceKind: String, JSONChoice {
    case under
    case over
}

/// An employer has paid more or less than was due; it is told within 3 working days of receipt.
public struct PaymentDifferent: EventData, Hashable {
    public var paymentID: UUID
    public var payer: PayerNumber
    public var kind: DifferenceKind
    public var amount: Rupiah
    public var notifyBy: CivilDate
    public var bookedOn: CivilDate

    public static let type = "id.perisai.payment-different.v1"
    public static let topic = Topic.contributions
    public static let summary =
        "An employer has paid more or less than was due; it is told within 3 working days of receipt"
    public var partitionKey: String { payer.text }

    public init(
        paymentID: UUID, payer: PayerNumber, kind: DifferenceKind, amount: Rupiah, notifyBy: CivilDate,
        bookedOn: CivilDate
    ) {
        self.paymentID = paymentID
        self.payer = payer
        self.kind = kind
        self.amount = amount
        self.notifyBy = notifyBy
        self.bookedOn = bookedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        paymentID = try reader.required("payment_id")
        payer = try reader.required("payer")
        kind = try reader.required("kind")
        amount = try reader.required("amount", "Still due, or kept for the next months")
        notifyBy = try reader.required("notify_by", "The third working day after the receipt (S03c 4)")
        bookedOn = try reader.required("booked_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payment_id", paymentID)
        writer.field("payer", payer)
        writer.field("kind", kind)
        writer.field("amount", amount)
        writer.field("notify_by", notifyBy)
        writer.field("booked_on", bookedOn)
    }

}

/// A month of an employer was settled late: 2 % of its contributions for each month late.
public struct FineAssessed: EventData, Hashable {
    public var payer: PayerNumber
    public var month: ContributionMonth
    public var amount: Rupiah
    public var monthsLate: Int
    public var dueOn: CivilDate
    public var settledOn: CivilDate

    public static let type = "id.perisai.fine-assessed.v1"
    public static let topic = Topic.contributions
    public static let summary = "A month of an employer was settled late: 2 % of its contributions for each month late"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, month: ContributionMonth, amount: Rupiah, monthsLate: Int, dueOn: CivilDate,
        settledOn: CivilDate
    ) {
        self.payer = payer
        self.month = month
        self.amount = amount
        self.monthsLate = monthsLate
        self.dueOn = dueOn
        self.settledOn = settledOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        month = try reader.required("month")
        amount = try reader.required("amount", "Paid with the next deposit; zero when a reversal has cancelled it")
        monthsLate = try reader.required("months_late")
        dueOn = try reader.required("due_on")
        settledOn = try reader.required("settled_on", "Date of the last instalment")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("month", month)
        writer.field("amount", amount)
        writer.field("months_late", monthsLate)
        writer.field("due_on", dueOn)
        writer.field("settled_on", settledOn)
    }

}

/// A month costs less than was paid for it, by other rates or terms or because the payer has left: the surplus becomes credit.
public struct ContributionReleased: EventData, Hashable {
    public var payer: PayerNumber
    public var allocations: [Allocation]
    public var releasedOn: CivilDate

    public static let type = "id.perisai.contribution-released.v1"
    public static let topic = Topic.contributions
    public static let summary =
        "A month costs less than was paid for it: the surplus counts for the month no more and becomes credit"
    public var partitionKey: String { payer.text }

    public init(payer: PayerNumber, allocations: [Allocation], releasedOn: CivilDate) {
        self.payer = payer
        self.allocations = allocations
        self.releasedOn = releasedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        allocations = try reader.required("allocations", "Taken from each month")
        releasedOn = try reader.required("released_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("allocations", allocations)
        writer.field("released_on", releasedOn)
    }
}
