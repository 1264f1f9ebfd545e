import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What a provider says of a message.
enum ReceiptStatus: String, JSONChoice { case queued, sent, delivered, failed, expired }

/// One report of a provider.
struct Receipt: Sendable, Hashable {
    /// The provider's own; the same report has the same one, however often it comes.
    var id: String
    /// Our key, where the provider says it again.
    var dispatchID: UUID?
    var reference: String?
    var status: ReceiptStatus
    var at: Instant
    var detail: String?
}

/// What a receipt did.
enum ReceiptEffect: String, Sendable, CaseIterable {
    case moved
    /// Late, or older than what is known.
    case nothing
    /// No such message, or not yet.
    case unmatched
    /// It has come before.
    case repeated
}

/// The rule of receipts: the same end in whichever order they come.
enum ReceiptRule {
    /// - Parameters:
    ///   - isCurrent: whether it speaks of the way that the message takes now, not of an earlier one.
    /// - Returns: nil when it moves nothing.
    static func move(_ receipt: Receipt, _ row: DispatchRow, isCurrent: Bool) -> DispatchMove? {
        // What the queue holds under this key was thought not to be taken; the provider knows better.
        let isOpen = isCurrent && !row.isInFile && ["queued", "sending", "unknown"].contains(row.state)
        let isSent = isCurrent && row.state == "sent"
        let hasExpired = isCurrent && row.state == "expired" && row.reason == DispatchRule.receiptExpired
        switch receipt.status {
        case .delivered:
            // Whichever way it went: the reader has it.
            let known = ["queued", "sending", "unknown", "sent", "failed", "expired"]
            return known.contains(row.state) ? .delivered(reference: receipt.reference, at: receipt.at) : nil
        case .queued, .sent: return isOpen ? .sent(reference: receipt.reference) : nil
        case .expired: return isOpen || isSent ? .expired : nil
        case .failed:
            guard isOpen || isSent || hasExpired else { return nil }
            return .away(reason: DispatchRule.receiptFailed + (receipt.detail.map { " (\($0))" } ?? ""))
        }
    }
}

/// Keeps what providers report, once for each report, and moves the messages.
struct ReceiptStore {
    private static let insertStatement = Statement(
        "notifier_receipt_insert",
        """
        INSERT INTO receipt (provider, receipt_id, dispatch_id, reference, status, reported_at, detail, effect)
        SELECT $1, u.id, u.dispatch_id, u.reference, u.status, least(u.at, now()), u.detail, 'unmatched'
        FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
            AS u(id, dispatch_id, reference, status, at, detail)
        ORDER BY u.id
        ON CONFLICT (provider, receipt_id) DO NOTHING
        RETURNING receipt_id
        """)
    /// By our key or by the provider's reference; a provider speaks of what it was given, and of nothing else.
    private static let matchStatement = Statement(
        "notifier_receipt_match",
        """
        SELECT u.id, f.message_id, f.dispatch_id, f.channel FROM unnest($2::text[], $3::uuid[], $4::text[]) AS u(id, dispatch_id, reference)
        CROSS JOIN LATERAL (
            (SELECT a.message_id, a.dispatch_id, a.channel FROM attempt AS a
             WHERE a.dispatch_id = u.dispatch_id AND a.provider = $1 AND a.action = 'send' LIMIT 1)
            UNION ALL
            (SELECT a.message_id, a.dispatch_id, a.channel FROM attempt AS a
             WHERE a.provider = $1 AND a.reference = u.reference LIMIT 1)
            LIMIT 1) AS f
        """)
    private static let effectStatement = Statement(
        "notifier_receipt_effect",
        """
        UPDATE receipt AS r SET effect = u.effect, dispatch_id = coalesce(r.dispatch_id, u.dispatch_id)
        FROM unnest($2::text[], $3::text[], $4::uuid[]) AS u(id, effect, dispatch_id)
        WHERE r.provider = $1 AND r.receipt_id = u.id
        """)
    private static let earlyStatement = Statement(
        "notifier_receipt_early",
        """
        SELECT r.receipt_id, r.reference, r.status, r.reported_at, r.detail FROM receipt AS r
        WHERE r.provider = $1 AND r.effect = 'unmatched' AND r.reference = ANY($2::text[])
        ORDER BY r.reported_at, r.receipt_id LIMIT 10000
        """)
    private static let learnStatement = Statement(
        "notifier_receipt_learn",
        """
        UPDATE attempt AS a SET reference = u.reference FROM unnest($2::uuid[], $3::text[]) AS u(dispatch_id, reference)
        WHERE a.dispatch_id = u.dispatch_id AND a.provider = $1 AND a.action = 'send' AND a.reference IS NULL
        """)
    private static let holdOffStatement = Statement(
        "notifier_receipt_hold_off", "SELECT pg_advisory_xact_lock_shared(1853121132, hashtext($1))")
    private static let waitStatement = Statement(
        "notifier_receipt_wait", "SELECT pg_advisory_xact_lock(1853121132, hashtext($1))")

    let provider: ProviderSettings
    let settings: NotifierSettings

    /// Keeps receipts that are new and applies them, in one transaction that may be repeated. By effect: how many.
    func apply(
        _ receipts: [Receipt], on connection: Connection
    ) throws -> [(status: ReceiptStatus, effect: ReceiptEffect)] {
        var unique: [String: Receipt] = [:]
        for receipt in receipts where unique[receipt.id] == nil { unique[receipt.id] = receipt }
        let sorted = unique.values.sorted { $0.id < $1.id }
        guard !sorted.isEmpty else { return [] }
        return try connection.transaction {
            _ = try connection.query(DispatchMoves.planByKeyStatement)
            let new = try insert(sorted, on: connection)
            var fresh = sorted.filter { new.contains($0.id) }
            var matches = try match(fresh, on: connection)
            if fresh.contains(where: { $0.reference != nil && (matches[$0.id] == nil || $0.dispatchID != nil) }) {
                // A reference may be about to be written: whoever writes it looks for receipts, and we look again.
                _ = try connection.query(Self.waitStatement, Parameters { $0.append(provider.name) })
                matches = try match(fresh, on: connection)
                // All of them now, in one order: some first and the others later would stand crosswise to other
                // transactions. And before their attempts, as whoever finishes an exchange does.
                _ = try DispatchMoves.lock(Array(Set(matches.values.map(\.message))), on: connection)
                let tied = fresh.filter { $0.dispatchID != nil && $0.reference != nil && matches[$0.id] != nil }
                fresh += try learn(tied, on: connection).filter { !new.contains($0.id) }
                // What is found by a reference just learned belongs to a message that is locked already.
                matches = try match(fresh, on: connection)
            }
            fresh.sort { ($0.at, $0.id) < ($1.at, $1.id) }
            let effects = try move(fresh, matches, on: connection)
            return sorted.map { ($0.status, effects[$0.id] ?? .repeated) }
        }
    }

    /// Keeps the references of receipts that say our key as well, and returns those that have come under them before.
    /// Their messages are locked.
    private func learn(_ tied: [Receipt], on connection: Connection) throws -> [Receipt] {
        guard !tied.isEmpty else { return [] }
        _ = try connection.query(
            Self.learnStatement,
            Parameters {
                $0.append(provider.name)
                $0.append(tied.map(\.dispatchID))
                $0.append(tied.map(\.reference))
            })
        return try Self.early(provider.name, tied.compactMap(\.reference), on: connection)
    }

    private func insert(_ receipts: [Receipt], on connection: Connection) throws -> Set<String> {
        let rows = try connection.query(
            Self.insertStatement,
            Parameters {
                $0.append(provider.name)
                $0.append(receipts.map(\.id))
                $0.append(receipts.map(\.dispatchID))
                $0.append(receipts.map(\.reference))
                $0.append(receipts.map(\.status.rawValue))
                $0.append(timestamps: receipts.map(\.at.microseconds))
                $0.append(receipts.map(\.detail))
            })
        return Set(try (0..<rows.rowCount).map { try rows.text($0, 0) })
    }

    private struct Match {
        let message: UUID
        let dispatch: UUID
        /// That it went by.
        let channel: String
    }

    private func match(_ receipts: [Receipt], on connection: Connection) throws -> [String: Match] {
        let rows = try connection.query(
            Self.matchStatement,
            Parameters {
                $0.append(provider.name)
                $0.append(receipts.map(\.id))
                $0.append(receipts.map(\.dispatchID))
                $0.append(receipts.map(\.reference))
            })
        var matches: [String: Match] = [:]
        for row in 0..<rows.rowCount {
            matches[try rows.text(row, 0)] = Match(
                message: try rows.uuid(row, 1), dispatch: try rows.uuid(row, 2), channel: try rows.text(row, 3))
        }
        return matches
    }

    /// Applies receipts in the order of their times; returns what each did.
    private func move(
        _ receipts: [Receipt], _ matches: [String: Match], on connection: Connection
    ) throws -> [String: ReceiptEffect] {
        var effects: [String: ReceiptEffect] = [:]
        var waiting = receipts
        // A message takes one step in a statement: what is left takes the next one, from where it stands then.
        while !waiting.isEmpty {
            let rows = try DispatchMoves.lock(
                Array(Set(waiting.compactMap { matches[$0.id]?.message })), on: connection)
            let byID = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
            var changes: [UUID: DispatchMoves.Change] = [:]
            var later: [Receipt] = []
            for receipt in waiting {
                guard let match = matches[receipt.id] else {
                    effects[receipt.id] = .unmatched
                    continue
                }
                guard changes[match.message] == nil else {
                    later.append(receipt)
                    continue
                }
                effects[receipt.id] = .nothing
                guard var row = byID[match.message] else { continue }
                let isCurrent = row.dispatchID == match.dispatch && row.provider == provider.name
                guard let move = ReceiptRule.move(receipt, row, isCurrent: isCurrent) else { continue }
                effects[receipt.id] = .moved
                // An earlier way has arrived: it is the message's, and was paid when it was taken.
                if !isCurrent { row.channel = match.channel }
                changes[row.id] = DispatchMoves.Change(
                    row: row, move: move, provider: provider.name, costMilli: isCurrent ? provider.costMilli : 0)
            }
            try DispatchMoves.write(Array(changes.values), settings, on: connection)
            waiting = later
        }
        try write(effects, matches, on: connection)
        return effects
    }

    private func write(
        _ effects: [String: ReceiptEffect], _ matches: [String: Match], on connection: Connection
    ) throws {
        let known = effects.filter { $0.value != .unmatched }.sorted { $0.key < $1.key }
        guard !known.isEmpty else { return }
        _ = try connection.query(
            Self.effectStatement,
            Parameters {
                $0.append(provider.name)
                $0.append(known.map(\.key))
                $0.append(known.map(\.value.rawValue))
                $0.append(known.map { matches[$0.key]?.dispatch })
            })
    }
}

extension ReceiptStore {
    /// Whoever is about to write references says so, until the transaction ends.
    static func holdOff(_ providers: Set<String>, on connection: Connection) throws {
        for provider in providers.sorted() {
            _ = try connection.query(holdOffStatement, Parameters { $0.append(provider) })
        }
    }

    /// Applies receipts that have come before the reference by which they are known.
    static func applyEarly(
        _ results: [DispatchResult], _ settings: NotifierSettings, on connection: Connection
    ) throws {
        let referenced = Dictionary(grouping: results.filter { $0.reference != nil }, by: \.job.provider)
        for (name, results) in referenced.sorted(by: { $0.key < $1.key }) {
            guard let provider = settings.providers.providers.first(where: { $0.name == name }) else { continue }
            let store = ReceiptStore(provider: provider, settings: settings)
            let receipts = try early(name, results.compactMap(\.reference), on: connection)
            guard !receipts.isEmpty else { continue }
            _ = try store.move(receipts, store.match(receipts, on: connection), on: connection)
        }
    }

    private static func early(
        _ provider: String, _ references: [String], on connection: Connection
    ) throws -> [Receipt] {
        let rows = try connection.query(
            earlyStatement,
            Parameters {
                $0.append(provider)
                $0.append(references)
            })
        return try (0..<rows.rowCount).map { row in
            Receipt(
                id: try rows.text(row, 0), dispatchID: nil, reference: try rows.text(row, 1),
                status: ReceiptStatus(rawValue: try rows.text(row, 2)) ?? .queued,
                at: Instant(microseconds: try rows.timestamp(row, 3)) ?? .earliest,
                detail: try rows.optionalText(row, 4))
        }
    }
}
