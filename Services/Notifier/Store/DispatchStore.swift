import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Takes messages from the queue, and what is not known of them, into the hands of a process.
struct DispatchStore {
    private static let dueStatement = Statement("notifier_dispatch_due", dueSQL)
    static let dueSQL =
        """
        SELECT q.* FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY AS l(lane, most, place)
        CROSS JOIN LATERAL (
            SELECT \(columns) FROM message AS m
            WHERE m.state = 'queued' AND m.lane = l.lane AND m.next_attempt_at <= now()
                AND (m.expires_on IS NULL
                    OR m.expires_on >= coalesce((SELECT started_on FROM business_date), '-infinity'))
            ORDER BY m.next_attempt_at, m.message_id LIMIT l.most FOR UPDATE SKIP LOCKED) AS q
        ORDER BY l.place
        """
    private static let unknownStatement = Statement(
        "notifier_dispatch_unknown",
        """
        SELECT q.* FROM unnest($1::text[], $2::int8[], $3::bool[]) AS l(provider, most, posts)
        CROSS JOIN LATERAL (
            SELECT \(columns) FROM message AS m
            WHERE m.state = 'unknown' AND m.provider = l.provider AND m.next_attempt_at <= now()
                -- A question may be asked at any hour; a post reaches the reader.
                AND (NOT l.posts OR m.wave = ANY($4::text[]) AND (m.expires_on IS NULL
                    OR m.expires_on >= coalesce((SELECT started_on FROM business_date), '-infinity')))
            ORDER BY m.next_attempt_at LIMIT l.most FOR UPDATE SKIP LOCKED) AS q
        """)
    private static let columns = """
        \(DispatchMoves.columns), m.kind, coalesce(m.title, '') AS title, coalesce(m.name, '') AS name, m.subject,
            m.language, coalesce(m.short, m.body) AS short, m.body, m.resends, m.attempts, m.provider_reference
        """
    /// The attempts are written down in the statement that takes the messages, before anything is posted.
    private static let takeStatement = Statement(
        "notifier_dispatch_take",
        """
        WITH taken AS (
            UPDATE message AS m
            SET state = CASE WHEN u.asks THEN 'unknown' ELSE 'sending' END, batch_id = NULL, lease = $1,
                lease_until = clock_timestamp() + u.lease * interval '1 millisecond',
                next_attempt_at = CASE WHEN u.asks THEN clock_timestamp() + u.lease * interval '1 millisecond'
                    ELSE m.next_attempt_at END,
                unknown_since = CASE WHEN m.state = 'unknown' THEN m.unknown_since END,
                tries = CASE WHEN m.dispatch_id = u.dispatch_id THEN m.tries ELSE 0 END,
                dispatch_id = u.dispatch_id, provider = u.provider, segments = u.segments,
                attempts = m.attempts + CASE WHEN u.asks THEN 0 ELSE 1 END,
                asks = m.asks + CASE WHEN u.asks THEN 1 ELSE 0 END
            FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bool[], $6::int8[], $7::int4[])
                AS u(id, dispatch_id, provider, asks, lease, segments)
            WHERE m.message_id = u.id
            RETURNING m.message_id, m.dispatch_id, m.attempts + m.asks AS number, m.channel, m.provider, u.asks)
        INSERT INTO attempt (dispatch_id, number, message_id, channel, provider, action)
        SELECT dispatch_id, number, message_id, channel, provider, CASE WHEN asks THEN 'ask' ELSE 'send' END
        FROM taken
        """)

    let settings: NotifierSettings

    /// A message on its way to a provider, before it is taken.
    struct Candidate {
        let row: DispatchRow
        let dispatch: Dispatch
        let number: Int32
        let isUnknown: Bool
    }

    /// Up to as many messages as providers have room for, and their attempts written down.
    /// - Parameter free: by provider.
    func claim(free: [String: Int], waves: [Wave], on connection: Connection) throws -> [DispatchJob] {
        let providers = settings.providers.providers.filter { free[$0.name, default: 0] > 0 }
        guard !providers.isEmpty else { return [] }
        return try connection.transaction {
            _ = try connection.query(DispatchMoves.planByKeyStatement)
            var healths = try DispatchHealth.lock(providers, on: connection)
            var choice = ProviderChoice(providers, healths, free: free)
            let unknown = try unknown(choice, waves, on: connection)
            var taken = unknown.compactMap { candidate in choice.back(to: candidate).map { (candidate, $0) } }
            taken += try due(choice, waves, on: connection).compactMap { candidate in
                choice.take(candidate).map { (candidate, $0) }
            }
            guard !taken.isEmpty else { return [] }
            let lease = UUID()
            // Not later than the lease begins.
            let now = ContinuousClock.now
            try take(taken, lease, on: connection)
            for (name, count) in choice.used {
                guard let provider = providers.first(where: { $0.name == name }) else { continue }
                healths[name]?.take(count, provider, lease)
            }
            try DispatchHealth.write(choice.used.keys.compactMap { healths[$0] }, on: connection)
            return taken.map { candidate, provider in
                DispatchJob(
                    action: candidate.isUnknown && provider.canBeAsked ? .ask : .send, dispatch: candidate.dispatch,
                    provider: provider.name, lease: lease, number: candidate.number,
                    isUncertain: candidate.isUnknown, claimedAt: now)
            }
        }
    }

    /// Messages whose outcome is to be asked for, at most half of a provider's room: the queue goes on beside them. Where
    /// nothing can be asked and nothing repeated they are never taken.
    private func unknown(
        _ choice: ProviderChoice, _ waves: [Wave], on connection: Connection
    ) throws -> [Candidate] {
        let able = settings.providers.providers.filter(\.mayLookAgain)
        let asked = Set(able.filter(\.canBeAsked).map(\.name))
        let names = Set(able.map(\.name))
        let rooms = choice.rooms.filter { $0.value > 0 && names.contains($0.key) }.sorted { $0.key < $1.key }
        guard !rooms.isEmpty else { return [] }
        let rows = try connection.query(
            Self.unknownStatement,
            Parameters {
                $0.append(rooms.map(\.key))
                $0.append(rooms.map { Int64(($0.value + 1) / 2) })
                $0.append(rooms.map { !asked.contains($0.key) })
                $0.append(waves.map(\.rawValue))
            })
        return try (0..<rows.rowCount).map { try candidate(rows, $0, isUnknown: true) }
    }

    private func due(_ choice: ProviderChoice, _ waves: [Wave], on connection: Connection) throws -> [Candidate] {
        let channels = settings.providers.channels.filter { choice.room(of: $0) > 0 }
        guard !channels.isEmpty else { return [] }
        let lanes = waves.flatMap { wave in
            channels.map { (lane: "\($0.rawValue):\(wave.rawValue)", most: Int64(choice.room(of: $0))) }
        }
        let rows = try connection.query(
            Self.dueStatement,
            Parameters {
                $0.append(lanes.map(\.lane))
                $0.append(lanes.map(\.most))
            })
        return try (0..<rows.rowCount).map { try candidate(rows, $0, isUnknown: false) }
    }

    private func candidate(_ rows: QueryResult, _ row: Int, isUnknown: Bool) throws -> Candidate {
        let read = try DispatchMoves.row(rows, row)
        let channel = MessageChannel(rawValue: read.channel) ?? .file
        let language = MessageLanguage(rawValue: try rows.text(row, 18)) ?? .indonesian
        let text = try MessageText.whole(
            on: channel, name: rows.text(row, 16), subject: rows.optionalText(row, 17), language: language,
            short: rows.text(row, 19), body: rows.text(row, 20))
        let id = Dispatch.id(of: read.id, on: channel, resends: Int(try rows.int32(row, 21)))
        var dispatch = Dispatch(
            id: isUnknown ? read.dispatchID ?? id : id, messageID: read.id, kind: try rows.text(row, 14),
            channel: channel, address: read.address, title: try rows.text(row, 15), text: text, language: language,
            reference: try rows.optionalText(row, 23), segments: channel == .sms ? SMSText.segments(of: text) : 1)
        if channel == .whatsapp, text.utf16.count > WhatsAppCloudAdapter.mostVariable {
            dispatch.short = try MessageText.whole(
                on: .sms, name: rows.text(row, 16), subject: rows.optionalText(row, 17), language: language,
                short: rows.text(row, 19), body: rows.text(row, 20))
        }
        let number = Int32(try rows.int32(row, 22)) + Int32(clamping: read.asks) + 1
        return Candidate(row: read, dispatch: dispatch, number: number, isUnknown: isUnknown)
    }

    private func take(
        _ taken: [(Candidate, ProviderSettings)], _ lease: UUID, on connection: Connection
    ) throws {
        _ = try connection.query(
            Self.takeStatement,
            Parameters {
                $0.append(lease)
                $0.append(taken.map(\.0.row.id))
                $0.append(taken.map(\.0.dispatch.id))
                $0.append(taken.map(\.1.name))
                $0.append(taken.map { $0.isUnknown && $1.canBeAsked })
                $0.append(taken.map { $1.lease.milliseconds })
                $0.append(taken.map { Int32($0.0.dispatch.segments) })
            })
    }
}

/// Which provider takes a message: the cheapest first, weighed by what of it arrives; what it has no room for goes to
/// the next one.
struct ProviderChoice {
    /// By provider: how many more it may take now.
    private(set) var rooms: [String: Int] = [:]
    /// By provider: how many it was given.
    private(set) var used: [String: Int] = [:]
    private let order: [MessageChannel: [ProviderSettings]]

    init(_ providers: [ProviderSettings], _ healths: [String: ProviderHealth], free: [String: Int]) {
        for provider in providers {
            rooms[provider.name] = healths[provider.name]?.room(
                free[provider.name, default: 0], rate: provider.ratePerSecond)
        }
        func rank(_ provider: ProviderSettings) -> (Double, Double) {
            let health = healths[provider.name]
            return (health?.expectedCost(provider.costMilli) ?? 0, health?.latencyMilliseconds ?? 0)
        }
        order = Dictionary(grouping: providers, by: \.channel).mapValues { $0.sorted { rank($0) < rank($1) } }
    }

    func room(of channel: MessageChannel) -> Int {
        order[channel, default: []].reduce(0) { $0 + rooms[$1.name, default: 0] }
    }

    /// For a message of the queue: after a post that was not taken another provider comes first.
    mutating func take(_ candidate: DispatchStore.Candidate) -> ProviderSettings? {
        let open = order[candidate.dispatch.channel, default: []].filter { rooms[$0.name, default: 0] > 0 }
        let last = candidate.row.tries > 0 ? candidate.row.provider : nil
        return use(open.first { $0.name != last } ?? open.first)
    }

    /// For a message whose outcome is not known: the provider that may have it, and no other one.
    mutating func back(to candidate: DispatchStore.Candidate) -> ProviderSettings? {
        use(
            order[candidate.dispatch.channel, default: []].first {
                $0.name == candidate.row.provider && $0.mayLookAgain && rooms[$0.name, default: 0] > 0
            })
    }

    private mutating func use(_ provider: ProviderSettings?) -> ProviderSettings? {
        guard let provider else { return nil }
        rooms[provider.name, default: 0] -= 1
        used[provider.name, default: 0] += 1
        return provider
    }
}

extension ProviderHealth {
    /// Gives away tokens, or the one trial.
    mutating func take(_ count: Int, _ provider: ProviderSettings, _ lease: UUID) {
        if provider.ratePerSecond != nil { tokens -= Double(count) }
        guard openFor != nil else { return }
        trial = lease
        // Nobody else tries it meanwhile; whoever dies over it is followed by the next one.
        openFor = provider.lease.seconds
    }
}
