import PerisaiModels
import Worker

extension EnrollmentSettings {
    /// Reads the policy values; faults stay with the reader until its `finish`.
    public init(from reader: inout SettingsReader) {
        self.init()
        employerLimit = Rupiah(
            Int64(
                reader.integer(
                    "PERISAI_EMPLOYER_LIMIT", default: Int(employerLimit.amount), in: 1...1_000_000_000_000,
                    doc: "Monthly contribution in rupiah up to which an agent may acquire an employer")))
        employerLimitRule = reader.choice(
            "PERISAI_EMPLOYER_LIMIT_RULE", default: employerLimitRule,
            doc: "Whether the limit itself is excluded (below) or included (up-to)")
        participantAgeBelow = reader.integer(
            "PERISAI_PARTICIPANT_AGE_BELOW", default: participantAgeBelow, in: 18...120,
            doc: "A BPU participant must be younger than this on the day of registration")
        registrationWaitDays = reader.integer(
            "PERISAI_REGISTRATION_WAIT_DAYS", default: registrationWaitDays, in: 0...3_650,
            doc: "Days that a submission waits for its agent's own registration")
        readLastDay(&reader)
        permits = PermitPolicy(from: &reader)
        readAgents(&reader)
        readSubjects(&reader)
        readEnforcement(&reader)
    }

    private mutating func readAgents(_ reader: inout SettingsReader) {
        let documents = "PERISAI_AGENT_DOCUMENTS"
        let known = AgentDocument.allCases.map(\.rawValue).joined(separator: ", ")
        let words = reader.list(
            documents, default: ["ktp", "account_book"], maxCount: AgentDocument.allCases.count,
            doc: "Documents without which an agent's application waits: \(known); or none")
        agentDocuments = Set(words.compactMap(AgentDocument.init(rawValue:)))
        if words != ["none"], words.contains(where: { AgentDocument(rawValue: $0) == nil }) {
            reader.fault(documents, "must be of \(known), or none")
        }
        let employers = "PERISAI_BPJS_NPP"
        let numbers = reader.list(
            employers, maxCount: 1_000, doc: "NPPs of BPJS Ketenagakerjaan itself; its employees cannot be agents")
        do { staffEmployers = Set(try numbers.map { try NPP($0) }) } catch { reader.fault(employers, "\(error)") }
    }

    private mutating func readSubjects(_ reader: inout SettingsReader) {
        subjectRetentionYears = reader.integer(
            "PERISAI_SUBJECT_RETENTION_YEARS", default: subjectRetentionYears, in: 0...100,
            doc: "Years for which a person's data are kept after the membership or agency has ended")
        let key = "PERISAI_SUBJECT_KEY"
        guard
            let text = reader.optionalText(
                key, maxBytes: 64, secret: true,
                doc: "32 hexadecimal digits under which erased NIKs are hashed; never changed; none: no erasure")
        else { return }
        subjectKey = SubjectKey(hexadecimal: text)
        if subjectKey == nil { reader.fault(key, "must be 32 hexadecimal digits") }
    }

    private mutating func readLastDay(_ reader: inout SettingsReader) {
        let key = "PERISAI_EMPLOYERS_BY_AGENTS_UNTIL"
        let standard = employersByAgentsUntil?.description ?? "never"
        let text = reader.text(
            key, default: standard, maxBytes: 10,
            doc: "Last day on which an agent may acquire an employer (YYYY-MM-DD), or never for no end")
        if text == "never" {
            employersByAgentsUntil = nil
        } else if let date = CivilDate(parsing: text) {
            employersByAgentsUntil = date
        } else {
            reader.fault(key, "must be a date YYYY-MM-DD, or never")
        }
    }
}
