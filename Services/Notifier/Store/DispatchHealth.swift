import Postgres

import struct Foundation.UUID

/// The rows of the providers: breaker, rate limit and moving averages, shared by all processes.
enum DispatchHealth {
    private static let insertStatement = Statement(
        "notifier_provider_insert",
        """
        INSERT INTO provider (name, tokens) SELECT * FROM unnest($1::text[], $2::text[]::float8[]) ON CONFLICT DO NOTHING
        """)
    private static let lockStatement = Statement(
        "notifier_provider_lock",
        """
        SELECT name, failures, extract(epoch FROM open_until - now())::float8, trial,
            extract(epoch FROM now() - away_since)::float8, tokens, latency_ms, failure_rate,
            extract(epoch FROM now() - refilled_at)::float8, extract(epoch FROM now() - updated_at)::float8
        FROM provider WHERE name = ANY($1::text[]) ORDER BY name FOR UPDATE
        """)
    private static let writeStatement = Statement(
        "notifier_provider_write",
        """
        UPDATE provider AS p
        SET failures = u.failures, open_until = now() + u.open_for * interval '1 second', trial = u.trial,
            away_since = now() - u.away_for * interval '1 second', tokens = u.tokens, refilled_at = now(),
            latency_ms = u.latency, failure_rate = u.failure_rate, updated_at = now()
        FROM unnest($1::text[], $2::int4[], $3::text[]::float8[], $4::uuid[], $5::text[]::float8[], $6::text[]::float8[], $7::text[]::float8[],
            $8::text[]::float8[])
            AS u(name, failures, open_for, trial, away_for, tokens, latency, failure_rate)
        WHERE p.name = u.name
        """)

    /// The providers' rows, locked until the transaction ends and made where they are missing.
    static func lock(_ providers: [ProviderSettings], on connection: Connection) throws -> [String: ProviderHealth] {
        let names = Parameters { $0.append(providers.map(\.name)) }
        var rows = try connection.query(lockStatement, names)
        if rows.rowCount < providers.count {
            _ = try connection.query(
                insertStatement,
                Parameters {
                    $0.append(providers.map(\.name))
                    // As many as a second has.
                    $0.append(doubles: providers.map { Double($0.ratePerSecond ?? 0) })
                })
            rows = try connection.query(lockStatement, names)
        }
        let rates = Dictionary(uniqueKeysWithValues: providers.map { ($0.name, $0.ratePerSecond) })
        var healths: [String: ProviderHealth] = [:]
        for row in 0..<rows.rowCount {
            let name = try rows.text(row, 0)
            var health = ProviderHealth(
                name: name, failures: Int(try rows.int32(row, 1)), openFor: try rows.optionalDouble(row, 2),
                trial: try rows.optionalUUID(row, 3), awayFor: try rows.optionalDouble(row, 4),
                tokens: try rows.double(row, 5), latencyMilliseconds: try rows.double(row, 6),
                failureRate: try rows.double(row, 7))
            health.age(
                rate: rates[name] ?? nil, sinceRefill: try rows.double(row, 8), sinceUpdate: try rows.double(row, 9))
            healths[name] = health
        }
        return healths
    }

    static func write(_ healths: [ProviderHealth], on connection: Connection) throws {
        guard !healths.isEmpty else { return }
        let healths = healths.sorted { $0.name < $1.name }
        _ = try connection.query(
            writeStatement,
            Parameters {
                $0.append(healths.map(\.name))
                $0.append(healths.map { Int32(clamping: $0.failures) })
                $0.append(doubles: healths.map(\.openFor))
                $0.append(healths.map(\.trial))
                $0.append(doubles: healths.map(\.awayFor))
                $0.append(doubles: healths.map(\.tokens))
                $0.append(doubles: healths.map(\.latencyMilliseconds))
                $0.append(doubles: healths.map(\.failureRate))
            })
    }
}

extension Parameters {
    /// As text: exact both ways, and NULL where there is none.
    fileprivate mutating func append(doubles: [Double?]) { append(doubles.map { $0.map { "\($0)" } }) }
}
