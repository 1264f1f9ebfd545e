import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Writes down what came of exchanges: attempts, messages, and the health of the providers.
struct DispatchFinish {
    /// A message that is no longer in these hands, or that a receipt has moved on, is left as it is.
    private static let mineStatement = Statement(
        "notifier_dispatch_mine",
        """
        SELECT \(DispatchMoves.columns), m.lease FROM message AS m
        JOIN unnest($1::uuid[], $2::uuid[]) AS u(id, lease) ON m.message_id = u.id AND m.lease = u.lease
        WHERE m.state IN ('sending', 'unknown') AND m.address IS NOT NULL
        ORDER BY m.message_id FOR UPDATE OF m
        """)
    private static let noteStatement = Statement(
        "notifier_dispatch_note",
        """
        UPDATE attempt AS a SET milliseconds = u.milliseconds, outcome = u.outcome, detail = u.detail,
            reference = coalesce(u.reference, a.reference)
        FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::text[], $5::text[], $6::text[])
            AS u(id, number, milliseconds, outcome, detail, reference)
        WHERE a.message_id = u.id AND a.number = u.number
        """)

    let settings: NotifierSettings
    /// 0 to 1, drawn at random.
    let spread: @Sendable () -> Double

    /// What became of the messages that were still in these hands.
    func write(_ results: [DispatchResult], on connection: Connection) throws -> [(DispatchResult, DispatchMove)] {
        let providers = Dictionary(uniqueKeysWithValues: settings.providers.providers.map { ($0.name, $0) })
        return try connection.transaction {
            _ = try connection.query(DispatchMoves.planByKeyStatement)
            let referenced = Set(results.filter { $0.reference != nil }.map(\.job.provider))
            try ReceiptStore.holdOff(referenced, on: connection)
            let rows = try mine(results, on: connection)
            let used = Set(results.map(\.job.provider)).sorted().compactMap { providers[$0] }
            var healths: [String: ProviderHealth] = [:]
            var done: [(DispatchResult, DispatchMove)] = []
            var changes: [DispatchMoves.Change] = []
            if !used.isEmpty { healths = try DispatchHealth.lock(used, on: connection) }
            for result in results {
                guard let provider = providers[result.job.provider] else { continue }
                let wasTrial = healths[provider.name]?.trial == result.job.lease
                healths[provider.name]?.note(result, settings.providers.breaker)
                let hand = Hand(message: result.job.dispatch.messageID, lease: result.job.lease)
                guard let row = rows[hand] else { continue }
                let rule = DispatchRule(settings: settings, provider: provider, spread: spread(), wasTrial: wasTrial)
                let move = rule.move(result, row)
                done.append((result, move))
                changes.append(
                    DispatchMoves.Change(
                        row: row, move: move, provider: provider.name, costMilli: provider.costMilli,
                        detail: result.detail))
            }
            try DispatchMoves.write(changes, settings, on: connection)
            try note(results, on: connection)
            try ReceiptStore.applyEarly(results, settings, on: connection)
            try DispatchHealth.write(Array(healths.values), on: connection)
            return done
        }
    }

    /// A message that is taken over has another lease, perhaps in the same process.
    private struct Hand: Hashable {
        let message: UUID
        let lease: UUID
    }

    private func mine(_ results: [DispatchResult], on connection: Connection) throws -> [Hand: DispatchRow] {
        let rows = try connection.query(
            Self.mineStatement,
            Parameters {
                $0.append(results.map(\.job.dispatch.messageID))
                $0.append(results.map(\.job.lease))
            })
        var mine: [Hand: DispatchRow] = [:]
        for row in 0..<rows.rowCount {
            let read = try DispatchMoves.row(rows, row)
            mine[Hand(message: read.id, lease: try rows.uuid(row, 14))] = read
        }
        return mine
    }

    private func note(_ results: [DispatchResult], on connection: Connection) throws {
        _ = try connection.query(
            Self.noteStatement,
            Parameters {
                $0.append(results.map(\.job.dispatch.messageID))
                $0.append(results.map(\.job.number))
                $0.append(results.map { Int32(clamping: $0.duration.milliseconds) })
                $0.append(results.map(\.word))
                $0.append(results.map(\.detail))
                $0.append(results.map(\.reference))
            })
    }
}

extension ProviderHealth {
    fileprivate mutating func note(_ result: DispatchResult, _ breaker: CircuitBreaker) {
        let wasClosed = openFor == nil
        note(result.mark, milliseconds: Double(result.duration.milliseconds), lease: result.job.lease, breaker)
        // A provider that says how long it wants to be left alone is left alone so long.
        if let after = result.retryAfter, let pause = openFor, wasClosed { openFor = max(pause, after.seconds) }
    }
}
