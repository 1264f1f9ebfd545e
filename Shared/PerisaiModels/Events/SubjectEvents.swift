/// A person asks that data about them be corrected (UU 27/2022 Art. 6); only what is given changes.
public struct SubjectCorrectionAsked: EventData, Hashable {
    public var requestID: SubmissionID
    public var nik: NIK
    public var name: String?
    public var phone: PhoneNumber?
    public var askedOn: CivilDate
    /// Who has taken the request.
    public var askedBy: String?

    public static let type = "id.perisai.subject-correction-asked.v1"
    public static let topic = Topic.submissions
    public static let summary =
        "A person asks that data about them be corrected (UU 27/2022 Art. 6); only what is given changes"
    public var partitionKey: String { nik.text }

    public init(
        requestID: SubmissionID, nik: NIK, name: String? = nil, phone: PhoneNumber? = nil, askedOn: CivilDate,
        askedBy: String? = nil
    ) {
        self.requestID = requestID
        self.nik = nik
        self.name = name
        self.phone = phone
        self.askedOn = askedOn
        self.askedBy = askedBy
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        requestID = try reader.required("request_id")
        nik = try reader.required("nik")
        name = try reader.optional("name")
        phone = try reader.optional("phone")
        askedOn = try reader.required("asked_on")
        askedBy = try reader.optional("asked_by", "Who has taken the request")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("request_id", requestID)
        writer.field("nik", nik)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("asked_on", askedOn)
        writer.field("asked_by", askedBy)
    }
}

/// A person asks that data about them be erased (UU 27/2022 Art. 8).
public struct SubjectErasureAsked: EventData, Hashable {
    public var requestID: SubmissionID
    public var nik: NIK
    public var askedOn: CivilDate
    /// Who has taken the request, and who else has agreed: without two persons nothing is erased.
    public var askedBy: String?
    public var approvedBy: String?

    public static let type = "id.perisai.subject-erasure-asked.v1"
    public static let topic = Topic.submissions
    public static let summary = "A person asks that data about them be erased (UU 27/2022 Art. 8)"
    public var partitionKey: String { nik.text }

    public init(
        requestID: SubmissionID, nik: NIK, askedOn: CivilDate, askedBy: String? = nil, approvedBy: String? = nil
    ) {
        self.requestID = requestID
        self.nik = nik
        self.askedOn = askedOn
        self.askedBy = askedBy
        self.approvedBy = approvedBy
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        requestID = try reader.required("request_id")
        nik = try reader.required("nik")
        askedOn = try reader.required("asked_on")
        askedBy = try reader.optional("asked_by", "Who has taken the request")
        approvedBy = try reader.optional("approved_by", "Who else has agreed; nothing is erased without")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("request_id", requestID)
        writer.field("nik", nik)
        writer.field("asked_on", askedOn)
        writer.field("asked_by", askedBy)
        writer.field("approved_by", approvedBy)
    }
}

/// Data about a participant have been corrected at the person's request.
public struct SubjectCorrected: EventData, Hashable {
    public var requestID: SubmissionID
    public var kpj: KPJ?
    public var agentID: AgentID?
    public var name: String?
    public var phone: PhoneNumber?
    public var correctedOn: CivilDate

    public static let type = "id.perisai.subject-corrected.v1"
    public static let topic = Topic.enrollment
    public static let summary = "Data about a participant have been corrected at the person's request"
    public var partitionKey: String { kpj?.text ?? agentID?.text ?? requestID.text }

    public init(
        requestID: SubmissionID, kpj: KPJ? = nil, agentID: AgentID? = nil, name: String? = nil,
        phone: PhoneNumber? = nil, correctedOn: CivilDate
    ) {
        self.requestID = requestID
        self.kpj = kpj
        self.agentID = agentID
        self.name = name
        self.phone = phone
        self.correctedOn = correctedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        requestID = try reader.required("request_id")
        kpj = try reader.optional("kpj")
        agentID = try reader.optional("agent_id")
        name = try reader.optional("name")
        phone = try reader.optional("phone")
        correctedOn = try reader.required("corrected_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("request_id", requestID)
        writer.field("kpj", kpj)
        writer.field("agent_id", agentID)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("corrected_on", correctedOn)
    }
}

/// Data about a person have been erased at the person's request; ledgers keep the numbers, which name nobody.
public struct SubjectErased: EventData, Hashable {
    public var requestID: SubmissionID
    public var kpj: KPJ?
    public var agentIDs: [AgentID]
    public var erasedOn: CivilDate
    /// Employers that had enrolled the person: messages to them name their workers.
    public var npps: [NPP]?

    public static let type = "id.perisai.subject-erased.v1"
    public static let topic = Topic.enrollment
    public static let summary =
        "Data about a person have been erased at the person's request; ledgers keep the numbers, which name nobody"
    public var partitionKey: String { kpj?.text ?? requestID.text }

    public init(
        requestID: SubmissionID, kpj: KPJ? = nil, agentIDs: [AgentID], erasedOn: CivilDate, npps: [NPP]? = nil
    ) {
        self.requestID = requestID
        self.kpj = kpj
        self.agentIDs = agentIDs
        self.erasedOn = erasedOn
        self.npps = npps
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        requestID = try reader.required("request_id")
        kpj = try reader.optional("kpj")
        agentIDs = try reader.required("agent_ids")
        erasedOn = try reader.required("erased_on")
        npps = try reader.optional("npps", "Employers that had enrolled the person")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("request_id", requestID)
        writer.field("kpj", kpj)
        writer.field("agent_ids", agentIDs)
        writer.field("erased_on", erasedOn)
        writer.field("npps", npps)
    }
}

/// A request about personal data cannot be met, with the legal reason.
public struct SubjectRequestRefused: EventData, Hashable {
    public var requestID: SubmissionID
    public var kpj: KPJ?
    public var reasons: [RefusalReason]
    public var decidedOn: CivilDate

    public static let type = "id.perisai.subject-request-refused.v1"
    public static let topic = Topic.enrollment
    public static let summary = "A request about personal data cannot be met, with the legal reason"
    public var partitionKey: String { kpj?.text ?? requestID.text }

    public init(
        requestID: SubmissionID, kpj: KPJ? = nil, reasons: [RefusalReason], decidedOn: CivilDate
    ) {
        self.requestID = requestID
        self.kpj = kpj
        self.reasons = reasons
        self.decidedOn = decidedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        requestID = try reader.required("request_id")
        kpj = try reader.optional("kpj")
        reasons = try reader.required("reasons")
        decidedOn = try reader.required("decided_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("request_id", requestID)
        writer.field("kpj", kpj)
        writer.field("reasons", reasons)
        writer.field("decided_on", decidedOn)
    }
}
