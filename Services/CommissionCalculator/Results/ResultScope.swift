import PerisaiModels
import Postgres
import Worker

/// What a line of a result is about.
public enum ResultLevel: String, Sendable, CaseIterable {
    case agent, wadah, branch, region, nation

    /// The key of a row whose payer is in branch `b.branch` and whose agent is in the roster as `r`.
    var key: String {
        switch self {
        case .agent: "r.agent_id"
        case .wadah: "r.wadah_id"
        case .branch: "b.branch"
        case .region: "coalesce(l.region, '')"
        case .nation: "''"
        }
    }
}

/// Months and place of a result.
public struct ResultScope: Sendable {
    public let from: ContributionMonth
    public let through: ContributionMonth
    /// A wadah's id, a branch's code or a regional office; nil: everywhere.
    public let place: String?

    /// Most months of one result.
    public static let mostMonths = 120
    /// Most lines that one result is made of.
    public static let rowLimit = 200_000

    /// - Throws: `DeskError` when the months are turned round or too many, or the place cannot be one.
    public init(from: ContributionMonth, through: ContributionMonth, place: String? = nil) throws {
        guard from <= through else { throw DeskError("from: lies behind through") }
        guard from.distance(to: through) < Self.mostMonths else {
            throw DeskError("from: more than \(Self.mostMonths) months; take fewer")
        }
        self.from = from
        self.through = through
        self.place = try place.map { try Self.checked(place: $0) }
    }

    /// A place as it is stored.
    /// - Throws: `DeskError` when there can be no such place.
    public static func checked(place text: String) throws -> String {
        if let kanwil = Kanwil(named: text) { return kanwil.rawValue }
        do { return try BranchCode(text).text } catch {
            throw DeskError("place: is no wadah, no branch and none of \(Kanwil.list)")
        }
    }

    static func limited(_ rows: QueryResult) throws -> QueryResult {
        guard rows.rowCount <= rowLimit else {
            throw DeskError("more than \(rowLimit) lines: narrow the result by place, months or level")
        }
        return rows
    }

    /// Agents activated by the end of month `$through`, with wadah, branch and state as of its last day.
    static func roster(_ through: String) -> String {
        "roster AS MATERIALIZED (SELECT agent_id, name, wadah_id, branch, state FROM agency_on(\(lastDay(through))))"
    }

    private static func lastDay(_ month: String) -> String {
        "make_date((\(month) + 1) / 12, (\(month) + 1) % 12 + 1, 1) - 1"
    }

    /// Rows of a place `$place`, or of everywhere for null.
    static func inside(_ place: String, wadah: String, branch: String, region: String) -> String {
        "(\(place)::text IS NULL OR \(place) IN (\(wadah), \(branch), \(region)))"
    }

    /// The newest business date's month before; nil before the first date. It is the last one that is over.
    public static func lastMonth(on connection: Connection) throws -> ContributionMonth? {
        let rows = try connection.query(Statement("results_date", "SELECT business_date FROM business_clock"))
        return rows.rowCount == 0 ? nil : try CommissionStore.date(rows, 0, 0).contributionMonth.previous
    }
}
