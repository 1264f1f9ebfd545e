import PerisaiModels
import Postgres
import Worker

/// Gives back the standing of agents whose suspension, or employment at the fund, has ended by its own date. What they
/// hand in is judged by its day and does not wait for this.
struct StandingRun {
    /// Most agents in one chunk.
    static let chunk = 200

    private static let due = Statement(
        "standing_due",
        """
        SELECT a.agent_id, b.date FROM business_date AS b
        JOIN agent AS a ON a.standing IN (1, 3) AND a.standing_on < b.date
        LEFT JOIN participant AS p ON p.nik = a.nik
        WHERE (a.standing = 1 AND a.suspended_until < b.date) OR (a.standing = 3 AND p.staff_until < b.date)
        ORDER BY a.agent_id LIMIT $1
        """)

    let settings: EnrollmentSettings

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        let due = try connection.query(Self.due, Parameters { $0.append(Int64(Self.chunk)) })
        guard due.rowCount > 0, let date = try StoredRow.date(due, 0, 1) else { return false }
        let ids = try (0..<due.rowCount).map { try due.text($0, 0) }
        var state = try IntakeLoader(connection: connection, settings: settings).load(agents: Set(ids))
        for id in ids {
            outgoing.begin(
                key: EventKey.of(source: "enrollment-intake/standing", id: "\(id)/\(date)"),
                time: Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest)
            state.judge(id, on: date, &outgoing)
        }
        state.save(to: &writer)
        return true
    }
}
