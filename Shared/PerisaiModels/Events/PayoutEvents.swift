import struct Foundation.UUID

/// Where a dispute of a statement line stands.
public enum DisputeState: String, JSONChoice {
    /// The line is not paid out until it is decided.
    case held
    /// The line stands as it was.
    case upheld
    case corrected
}

/// A line of a statement is held, or its dispute is decided.
public struct DisputeChanged: EventData, Hashable {
    public var disputeID: UUID
    public var agentID: AgentID
    public var month: ContributionMonth
    public var state: DisputeState
    public var held: SignedRupiah
    public var correction: SignedRupiah
    public var reason: String
    public var changedOn: CivilDate

    public static let type = "id.perisai.dispute-changed.v1"
    public static let topic = Topic.commissions
    public static let summary = "A line of a statement is held, or its dispute is decided"
    public var partitionKey: String { agentID.text }

    public init(
        disputeID: UUID, agentID: AgentID, month: ContributionMonth, state: DisputeState, held: SignedRupiah,
        correction: SignedRupiah, reason: String, changedOn: CivilDate
    ) {
        self.disputeID = disputeID
        self.agentID = agentID
        self.month = month
        self.state = state
        self.held = held
        self.correction = correction
        self.reason = reason
        self.changedOn = changedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        disputeID = try reader.required("dispute_id")
        agentID = try reader.required("agent_id")
        month = try reader.required("month")
        state = try reader.required("state")
        held = try reader.required("held", "Of the agent's part")
        correction = try reader.required("correction", "Of the agent's part")
        reason = try reader.required("reason")
        changedOn = try reader.required("changed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("dispute_id", disputeID)
        writer.field("agent_id", agentID)
        writer.field("month", month)
        writer.field("state", state)
        writer.field("held", held)
        writer.field("correction", correction)
        writer.field("reason", reason)
        writer.field("changed_on", changedOn)
    }
}

/// Who is paid.
public enum PayeeKind: String, JSONChoice {
    case agent
    case wadah
}

/// Where a payout stands.
public enum PayoutState: String, JSONChoice {
    /// In a file for the bank.
    case ordered
    case paid
    /// The bank did not carry it out.
    case rejected
    /// The money came back.
    case returned
    /// Another attempt was made.
    case replaced
    /// The money is owed again, for a later run.
    case released
}

/// A payout is ordered, paid, rejected, returned or made again.
public struct PayoutChanged: EventData, Hashable {
    public var payoutID: UUID
    public var payeeKind: PayeeKind
    public var payeeID: String
    public var month: ContributionMonth
    public var attempt: Int
    public var gross: Rupiah
    public var tax: Rupiah
    public var net: Rupiah
    public var state: PayoutState
    public var reason: String
    public var changedOn: CivilDate

    public static let type = "id.perisai.payout-changed.v1"
    public static let topic = Topic.commissions
    public static let summary = "A payout is ordered, paid, rejected, returned or made again"
    public var partitionKey: String { payeeID }

    public init(
        payoutID: UUID, payeeKind: PayeeKind, payeeID: String, month: ContributionMonth, attempt: Int, gross: Rupiah,
        tax: Rupiah, net: Rupiah, state: PayoutState, reason: String, changedOn: CivilDate
    ) {
        self.payoutID = payoutID
        self.payeeKind = payeeKind
        self.payeeID = payeeID
        self.month = month
        self.attempt = attempt
        self.gross = gross
        self.tax = tax
        self.net = net
        self.state = state
        self.reason = reason
        self.changedOn = changedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payoutID = try reader.required("payout_id")
        payeeKind = try reader.required("payee_kind")
        payeeID = try reader.required("payee_id")
        month = try reader.required("month", "Last month that it pays")
        attempt = try reader.required("attempt")
        gross = try reader.required("gross")
        tax = try reader.required("tax")
        net = try reader.required("net")
        state = try reader.required("state")
        reason = try reader.required("reason")
        changedOn = try reader.required("changed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payout_id", payoutID)
        writer.field("payee_kind", payeeKind)
        writer.field("payee_id", payeeID)
        writer.field("month", month)
        writer.field("attempt", attempt)
        writer.field("gross", gross)
        writer.field("tax", tax)
        writer.field("net", net)
        writer.field("state", state)
        writer.field("reason", reason)
        writer.field("changed_on", changedOn)
    }
}

/// A scheme or policy is approved for a day to come.
public struct SchemeApproved: EventData, Hashable {
    public var kind: String
    public var code: String
    public var validFrom: CivilDate
    public var validUntil: CivilDate?
    public var regulation: String
    public var approvedBy: String

    public static let type = "id.perisai.scheme-approved.v1"
    public static let topic = Topic.commissions
    public static let summary = "A scheme or policy is approved for a day to come"
    public var partitionKey: String { code }

    public init(
        kind: String, code: String, validFrom: CivilDate, validUntil: CivilDate? = nil, regulation: String,
        approvedBy: String
    ) {
        self.kind = kind
        self.code = code
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.regulation = regulation
        self.approvedBy = approvedBy
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        kind = try reader.required("kind", "scheme, tax or payout")
        code = try reader.required("code")
        validFrom = try reader.required("valid_from")
        validUntil = try reader.optional("valid_until")
        regulation = try reader.required("regulation")
        approvedBy = try reader.required("approved_by")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("kind", kind)
        writer.field("code", code)
        writer.field("valid_from", validFrom)
        writer.field("valid_until", validUntil)
        writer.field("regulation", regulation)
        writer.field("approved_by", approvedBy)
    }
}
