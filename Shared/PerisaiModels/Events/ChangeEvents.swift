/// A membership ends: claim, death, age or end of a contract.
public struct ExitReported: EventData, Hashable {
    public var submissionID: SubmissionID
    public var agentID: AgentID?
    public var nik: NIK
    public var npp: NPP?
    public var reason: ExitReason
    public var lastMonth: ContributionMonth
    public var reportedOn: CivilDate

    public static let type = "id.perisai.exit-reported.v1"
    public static let topic = Topic.submissions
    public static let summary = "A membership ends: claim, death, age or end of a contract"
    public var partitionKey: String { agentID?.text ?? npp?.text ?? nik.text }

    public init(
        submissionID: SubmissionID, agentID: AgentID? = nil, nik: NIK, npp: NPP? = nil, reason: ExitReason,
        lastMonth: ContributionMonth, reportedOn: CivilDate
    ) {
        self.submissionID = submissionID
        self.agentID = agentID
        self.nik = nik
        self.npp = npp
        self.reason = reason
        self.lastMonth = lastMonth
        self.reportedOn = reportedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        agentID = try reader.optional("agent_id", "The agent who reports it")
        nik = try reader.required("nik")
        npp = try reader.optional("npp", "The employer whose worker leaves; without it the BPU membership ends")
        reason = try reader.required("reason")
        lastMonth = try reader.required("last_month", "The last month that is due")
        reportedOn = try reader.required("reported_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("agent_id", agentID)
        writer.field("nik", nik)
        writer.field("npp", npp)
        writer.field("reason", reason)
        writer.field("last_month", lastMonth)
        writer.field("reported_on", reportedOn)
    }
}

/// The wage of a worker from now on.
public struct WageReport: JSONObject, Hashable {
    public var nik: NIK
    public var wage: Rupiah

    public static let summary = "The wage of a worker from now on"

    public init(
        nik: NIK, wage: Rupiah
    ) {
        self.nik = nik
        self.wage = wage
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        nik = try reader.required("nik")
        wage = try reader.required("wage", "Wage a month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("nik", nik)
        writer.field("wage", wage)
    }
}

/// A worker who leaves an employer.
public struct LeavingWorker: JSONObject, Hashable {
    public var nik: NIK
    public var reason: ExitReason

    public static let summary = "A worker who leaves an employer"

    public init(
        nik: NIK, reason: ExitReason
    ) {
        self.nik = nik
        self.reason = reason
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        nik = try reader.required("nik")
        reason = try reader.required("reason")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("nik", nik)
        writer.field("reason", reason)
    }
}

/// An employer reports who joins, who leaves and who earns another wage (PP 44/2015 Art. 9: within 7 working days).
public struct EmployerChangeReported: EventData, Hashable {
    public var submissionID: SubmissionID
    public var agentID: AgentID?
    public var npp: NPP
    public var joining: [SubmittedWorker]
    public var movedFrom: NPP?
    public var leaving: [LeavingWorker]
    public var wages: [WageReport]
    public var fromMonth: ContributionMonth
    public var reportedOn: CivilDate

    public static let type = "id.perisai.employer-change-reported.v1"
    public static let topic = Topic.submissions
    public static let summary =
        "An employer reports who joins, who leaves and who earns another wage (PP 44/2015 Art. 9: within 7 working days)"
    public var partitionKey: String { agentID?.text ?? npp.text }

    public init(
        submissionID: SubmissionID, agentID: AgentID? = nil, npp: NPP, joining: [SubmittedWorker],
        movedFrom: NPP? = nil, leaving: [LeavingWorker], wages: [WageReport], fromMonth: ContributionMonth,
        reportedOn: CivilDate
    ) {
        self.submissionID = submissionID
        self.agentID = agentID
        self.npp = npp
        self.joining = joining
        self.movedFrom = movedFrom
        self.leaving = leaving
        self.wages = wages
        self.fromMonth = fromMonth
        self.reportedOn = reportedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        agentID = try reader.optional("agent_id")
        npp = try reader.required("npp")
        joining = try reader.required(
            "joining",
            "May be empty; a worker with another employer is added there and here unless moved_from says otherwise")
        movedFrom = try reader.optional("moved_from", "The employer that the joining workers have left")
        leaving = try reader.required("leaving", "May be empty")
        wages = try reader.required("wages", "May be empty")
        fromMonth = try reader.required("from_month", "First month that the change counts for")
        reportedOn = try reader.required("reported_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("agent_id", agentID)
        writer.field("npp", npp)
        writer.field("joining", joining)
        writer.field("moved_from", movedFrom)
        writer.field("leaving", leaving)
        writer.field("wages", wages)
        writer.field("from_month", fromMonth)
        writer.field("reported_on", reportedOn)
    }
}

/// An employer closes.
public struct EmployerClosureReported: EventData, Hashable {
    public var submissionID: SubmissionID
    public var agentID: AgentID?
    public var npp: NPP
    public var lastMonth: ContributionMonth
    public var reportedOn: CivilDate

    public static let type = "id.perisai.employer-closure-reported.v1"
    public static let topic = Topic.submissions
    public static let summary = "An employer closes"
    public var partitionKey: String { agentID?.text ?? npp.text }

    public init(
        submissionID: SubmissionID, agentID: AgentID? = nil, npp: NPP, lastMonth: ContributionMonth,
        reportedOn: CivilDate
    ) {
        self.submissionID = submissionID
        self.agentID = agentID
        self.npp = npp
        self.lastMonth = lastMonth
        self.reportedOn = reportedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        agentID = try reader.optional("agent_id")
        npp = try reader.required("npp")
        lastMonth = try reader.required("last_month", "The last month that is due")
        reportedOn = try reader.required("reported_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("agent_id", agentID)
        writer.field("npp", npp)
        writer.field("last_month", lastMonth)
        writer.field("reported_on", reportedOn)
    }
}

/// A worker who has left an employer.
public struct LeftWorker: JSONObject, Hashable {
    public var kpj: KPJ
    public var reason: ExitReason
    public var movedTo: NPP?

    public static let summary = "A worker who has left an employer"

    public init(
        kpj: KPJ, reason: ExitReason, movedTo: NPP? = nil
    ) {
        self.kpj = kpj
        self.reason = reason
        self.movedTo = movedTo
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        kpj = try reader.required("kpj")
        reason = try reader.required("reason")
        movedTo = try reader.optional("moved_to", "The employer that the worker has moved to")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("kpj", kpj)
        writer.field("reason", reason)
        writer.field("moved_to", movedTo)
    }
}

/// The workers or wages of an employer have changed: contributions are computed anew from a month on.
public struct EmployerChanged: EventData, Hashable {
    public var submissionID: SubmissionID
    public var npp: NPP
    public var joined: [EnrolledWorker]
    public var left: [LeftWorker]
    public var size: EmployerSize
    public var riskClass: RiskClass
    public var labourIntensive: Bool?
    public var programmes: [Programme]
    public var wages: [Rupiah]
    public var monthlyContribution: Rupiah
    public var lateReport: Bool
    public var fromMonth: ContributionMonth
    public var changedOn: CivilDate
    public var revision: Int

    public static let type = "id.perisai.employer-changed.v1"
    public static let topic = Topic.enrollment
    public static let summary =
        "The workers or wages of an employer have changed: contributions are computed anew from a month on"
    public var partitionKey: String { npp.text }

    public init(
        submissionID: SubmissionID, npp: NPP, joined: [EnrolledWorker], left: [LeftWorker], size: EmployerSize,
        riskClass: RiskClass, labourIntensive: Bool? = nil, programmes: [Programme], wages: [Rupiah],
        monthlyContribution: Rupiah, lateReport: Bool, fromMonth: ContributionMonth, changedOn: CivilDate,
        revision: Int
    ) {
        self.submissionID = submissionID
        self.npp = npp
        self.joined = joined
        self.left = left
        self.size = size
        self.riskClass = riskClass
        self.labourIntensive = labourIntensive
        self.programmes = programmes
        self.wages = wages
        self.monthlyContribution = monthlyContribution
        self.lateReport = lateReport
        self.fromMonth = fromMonth
        self.changedOn = changedOn
        self.revision = revision
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        submissionID = try reader.required("submission_id")
        npp = try reader.required("npp")
        joined = try reader.required("joined")
        left = try reader.required("left")
        size = try reader.required("size")
        riskClass = try reader.required("risk_class")
        labourIntensive = try reader.optional("labour_intensive", "Of the industries of PP 7/2025; no when not given")
        programmes = try reader.required("programmes")
        wages = try reader.required("wages", "Wages of all workers after the change")
        monthlyContribution = try reader.required(
            "monthly_contribution", "Contribution of the first month after the change")
        lateReport = try reader.required("late_report", "Reported after the 7 working days of PP 44/2015 Art. 9")
        fromMonth = try reader.required("from_month")
        changedOn = try reader.required("changed_on")
        revision = try reader.required("revision", "1 for the first change of the employer: the highest holds")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("submission_id", submissionID)
        writer.field("npp", npp)
        writer.field("joined", joined)
        writer.field("left", left)
        writer.field("size", size)
        writer.field("risk_class", riskClass)
        writer.field("labour_intensive", labourIntensive)
        writer.field("programmes", programmes)
        writer.field("wages", wages)
        writer.field("monthly_contribution", monthlyContribution)
        writer.field("late_report", lateReport)
        writer.field("from_month", fromMonth)
        writer.field("changed_on", changedOn)
        writer.field("revision", revision)
    }
}
