/// A firm or its office corrects an application that is not issued yet; only what is given changes.
public struct PermitAmended: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var npwp: NPWP?
    public var npp: NPP?
    public var employerName: String?
    public var workersDeclared: Int?
    public var wagesDeclared: Rupiah?
    public var readiness: ReadinessStatement?
    public var callbackURL: CallbackURL?
    public var amendedOn: CivilDate

    public static let type = "id.perisai.permit-amended.v1"
    public static let topic = Topic.employerEvents
    public static let summary =
        "A firm or its office corrects an application that is not issued yet; only what is given changes"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, npwp: NPWP? = nil, npp: NPP? = nil,
        employerName: String? = nil, workersDeclared: Int? = nil, wagesDeclared: Rupiah? = nil,
        readiness: ReadinessStatement? = nil, callbackURL: CallbackURL? = nil, amendedOn: CivilDate
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.npwp = npwp
        self.npp = npp
        self.employerName = employerName
        self.workersDeclared = workersDeclared
        self.wagesDeclared = wagesDeclared
        self.readiness = readiness
        self.callbackURL = callbackURL
        self.amendedOn = amendedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        npwp = try reader.optional("npwp", "Tax number, 15 or 16 digits")
        npp = try reader.optional("npp")
        employerName = try reader.optional("employer_name")
        workersDeclared = try reader.optional("workers_declared")
        wagesDeclared = try reader.optional("wages_declared", "Wages of all declared workers a month")
        readiness = try reader.optional("readiness", "Statement of readiness, signed meanwhile")
        callbackURL = try reader.optional("callback_url", "Where answers go from now on")
        amendedOn = try reader.required("amended_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("npwp", npwp)
        writer.field("npp", npp)
        writer.field("employer_name", employerName)
        writer.field("workers_declared", workersDeclared)
        writer.field("wages_declared", wagesDeclared)
        writer.field("readiness", readiness)
        writer.field("callback_url", callbackURL)
        writer.field("amended_on", amendedOn)
    }
}

/// The office has issued the permit.
public struct PermitIssued: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var permitNumber: ApplicationID?
    public var validUntil: CivilDate?
    public var issuedOn: CivilDate

    public static let type = "id.perisai.permit-issued.v1"
    public static let topic = Topic.employerEvents
    public static let summary = "The office has issued the permit"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, permitNumber: ApplicationID? = nil,
        validUntil: CivilDate? = nil, issuedOn: CivilDate
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.permitNumber = permitNumber
        self.validUntil = validUntil
        self.issuedOn = issuedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        permitNumber = try reader.optional("permit_number", "The permit's own number")
        validUntil = try reader.optional("valid_until")
        issuedOn = try reader.required("issued_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("permit_number", permitNumber)
        writer.field("valid_until", validUntil)
        writer.field("issued_on", issuedOn)
    }
}

/// A held application is still missing something, and its deadline is near or has passed.
public struct PermitReminded: EventData, Hashable {
    public var applicationID: ApplicationID
    public var office: OfficeCode
    public var nib: NIB
    public var employerName: String
    public var missing: [MissingCondition]
    public var until: CivilDate
    public var overdue: Bool
    public var callbackURL: CallbackURL?
    public var remindedOn: CivilDate

    public static let type = "id.perisai.permit-reminded.v1"
    public static let topic = Topic.clearances
    public static let summary =
        "A held application is still missing something, and its deadline is near or has passed"
    public var partitionKey: String { nib.text }

    public init(
        applicationID: ApplicationID, office: OfficeCode, nib: NIB, employerName: String, missing: [MissingCondition],
        until: CivilDate, overdue: Bool, callbackURL: CallbackURL? = nil, remindedOn: CivilDate
    ) {
        self.applicationID = applicationID
        self.office = office
        self.nib = nib
        self.employerName = employerName
        self.missing = missing
        self.until = until
        self.overdue = overdue
        self.callbackURL = callbackURL
        self.remindedOn = remindedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        applicationID = try reader.required("application_id")
        office = try reader.required("office")
        nib = try reader.required("nib")
        employerName = try reader.required("employer_name")
        missing = try reader.required("missing")
        until = try reader.required("until", "Last day of the deadline")
        overdue = try reader.required("overdue", "True on the day after the deadline")
        callbackURL = try reader.optional("callback_url")
        remindedOn = try reader.required("reminded_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("application_id", applicationID)
        writer.field("office", office)
        writer.field("nib", nib)
        writer.field("employer_name", employerName)
        writer.field("missing", missing)
        writer.field("until", until)
        writer.field("overdue", overdue)
        writer.field("callback_url", callbackURL)
        writer.field("reminded_on", remindedOn)
    }
}
