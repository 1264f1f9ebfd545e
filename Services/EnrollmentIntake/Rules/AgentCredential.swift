import PerisaiModels

/// What an agent works with: training certificate, Perisai ID (Tanda Pengenal) and the assignment letter (Surat Tugas)
/// of the wadah (S05; domain.md 1.2). The numbers follow from agent, branch and day, so that the same facts give the
/// same papers.
public struct AgentCredential: Sendable, Hashable {
    /// Certification scheme of the fund's LSP (S35).
    public static let scheme = "SKE.BPJSTK.06.00/02/2017"

    public let agentID: AgentID
    public let name: String
    public let wadahID: WadahID
    public let branch: BranchCode
    public let issuedOn: CivilDate
    /// The last day of the contract.
    public let validUntil: CivilDate

    public var certificate: ApplicationID { number("SERT") }
    public var identityCard: ApplicationID { number("ID") }
    public var assignmentLetter: ApplicationID { number("ST") }

    /// At most 64 characters: an agent's id is unique beyond its branch, of which 16 characters are enough.
    private func number(_ kind: String) -> ApplicationID {
        let day = issuedOn.description.filter { $0 != "-" }
        let text = "\(kind)/\(branch.text.prefix(16))/\(day)/\(agentID.text)"
        return (try? ApplicationID(text)) ?? ApplicationID.none
    }

    /// Of an agent as it is known; nil before the activation and after a dismissal, which revokes everything (S01b).
    init?(_ agent: IntakeState.Agent) {
        guard agent.stage == .active, agent.life.dismissedOn == nil, let application = agent.file.application,
            let activatedOn = agent.decidedOn, let signature = agent.file.signature
        else { return nil }
        let wadah = agent.life.returnedWadah ?? application.wadahID
        agentID = application.agentID
        name = application.name
        wadahID = wadah
        branch = application.branch
        issuedOn = max(activatedOn, signature.on, agent.life.returnedOn ?? .earliest)
        let returned = agent.life.returnedUntil
        validUntil =
            signature.wadah == wadah ? max(signature.until, returned ?? .earliest) : returned ?? signature.until
    }

    var event: AgentCredentialed {
        AgentCredentialed(
            agentID: agentID, wadahID: wadahID, branch: branch, name: name, certificate: certificate,
            identityCard: identityCard, assignmentLetter: assignmentLetter, validUntil: validUntil, issuedOn: issuedOn)
    }
}
