import PerisaiModels
import Postgres

/// What closed months would have earned under a draft scheme. Nothing is stored: one read-only transaction.
public struct WhatIf {
    /// Most months of one run.
    public static let monthLimit = 120

    public let draft: SchemeDraft
    public let from: ContributionMonth
    /// Nil: the last closed month.
    public let through: ContributionMonth?

    public init(draft: SchemeDraft, from: ContributionMonth, through: ContributionMonth? = nil) {
        self.draft = draft
        self.from = from
        self.through = through
    }

    /// Everything booked in these months earns under the draft; a reversal takes back at the rate that the draft, or
    /// the scheme of an earlier payment, gave. `progress` gets the movements done so far.
    /// - Throws: `ReplayRefusal` for months that are not closed; `PostgresError`; `MoneyOverflow`.
    public func run(on connection: Connection, progress: (Int) -> Void = { _ in }) throws -> WhatIfResult {
        try connection.snapshot {
            let last = try through ?? WhatIfStore.lastClosed(on: connection)
            guard let last else { throw ReplayRefusal("no month is closed yet") }
            guard from <= last else { throw ReplayRefusal("--from \(from) lies after \(last), the last month") }
            guard from.distance(to: last) < Self.monthLimit else {
                throw ReplayRefusal("\(from) to \(last) are more than \(Self.monthLimit) months")
            }
            let now = try EffectiveRows.schemes(on: connection)
            let then = try draft.replacing(now, from: from, through: last)
            var result = WhatIfResult(from: from, through: last)
            var done = 0
            for offset in 0...from.distance(to: last) {
                let month = from.advanced(by: offset)
                guard try ClosedMonths.closedOn(month, on: connection) != nil else {
                    throw ReplayRefusal("\(month) is not closed: its figures can still change")
                }
                try add(month, now, then, to: &result, connection) { progress(done + $0) }
                done = result.contributions
            }
            return result
        }
    }

    private func add(
        _ month: ContributionMonth, _ now: SchemeTable, _ then: SchemeTable, to result: inout WhatIfResult,
        _ connection: Connection, progress: (Int) -> Void
    ) throws {
        var (before, after) = (
            ReplaySums(month: month, schemes: now), ReplaySums(month: month, schemes: then)
        )
        for (agent, newcomers) in try StoredFacts.newcomers(month, on: connection) {
            try before.add(newcomers, of: agent)
            try after.add(newcomers, of: agent)
        }
        var stored = try StoredMonth(month, on: connection)
        var count = 0
        while let payers = try stored.next() {
            for facts in try StoredFacts.facts(payers, on: connection) {
                count += try before.add(facts).count
                _ = try after.add(facts)
            }
            progress(count)
        }
        result.contributions += count
        let (old, new) = (try before.figures(), try after.figures())
        let places = try WhatIfStore.places(in: month, connection)
        for agent in Set(old.keys).union(new.keys).sorted() {
            try result.add(
                agent, places[agent], now: WhatIfFigures(old[agent]), draft: WhatIfFigures(new[agent]))
        }
    }
}

enum WhatIfStore {
    private static let last = Statement(
        "what_if_last", "SELECT max(month) FROM month_close WHERE closed_on IS NOT NULL")
    /// The wadah that the month's statement names; without one, that of the month's end.
    private static let read = Statement(
        "what_if_places",
        """
        SELECT DISTINCT ON (a.agent_id) a.agent_id, coalesce(s.wadah_id, a.wadah_id), coalesce(s.branch, a.branch)
        FROM agent AS a LEFT JOIN statement AS s ON s.agent_id = a.agent_id AND s.month = $2 AND s.sequence = 0
        ORDER BY a.agent_id, a.activated_on > $1, abs(a.activated_on - $1), a.event_key
        """)

    static func lastClosed(on connection: Connection) throws -> ContributionMonth? {
        let rows = try connection.query(last)
        return try rows.isNull(0, 0) ? nil : CommissionStore.month(rows, 0, 0)
    }

    static func places(
        in month: ContributionMonth, _ connection: Connection
    ) throws -> [String: (wadah: String, branch: String)] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(date: month.lastDay.daysSince1970)
                $0.append(month.index)
            })
        var places: [String: (wadah: String, branch: String)] = [:]
        for row in 0..<rows.rowCount {
            places[try rows.text(row, 0)] = (try rows.text(row, 1), try rows.text(row, 2))
        }
        return places
    }
}
