/// A person applies to become a Perisai agent under a wadah.
public struct AgentApplied: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var branch: BranchCode
    public var name: String
    public var nik: NIK
    public var phone: PhoneNumber
    public var bank: BankCode
    public var accountNumber: AccountNumber
    public var accountHolder: String
    public var hasDevice: Bool
    public var appliedOn: CivilDate
    public var documents: [AgentDocument]?
    public var isStaff: Bool?

    public static let type = "id.perisai.agent-applied.v1"
    public static let topic = Topic.submissions
    public static let summary = "A person applies to become a Perisai agent under a wadah"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, branch: BranchCode, name: String, nik: NIK, phone: PhoneNumber,
        bank: BankCode, accountNumber: AccountNumber, accountHolder: String, hasDevice: Bool, appliedOn: CivilDate,
        documents: [AgentDocument]? = nil, isStaff: Bool? = nil
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.name = name
        self.nik = nik
        self.phone = phone
        self.bank = bank
        self.accountNumber = accountNumber
        self.accountHolder = accountHolder
        self.hasDevice = hasDevice
        self.appliedOn = appliedOn
        self.documents = documents
        self.isStaff = isStaff
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        branch = try reader.required("branch")
        name = try reader.required("name")
        nik = try reader.required("nik")
        phone = try reader.required("phone")
        bank = try reader.required("bank", "Bank of the account for incentives")
        accountNumber = try reader.required("account_number")
        accountHolder = try reader.required("account_holder", "Name on the account; must be the agent's own")
        hasDevice = try reader.required("has_device", "Owns a device with internet")
        appliedOn = try reader.required("applied_on")
        documents = try reader.optional(
            "documents", "Handed in so far; when not given the branch has checked them on paper")
        isStaff = try reader.optional("is_staff", "Is an employee of BPJS Ketenagakerjaan")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("name", name)
        writer.field("nik", nik)
        writer.field("phone", phone)
        writer.field("bank", bank)
        writer.field("account_number", accountNumber)
        writer.field("account_holder", accountHolder)
        writer.field("has_device", hasDevice)
        writer.field("applied_on", appliedOn)
        writer.field("documents", documents)
        writer.field("is_staff", isStaff)
    }
}

/// An applicant has finished the training.
public struct AgentTrained: EventData, Hashable {
    public var agentID: AgentID
    public var trainedOn: CivilDate

    public static let type = "id.perisai.agent-trained.v1"
    public static let topic = Topic.submissions
    public static let summary = "An applicant has finished the training"
    public var partitionKey: String { agentID.text }

    public init(agentID: AgentID, trainedOn: CivilDate) {
        self.agentID = agentID
        self.trainedOn = trainedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        trainedOn = try reader.required("trained_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("trained_on", trainedOn)
    }
}

/// An applicant has sat the exam.
public struct AgentExamined: EventData, Hashable {
    public var agentID: AgentID
    public var passed: Bool
    public var examinedOn: CivilDate

    public static let type = "id.perisai.agent-examined.v1"
    public static let topic = Topic.submissions
    public static let summary = "An applicant has sat the exam"
    public var partitionKey: String { agentID.text }

    public init(agentID: AgentID, passed: Bool, examinedOn: CivilDate) {
        self.agentID = agentID
        self.passed = passed
        self.examinedOn = examinedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        passed = try reader.required("passed")
        examinedOn = try reader.required("examined_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("passed", passed)
        writer.field("examined_on", examinedOn)
    }
}

/// The wadah has signed the contract (PKS) with the branch for this agent.
public struct AgentSigned: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var signedOn: CivilDate
    public var contractUntil: CivilDate
    public var agentsListed: Int?

    public static let type = "id.perisai.agent-signed.v1"
    public static let topic = Topic.submissions
    public static let summary = "The wadah has signed the contract (PKS) with the branch for this agent"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, signedOn: CivilDate, contractUntil: CivilDate, agentsListed: Int? = nil
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.signedOn = signedOn
        self.contractUntil = contractUntil
        self.agentsListed = agentsListed
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        signedOn = try reader.required("signed_on")
        contractUntil = try reader.required("contract_until")
        agentsListed = try reader.optional("agents_listed", "Agents that the contract (PKS) lists")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("signed_on", signedOn)
        writer.field("contract_until", contractUntil)
        writer.field("agents_listed", agentsListed)
    }
}

/// All gates are passed: the agent may acquire participants.
public struct AgentActivated: EventData, Hashable {
    public var agentID: AgentID
    public var wadahID: WadahID
    public var branch: BranchCode
    public var name: String
    public var phone: PhoneNumber
    public var zone: IndonesianZone
    public var activatedOn: CivilDate
    public var bank: BankCode?
    public var accountNumber: AccountNumber?
    public var accountHolder: String?
    public var contractUntil: CivilDate?

    public static let type = "id.perisai.agent-activated.v1"
    public static let topic = Topic.enrollment
    public static let summary = "All gates are passed: the agent may acquire participants"
    public var partitionKey: String { agentID.text }

    public init(
        agentID: AgentID, wadahID: WadahID, branch: BranchCode, name: String, phone: PhoneNumber, zone: IndonesianZone,
        activatedOn: CivilDate, bank: BankCode? = nil, accountNumber: AccountNumber? = nil,
        accountHolder: String? = nil, contractUntil: CivilDate? = nil
    ) {
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.name = name
        self.phone = phone
        self.zone = zone
        self.activatedOn = activatedOn
        self.bank = bank
        self.accountNumber = accountNumber
        self.accountHolder = accountHolder
        self.contractUntil = contractUntil
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        wadahID = try reader.required("wadah_id")
        branch = try reader.required("branch")
        name = try reader.required("name")
        phone = try reader.required("phone")
        zone = try reader.required("zone")
        activatedOn = try reader.required("activated_on")
        bank = try reader.optional("bank", "Bank of the account for incentives")
        accountNumber = try reader.optional("account_number")
        accountHolder = try reader.optional("account_holder", "Name on the account")
        contractUntil = try reader.optional("contract_until", "Last day of the wadah's contract (PKS)")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("zone", zone)
        writer.field("activated_on", activatedOn)
        writer.field("bank", bank)
        writer.field("account_number", accountNumber)
        writer.field("account_holder", accountHolder)
        writer.field("contract_until", contractUntil)
    }
}

/// The wadah has signed, and gates are not passed.
public struct AgentRefused: EventData, Hashable {
    public var agentID: AgentID
    public var name: String
    public var phone: PhoneNumber
    public var reasons: [RefusalReason]
    public var decidedOn: CivilDate

    public static let type = "id.perisai.agent-refused.v1"
    public static let topic = Topic.enrollment
    public static let summary = "The wadah has signed, and gates are not passed"
    public var partitionKey: String { agentID.text }

    public init(agentID: AgentID, name: String, phone: PhoneNumber, reasons: [RefusalReason], decidedOn: CivilDate) {
        self.agentID = agentID
        self.name = name
        self.phone = phone
        self.reasons = reasons
        self.decidedOn = decidedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agentID = try reader.required("agent_id")
        name = try reader.required("name")
        phone = try reader.required("phone")
        reasons = try reader.required("reasons")
        decidedOn = try reader.required("decided_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agentID)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("reasons", reasons)
        writer.field("decided_on", decidedOn)
    }
}
