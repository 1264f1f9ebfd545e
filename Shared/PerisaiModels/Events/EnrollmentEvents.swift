/// An agent hands in an informal worker (BPU), or a worker registers without one.
public struct ParticipantSubmitted: EventData, Hashable {
    public var submissionID: SubmissionID
    public var agentID: AgentID?
    public var nik: NIK
    public var name: String
    public var phone: PhoneNumber?
    public var programmes: [Programme]
    public var monthlyIncome: Rupiah
    public var occupation: OccupationGroup
    public var branch: BranchCode
    public var submittedOn: CivilDate
    public var firstMonth: ContributionMonth
    public var payerKind: PayerKind?
    public var businessOwner: Bool?
    public var consent: Bool?

    public static let type = "id.perisai.participant-submitted.v1"
    public static let topic = Topic.submissions
    public static let summary = "An agent hands in an informal worker (BPU), or a worker registers without one"
    public var partitionKey: String { agentID?.text ?? nik.text }

    public init(
        submissionID: SubmissionID, agentID: AgentID? = nil, nik: NIK, name: String, phone: PhoneNumber? = nil,
        programmes: [Programme], monthlyIncome: Rupiah, occupation: OccupationGroup, branch: BranchCode,
        submittedOn: CivilDate, firstMonth: ContributionMonth, payerKind: PayerKind? = nil, businessOwner: Bool? = nil,
        consent: Bool? = nil
    ) {
        self.submissionID = submissionID
        self.agentID = agentID
        self.nik = nik
        self.name = name
        self.phone = phone
        self.programmes = programmes
        self.monthlyIncome = monthlyIncome
        self.occupation = occupation
        self.branch = branch
        self.submittedOn = submittedOn
        self.firstMonth = firstMonth
        self.payerKind = payerKind
        self.businessOwner = businessOwner
        self.consent = consent
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        agentID = try reader.optional("agent_id")
        nik = try reader.required("nik")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        programmes = try reader.required("programmes", "JKK and JKM, with or without JHT")
        monthlyIncome = try reader.required("monthly_income", "Declared income a month; decides the band")
        occupation = try reader.required("occupation")
        branch = try reader.required("branch")
        submittedOn = try reader.required("submitted_on")
        firstMonth = try reader.required("first_month", "First month to be paid")
        payerKind = try reader.optional("payer_kind", "Whose money it is; self when not given")
        businessOwner = try reader.optional("business_owner", "Employs others or owns a business: JHT is compulsory")
        consent = try reader.optional("consent", "Agrees to be written to (UU 27/2022); not asked when not given")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("agent_id", agentID)
        writer.field("nik", nik)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("programmes", programmes)
        writer.field("monthly_income", monthlyIncome)
        writer.field("occupation", occupation)
        writer.field("branch", branch)
        writer.field("submitted_on", submittedOn)
        writer.field("first_month", firstMonth)
        writer.field("payer_kind", payerKind)
        writer.field("business_owner", businessOwner)
        writer.field("consent", consent)
    }
}

/// Why something was refused: a code, the field and what to do.
public struct RefusalReason: JSONObject, Hashable {
    public var code: String
    public var field: String
    public var text: String

    public static let summary = "Why something was refused: a code, the field and what to do"

    public init(code: String, field: String, text: String) {
        self.code = code
        self.field = field
        self.text = text
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        code = try reader.required("code", "Stable code in capitals")
        field = try reader.required("field")
        text = try reader.required("text", "In Indonesian; holds no NIK")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("code", code)
        writer.field("field", field)
        writer.field("text", text)
    }
}

/// A BPU participant is enrolled; cover starts with the first payment.
public struct ParticipantEnrolled: EventData, Hashable {
    public var submissionID: SubmissionID
    public var kpj: KPJ
    public var nik: NIK
    public var name: String
    public var phone: PhoneNumber?
    public var agentID: AgentID?
    public var branch: BranchCode
    public var programmes: [Programme]
    public var monthlyIncome: Rupiah
    public var occupation: OccupationGroup
    public var payerKind: PayerKind?
    public var newlyRegistered: Bool
    public var zone: IndonesianZone
    public var enrolledOn: CivilDate
    public var firstMonth: ContributionMonth
    public var returning: Bool?
    public var consent: Bool?

    public static let type = "id.perisai.participant-enrolled.v1"
    public static let topic = Topic.enrollment
    public static let summary = "A BPU participant is enrolled; cover starts with the first payment"
    public var partitionKey: String { kpj.text }

    public init(
        submissionID: SubmissionID, kpj: KPJ, nik: NIK, name: String, phone: PhoneNumber? = nil,
        agentID: AgentID? = nil, branch: BranchCode, programmes: [Programme], monthlyIncome: Rupiah,
        occupation: OccupationGroup, payerKind: PayerKind? = nil, newlyRegistered: Bool, zone: IndonesianZone,
        enrolledOn: CivilDate,
        firstMonth: ContributionMonth, returning: Bool? = nil, consent: Bool? = nil
    ) {
        self.submissionID = submissionID
        self.kpj = kpj
        self.nik = nik
        self.name = name
        self.phone = phone
        self.agentID = agentID
        self.branch = branch
        self.programmes = programmes
        self.monthlyIncome = monthlyIncome
        self.occupation = occupation
        self.payerKind = payerKind
        self.newlyRegistered = newlyRegistered
        self.zone = zone
        self.enrolledOn = enrolledOn
        self.firstMonth = firstMonth
        self.returning = returning
        self.consent = consent
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        kpj = try reader.required("kpj")
        nik = try reader.required("nik")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        agentID = try reader.optional("agent_id")
        branch = try reader.required("branch")
        programmes = try reader.required("programmes")
        monthlyIncome = try reader.required("monthly_income")
        occupation = try reader.required("occupation")
        payerKind = try reader.optional("payer_kind", "Who pays; self when not given")
        newlyRegistered = try reader.required("newly_registered", "The NIK was never registered in this segment before")
        zone = try reader.required("zone")
        enrolledOn = try reader.required("enrolled_on")
        firstMonth = try reader.required("first_month")
        returning = try reader.optional("returning", "True when an ended membership begins anew")
        consent = try reader.optional("consent")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("kpj", kpj)
        writer.field("nik", nik)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("agent_id", agentID)
        writer.field("branch", branch)
        writer.field("programmes", programmes)
        writer.field("monthly_income", monthlyIncome)
        writer.field("occupation", occupation)
        writer.field("payer_kind", payerKind)
        writer.field("newly_registered", newlyRegistered)
        writer.field("zone", zone)
        writer.field("enrolled_on", enrolledOn)
        writer.field("first_month", firstMonth)
        writer.field("returning", returning)
        writer.field("consent", consent)
    }
}

/// What was handed in.
public enum SubmissionKind: String, JSONChoice {
    case participant
    case employer
    case exit
    case employerChange = "employer_change"
    case employerClosure = "employer_closure"
}

/// A submission is refused, with every reason at once.
public struct SubmissionRefused: EventData, Hashable {
    public var submissionID: SubmissionID
    public var kind: SubmissionKind
    public var agentID: AgentID?
    public var reasons: [RefusalReason]
    public var decidedOn: CivilDate

    public static let type = "id.perisai.submission-refused.v1"
    public static let topic = Topic.enrollment
    public static let summary = "A submission is refused, with every reason at once"
    public var partitionKey: String { agentID?.text ?? submissionID.text }

    public init(
        submissionID: SubmissionID, kind: SubmissionKind, agentID: AgentID? = nil, reasons: [RefusalReason],
        decidedOn: CivilDate
    ) {
        self.submissionID = submissionID
        self.kind = kind
        self.agentID = agentID
        self.reasons = reasons
        self.decidedOn = decidedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        kind = try reader.required("kind")
        agentID = try reader.optional("agent_id")
        reasons = try reader.required("reasons")
        decidedOn = try reader.required("decided_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("kind", kind)
        writer.field("agent_id", agentID)
        writer.field("reasons", reasons)
        writer.field("decided_on", decidedOn)
    }
}
