import PerisaiModels
import Postgres
import Worker

/// Refuses submissions whose agent has not registered within the days that a submission waits.
struct ExpiredSubmissions {
    /// Most submissions in one chunk.
    static let chunk = 500

    private static let due = Statement(
        "expired_due",
        """
        SELECT agent_id, min(date) FROM (
            SELECT p.agent_id, b.date FROM business_date AS b
            JOIN parked_submission AS p ON p.submitted_on < b.date - $1::int4
            ORDER BY p.submitted_on, p.agent_id LIMIT $2) AS due
        GROUP BY agent_id
        """)
    // The agent's row decides between this and the registration that comes at the same time.
    private static let lock = Statement(
        "expired_lock", "SELECT agent_id FROM agent WHERE agent_id = ANY($1::text[]) ORDER BY agent_id FOR UPDATE")
    private static let take = Statement(
        "expired_take",
        """
        WITH taken AS (
            DELETE FROM parked_submission WHERE agent_id = ANY($1::text[]) AND submitted_on < $2::date - $3::int4
            RETURNING *)
        SELECT agent_id, position, kind, submission, npp, kpjs FROM taken ORDER BY agent_id, position
        """)
    private static let refuse = Statement(
        "expired_refuse",
        """
        UPDATE submission AS s SET outcome = 0, reasons = $3, decided_on = $4
        FROM unnest($1::text[], $2::text[]) AS u(agent_id, submission_id)
        WHERE s.agent_id = u.agent_id AND s.submission_id = u.submission_id
        """)

    let days: Int32

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        let due = try connection.query(
            Self.due,
            Parameters {
                $0.append(days)
                $0.append(Int64(Self.chunk))
            })
        guard due.rowCount > 0, let date = try StoredRow.date(due, 0, 1) else { return false }
        let agents = try (0..<due.rowCount).map { try due.text($0, 0) }
        _ = try connection.query(Self.lock, Parameters { $0.append(agents) })
        let taken = try connection.query(
            Self.take,
            Parameters {
                $0.append(agents)
                $0.append(date: date.daysSince1970)
                $0.append(days)
            })
        var keys: [SubmissionKey] = []
        let reason = RefusalCode.agentNotActive.reason(
            "agent_id", "Agen belum terdaftar sebagai peserta setelah \(days) hari; ajukan lagi dengan nomor baru.")
        for row in 0..<taken.rowCount {
            let submission = try StoredRow.parked(taken, row).submission
            keys.append(submission.key)
            outgoing.begin(
                key: EventKey.of(
                    source: "enrollment-intake/expired", id: "\(submission.key.agent)/\(submission.key.submission)"),
                time: Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest)
            outgoing.emit(
                SubmissionRefused(
                    submissionID: submission.submissionID, kind: submission.kind, agentID: submission.agentID,
                    reasons: [reason], decidedOn: date))
        }
        writer.execute(
            Self.refuse,
            Parameters {
                $0.append(keys.map(\.agent))
                $0.append(keys.map(\.submission))
                $0.append(reason.code)
                $0.append(date: date.daysSince1970)
            })
        return true
    }
}
