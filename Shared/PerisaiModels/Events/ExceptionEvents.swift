import struct Foundation.UUID

/// An exception has passed its deadline and nobody has settled it.
public struct ExceptionEscalated: EventData, Hashable {
    public var exceptionID: UUID
    public var code: ExceptionCode
    public var paymentID: UUID
    public var payer: PayerNumber?
    public var amount: Rupiah
    public var owner: String?
    public var openedOn: CivilDate
    public var deadline: CivilDate
    public var level: Int
    public var escalatedOn: CivilDate

    public static let type = "id.perisai.exception-escalated.v1"
    public static let topic = Topic.contributions
    public static let summary = "An exception has passed its deadline and nobody has settled it"
    public var partitionKey: String { payer?.text ?? exceptionID.text }

    public init(
        exceptionID: UUID, code: ExceptionCode, paymentID: UUID, payer: PayerNumber? = nil, amount: Rupiah,
        owner: String? = nil, openedOn: CivilDate, deadline: CivilDate, level: Int, escalatedOn: CivilDate
    ) {
        self.exceptionID = exceptionID
        self.code = code
        self.paymentID = paymentID
        self.payer = payer
        self.amount = amount
        self.owner = owner
        self.openedOn = openedOn
        self.deadline = deadline
        self.level = level
        self.escalatedOn = escalatedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        exceptionID = try reader.required("exception_id")
        code = try reader.required("code")
        paymentID = try reader.required("payment_id")
        payer = try reader.optional("payer")
        amount = try reader.required("amount")
        owner = try reader.optional("owner", "Who is at it")
        openedOn = try reader.required("opened_on")
        deadline = try reader.required("deadline")
        level = try reader.required("level", "1 the branch, 2 the region, 3 head office")
        escalatedOn = try reader.required("escalated_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("exception_id", exceptionID)
        writer.field("code", code)
        writer.field("payment_id", paymentID)
        writer.field("payer", payer)
        writer.field("amount", amount)
        writer.field("owner", owner)
        writer.field("opened_on", openedOn)
        writer.field("deadline", deadline)
        writer.field("level", level)
        writer.field("escalated_on", escalatedOn)
    }

}

/// How an exception ended.
public enum ExceptionResolution: String, JSONChoice {
    /// The money was posted when its payer appeared.
    case posted
    /// The bank has taken the money back.
    case reversed
    case matched
    case writtenOff = "written_off"
    case refunded
    case unmatched
    /// Nothing to do: told for the record.
    case noted
}

/// An exception is settled: by itself, or by two persons.
public struct ExceptionResolved: EventData, Hashable {
    public var exceptionID: UUID
    public var code: ExceptionCode
    public var paymentID: UUID
    public var payer: PayerNumber?
    public var amount: Rupiah
    public var resolution: ExceptionResolution
    public var proposedBy: String?
    public var approvedBy: String?
    public var resolvedOn: CivilDate

    public static let type = "id.perisai.exception-resolved.v1"
    public static let topic = Topic.contributions
    public static let summary = "An exception is settled: by itself, or by two persons"
    public var partitionKey: String { payer?.text ?? exceptionID.text }

    public init(
        exceptionID: UUID, code: ExceptionCode, paymentID: UUID, payer: PayerNumber? = nil, amount: Rupiah,
        resolution: ExceptionResolution, proposedBy: String? = nil, approvedBy: String? = nil, resolvedOn: CivilDate
    ) {
        self.exceptionID = exceptionID
        self.code = code
        self.paymentID = paymentID
        self.payer = payer
        self.amount = amount
        self.resolution = resolution
        self.proposedBy = proposedBy
        self.approvedBy = approvedBy
        self.resolvedOn = resolvedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        exceptionID = try reader.required("exception_id")
        code = try reader.required("code")
        paymentID = try reader.required("payment_id")
        payer = try reader.optional("payer")
        amount = try reader.required("amount")
        resolution = try reader.required("resolution")
        proposedBy = try reader.optional("proposed_by")
        approvedBy = try reader.optional("approved_by", "Never the one who proposed")
        resolvedOn = try reader.required("resolved_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("exception_id", exceptionID)
        writer.field("code", code)
        writer.field("payment_id", paymentID)
        writer.field("payer", payer)
        writer.field("amount", amount)
        writer.field("resolution", resolution)
        writer.field("proposed_by", proposedBy)
        writer.field("approved_by", approvedBy)
        writer.field("resolved_on", resolvedOn)
    }

}
