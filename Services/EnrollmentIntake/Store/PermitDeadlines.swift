import PerisaiModels
import Postgres
import Worker

/// Reminds permit offices of held applications whose deadline is near or has passed, by the business date.
struct PermitDeadlines {
    /// Most applications in one chunk.
    static let chunk = 200

    private static let due = Statement(
        "permits_due",
        """
        SELECT p.nib, p.office, p.application_id, b.date FROM business_date AS b
        JOIN permit AS p ON p.next_on <= b.date
        WHERE p.state = 0 ORDER BY p.next_on, p.nib, p.office, p.application_id LIMIT $1
        """)

    let settings: EnrollmentSettings

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        let due = try connection.query(Self.due, Parameters { $0.append(Int64(Self.chunk)) })
        guard due.rowCount > 0, let date = try StoredRow.date(due, 0, 3) else { return false }
        let keys = try (0..<due.rowCount).map { row in
            IntakeState.PermitKey(
                nib: try due.int64(row, 0), office: try due.text(row, 1), application: try due.text(row, 2))
        }
        // Locked as for a batch: what decides at the same time is seen, or waits.
        let nibs = Set(try keys.map { try NIB(code: $0.nib) })
        var state = try IntakeLoader(connection: connection, settings: settings).load(Touched(permitsOf: nibs))
        for key in keys {
            guard let permit = state.permits[key], permit.stage == .held, let next = permit.nextOn, next <= date else {
                continue
            }
            let isOverdue = permit.until.map { date > $0 } ?? false
            let day = permit.until?.description ?? ""
            outgoing.begin(
                key: EventKey.of(
                    source: "enrollment-intake/permit-reminder",
                    id: "\(key.nib)/\(key.office)/\(key.application)/\(day)/\(isOverdue ? "overdue" : "near")"),
                time: Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest)
            state.remind(key, on: date, &outgoing)
        }
        state.save(to: &writer)
        return true
    }
}
