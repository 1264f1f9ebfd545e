import PerisaiModels
import Postgres
import Worker

/// What an agent's month comes to by all that is known now, in statements or not.
public struct Provisional: Sendable, Hashable {
    public let agent: String
    /// Nil for an agent whose activation is not known yet: its rows wait.
    public let wadah: String?
    public let branch: String?
    public let month: ContributionMonth
    public let scheme: String
    /// New participants that count, and the first tier not reached, else the last one.
    public let newParticipants: Int
    public let threshold: Int?
    public let figures: StatementFigures
    /// The sum of the statements so far.
    public let issued: StatementFigures
    /// What a close would issue now.
    public let difference: StatementFigures

    /// Most agents at once.
    public static let limit = 25_000
    private static let chunk = 1_000

    /// The wadah is that of the month's end, as when the month is closed.
    private static let readAgents = Statement(
        "provisional_agents",
        """
        SELECT t.agent_id, a.wadah_id, a.branch
        FROM (SELECT agent_id FROM touched WHERE month = $1 UNION SELECT agent_id FROM statement WHERE month = $1) AS t
        LEFT JOIN LATERAL (
            SELECT wadah_id, branch FROM agent WHERE agent.agent_id = t.agent_id
            ORDER BY activated_on > $2, abs(activated_on - $2), event_key LIMIT 1) AS a ON true
        WHERE ($3::text IS NULL OR t.agent_id = $3) AND ($4::text IS NULL OR a.branch = $4)
        ORDER BY t.agent_id LIMIT $5
        """)
    private static let isKnown = Statement(
        "provisional_known",
        """
        SELECT $1::text IS NULL OR EXISTS (SELECT FROM agent WHERE agent_id = $1),
            $2::text IS NULL OR EXISTS (SELECT FROM agent WHERE branch = $2)
        """)

    /// The agents of a month with anything in it, in order of their ids; reads some at a time.
    /// - Throws: `DeskError` for an agent or branch that is not known, a month without scheme, or too many agents.
    public static func of(
        _ month: ContributionMonth, agent: AgentID? = nil, branch: BranchCode? = nil, on connection: Connection
    ) throws -> [Provisional] {
        let schemes = try EffectiveRows.schemes(on: connection)
        guard let scheme = schemes[month] else { throw DeskError("month: no scheme applies in \(month)") }
        let rows = try connection.query(
            readAgents,
            Parameters {
                $0.append(month.index)
                $0.append(date: month.lastDay.daysSince1970)
                $0.append(agent?.text)
                $0.append(branch?.text)
                $0.append(Int64(limit + 1))
            })
        guard rows.rowCount <= limit else {
            throw DeskError("more than \(limit) agents have something in \(month): give --branch or --agent")
        }
        guard rows.rowCount > 0 else {
            try refuseUnknown(agent, branch, connection)
            return []
        }
        var all: [Provisional] = []
        for start in stride(from: 0, to: rows.rowCount, by: chunk) {
            var items = try (start..<min(start + chunk, rows.rowCount)).map { row in
                MonthClose.Item(
                    month: month, agent: try rows.text(row, 0), wadah: try rows.optionalText(row, 1) ?? "",
                    branch: try rows.optionalText(row, 2) ?? "", sequence: 0)
            }
            try MonthCloseStore.fillWhole(&items, connection)
            all += try items.map { try Provisional($0, scheme, schemes.rows.map(\.value)) }
        }
        return all
    }

    private static func refuseUnknown(_ agent: AgentID?, _ branch: BranchCode?, _ connection: Connection) throws {
        let known = try connection.query(
            isKnown,
            Parameters {
                $0.append(agent?.text)
                $0.append(branch?.text)
            })
        if try !known.bool(0, 0), let agent { throw DeskError("agent: \(agent) is not known") }
        if try !known.bool(0, 1), let branch { throw DeskError("branch: no agent of \(branch) is known") }
    }

    private init(_ item: MonthClose.Item, _ scheme: Scheme, _ others: [Scheme]) throws {
        agent = item.agent
        wadah = item.wadah.isEmpty ? nil : item.wadah
        branch = item.branch.isEmpty ? nil : item.branch
        month = item.month
        self.scheme = scheme.code
        figures = try scheme.statement(newcomers: item.newcomers, contributions: item.fresh, others: others)
        issued = item.issued
        difference = try figures.subtracting(issued)
        newParticipants = scheme.counted(item.newcomers)
        threshold = scheme.threshold(newParticipants)
    }

    /// The sum of the lines of new participants, and that of contributions.
    public var parts: (acquisition: Rupiah, contribution: Rupiah) {
        get throws(MoneyOverflow) {
            func sum(_ isAcquisition: Bool) throws(MoneyOverflow) -> Rupiah {
                try Rupiah.sum(
                    of: figures.lines.filter { ($0.key.rule == .acquisition) == isAcquisition }.values.map(\.amount))
            }
            return (try sum(true), try sum(false))
        }
    }
}
