/// What happens to an agency (domain.md 1.5).
public enum AgencyChange: String, JSONChoice {
    /// One idle month: no acquisition and no contribution received.
    case idleOnce = "idle-1"
    case idleTwice = "idle-2"
    /// Three idle months in a row.
    case ended
    /// For fraud, by the branch: all rights are revoked.
    case dismissed
    /// On the wadah's request, six months later at the earliest.
    case reactivated
}

/// A warning to an agency, its end, or its return, with the reason.
public struct AgencyChanged: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var branch: BranchCode
    public var change: AgencyChange
    public var reason: String
    public var changedOn: CivilDate
    public var reentryFrom: CivilDate?
    public var contractUntil: CivilDate?

    public static let type = "id.perisai.agency-changed.v1"
    public static let topic = Topic.commissions
    public static let summary = "A warning to an agency, its end, or its return, with the reason"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, branch: BranchCode, change: AgencyChange, reason: String,
        changedOn: CivilDate, reentryFrom: CivilDate? = nil, contractUntil: CivilDate? = nil
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.change = change
        self.reason = reason
        self.changedOn = changedOn
        self.reentryFrom = reentryFrom
        self.contractUntil = contractUntil
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        branch = try reader.required("branch")
        change = try reader.required("change")
        reason = try reader.required("reason", "In Indonesian")
        changedOn = try reader.required("changed_on")
        reentryFrom = try reader.optional("reentry_from", "First day on which the wadah may ask for the agent again")
        contractUntil = try reader.optional(
            "contract_until", "Of a return: last day of the contract of the wadah that asks for it")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("change", change)
        writer.field("reason", reason)
        writer.field("changed_on", changedOn)
        writer.field("reentry_from", reentryFrom)
        writer.field("contract_until", contractUntil)
    }
}

/// What happens to the contract (PKS) of a wadah.
public enum WadahChange: String, JSONChoice {
    case contracted
    /// Fewer agents than the scheme asks for.
    case belowMinimum = "below-minimum"
    /// The contract ends within a month.
    case contractEnds = "contract-ends"
    case ended
}

/// A contract of a wadah, a warning to it, or its end, with the reason.
public struct WadahChanged: EventData, Hashable {
    public var wadahID: WadahID
    public var name: String
    public var branch: BranchCode
    public var change: WadahChange
    public var reason: String
    public var changedOn: CivilDate
    public var contractUntil: CivilDate?

    public static let type = "id.perisai.wadah-changed.v1"
    public static let topic = Topic.commissions
    public static let summary = "A contract of a wadah, a warning to it, or its end, with the reason"
    public var partitionKey: String { wadahID.text }

    public init(
        wadahID: WadahID, name: String, branch: BranchCode, change: WadahChange, reason: String, changedOn: CivilDate,
        contractUntil: CivilDate? = nil
    ) {
        self.wadahID = wadahID
        self.name = name
        self.branch = branch
        self.change = change
        self.reason = reason
        self.changedOn = changedOn
        self.contractUntil = contractUntil
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        wadahID = try reader.required("wadah_id")
        name = try reader.required("name")
        branch = try reader.required("branch")
        change = try reader.required("change")
        reason = try reader.required("reason", "In Indonesian")
        changedOn = try reader.required("changed_on")
        contractUntil = try reader.optional("contract_until")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("wadah_id", wadahID)
        writer.field("name", name)
        writer.field("branch", branch)
        writer.field("change", change)
        writer.field("reason", reason)
        writer.field("changed_on", changedOn)
        writer.field("contract_until", contractUntil)
    }
}

/// Why a participant or employer passes to somebody else.
public enum PassingReason: String, JSONChoice {
    /// Sixty contribution months are over (Perdir 13/PERDIR.02/042022).
    case month61 = "month-61"
    case agencyEnded = "agency-ended"
    case dismissed
    /// By decision of the branch.
    case policy
}

/// A payer passes from an agent to the branch or to another agent.
public struct PortfolioPassed: EventData, Hashable {
    public var payer: PayerNumber
    public var fromAgent: AgentID
    public var toAgent: AgentID?
    public var reason: PassingReason
    public var passedOn: CivilDate

    public static let type = "id.perisai.portfolio-passed.v1"
    public static let topic = Topic.commissions
    public static let summary = "A payer passes from an agent to the branch or to another agent"
    public var partitionKey: String { payer.text }

    public init(
        payer: PayerNumber, fromAgent: AgentID, toAgent: AgentID? = nil, reason: PassingReason, passedOn: CivilDate
    ) {
        self.payer = payer
        self.fromAgent = fromAgent
        self.toAgent = toAgent
        self.reason = reason
        self.passedOn = passedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payer = try reader.required("payer")
        fromAgent = try reader.required("from_agent")
        toAgent = try reader.optional("to_agent", "Nobody: the branch")
        reason = try reader.required("reason")
        passedOn = try reader.required("passed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payer", payer)
        writer.field("from_agent", fromAgent)
        writer.field("to_agent", toAgent)
        writer.field("reason", reason)
        writer.field("passed_on", passedOn)
    }
}

/// All statements of a month are issued.
public struct MonthClosed: EventData, Hashable {
    public var month: ContributionMonth
    public var statements: Int
    public var total: SignedRupiah
    public var approvedBy: String?
    public var closedOn: CivilDate

    public static let type = "id.perisai.month-closed.v1"
    public static let topic = Topic.commissions
    public static let summary = "All statements of a month are issued"
    public var partitionKey: String { month.description }

    public init(
        month: ContributionMonth, statements: Int, total: SignedRupiah, approvedBy: String? = nil, closedOn: CivilDate
    ) {
        self.month = month
        self.statements = statements
        self.total = total
        self.approvedBy = approvedBy
        self.closedOn = closedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        month = try reader.required("month")
        statements = try reader.required("statements")
        total = try reader.required("total")
        approvedBy = try reader.optional("approved_by", "The second person; nobody when the business date alone closes")
        closedOn = try reader.required("closed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("month", month)
        writer.field("statements", statements)
        writer.field("total", total)
        writer.field("approved_by", approvedBy)
        writer.field("closed_on", closedOn)
    }
}
