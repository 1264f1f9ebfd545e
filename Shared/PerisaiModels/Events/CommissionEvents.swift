/// The rules that make a line of a statement (domain.md 1.3 and 1.4).
public enum StatementRule: String, JSONChoice {
    case acquisition = "acquisition"
    case contribution = "contribution"
    case contributionFirst24 = "contribution-months-1-24"
    case contributionTo60 = "contribution-months-25-60"
    /// Of a scheme with other steps; the label names its months.
    case contributionStep = "contribution-step"
}

/// One rule applied to one base.
public struct StatementLine: JSONObject, Hashable {
    public var rule: StatementRule
    public var label: String
    public var count: Int
    public var base: SignedRupiah
    public var ratePPM: Int?
    public var amount: SignedRupiah

    public static let summary = "One rule applied to one base"

    public init(
        rule: StatementRule, label: String, count: Int, base: SignedRupiah, ratePPM: Int? = nil, amount: SignedRupiah
    ) {
        self.rule = rule
        self.label = label
        self.count = count
        self.base = base
        self.ratePPM = ratePPM
        self.amount = amount
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        rule = try reader.required("rule")
        label = try reader.required("label", "In Indonesian")
        count = try reader.required("count", "Participants or payments behind the line")
        base = try reader.required("base", "What the rule is applied to")
        ratePPM = try reader.optional("rate_ppm", "Rate in parts per million")
        amount = try reader.required("amount")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("rule", rule)
        writer.field("label", label)
        writer.field("count", count)
        writer.field("base", base)
        writer.field("rate_ppm", ratePPM)
        writer.field("amount", amount)
    }
}

/// The incentive of an agent for a month, or a later correction of it.
public struct StatementIssued: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var branch: BranchCode
    public var month: ContributionMonth
    public var sequence: Int
    public var scheme: String
    public var newParticipants: Int
    public var contributions: SignedRupiah
    public var lines: [StatementLine]
    public var total: SignedRupiah
    public var agentShare: SignedRupiah
    public var wadahShare: SignedRupiah
    public var issuedOn: CivilDate

    public static let type = "id.perisai.statement-issued.v1"
    public static let topic = Topic.commissions
    public static let summary = "The incentive of an agent for a month, or a later correction of it"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, branch: BranchCode, month: ContributionMonth, sequence: Int, scheme: String,
        newParticipants: Int, contributions: SignedRupiah, lines: [StatementLine], total: SignedRupiah,
        agentShare: SignedRupiah, wadahShare: SignedRupiah, issuedOn: CivilDate
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.month = month
        self.sequence = sequence
        self.scheme = scheme
        self.newParticipants = newParticipants
        self.contributions = contributions
        self.lines = lines
        self.total = total
        self.agentShare = agentShare
        self.wadahShare = wadahShare
        self.issuedOn = issuedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        branch = try reader.required("branch")
        month = try reader.required("month")
        sequence = try reader.required("sequence", "0 for the statement, then 1, 2 … for corrections")
        scheme = try reader.required("scheme", "A or B")
        newParticipants = try reader.required("new_participants")
        contributions = try reader.required("contributions", "Contributions received, less reversals")
        lines = try reader.required("lines")
        total = try reader.required("total")
        agentShare = try reader.required("agent_share")
        wadahShare = try reader.required("wadah_share")
        issuedOn = try reader.required("issued_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("month", month)
        writer.field("sequence", sequence)
        writer.field("scheme", scheme)
        writer.field("new_participants", newParticipants)
        writer.field("contributions", contributions)
        writer.field("lines", lines)
        writer.field("total", total)
        writer.field("agent_share", agentShare)
        writer.field("wadah_share", wadahShare)
        writer.field("issued_on", issuedOn)
    }
}
