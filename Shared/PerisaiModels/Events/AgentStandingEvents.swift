/// A document of an application (the list is a setting; domain.md 1.2).
public enum AgentDocument: String, JSONChoice {
    case ktp
    case accountBook = "account_book"
    case photo
    case membershipCard = "membership_card"
    case npwp
    case communityLetter = "community_letter"
}

/// Documents of an application have been received by the branch.
public struct AgentDocumented: EventData, Hashable {
    public var agentID: AgentID
    public var documents: [AgentDocument]
    public var receivedOn: CivilDate

    public static let type = "id.perisai.agent-documented.v1"
    public static let topic = Topic.submissions
    public static let summary = "Documents of an application have been received by the branch"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, documents: [AgentDocument], receivedOn: CivilDate
    ) {
        self.agentID = agentID
        self.documents = documents
        self.receivedOn = receivedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        documents = try reader.required("documents")
        receivedOn = try reader.required("received_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("documents", documents)
        writer.field("received_on", receivedOn)
    }
}

/// The branch suspends an agent: no acquisitions until it is resumed.
public struct AgentSuspended: EventData, Hashable {
    public var agentID: AgentID
    public var reason: String
    public var suspendedOn: CivilDate
    public var suspendedUntil: CivilDate?

    public static let type = "id.perisai.agent-suspended.v1"
    public static let topic = Topic.submissions
    public static let summary = "The branch suspends an agent: no acquisitions until it is resumed"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, reason: String, suspendedOn: CivilDate, suspendedUntil: CivilDate? = nil
    ) {
        self.agentID = agentID
        self.reason = reason
        self.suspendedOn = suspendedOn
        self.suspendedUntil = suspendedUntil
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        reason = try reader.required("reason")
        suspendedOn = try reader.required("suspended_on", "First day without acquisitions")
        suspendedUntil = try reader.optional("suspended_until", "Last day of the suspension; open when not given")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("reason", reason)
        writer.field("suspended_on", suspendedOn)
        writer.field("suspended_until", suspendedUntil)
    }
}

/// The branch lifts the suspension of an agent.
public struct AgentResumed: EventData, Hashable {
    public var agentID: AgentID
    public var resumedOn: CivilDate

    public static let type = "id.perisai.agent-resumed.v1"
    public static let topic = Topic.submissions
    public static let summary = "The branch lifts the suspension of an agent"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, resumedOn: CivilDate
    ) {
        self.agentID = agentID
        self.resumedOn = resumedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        resumedOn = try reader.required("resumed_on", "First day with acquisitions again")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("resumed_on", resumedOn)
    }
}

/// A person is, or is no longer, an employee of BPJS Ketenagakerjaan and so cannot be an agent.
public struct StaffListed: EventData, Hashable {
    public var nik: NIK
    public var since: CivilDate
    public var until: CivilDate?

    public static let type = "id.perisai.staff-listed.v1"
    public static let topic = Topic.submissions
    public static let summary =
        "A person is, or is no longer, an employee of BPJS Ketenagakerjaan and so cannot be an agent"
    public var partitionKey: String { nik.text }

    public init(
        nik: NIK, since: CivilDate, until: CivilDate? = nil
    ) {
        self.nik = nik
        self.since = since
        self.until = until
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        nik = try reader.required("nik")
        since = try reader.required("since")
        until = try reader.optional("until", "Last day of employment; employed on when not given")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("nik", nik)
        writer.field("since", since)
        writer.field("until", until)
    }
}

/// Whether an active agent may acquire.
public enum AgentStanding: String, JSONChoice {
    case active
    /// By the branch.
    case suspended
    /// The agent's own membership has lapsed or ended.
    case membershipLapsed = "membership_lapsed"
    /// The agent is an employee of BPJS Ketenagakerjaan.
    case staff
}

/// An active agent may acquire no longer, or may again.
public struct AgentStandingChanged: EventData, Hashable {
    public var agentID: AgentID
    public var standing: AgentStanding
    public var reason: String
    public var until: CivilDate?
    public var changedOn: CivilDate

    public static let type = "id.perisai.agent-standing-changed.v1"
    public static let topic = Topic.enrollment
    public static let summary = "An active agent may acquire no longer, or may again"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, standing: AgentStanding, reason: String, until: CivilDate? = nil, changedOn: CivilDate
    ) {
        self.agentID = agentID
        self.standing = standing
        self.reason = reason
        self.until = until
        self.changedOn = changedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        standing = try reader.required("standing")
        reason = try reader.required("reason", "In Indonesian")
        until = try reader.optional("until", "Last day of a suspension that has an end")
        changedOn = try reader.required("changed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("standing", standing)
        writer.field("reason", reason)
        writer.field("until", until)
        writer.field("changed_on", changedOn)
    }
}

/// Certificate, ID (Tanda Pengenal) and assignment letter (Surat Tugas) of an agent, or their renewal.
public struct AgentCredentialed: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var branch: BranchCode
    public var name: String
    public var certificate: ApplicationID
    public var identityCard: ApplicationID
    public var assignmentLetter: ApplicationID
    public var validUntil: CivilDate
    public var issuedOn: CivilDate

    public static let type = "id.perisai.agent-credentialed.v1"
    public static let topic = Topic.enrollment
    public static let summary =
        "Certificate, ID (Tanda Pengenal) and assignment letter (Surat Tugas) of an agent, or their renewal"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, branch: BranchCode, name: String, certificate: ApplicationID,
        identityCard: ApplicationID, assignmentLetter: ApplicationID, validUntil: CivilDate, issuedOn: CivilDate
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.name = name
        self.certificate = certificate
        self.identityCard = identityCard
        self.assignmentLetter = assignmentLetter
        self.validUntil = validUntil
        self.issuedOn = issuedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        branch = try reader.required("branch")
        name = try reader.required("name")
        certificate = try reader.required("certificate", "Number of the training certificate")
        identityCard = try reader.required("identity_card", "Number of the Perisai ID")
        assignmentLetter = try reader.required("assignment_letter", "Number of the assignment letter of the wadah")
        validUntil = try reader.required("valid_until")
        issuedOn = try reader.required("issued_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("name", name)
        writer.field("certificate", certificate)
        writer.field("identity_card", identityCard)
        writer.field("assignment_letter", assignmentLetter)
        writer.field("valid_until", validUntil)
        writer.field("issued_on", issuedOn)
    }
}
