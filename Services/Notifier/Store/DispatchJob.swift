import PerisaiModels

import struct Foundation.UUID

/// One exchange in hand.
struct DispatchJob: Sendable {
    enum Action: String, Sendable { case send, ask }

    let action: Action
    let dispatch: Dispatch
    let provider: String
    /// Of the claim; whoever else takes the message over writes another one.
    let lease: UUID
    /// Of the attempt.
    let number: Int32
    /// An earlier post may have been taken: what this one says of itself says nothing of that one.
    let isUncertain: Bool
    let claimedAt: ContinuousClock.Instant
}

/// What came of it.
struct DispatchResult: Sendable {
    enum Outcome: Sendable, Hashable {
        case send(SendOutcome)
        case ask(AskOutcome)
        /// Nothing was posted: there was no time left for it.
        case notBegun
    }

    let job: DispatchJob
    let outcome: Outcome
    let duration: Duration

    /// As the attempt is noted.
    var word: String {
        switch outcome {
        case .notBegun, .send(.notTaken), .send(.lockedOut): "not_taken"
        case .send(.accepted), .ask(.accepted): "accepted"
        case .send(.refused), .ask(.failed), .ask(.expired): "refused"
        case .send(.unknown), .ask(.notAnswered), .ask(.cannotBeAsked): "unknown"
        case .ask(.delivered): "delivered"
        case .ask(.notFound): "not_found"
        }
    }

    var detail: String? {
        switch outcome {
        case .send(.refused(let reason)), .send(.notTaken(let reason, _)), .send(.lockedOut(let reason)),
            .send(.unknown(let reason)), .ask(.failed(let reason)), .ask(.notAnswered(let reason)):
            String(reason.prefix(100))
        case .ask(.expired): "expired"
        case .notBegun: "not begun in time"
        default: nil
        }
    }

    var reference: String? {
        switch outcome {
        case .send(.accepted(let reference)), .ask(.accepted(let reference)), .ask(.delivered(let reference)):
            reference
        default: nil
        }
    }

    /// What it says of the provider's health.
    var mark: HealthMark {
        switch outcome {
        case .notBegun, .ask(.cannotBeAsked): .nothing
        case .send(.accepted), .send(.refused), .ask(.accepted), .ask(.delivered), .ask(.failed), .ask(.expired),
            .ask(.notFound):
            .well
        case .send(.notTaken), .send(.unknown), .ask(.notAnswered): .failed
        case .send(.lockedOut): .lockedOut
        }
    }

    /// A pause that the provider has asked for.
    var retryAfter: Duration? {
        if case .send(.notTaken(_, let after)) = outcome { after } else { nil }
    }
}

/// A message as it stands when something is learned of it; its row is locked.
struct DispatchRow: Sendable {
    var id: UUID
    var state: String
    var channel: String
    var address: String
    /// `channel:address`, the next one first.
    var fallback: [String]
    var wave: String
    var dispatchID: UUID?
    var provider: String?
    var isInFile: Bool
    var reason: String?
    var tries: Int
    var asks: Int
    var segments: Int
    /// The business date is past its `expires_on`.
    var isLate: Bool
}

/// What becomes of a message.
enum DispatchMove: Sendable, Hashable {
    case sent(reference: String?)
    /// When: as the provider's receipt says; nil: now.
    case delivered(reference: String?, at: Instant?)
    /// Waits for the same channel; whether the attempt counts.
    case again(after: Duration, isCounted: Bool)
    /// This channel will not do: the next one, or failed for this reason.
    case away(reason: String)
    /// Nobody was there to take it: the next channel where it still makes sense, or the end.
    case expired
    /// Looked at again after so long; nil: only a receipt can tell.
    case unknown(after: Duration?)
}

/// The rules of sending: what follows from an exchange.
struct DispatchRule: Sendable {
    static let notTaken = "NOT_TAKEN"
    static let refused = "REFUSED"
    /// Nobody knows whether it arrived.
    static let outcomeUnknown = "OUTCOME_UNKNOWN"
    static let receiptFailed = "RECEIPT_FAILED"
    static let receiptExpired = "RECEIPT_EXPIRED"

    let settings: NotifierSettings
    let provider: ProviderSettings
    /// 0 to 1, drawn at random.
    let spread: Double
    let wasTrial: Bool

    func move(_ result: DispatchResult, _ row: DispatchRow) -> DispatchMove {
        switch result.outcome {
        case .notBegun: result.job.isUncertain ? .unknown(after: .zero) : .again(after: .zero, isCounted: false)
        case .send(let outcome): move(outcome, row, isUncertain: result.job.isUncertain)
        case .ask(let outcome): move(outcome, row)
        }
    }

    private func move(_ outcome: SendOutcome, _ row: DispatchRow, isUncertain: Bool) -> DispatchMove {
        switch outcome {
        case .accepted(let reference): return .sent(reference: reference)
        // The second post was refused, the first one may have been taken: another refusal would say no more.
        case .refused where isUncertain: return .unknown(after: nil)
        case .refused(let reason): return .away(reason: "\(Self.refused) (\(reason))")
        case .unknown: return .unknown(after: lookAgain)
        case .notTaken(let reason, let after):
            return notTaken(reason, after: after, row, isUncertain: isUncertain, isCounted: !wasTrial)
        case .lockedOut(let reason):
            // Counted once for each time that the breaker opens: one message that is not let in where others are ends.
            return notTaken(reason, after: nil, row, isUncertain: isUncertain, isCounted: !wasTrial)
        }
    }

    private func notTaken(
        _ reason: String, after: Duration?, _ row: DispatchRow, isUncertain: Bool, isCounted: Bool
    ) -> DispatchMove {
        // The second post was not taken: the first one may have been.
        if isUncertain { return .unknown(after: max(wait(row.asks), after ?? .zero, lookAgain ?? .zero)) }
        if isCounted, row.tries + 1 >= settings.attempts { return .away(reason: "\(Self.notTaken) (\(reason))") }
        return .again(after: max(wait(row.tries), after ?? .zero), isCounted: isCounted)
    }

    private func move(_ outcome: AskOutcome, _ row: DispatchRow) -> DispatchMove {
        switch outcome {
        case .accepted(let reference): return .sent(reference: reference)
        case .delivered(let reference): return .delivered(reference: reference, at: nil)
        case .failed(let reason): return .away(reason: "\(Self.refused) (\(reason))")
        case .expired: return .expired
        case .notFound:
            if row.tries + 1 >= settings.attempts { return .away(reason: "\(Self.notTaken) (not found)") }
            return .again(after: .zero, isCounted: true)
        case .notAnswered: return .unknown(after: wait(row.asks))
        case .cannotBeAsked: return .unknown(after: nil)
        }
    }

    /// When an outcome that is not known is looked at.
    private var lookAgain: Duration? { provider.mayLookAgain ? provider.settle : nil }

    /// Full jitter: what failed together does not come back together.
    private func wait(_ earlier: Int) -> Duration {
        let longest = min(
            settings.backoffLimit.milliseconds, settings.backoff.milliseconds << Int64(min(20, max(0, earlier))))
        return .milliseconds(Int64(Double(longest) * spread))
    }
}
