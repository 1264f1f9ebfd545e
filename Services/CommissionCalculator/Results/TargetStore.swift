import PerisaiModels
import Postgres
import Worker

/// What an import did, or would do.
public struct ImportOutcome: Sendable, Hashable {
    public var added = 0
    public var replaced = 0
    public var unchanged = 0
}

/// A stored target with its amount in numbers and who has set it.
public struct StoredTarget: Sendable {
    public let target: Target
    /// Of a share: what it comes to.
    public let amount: Int64
    public let setBy: String
    public let setAt: Instant
    /// Of an amount that was replaced: by whom and when.
    public let replaced: (by: String, at: Instant)?
}

/// Targets in the database. A file is one transaction; the same file again changes nothing.
public struct TargetStore {
    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    /// Most targets that one list or report reads.
    public static let listLimit = 100_000

    static let columns = """
        level, place, measure, first_month, last_month, source, value, share_ppm, of_level, of_place, of_measure,
            reported, definition
        """
    private static let given = """
        given AS (
            SELECT * FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::int4[], $7::text[],
                $8::int8[], $9::int4[], $10::text[], $11::text[], $12::text[], $13::int8[], $14::text[])
            AS g (line, \(columns)))
        """
    private static let lock = "LOCK TABLE target IN SHARE ROW EXCLUSIVE MODE"
    private static let compare = Statement(
        "targets_compare",
        """
        WITH \(given)
        SELECT g.line, t.level IS NOT NULL,
            (g.value, g.share_ppm, g.of_level, g.of_place, g.of_measure, g.reported, g.definition)
                IS NOT DISTINCT FROM
                (t.value, t.share_ppm, t.of_level, t.of_place, t.of_measure, t.reported, t.definition),
            t.set_by, t.set_at,
            g.share_ppm IS NOT NULL AND NOT EXISTS (
                SELECT FROM given AS p WHERE p.value IS NOT NULL
                    AND (p.level, p.place, p.measure, p.first_month, p.last_month, p.source)
                        = (g.of_level, g.of_place, g.of_measure, g.first_month, g.last_month, g.source))
                AND NOT EXISTS (
                SELECT FROM target AS p WHERE p.value IS NOT NULL
                    AND (p.level, p.place, p.measure, p.first_month, p.last_month, p.source)
                        = (g.of_level, g.of_place, g.of_measure, g.first_month, g.last_month, g.source)
                    AND NOT EXISTS (
                        SELECT FROM given AS n WHERE n.share_ppm IS NOT NULL
                            AND (p.level, p.place, p.measure, p.first_month, p.last_month, p.source)
                                = (n.level, n.place, n.measure, n.first_month, n.last_month, n.source))),
            g.share_ppm IS NOT NULL AND EXISTS (
                SELECT FROM target AS c
                WHERE (c.of_level, c.of_place, c.of_measure, c.first_month, c.last_month, c.source)
                    = (g.level, g.place, g.measure, g.first_month, g.last_month, g.source))
        FROM given AS g
        LEFT JOIN target AS t ON (t.level, t.place, t.measure, t.first_month, t.last_month, t.source)
            = (g.level, g.place, g.measure, g.first_month, g.last_month, g.source)
        ORDER BY g.line
        """)
    private static let write = Statement(
        "targets_write",
        """
        WITH \(given)
        INSERT INTO target AS t (\(columns), set_by, set_at)
        SELECT \(columns), $15, statement_timestamp() FROM given
        ON CONFLICT (level, place, measure, first_month, last_month, source) DO UPDATE SET
            value = excluded.value, share_ppm = excluded.share_ppm, of_level = excluded.of_level,
            of_place = excluded.of_place, of_measure = excluded.of_measure, reported = excluded.reported,
            definition = excluded.definition, set_by = excluded.set_by, set_at = excluded.set_at
        WHERE (t.value, t.share_ppm, t.of_level, t.of_place, t.of_measure, t.reported, t.definition)
            IS DISTINCT FROM (excluded.value, excluded.share_ppm, excluded.of_level, excluded.of_place,
                excluded.of_measure, excluded.reported, excluded.definition)
        """)

    /// Stores the targets of a file. What a source says already is changed only with `replace`, and kept as history.
    /// - Throws: `RowFaults` with every line that cannot be stored; then nothing is.
    public func store(
        _ lines: [TargetFile.Line], by person: OperatorName, replace: Bool = false, dryRun: Bool = false
    ) throws -> ImportOutcome {
        try rolledBack(if: dryRun) {
            try connection.execute(Self.lock)
            let rows = try connection.query(Self.compare, Self.parameters(lines))
            var outcome = ImportOutcome()
            var faults: [RowFault] = []
            for row in 0..<rows.rowCount {
                let line = Int(try rows.int32(row, 0))
                let isKnown = try rows.bool(row, 1)
                let isSame = try rows.bool(row, 2)
                if try rows.bool(row, 5) {
                    let reason = "no such target with a value of its own, for these months and of this source"
                    faults.append(RowFault(line: line, field: "of_place", reason: reason))
                }
                if try rows.bool(row, 6) {
                    let reason = "other targets are a share of this one: it needs a value of its own"
                    faults.append(RowFault(line: line, field: "share_percent", reason: reason))
                }
                if isKnown, !isSame, !replace {
                    let reason =
                        "this source says something else since \(try rows.text(row, 3)) set it; --replace changes it"
                    faults.append(RowFault(line: line, field: "value", reason: reason))
                }
                switch (isKnown, isSame) {
                case (false, _): outcome.added += 1
                case (true, true): outcome.unchanged += 1
                case (true, false): outcome.replaced += 1
                }
            }
            guard faults.isEmpty else { throw RowFaults(faults) }
            var parameters = Self.parameters(lines)
            parameters.append(person.text)
            _ = try connection.query(Self.write, parameters)
            return outcome
        }
    }

    /// Stores targets that come from no file.
    public func store(_ targets: [Target], by person: OperatorName, replace: Bool = false) throws -> ImportOutcome {
        let lines = targets.enumerated().map { TargetFile.Line(number: $0.offset + 1, target: $0.element) }
        return try store(lines, by: person, replace: replace)
    }

    /// Runs `body` in a transaction, which leaves nothing where `dryRun` is told.
    func rolledBack(if dryRun: Bool, _ body: () throws -> ImportOutcome) throws -> ImportOutcome {
        do {
            return try connection.transaction {
                let outcome = try body()
                if dryRun { throw DryRun(outcome: outcome) }
                return outcome
            }
        } catch let end as DryRun { return end.outcome }
    }

    private struct DryRun: Error {
        let outcome: ImportOutcome
    }

    private static func parameters(_ lines: [TargetFile.Line]) -> Parameters {
        let keys = lines.map(\.target.key)
        let shares = lines.map { line -> (rate: Rate, level: TargetLevel, place: String, measure: TargetMeasure)? in
            guard case .share(let rate, let level, let place, let measure) = line.target.amount else { return nil }
            return (rate, level, place, measure)
        }
        let values = lines.map { line -> Int64? in
            guard case .value(let value) = line.target.amount else { return nil }
            return value
        }
        return Parameters {
            $0.append(lines.map { Int32($0.number) })
            $0.append(keys.map(\.level.rawValue))
            $0.append(keys.map(\.place))
            $0.append(keys.map(\.measure.rawValue))
            $0.append(keys.map(\.first.index))
            $0.append(keys.map(\.last.index))
            $0.append(keys.map(\.source))
            $0.append(values)
            $0.append(shares.map { $0.map { Int32($0.rate.partsPerMillion) } })
            $0.append(shares.map { $0?.level.rawValue })
            $0.append(shares.map { $0?.place })
            $0.append(shares.map { $0?.measure.rawValue })
            $0.append(lines.map(\.target.reported))
            $0.append(lines.map(\.target.definition))
        }
    }
}
