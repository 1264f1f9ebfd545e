import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What two persons can decide; the raw value is stored.
public enum ProposalKind: String, Sendable, CaseIterable {
    /// A scheme, a tax rule or a payout policy for a day to come.
    case effectiveRow = "effective-row"
    case close
    case payout
    case payoutRetry = "payout-retry"
    case payeeAccount = "payee-account"
    case dispute
    case wadah
    case dismissal
    case reactivation
    case portfolio
}

/// Something that one person proposes and another approves: the payload of a proposal, with what it does.
public protocol ProposalAction: JSONObject {
    static var kind: ProposalKind { get }
    /// What it is about, 1 to 200 characters: there is one open proposal of a kind for each.
    var subject: String { get }

    /// Looked at when it is proposed, approved and applied: `DeskError` says why it cannot be done now.
    /// Changes nothing; it reads through the service's own tables.
    func check(on connection: Connection) throws

    /// What it would do now, in figures, for the one who approves; nil where the subject says it all.
    func preview(on connection: Connection) throws -> String?

    /// Carries it out in the leader's transaction: writes by `context.connection`, tells by `outgoing`.
    func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws
}

extension ProposalAction {
    public func preview(on connection: Connection) throws -> String? { nil }
}

/// An approved proposal as it is applied.
public struct ProposalContext {
    public let connection: Connection
    public let proposalID: UUID
    public let reason: String
    public let proposedBy: String
    public let approvedBy: String
    /// The business date; before the first one, the day of the approval in Jakarta.
    public let date: CivilDate
    /// The time of the approval: that of the events that follow.
    public let time: Instant
    public let settings: CommissionSettings
}

extension ProposalKind {
    /// The payload's type.
    var action: any ProposalAction.Type {
        switch self {
        case .effectiveRow: EffectiveRowAction.self
        case .close: CloseAction.self
        case .payout: PayoutAction.self
        case .payoutRetry: PayoutRetryAction.self
        case .payeeAccount: PayeeAccountAction.self
        case .dispute: DisputeAction.self
        case .wadah: WadahAction.self
        case .dismissal: DismissalAction.self
        case .reactivation: ReactivationAction.self
        case .portfolio: PortfolioAction.self
        }
    }

    /// Reads a stored payload.
    func read(_ payload: String) throws -> any ProposalAction {
        var payload = payload
        return try payload.withUTF8 { bytes in try action.read(bytes: UnsafeRawBufferPointer(bytes)) }
    }
}
