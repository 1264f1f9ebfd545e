import struct Foundation.UUID

/// Money counted for one contribution month.
public struct Allocation: JSONObject, Hashable {
    public var month: ContributionMonth
    public var amount: Rupiah
    public var outstanding: Rupiah

    public static let summary = "Money counted for one contribution month"

    public init(month: ContributionMonth, amount: Rupiah, outstanding: Rupiah) {
        self.month = month
        self.amount = amount
        self.outstanding = outstanding
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        month = try reader.required("month")
        amount = try reader.required("amount", "Counted for, or taken from, this month by this movement")
        outstanding = try reader.required("outstanding", "What is still due for the month afterwards")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("month", month)
        writer.field("amount", amount)
        writer.field("outstanding", outstanding)
    }

    /// The month is paid in full.
    public var isSettled: Bool { outstanding == .zero }
}

/// A payment is posted: to months that are due, and what is left over as credit.
public struct ContributionPosted: EventData, Hashable {
    public var paymentID: UUID
    public var bank: BankCode
    public var reference: PaymentReference
    public var payer: PayerNumber
    public var amount: Rupiah
    public var allocations: [Allocation]
    public var credited: Rupiah
    public var fines: [Allocation]?
    public var protectedFrom: CivilDate?
    public var protectedUntil: CivilDate?
    public var fromSuspense: Bool
    public var bookedOn: CivilDate
    public var sanctionFines: [Allocation]?

    public static let type = "id.perisai.contribution-posted.v1"
    public static let topic = Topic.contributions
    public static let summary = "A payment is posted: to months that are due, and what is left over as credit"
    public var partitionKey: String { payer.text }

    public init(
        paymentID: UUID, bank: BankCode, reference: PaymentReference, payer: PayerNumber, amount: Rupiah,
        allocations: [Allocation], credited: Rupiah, fines: [Allocation]? = nil, protectedFrom: CivilDate? = nil,
        protectedUntil: CivilDate? = nil,
        fromSuspense: Bool, bookedOn: CivilDate,
        sanctionFines: [Allocation]? = nil
    ) {
        self.paymentID = paymentID
        self.bank = bank
        self.reference = reference
        self.payer = payer
        self.amount = amount
        self.allocations = allocations
        self.credited = credited
        self.fines = fines
        self.protectedFrom = protectedFrom
        self.protectedUntil = protectedUntil
        self.fromSuspense = fromSuspense
        self.bookedOn = bookedOn
        self.sanctionFines = sanctionFines
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        paymentID = try reader.required("payment_id")
        bank = try reader.required("bank")
        reference = try reader.required("reference")
        payer = try reader.required("payer")
        amount = try reader.required("amount")
        allocations = try reader.required("allocations")
        credited = try reader.required("credited", "Surplus kept for the next months")
        fines = try reader.optional("fines", "Counted for late fines, or taken from them, by month")
        protectedFrom = try reader.optional("protected_from", "Cover by the months that this payment settled")
        protectedUntil = try reader.optional("protected_until")
        fromSuspense = try reader.required("from_suspense", "The money had waited for its payer")
        bookedOn = try reader.required("booked_on")
        sanctionFines = try reader.optional(
            "sanction_fines", "Counted for sanction fines (PP 86/2013), or taken from them, by month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payment_id", paymentID)
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("payer", payer)
        writer.field("amount", amount)
        writer.field("allocations", allocations)
        writer.field("credited", credited)
        writer.field("fines", fines)
        writer.field("protected_from", protectedFrom)
        writer.field("protected_until", protectedUntil)
        writer.field("from_suspense", fromSuspense)
        writer.field("booked_on", bookedOn)
        writer.field("sanction_fines", sanctionFines)
    }
}

/// A posted payment is taken back; the months are due again.
public struct ContributionReversed: EventData, Hashable {
    public var paymentID: UUID
    public var bank: BankCode
    public var reference: PaymentReference
    public var payer: PayerNumber
    public var amount: Rupiah
    public var allocations: [Allocation]
    public var credited: Rupiah
    public var fines: [Allocation]?
    public var bookedOn: CivilDate
    public var sanctionFines: [Allocation]?

    public static let type = "id.perisai.contribution-reversed.v1"
    public static let topic = Topic.contributions
    public static let summary = "A posted payment is taken back; the months are due again"
    public var partitionKey: String { payer.text }

    public init(
        paymentID: UUID, bank: BankCode, reference: PaymentReference, payer: PayerNumber, amount: Rupiah,
        allocations: [Allocation], credited: Rupiah, fines: [Allocation]? = nil, bookedOn: CivilDate,
        sanctionFines: [Allocation]? = nil
    ) {
        self.paymentID = paymentID
        self.bank = bank
        self.reference = reference
        self.payer = payer
        self.amount = amount
        self.allocations = allocations
        self.credited = credited
        self.fines = fines
        self.bookedOn = bookedOn
        self.sanctionFines = sanctionFines
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        paymentID = try reader.required("payment_id")
        bank = try reader.required("bank")
        reference = try reader.required("reference", "The bank's number of the reversal")
        payer = try reader.required("payer")
        amount = try reader.required("amount")
        allocations = try reader.required("allocations")
        credited = try reader.required("credited", "Surplus that is taken back")
        fines = try reader.optional("fines", "Counted for late fines, or taken from them, by month")
        bookedOn = try reader.required("booked_on")
        sanctionFines = try reader.optional(
            "sanction_fines", "Counted for sanction fines (PP 86/2013), or taken from them, by month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payment_id", paymentID)
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("payer", payer)
        writer.field("amount", amount)
        writer.field("allocations", allocations)
        writer.field("credited", credited)
        writer.field("fines", fines)
        writer.field("booked_on", bookedOn)
        writer.field("sanction_fines", sanctionFines)
    }
}

/// Surplus of earlier payments is counted for a month.
public struct CreditApplied: EventData, Hashable {
    public var payer: PayerNumber
    public var allocations: [Allocation]
    public var protectedFrom: CivilDate?
    public var protectedUntil: CivilDate?
    public var appliedOn: CivilDate

    public static let type = "id.perisai.credit-applied.v1"
    public static let topic = Topic.contributions
    public static let summary = "Surplus of earlier payments is counted for a month"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, allocations: [Allocation], protectedFrom: CivilDate? = nil,
        protectedUntil: CivilDate? = nil, appliedOn: CivilDate
    ) {
        self.payer = payer
        self.allocations = allocations
        self.protectedFrom = protectedFrom
        self.protectedUntil = protectedUntil
        self.appliedOn = appliedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        allocations = try reader.required("allocations")
        protectedFrom = try reader.optional("protected_from")
        protectedUntil = try reader.optional("protected_until")
        appliedOn = try reader.required("applied_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("allocations", allocations)
        writer.field("protected_from", protectedFrom)
        writer.field("protected_until", protectedUntil)
        writer.field("applied_on", appliedOn)
    }
}

/// The first month is paid in full: cover starts.
public struct CoverActivated: EventData, Hashable {
    public var payer: PayerNumber
    public var month: ContributionMonth
    public var protectedFrom: CivilDate
    public var activatedOn: CivilDate

    public static let type = "id.perisai.cover-activated.v1"
    public static let topic = Topic.contributions
    public static let summary = "The first month is paid in full: cover starts"
    public var partitionKey: String { payer.text }

    public init(payer: PayerNumber, month: ContributionMonth, protectedFrom: CivilDate, activatedOn: CivilDate) {
        self.payer = payer
        self.month = month
        self.protectedFrom = protectedFrom
        self.activatedOn = activatedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        month = try reader.required("month", "The month that was settled first")
        protectedFrom = try reader.required("protected_from")
        activatedOn = try reader.required("activated_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("month", month)
        writer.field("protected_from", protectedFrom)
        writer.field("activated_on", activatedOn)
    }
}

/// Why a payment is not simply posted.
public enum ExceptionCode: String, JSONChoice {
    /// The payer is not known; the money waits in suspense and posts itself.
    case unknownPayer = "UNKNOWN_PAYER"
    /// The bank has reported this reference before; nothing is posted twice.
    case duplicate = "DUPLICATE"
    /// The parts do not sum to the amount (bank code 10); refused.
    case breakdownMismatch = "BREAKDOWN_MISMATCH"
    /// No payment with this reference yet; the reversal waits for it.
    case reversalUnmatched = "REVERSAL_UNMATCHED"
    /// The reversal names another amount than the payment, or the payment is reversed already; refused.
    case reversalMismatch = "REVERSAL_MISMATCH"
    /// The reference was used before with another amount or payer; nothing is posted.
    case conflictingReference = "CONFLICTING_REFERENCE"
    /// The statement shows another booking date than the notice; the statement's decides.
    case dateDiffers = "DATE_DIFFERS"
    /// The payer has left or closed; what is not owed waits for a refund.
    case payerEnded = "PAYER_ENDED"
    /// Several payers fit; nothing is guessed, the money waits in suspense.
    case ambiguous = "AMBIGUOUS"
    /// The bank has told of a payment that its statement of that day does not show.
    case notInStatement = "NOT_IN_STATEMENT"
    /// The payer has closed or left and money of it is left over.
    case creditLeft = "CREDIT_LEFT"
}

/// A payment or reversal needs attention, or waits.
public struct PaymentException: EventData, Hashable {
    public var paymentID: UUID
    public var bank: BankCode
    public var reference: PaymentReference
    public var code: ExceptionCode
    public var amount: Rupiah
    public var payer: PayerNumber?
    public var bookedOn: CivilDate

    public static let type = "id.perisai.payment-exception.v1"
    public static let topic = Topic.contributions
    public static let summary = "A payment or reversal needs attention, or waits"
    public var partitionKey: String { payer?.text ?? paymentID.text }

    public init(
        paymentID: UUID, bank: BankCode, reference: PaymentReference, code: ExceptionCode, amount: Rupiah,
        payer: PayerNumber? = nil, bookedOn: CivilDate
    ) {
        self.paymentID = paymentID
        self.bank = bank
        self.reference = reference
        self.code = code
        self.amount = amount
        self.payer = payer
        self.bookedOn = bookedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        paymentID = try reader.required("payment_id")
        bank = try reader.required("bank")
        reference = try reader.required("reference")
        code = try reader.required("code")
        amount = try reader.required("amount")
        payer = try reader.optional("payer")
        bookedOn = try reader.required("booked_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payment_id", paymentID)
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("code", code)
        writer.field("amount", amount)
        writer.field("payer", payer)
        writer.field("booked_on", bookedOn)
    }
}
