import PerisaiModels

/// What is known of an applicant (domain.md 1.2).
public struct AgentFile: Sendable, Hashable {
    public struct Exam: Sendable, Hashable {
        public var passed: Bool
        public var on: CivilDate
    }

    /// The contract (PKS) that the wadah has signed with the branch.
    public struct Signature: Sendable, Hashable {
        public var wadah: WadahID
        public var on: CivilDate
        public var until: CivilDate
        /// Agents that the contract lists; nil when that was not told.
        public var agentsListed: Int?

        public init(wadah: WadahID, on: CivilDate, until: CivilDate, agentsListed: Int? = nil) {
            self.wadah = wadah
            self.on = on
            self.until = until
            self.agentsListed = agentsListed
        }
    }

    public var application: AgentApplied?
    public var trainedOn: CivilDate?
    public var exam: Exam?
    public var signature: Signature?
    /// Received by the branch after the application.
    public var documents: Set<AgentDocument> = []
    /// When the last of them came that was needed.
    public var documentsOn: CivilDate?

    public init() {}

    /// Documents that are still to come. None when the branch has checked them on paper.
    func missing(of required: Set<AgentDocument>) -> Set<AgentDocument> {
        let missing = required.subtracting(documents)
        guard let application else { return missing }
        return application.documents.map { missing.subtracting($0) } ?? []
    }

    /// Of the day when the documents were complete; nil when they came with the application.
    func documentsDate(_ required: Set<AgentDocument>) -> CivilDate? {
        guard let handedIn = application?.documents, !required.isSubset(of: handedIn) else { return nil }
        return documentsOn
    }
}

/// Gates that may still be passed by waiting.
public enum AgentGate: Sendable, Hashable, CaseIterable {
    case application, documents, training, exam, signature, registration
}

public enum AgentVerdict: Sendable, Equatable {
    case waiting(Set<AgentGate>)
    case refused([RefusalReason], on: CivilDate)
    case active(on: CivilDate)

    /// What the agent's machine is told.
    var signal: AgentMachine.Signal {
        switch self {
        case .waiting: .gatesOpen
        case .refused: .gatesFailed
        case .active: .gatesMet
        }
    }
}

/// The gates through which an applicant becomes a Perisai agent (domain.md 1.2: registered participant, account at a
/// designated bank in the own name, device; trained, examined, contract signed).
public enum AgentGates {
    /// The verdict depends on the facts alone, not on their order; its date is that of the latest fact.
    /// `barred`: what an earlier agency of the same person has against it.
    public static func evaluate(
        _ file: AgentFile, registeredOn: CivilDate?, settings: EnrollmentSettings, barred: [RefusalReason] = []
    ) -> AgentVerdict {
        if let application = file.application, !barred.isEmpty { return .refused(barred, on: application.appliedOn) }
        if let application = file.application, let signature = file.signature {
            let wrong = faults(application, signature, file.exam, settings)
            if !wrong.isEmpty {
                return .refused(wrong, on: latest([application.appliedOn, signature.on, file.exam?.on]))
            }
        }
        var missing: Set<AgentGate> = []
        if file.application == nil { missing.insert(.application) }
        if !file.missing(of: settings.agentDocuments).isEmpty { missing.insert(.documents) }
        if file.trainedOn == nil { missing.insert(.training) }
        if file.exam?.passed != true { missing.insert(.exam) }
        if file.signature == nil { missing.insert(.signature) }
        if registeredOn == nil { missing.insert(.registration) }
        guard missing.isEmpty else { return .waiting(missing) }
        return .active(
            on: latest([
                file.application?.appliedOn, file.documentsDate(settings.agentDocuments), file.trainedOn, file.exam?.on,
                file.signature?.on, registeredOn,
            ]))
    }

    private static func latest(_ dates: [CivilDate?]) -> CivilDate { dates.compactMap(\.self).max() ?? .earliest }

    /// Facts that no waiting puts right.
    private static func faults(
        _ application: AgentApplied, _ signature: AgentFile.Signature, _ exam: AgentFile.Exam?,
        _ settings: EnrollmentSettings
    ) -> [RefusalReason] {
        var reasons: [RefusalReason] = []
        if !settings.isPartner(application.bank, on: application.appliedOn) {
            reasons.append(
                RefusalCode.bankNotDesignated.reason("bank", "Rekening harus pada bank mitra program Perisai."))
        }
        if !PersonName.same(application.accountHolder, application.name) {
            reasons.append(
                RefusalCode.accountNotOwn.reason("account_holder", "Rekening harus atas nama calon agen sendiri."))
        }
        if !application.hasDevice {
            reasons.append(
                RefusalCode.noDevice.reason("has_device", "Calon agen harus memiliki perangkat dengan internet."))
        }
        if exam?.passed == false {
            reasons.append(RefusalCode.examFailed.reason("exam", "Ujian belum lulus; ikuti ujian ulang."))
        }
        if application.wadahID != signature.wadah {
            reasons.append(
                RefusalCode.wadahMismatch.reason(
                    "wadah_id", "Wadah pada perjanjian (PKS) tidak sama dengan wadah pada lamaran."))
        }
        return reasons + ContractTerms.faults(signature)
    }
}

/// Names as people and banks write them.
enum PersonName {
    /// Equal but for case, spaces and punctuation.
    static func same(_ left: String, _ right: String) -> Bool {
        let (left, right) = (normalized(left), normalized(right))
        return !left.isEmpty && left == right
    }

    /// Upper-case words of letters and digits, one space between.
    static func normalized(_ name: String) -> String {
        var text = ""
        var gap = false
        for character in name.uppercased() {
            if character.isLetter || character.isNumber {
                if gap, !text.isEmpty { text.append(" ") }
                gap = false
                text.append(character)
            } else if character.isWhitespace || character == "-" {
                gap = true
            }
        }
        return text
    }

    static func isBlank(_ name: String) -> Bool { !name.contains { $0.isLetter } }
}
