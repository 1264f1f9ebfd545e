import PerisaiModels

import struct Foundation.UUID

/// What banks can say of a payout for good; the raw value is stored.
public enum PayoutReportStatus: String, Sendable, CaseIterable {
    case paid, rejected, returned
}

/// All attempts of one payout, and what banks say of them. One sum of money stands behind them: at most one attempt can
/// be ordered or paid, and what contradicts is a conflict, never a second payment. Pure.
struct PayoutChain {
    struct Attempt {
        let id: UUID
        let number: Int
        let net: Rupiah
        var state: PayoutState
    }

    /// A report that says paid where the money is with another attempt, or given back.
    struct Doubt {
        let report: UUID
        let payout: UUID
        let outcome: String
    }

    /// An attempt is in another state now.
    struct Change: Equatable {
        let payout: UUID
        let from: PayoutState
        let to: PayoutState
        let reason: String
    }

    static let applied = "applied"
    static let known = "known"
    /// Outcomes that a person must look at begin so.
    static let conflict = "conflict: "
    private static let otherAmount = conflict + "amount: "

    /// By number.
    var attempts: [Attempt]
    /// Attempts whose money came back, whatever was told before or after.
    var cameBack: Set<UUID> = []
    /// In the order of the reports.
    var doubts: [Doubt] = []

    private(set) var changes: [Change] = []
    /// Outcomes of reports, old ones among them.
    private(set) var outcomes: [UUID: String] = [:]

    init(attempts: [Attempt]) { self.attempts = attempts }

    private var isReleased: Bool { attempts.contains { $0.state == .released } }
    private var alive: Attempt? { attempts.first { $0.state == .ordered || $0.state == .paid } }

    /// The reports may come in any order, and again.
    mutating func apply(_ status: PayoutReportStatus, report: UUID, of payout: UUID, amount: Rupiah?, reason: String) {
        guard let index = attempts.firstIndex(where: { $0.id == payout }) else { return }
        let attempt = attempts[index]
        if let amount, amount != attempt.net {
            return conflict(report, payout, status, Self.otherAmount + "\(amount) is told, \(attempt.net) was ordered")
        }
        switch (status, attempt.state) {
        case (.paid, .paid), (.paid, .returned),
            (.paid, _) where cameBack.contains(payout):
            outcomes[report] = Self.known
        case (.paid, _): paid(report, index, reason)
        case (.rejected, .ordered):
            outcomes[report] = Self.applied
            set(index, .rejected, reason)
            settle()
        case (.rejected, .paid): conflict(report, payout, status, Self.conflict + "rejected after it was paid")
        case (.rejected, _): outcomes[report] = Self.known
        case (.returned, .ordered), (.returned, .paid):
            outcomes[report] = Self.applied
            set(index, .returned, reason)
            returned(payout)
        case (.returned, _):
            outcomes[report] = Self.known
            returned(payout)
        }
    }

    private mutating func paid(_ report: UUID, _ index: Int, _ reason: String) {
        let attempt = attempts[index]
        if attempt.state != .ordered {
            if isReleased { return doubt(report, attempt.id, "paid after it was released, and perhaps paid again") }
            if let other = alive {
                return doubt(
                    report, attempt.id,
                    "paid after it was \(attempt.state.rawValue); attempt \(other.number) is "
                        + other.state.rawValue)
            }
        }
        outcomes[report] = Self.applied
        set(index, .paid, reason)
    }

    private mutating func doubt(_ report: UUID, _ payout: UUID, _ words: String) {
        conflict(report, payout, .paid, Self.conflict + words)
    }

    private mutating func conflict(_ report: UUID, _ payout: UUID, _ status: PayoutReportStatus, _ outcome: String) {
        outcomes[report] = outcome
        if status == .paid { doubts.append(Doubt(report: report, payout: payout, outcome: outcome)) }
    }

    private mutating func set(_ index: Int, _ state: PayoutState, _ reason: String) {
        changes.append(
            Change(payout: attempts[index].id, from: attempts[index].state, to: state, reason: reason))
        attempts[index].state = state
    }

    /// No doubt is left of what came back.
    private mutating func returned(_ payout: UUID) {
        cameBack.insert(payout)
        for doubt in doubts where doubt.payout == payout { outcomes[doubt.report] = Self.known }
        doubts.removeAll { $0.payout == payout }
        settle()
    }

    /// The attempt that another one was made for has not paid: then what a bank said before of an earlier one stands.
    private mutating func settle() {
        guard alive == nil, !isReleased else { return }
        guard let place = doubts.firstIndex(where: { !$0.outcome.hasPrefix(Self.otherAmount) }) else { return }
        let doubt = doubts.remove(at: place)
        guard let index = attempts.firstIndex(where: { $0.id == doubt.payout }) else { return }
        outcomes[doubt.report] = Self.applied
        set(index, .paid, "reported before")
    }
}
