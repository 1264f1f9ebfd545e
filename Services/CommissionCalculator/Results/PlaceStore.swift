import PerisaiModels
import Postgres
import Worker

/// Where branches are, in the database.
public struct PlaceStore {
    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    private static let read = Statement("places", "SELECT branch, name, region, office FROM place ORDER BY branch")
    private static let write = Statement(
        "places_write",
        """
        INSERT INTO place AS p SELECT b, n, r, o, $5, statement_timestamp()
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS g (b, n, r, o)
        ON CONFLICT (branch) DO UPDATE SET name = excluded.name, region = excluded.region, office = excluded.office,
            set_by = excluded.set_by, set_at = excluded.set_at
        WHERE (p.name, p.region, p.office) IS DISTINCT FROM (excluded.name, excluded.region, excluded.office)
        """)

    /// All places in order of their branch.
    public func list() throws -> [Place] {
        let rows = try connection.query(Self.read)
        return try (0..<rows.rowCount).map { row in
            Place(
                branch: try rows.text(row, 0), name: try rows.text(row, 1),
                region: try TargetStore.choice(rows, row, 2), office: try TargetStore.choice(rows, row, 3))
        }
    }

    /// Stores the places of a file as one transaction. What is known otherwise is changed only with `replace`.
    /// - Throws: `RowFaults` with every line that cannot be stored; then nothing is.
    public func store(
        _ lines: [PlaceLine], by person: OperatorName, replace: Bool = false, dryRun: Bool = false
    ) throws -> ImportOutcome {
        try TargetStore(connection).rolledBack(if: dryRun) {
            try connection.execute("LOCK TABLE place IN SHARE ROW EXCLUSIVE MODE")
            let known = Dictionary(uniqueKeysWithValues: try list().map { ($0.branch, $0) })
            var outcome = ImportOutcome()
            var faults: [RowFault] = []
            for line in lines {
                switch known[line.place.branch] {
                case nil: outcome.added += 1
                case line.place: outcome.unchanged += 1
                default:
                    outcome.replaced += 1
                    guard !replace else { continue }
                    let reason = "is known with another name, region or office; --replace changes it"
                    faults.append(RowFault(line: line.number, field: "branch", reason: reason))
                }
            }
            guard faults.isEmpty else { throw RowFaults(faults) }
            let places = lines.map(\.place)
            _ = try connection.query(
                Self.write,
                Parameters {
                    $0.append(places.map(\.branch))
                    $0.append(places.map(\.name))
                    $0.append(places.map(\.region.rawValue))
                    $0.append(places.map(\.office.rawValue))
                    $0.append(person.text)
                })
            return outcome
        }
    }
}
