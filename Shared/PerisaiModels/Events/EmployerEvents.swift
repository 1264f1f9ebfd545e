/// One worker of a micro employer.
public struct SubmittedWorker: JSONObject, Hashable {
    public var nik: NIK
    public var name: String
    public var phone: PhoneNumber?
    public var wage: Rupiah

    public static let summary = "One worker of a micro employer"

    public init(nik: NIK, name: String, phone: PhoneNumber? = nil, wage: Rupiah) {
        self.nik = nik
        self.name = name
        self.phone = phone
        self.wage = wage
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        nik = try reader.required("nik")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        wage = try reader.required("wage", "Wage a month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("nik", nik)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("wage", wage)
    }
}

/// An agent hands in an employer with its workers (PU).
public struct EmployerSubmitted: EventData, Hashable {
    public var submissionID: SubmissionID
    public var agentID: AgentID?
    public var nib: NIB?
    public var npwp: NPWP?
    public var name: String
    public var phone: PhoneNumber?
    public var size: EmployerSize
    public var riskClass: RiskClass
    public var branch: BranchCode
    public var workers: [SubmittedWorker]
    public var submittedOn: CivilDate
    public var firstMonth: ContributionMonth
    public var kbli: KBLI?
    public var permanentStaff: Bool?
    public var capital: Rupiah?
    public var annualSales: Rupiah?

    public static let type = "id.perisai.employer-submitted.v1"
    public static let topic = Topic.submissions
    public static let summary = "An agent hands in an employer with its workers (PU)"
    public var partitionKey: String { agentID?.text ?? nib?.text ?? submissionID.text }

    public init(
        submissionID: SubmissionID, agentID: AgentID? = nil, nib: NIB? = nil, npwp: NPWP? = nil, name: String,
        phone: PhoneNumber? = nil, size: EmployerSize, riskClass: RiskClass, branch: BranchCode,
        workers: [SubmittedWorker], submittedOn: CivilDate, firstMonth: ContributionMonth, kbli: KBLI? = nil,
        permanentStaff: Bool? = nil, capital: Rupiah? = nil, annualSales: Rupiah? = nil
    ) {
        self.submissionID = submissionID
        self.agentID = agentID
        self.nib = nib
        self.npwp = npwp
        self.name = name
        self.phone = phone
        self.size = size
        self.riskClass = riskClass
        self.branch = branch
        self.workers = workers
        self.submittedOn = submittedOn
        self.firstMonth = firstMonth
        self.kbli = kbli
        self.permanentStaff = permanentStaff
        self.capital = capital
        self.annualSales = annualSales
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        agentID = try reader.optional("agent_id")
        nib = try reader.optional("nib")
        npwp = try reader.optional("npwp")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        size = try reader.required("size")
        riskClass = try reader.required("risk_class")
        branch = try reader.required("branch")
        workers = try reader.required("workers")
        submittedOn = try reader.required("submitted_on")
        firstMonth = try reader.required("first_month", "First month to be paid")
        kbli = try reader.optional("kbli", "Main activity; construction projects are outside")
        permanentStaff = try reader.optional(
            "permanent_staff", "The listed workers are permanent staff of a construction firm")
        capital = try reader.optional("capital", "Business capital, without land and buildings")
        annualSales = try reader.optional("annual_sales", "Sales a year")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("agent_id", agentID)
        writer.field("nib", nib)
        writer.field("npwp", npwp)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("size", size)
        writer.field("risk_class", riskClass)
        writer.field("branch", branch)
        writer.field("workers", workers)
        writer.field("submitted_on", submittedOn)
        writer.field("first_month", firstMonth)
        writer.field("kbli", kbli)
        writer.field("permanent_staff", permanentStaff)
        writer.field("capital", capital)
        writer.field("annual_sales", annualSales)
    }
}

/// One enrolled worker of an employer.
public struct EnrolledWorker: JSONObject, Hashable {
    public var kpj: KPJ
    public var nik: NIK
    public var name: String
    public var phone: PhoneNumber?
    public var wage: Rupiah
    public var newlyRegistered: Bool

    public static let summary = "One enrolled worker of an employer"

    public init(kpj: KPJ, nik: NIK, name: String, phone: PhoneNumber? = nil, wage: Rupiah, newlyRegistered: Bool) {
        self.kpj = kpj
        self.nik = nik
        self.name = name
        self.phone = phone
        self.wage = wage
        self.newlyRegistered = newlyRegistered
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        kpj = try reader.required("kpj")
        nik = try reader.required("nik")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        wage = try reader.required("wage")
        newlyRegistered = try reader.required("newly_registered")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("kpj", kpj)
        writer.field("nik", nik)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("wage", wage)
        writer.field("newly_registered", newlyRegistered)
    }
}

/// An employer is enrolled with its workers.
public struct EmployerEnrolled: EventData, Hashable {
    public var submissionID: SubmissionID
    public var npp: NPP
    public var nib: NIB?
    public var name: String
    public var phone: PhoneNumber?
    public var agentID: AgentID?
    public var branch: BranchCode
    public var size: EmployerSize
    public var riskClass: RiskClass
    public var labourIntensive: Bool?
    public var programmes: [Programme]
    public var workers: [EnrolledWorker]
    public var monthlyContribution: Rupiah
    public var zone: IndonesianZone
    public var enrolledOn: CivilDate
    public var firstMonth: ContributionMonth

    public static let type = "id.perisai.employer-enrolled.v1"
    public static let topic = Topic.enrollment
    public static let summary = "An employer is enrolled with its workers"
    public var partitionKey: String { npp.text }

    public init(
        submissionID: SubmissionID, npp: NPP, nib: NIB? = nil, name: String, phone: PhoneNumber? = nil,
        agentID: AgentID? = nil, branch: BranchCode, size: EmployerSize, riskClass: RiskClass,
        labourIntensive: Bool? = nil, programmes: [Programme],
        workers: [EnrolledWorker], monthlyContribution: Rupiah, zone: IndonesianZone, enrolledOn: CivilDate,
        firstMonth: ContributionMonth
    ) {
        self.submissionID = submissionID
        self.npp = npp
        self.nib = nib
        self.name = name
        self.phone = phone
        self.agentID = agentID
        self.branch = branch
        self.size = size
        self.riskClass = riskClass
        self.labourIntensive = labourIntensive
        self.programmes = programmes
        self.workers = workers
        self.monthlyContribution = monthlyContribution
        self.zone = zone
        self.enrolledOn = enrolledOn
        self.firstMonth = firstMonth
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        npp = try reader.required("npp")
        nib = try reader.optional("nib")
        name = try reader.required("name")
        phone = try reader.optional("phone")
        agentID = try reader.optional("agent_id")
        branch = try reader.required("branch")
        size = try reader.required("size")
        riskClass = try reader.required("risk_class")
        labourIntensive = try reader.optional("labour_intensive", "Of the industries of PP 7/2025; no when not given")
        programmes = try reader.required("programmes")
        workers = try reader.required("workers")
        monthlyContribution = try reader.required(
            "monthly_contribution", "Contribution of the first month, all workers")
        zone = try reader.required("zone")
        enrolledOn = try reader.required("enrolled_on")
        firstMonth = try reader.required("first_month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("npp", npp)
        writer.field("nib", nib)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("agent_id", agentID)
        writer.field("branch", branch)
        writer.field("size", size)
        writer.field("risk_class", riskClass)
        writer.field("labour_intensive", labourIntensive)
        writer.field("programmes", programmes)
        writer.field("workers", workers)
        writer.field("monthly_contribution", monthlyContribution)
        writer.field("zone", zone)
        writer.field("enrolled_on", enrolledOn)
        writer.field("first_month", firstMonth)
    }
}
