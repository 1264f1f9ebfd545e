/// Why a permit office asks.
public enum PermitKind: String, JSONChoice { case new, renewal }

/// A signed declaration of readiness to enrol, with the workers listed (article 001; PP 86/2013).
public struct ReadinessStatement: JSONObject, Hashable {
    public var signedOn: CivilDate
    public var workers: [NIK]

    public static let summary = "Signed statement of readiness to enrol, with the workers listed"

    public init(signedOn: CivilDate, workers: [NIK]) {
        self.signedOn = signedOn
        self.workers = workers
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        signedOn = try reader.required("signed_on", "Date of signature")
        workers = try reader.required("workers", "NIK of every worker; at least one")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("signed_on", signedOn)
        writer.field("workers", workers)
    }
}

/// A firm applies for a permit, or renews one, at a PTSP office, which asks whether it may be issued.
public struct PermitApplied: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var kind: PermitKind
    public var nib: NIB
    public var npwp: NPWP?
    public var npp: NPP?
    public var employerName: String
    public var workersDeclared: Int
    public var readiness: ReadinessStatement?
    public var appliedOn: CivilDate
    public var wagesDeclared: Rupiah?
    public var size: EmployerSize?
    public var kbli: KBLI?
    public var callbackURL: CallbackURL?

    public static let type = "id.perisai.permit-applied.v1"
    public static let topic = Topic.employerEvents
    public static let summary = "A firm applies for or renews a permit; the office asks whether it may be issued"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, kind: PermitKind, nib: NIB, npwp: NPWP? = nil,
        npp: NPP? = nil, employerName: String, workersDeclared: Int, readiness: ReadinessStatement? = nil,
        appliedOn: CivilDate, wagesDeclared: Rupiah? = nil, size: EmployerSize? = nil, kbli: KBLI? = nil,
        callbackURL: CallbackURL? = nil
    ) {
        self.applicationID = applicationID
        self.office = office
        self.kind = kind
        self.nib = nib
        self.npwp = npwp
        self.npp = npp
        self.employerName = employerName
        self.workersDeclared = workersDeclared
        self.readiness = readiness
        self.appliedOn = appliedOn
        self.wagesDeclared = wagesDeclared
        self.size = size
        self.kbli = kbli
        self.callbackURL = callbackURL
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id", "The office's own number of the application")
        office = try reader.required("office", "Code of the PTSP office")
        kind = try reader.required("kind", "New permit or renewal")
        nib = try reader.required("nib", "NIB of the firm")
        npwp = try reader.optional("npwp", "Tax number, 15 or 16 digits")
        npp = try reader.optional("npp", "Registration number at BPJS Ketenagakerjaan, if the firm has one")
        employerName = try reader.required("employer_name")
        workersDeclared = try reader.required("workers_declared", "Workers that the firm declares")
        readiness = try reader.optional("readiness", "Statement of readiness, if the firm has signed one")
        appliedOn = try reader.required("applied_on")
        wagesDeclared = try reader.optional("wages_declared", "Wages of all declared workers a month")
        size = try reader.optional("size", "Size of the firm (PP 7/2021); decides the programmes")
        kbli = try reader.optional("kbli", "Main activity; construction is outside")
        callbackURL = try reader.optional(
            "callback_url", "Where the answers are posted, signed; the host must be agreed with the office")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("kind", kind)
        writer.field("nib", nib)
        writer.field("npwp", npwp)
        writer.field("npp", npp)
        writer.field("employer_name", employerName)
        writer.field("workers_declared", workersDeclared)
        writer.field("readiness", readiness)
        writer.field("applied_on", appliedOn)
        writer.field("wages_declared", wagesDeclared)
        writer.field("size", size)
        writer.field("kbli", kbli)
        writer.field("callback_url", callbackURL)
    }
}

/// A firm takes its application back.
public struct PermitWithdrawn: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var withdrawnOn: CivilDate

    public static let type = "id.perisai.permit-withdrawn.v1"
    public static let topic = Topic.employerEvents
    public static let summary = "A firm takes its permit application back"
    public var partitionKey: String { nib.text }

    public init(applicationID: ApplicationID, office: OfficeCode, nib: NIB, withdrawnOn: CivilDate) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.withdrawnOn = withdrawnOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        withdrawnOn = try reader.required("withdrawn_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("withdrawn_on", withdrawnOn)
    }
}

/// On what ground a permit is cleared.
public enum ClearanceGround: String, JSONChoice {
    case registered, readiness
    case firstPayment = "first_payment"
}

/// What stands between a firm and its clearance, with the remedy in words.
public struct MissingCondition: JSONObject, Hashable {
    public enum Code: String, JSONChoice {
        case notRegistered = "NOT_REGISTERED"
        case workersMissing = "WORKERS_MISSING"
        case firstPaymentMissing = "FIRST_PAYMENT_MISSING"
        case identityMismatch = "IDENTITY_MISMATCH"
        case partialWorkers = "PARTIAL_WORKERS"
        case partialWages = "PARTIAL_WAGES"
        case arrears = "ARREARS"
        case servicesWithheld = "SERVICES_WITHHELD"
    }

    public var code: Code
    public var remedy: String
    public var amount: Rupiah?
    public var place: String?

    public static let summary = "A condition that is not met yet, and what to do"

    public init(
        code: Code, remedy: String, amount: Rupiah? = nil, place: String? = nil
    ) {
        self.code = code
        self.remedy = remedy
        self.amount = amount
        self.place = place
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        code = try reader.required("code")
        remedy = try reader.required("remedy", "What the firm should do, in Indonesian")
        amount = try reader.optional("amount", "To be paid, where something is")
        place = try reader.optional("place", "Where to pay or to register, in Indonesian")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("code", code)
        writer.field("remedy", remedy)
        writer.field("amount", amount)
        writer.field("place", place)
    }
}

/// The permit may be issued.
public struct PermitCleared: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var npp: NPP?
    public var employerName: String
    public var ground: ClearanceGround
    public var wasHeld: Bool
    public var decidedOn: CivilDate
    public var callbackURL: CallbackURL?

    public static let type = "id.perisai.permit-cleared.v1"
    public static let topic = Topic.clearances
    public static let summary = "The permit may be issued"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, npp: NPP?, employerName: String,
        ground: ClearanceGround, wasHeld: Bool, decidedOn: CivilDate, callbackURL: CallbackURL? = nil
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.npp = npp
        self.employerName = employerName
        self.ground = ground
        self.wasHeld = wasHeld
        self.decidedOn = decidedOn
        self.callbackURL = callbackURL
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        npp = try reader.optional("npp")
        employerName = try reader.required("employer_name")
        ground = try reader.required("ground")
        wasHeld = try reader.required("was_held", "True when a held application is released")
        decidedOn = try reader.required("decided_on")
        callbackURL = try reader.optional("callback_url")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("npp", npp)
        writer.field("employer_name", employerName)
        writer.field("ground", ground)
        writer.field("was_held", wasHeld)
        writer.field("decided_on", decidedOn)
        writer.field("callback_url", callbackURL)
    }
}

/// What is said of a permit that is not to be issued yet.
public enum PermitAnswer: String, JSONChoice {
    case held
    /// Nobody is registered under the numbers of the application, and no statement of readiness was handed in.
    case unknownEmployer = "unknown_employer"
}

/// Why an application is closed.
public enum PermitClosure: String, JSONChoice {
    case withdrawn, issued
    /// Construction projects are registered at E-Jakon, not here (domain.md 3).
    case outside
}

/// The permit waits; the answer says for what.
public struct PermitHeld: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var employerName: String
    public var missing: [MissingCondition]
    public var decidedOn: CivilDate
    public var answer: PermitAnswer?
    public var npp: NPP?
    public var until: CivilDate?
    public var callbackURL: CallbackURL?

    public static let type = "id.perisai.permit-held.v1"
    public static let topic = Topic.clearances
    public static let summary = "The permit is not to be issued yet; it releases itself when the conditions are met"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, employerName: String,
        missing: [MissingCondition], decidedOn: CivilDate, answer: PermitAnswer? = nil, npp: NPP? = nil,
        until: CivilDate? = nil, callbackURL: CallbackURL? = nil
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.employerName = employerName
        self.missing = missing
        self.decidedOn = decidedOn
        self.answer = answer
        self.npp = npp
        self.until = until
        self.callbackURL = callbackURL
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        employerName = try reader.required("employer_name")
        missing = try reader.required("missing")
        decidedOn = try reader.required("decided_on")
        answer = try reader.optional("answer", "held, or unknown_employer: nobody is registered under these numbers")
        npp = try reader.optional("npp")
        until = try reader.optional(
            "until", "Last day to meet the conditions; the application is released whenever they are met")
        callbackURL = try reader.optional("callback_url")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("employer_name", employerName)
        writer.field("missing", missing)
        writer.field("decided_on", decidedOn)
        writer.field("answer", answer)
        writer.field("npp", npp)
        writer.field("until", until)
        writer.field("callback_url", callbackURL)
    }
}

/// An application is closed: withdrawn, issued, or outside the programme.
public struct PermitClosed: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var decidedOn: CivilDate
    public var reason: PermitClosure?
    public var remedy: String?
    public var callbackURL: CallbackURL?

    public static let type = "id.perisai.permit-closed.v1"
    public static let topic = Topic.clearances
    public static let summary = "An application is closed; nothing further will be said about it"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, decidedOn: CivilDate, reason: PermitClosure? = nil,
        remedy: String? = nil, callbackURL: CallbackURL? = nil
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.decidedOn = decidedOn
        self.reason = reason
        self.remedy = remedy
        self.callbackURL = callbackURL
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        decidedOn = try reader.required("decided_on")
        reason = try reader.optional("reason", "withdrawn when not given")
        remedy = try reader.optional("remedy", "What to do instead, in Indonesian")
        callbackURL = try reader.optional("callback_url")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("decided_on", decidedOn)
        writer.field("reason", reason)
        writer.field("remedy", remedy)
        writer.field("callback_url", callbackURL)
    }
}
