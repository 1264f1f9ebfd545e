import PerisaiModels

/// Who a message is for.
public enum Recipient: Sendable, Hashable {
    /// A PTSP office: addressed by its code, which the gateway resolves; it has no contact of its own.
    case office(OfficeCode)
    case agent(AgentID)
    /// A BPU participant.
    case participant(KPJ)
    case employer(NPP)
    /// A worker of an employer, written to only where the enrolment gives a phone number.
    case worker(KPJ)
    /// A kantor Perisai.
    case wadah(WadahID)
    /// The staff of a branch; `KANWIL` and `PUSAT` for region and head office.
    case branch(BranchCode)

    public init(_ payer: PayerNumber) {
        switch payer {
        case .participant(let kpj): self = .participant(kpj)
        case .employer(let npp): self = .employer(npp)
        }
    }

    /// `agent`, `participant` …: the first part of `ref`.
    public var kind: String {
        switch self {
        case .office: "office"
        case .agent: "agent"
        case .participant: "participant"
        case .employer: "employer"
        case .worker: "worker"
        case .wadah: "wadah"
        case .branch: "branch"
        }
    }

    /// Key of the contact, and the recipient's part in the message id: `agent:PRS-1`.
    public var ref: String {
        switch self {
        case .office(let code): "office:\(code.text)"
        case .agent(let id): Self.ref(of: id)
        case .participant(let kpj): "participant:\(kpj.text)"
        case .employer(let npp): "employer:\(npp.text)"
        case .worker(let kpj): "worker:\(kpj.text)"
        case .wadah(let id): "wadah:\(id.text)"
        case .branch(let code): "branch:\(code.text)"
        }
    }

    public static func ref(of agent: AgentID) -> String { agentPrefix + agent.text }
    static let agentPrefix = "agent:"

    /// Agents answer for others and are locked after them, so that two workers never wait for each other.
    public static func isAgent(_ ref: String) -> Bool { ref.hasPrefix(agentPrefix) }

    /// What an institution is called that has not stated a name; nil for persons and firms, who come with their
    /// enrolment. Without another address an institution's own system takes its messages from files.
    static func institution(_ ref: String) -> String? {
        for (prefix, name) in [("office:", "Kantor PTSP "), ("wadah:", "Wadah "), ("branch:", "Kantor cabang ")]
        where ref.hasPrefix(prefix) {
            return name + ref.dropFirst(prefix.count)
        }
        return nil
    }
}
