import PerisaiModels
import Postgres
import Worker

/// A target and what was reached of it.
public struct TargetResult: Sendable {
    public let stored: StoredTarget
    /// The months that were counted; of stocks the last one.
    public let from: ContributionMonth
    public let through: ContributionMonth
    public let actual: Int64
    /// Of the target.
    public let reached: Percent?
    /// What is missing; negative where the target is passed.
    public let gap: Int64
    /// Of the source's own figure, where it tells one.
    public let reportedReached: Percent?
    /// Among the targets of the same level, measure and months.
    public internal(set) var rank: Int?

    public var target: Target { stored.target }
    public var amount: Int64 { stored.amount }
}

/// Targets beside what was reached.
public enum TargetReport {
    /// Most different months at whose end persons and agents are counted in one report.
    public static let mostEnds = 24

    /// The results of the targets that `filter` names, counted from each target's first month (not before `from`) to its
    /// last (not behind `through`). Labour force is left out: it is no target.
    /// - Throws: `DeskError` for too many targets or months; `PostgresError`.
    public static func make(
        _ filter: TargetFilter, through: ContributionMonth, on connection: Connection
    ) throws -> [TargetResult] {
        var filter = filter
        filter.through = min(filter.through ?? through, through)
        let targets = try TargetStore(connection).list(filter).filter { $0.target.key.measure != .labourForce }
        guard !targets.isEmpty else { return [] }
        let months = targets.map { stored in
            (
                from: max(stored.target.key.first, filter.from ?? .earliest),
                through: min(stored.target.key.last, filter.through ?? through)
            )
        }
        let stocks = zip(targets, months).filter { $0.0.target.key.measure.isStock }
        let ends = Set(stocks.map(\.1.through)).sorted()
        guard ends.count <= mostEnds else {
            throw DeskError("persons of more than \(mostEnds) months: narrow the targets by month, level or place")
        }
        let regions = Dictionary(
            uniqueKeysWithValues: try PlaceStore(connection).list().map { ($0.branch, $0.region) })
        var actuals = TargetActuals(regions: regions)
        try actuals.read(
            Set(targets.map(\.target.key.measure)), from: months.map(\.from).min() ?? through,
            through: months.map(\.through).max() ?? through, ends: ends, on: connection)
        return ranked(
            zip(targets, months).map { stored, months in
                let key = stored.target.key
                let actual = actuals.figure(
                    .init(level: key.level, place: key.place, measure: key.measure), months.from, months.through)
                return result(stored, months.from, months.through, actual)
            })
    }

    /// One target's share and gap.
    static func result(
        _ stored: StoredTarget, _ from: ContributionMonth, _ through: ContributionMonth, _ actual: Int64
    ) -> TargetResult {
        TargetResult(
            stored: stored, from: from, through: through, actual: actual, reached: Percent(actual, of: stored.amount),
            gap: stored.amount - actual,
            reportedReached: stored.target.reported.flatMap { Percent($0, of: stored.amount) }, rank: nil)
    }

    private struct Race: Hashable {
        let level: TargetLevel
        let measure: TargetMeasure
        let first, last: ContributionMonth
    }

    static func ranked(_ results: [TargetResult]) -> [TargetResult] {
        var results = results
        let races = Dictionary(grouping: results.indices) { index in
            let key = results[index].target.key
            return Race(level: key.level, measure: key.measure, first: key.first, last: key.last)
        }
        for indices in races.values {
            for (index, rank) in zip(indices, Ranking.ranks(indices.map { results[$0].reached })) {
                results[index].rank = rank
            }
        }
        return results
    }
}
