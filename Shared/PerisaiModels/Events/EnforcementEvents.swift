import struct Foundation.UUID

/// What an employer is called to account for (categories of the prosecutors' offices; domain.md 4.3).
public enum EnforcementBreach: String, JSONChoice {
    /// Contributions unpaid.
    case arrears
    /// Not registered though it must be (PWBD).
    case notRegistered = "not_registered"
    /// Registered in part: workers or wages are missing (PDS).
    case partial
}

/// A step of enforcement, in the order of severity (PP 86/2013; domain.md 4.1, 4.3).
public enum EnforcementStep: String, JSONChoice {
    case warning1 = "warning_1"
    case warning2 = "warning_2"
    /// The sanction fine of 0,1 % a month.
    case fine
    /// TMP2T is asked of the permit offices.
    case servicesWithheld = "services_withheld"
    /// Handed to the inspectors.
    case inspector
    /// Power of attorney (SKK) to the prosecutor.
    case prosecutor
    /// All is settled: what was imposed is lifted.
    case lifted
}

/// A step of enforcement against an employer, with its deadline and its legal ground.
public struct EnforcementStepped: EventData, Hashable {
    public var caseID: UUID
    public var npp: NPP?
    public var nib: NIB?
    public var employerName: String
    public var breaches: [EnforcementBreach]
    public var step: EnforcementStep
    public var unpaidMonths: Int
    public var arrears: Rupiah
    public var lateFines: Rupiah
    public var sanctionFine: Rupiah
    public var deadline: CivilDate?
    public var legalGround: String
    public var remedy: String
    public var steppedOn: CivilDate

    public static let type = "id.perisai.enforcement-stepped.v1"
    public static let topic = Topic.enrollment
    public static let summary =
        "A step of enforcement against an employer, with its deadline and its legal ground"
    public var partitionKey: String { npp?.text ?? nib?.text ?? caseID.text }

    public init(
        caseID: UUID, npp: NPP? = nil, nib: NIB? = nil, employerName: String, breaches: [EnforcementBreach],
        step: EnforcementStep, unpaidMonths: Int, arrears: Rupiah, lateFines: Rupiah, sanctionFine: Rupiah,
        deadline: CivilDate? = nil, legalGround: String, remedy: String, steppedOn: CivilDate
    ) {
        self.caseID = caseID
        self.npp = npp
        self.nib = nib
        self.employerName = employerName
        self.breaches = breaches
        self.step = step
        self.unpaidMonths = unpaidMonths
        self.arrears = arrears
        self.lateFines = lateFines
        self.sanctionFine = sanctionFine
        self.deadline = deadline
        self.legalGround = legalGround
        self.remedy = remedy
        self.steppedOn = steppedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        caseID = try reader.required("case_id")
        npp = try reader.optional("npp")
        nib = try reader.optional("nib")
        employerName = try reader.required("employer_name")
        breaches = try reader.required("breaches", "What the step is for; for lifted, what it was for")
        step = try reader.required("step")
        unpaidMonths = try reader.required("unpaid_months")
        arrears = try reader.required("arrears", "Contributions unpaid whose due date has passed")
        lateFines = try reader.required("late_fines", "Late fines unpaid (2 % a month, PP 44/2015)")
        sanctionFine = try reader.required(
            "sanction_fine", "0,1 % a month of contributions due (PP 86/2013 Art. 10); zero unless one is imposed")
        deadline = try reader.optional("deadline", "Last day to comply before the next step")
        legalGround = try reader.required("legal_ground", "The regulation and its article")
        remedy = try reader.required("remedy", "What the employer should do, in Indonesian")
        steppedOn = try reader.required("stepped_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("case_id", caseID)
        writer.field("npp", npp)
        writer.field("nib", nib)
        writer.field("employer_name", employerName)
        writer.field("breaches", breaches)
        writer.field("step", step)
        writer.field("unpaid_months", unpaidMonths)
        writer.field("arrears", arrears)
        writer.field("late_fines", lateFines)
        writer.field("sanction_fine", sanctionFine)
        writer.field("deadline", deadline)
        writer.field("legal_ground", legalGround)
        writer.field("remedy", remedy)
        writer.field("stepped_on", steppedOn)
    }
}

/// A sanction fine is due with the next deposit, or is cancelled (zero).
public struct SanctionFineImposed: EventData, Hashable {
    public var caseID: UUID
    public var npp: NPP
    public var month: ContributionMonth
    public var amount: Rupiah
    public var imposedOn: CivilDate

    public static let type = "id.perisai.sanction-fine-imposed.v1"
    public static let topic = Topic.enrollment
    public static let summary = "A sanction fine is due with the next deposit, or is cancelled (zero)"
    public var partitionKey: String { npp.text }

    public init(
        caseID: UUID, npp: NPP, month: ContributionMonth, amount: Rupiah, imposedOn: CivilDate
    ) {
        self.caseID = caseID
        self.npp = npp
        self.month = month
        self.amount = amount
        self.imposedOn = imposedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        caseID = try reader.required("case_id")
        npp = try reader.required("npp")
        month = try reader.required("month", "Of the deposit that it is paid with")
        amount = try reader.required("amount")
        imposedOn = try reader.required("imposed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("case_id", caseID)
        writer.field("npp", npp)
        writer.field("month", month)
        writer.field("amount", amount)
        writer.field("imposed_on", imposedOn)
    }
}

/// The permit office is asked to withhold public services from an employer (TMP2T), or to withhold them no longer.
public struct ServicesWithheld: EventData, Hashable {
    public var caseID: UUID
    public var office: OfficeCode
    public var npp: NPP?
    public var nib: NIB?
    public var employerName: String
    public var withheld: Bool
    public var legalGround: String
    public var remedy: String
    public var callbackURL: CallbackURL?
    public var decidedOn: CivilDate

    public static let type = "id.perisai.services-withheld.v1"
    public static let topic = Topic.clearances
    public static let summary =
        "The permit office is asked to withhold public services from an employer (TMP2T), or to withhold them no longer"
    public var partitionKey: String { nib?.text ?? npp?.text ?? caseID.text }

    public init(
        caseID: UUID, office: OfficeCode, npp: NPP? = nil, nib: NIB? = nil, employerName: String, withheld: Bool,
        legalGround: String, remedy: String, callbackURL: CallbackURL? = nil, decidedOn: CivilDate
    ) {
        self.caseID = caseID
        self.office = office
        self.npp = npp
        self.nib = nib
        self.employerName = employerName
        self.withheld = withheld
        self.legalGround = legalGround
        self.remedy = remedy
        self.callbackURL = callbackURL
        self.decidedOn = decidedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        caseID = try reader.required("case_id")
        office = try reader.required("office")
        npp = try reader.optional("npp")
        nib = try reader.optional("nib")
        employerName = try reader.required("employer_name")
        withheld = try reader.required("withheld", "False: the request is lifted")
        legalGround = try reader.required("legal_ground")
        remedy = try reader.required("remedy", "What lifts the request, in Indonesian")
        callbackURL = try reader.optional("callback_url")
        decidedOn = try reader.required("decided_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("case_id", caseID)
        writer.field("office", office)
        writer.field("npp", npp)
        writer.field("nib", nib)
        writer.field("employer_name", employerName)
        writer.field("withheld", withheld)
        writer.field("legal_ground", legalGround)
        writer.field("remedy", remedy)
        writer.field("callback_url", callbackURL)
        writer.field("decided_on", decidedOn)
    }
}
