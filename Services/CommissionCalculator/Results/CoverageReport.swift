import PerisaiModels
import Postgres
import Worker

/// Coverage of a place in a month, against one source's labour force.
public struct CoverageResult: Sendable {
    public let level: TargetLevel
    public let place: String
    public let month: ContributionMonth
    public let coverage: Coverage
    /// Who tells the labour force; nil where nobody does.
    public let potential: StoredTarget?
}

/// Registered, active and inactive persons by month and place, and what could be.
public enum CoverageReport {
    public static let mostMonths = 60
    /// Places below the nation's that this report knows.
    public static let levels: [TargetLevel] = [.branch, .region, .nation]

    /// Persons enter with an enrolment and leave where another one takes its place: registered is the running sum.
    private static let registered = Statement(
        "results_registered",
        """
        SELECT t.branch, v.month, sum(v.persons) FROM tenure AS t
        CROSS JOIN LATERAL (
            VALUES (greatest(t.since, $1), t.persons), (greatest(t.until, $1), -t.persons)) AS v (month, persons)
        WHERE v.month <= $2 GROUP BY t.branch, v.month ORDER BY t.branch, v.month LIMIT $3
        """)
    private static let active = Statement(
        "results_active",
        """
        SELECT t.branch, p.contribution_month, sum(t.persons)
        FROM paid_month AS p JOIN tenure AS t
            ON t.payer = p.payer AND t.since <= p.contribution_month AND p.contribution_month < t.until
        WHERE p.contribution_month BETWEEN $1 AND $2 GROUP BY t.branch, p.contribution_month LIMIT $3
        """)

    private struct Slot: Hashable {
        let place: String
        let month: ContributionMonth
    }

    /// One line for each place, month and source; places with neither persons nor labour force are left out.
    /// - Throws: `DeskError` for too many months or lines; `PostgresError`.
    public static func make(
        _ scope: ResultScope, level: TargetLevel, on connection: Connection
    ) throws -> [CoverageResult] {
        guard levels.contains(level) else { throw DeskError("level: must be branch, region or nation") }
        let count = scope.from.distance(to: scope.through) + 1
        guard count <= mostMonths else { throw DeskError("from: more than \(mostMonths) months; take fewer") }
        let places = Dictionary(uniqueKeysWithValues: try PlaceStore(connection).list().map { ($0.branch, $0) })
        let parameters = Parameters {
            $0.append(scope.from.index)
            $0.append(scope.through.index)
            $0.append(Int64(ResultScope.rowLimit + 1))
        }
        func key(_ branch: String) -> String? {
            let region = places[branch]?.region.rawValue ?? ""
            guard scope.place.map({ $0 == branch || $0 == region }) ?? true else { return nil }
            switch level {
            case .region: return region
            case .nation: return ""
            default: return branch
            }
        }
        func sums(_ statement: Statement) throws -> [Slot: Int64] {
            let rows = try ResultScope.limited(connection.query(statement, parameters))
            var sums: [Slot: Int64] = [:]
            for row in 0..<rows.rowCount {
                guard let place = key(try rows.text(row, 0)) else { continue }
                let slot = Slot(place: place, month: try CommissionStore.month(rows, row, 1))
                sums[slot, default: 0] += try rows.int64(row, 2)
            }
            return sums
        }
        let changes = try sums(registered)
        let paying = try sums(active)
        let filter = TargetFilter(
            level: level, place: level == .nation ? nil : scope.place, measure: .labourForce, from: scope.from,
            through: scope.through)
        // A part of the nation has no part of the nation's labour force.
        let isPart = level == .nation && scope.place != nil
        let potentials = isPart ? [] : try TargetStore(connection).list(filter)
        let keys = Set(changes.keys.map(\.place)).union(potentials.map(\.target.key.place)).sorted()
        guard keys.count * count <= ResultScope.rowLimit else {
            throw DeskError("more than \(ResultScope.rowLimit) lines: take fewer months or one place")
        }
        var results: [CoverageResult] = []
        for place in keys {
            var registered: Int64 = 0
            for month in scope.from...scope.through {
                registered += changes[Slot(place: place, month: month)] ?? 0
                let active = paying[Slot(place: place, month: month)] ?? 0
                let told = potentials.filter {
                    $0.target.key.place == place && ($0.target.key.first...$0.target.key.last).contains(month)
                }
                for potential in told.isEmpty ? [nil] : told.map({ $0 as StoredTarget? }) {
                    guard registered != 0 || potential != nil else { continue }
                    results.append(
                        CoverageResult(
                            level: level, place: place, month: month,
                            coverage: Coverage(registered: registered, active: active, potential: potential?.amount),
                            potential: potential))
                }
            }
        }
        return results
    }
}
