import PerisaiModels
import Postgres

/// How far one run of a leader's job is.
public struct JobProgress: Sendable, Equatable {
    /// month-opening, cover-run, reminders or repricing.
    public let job: String
    /// The month or date that the run is for.
    public let subject: String
    public let lookedAt: Int64
    public let changed: Int64
    /// Left out by rule; see the job.
    public let skipped: Int64
    /// Could not be served (a month without a rate, too many months at once); tried again by the next run.
    public let failed: Int64
    public let isDone: Bool

    /// The newest runs told of each job.
    static let most = 12

    /// Of all jobs, newest first; at most twelve runs each.
    public static func all(_ connection: Connection) throws -> [JobProgress] {
        try MonthOpeningJob.progress(connection) + CoverRun.progress(connection) + ReminderJob.progress(connection)
            + RepricingJob.progress(connection)
    }

    /// How many payers there are, by the database's own estimate: counting tens of millions takes seconds.
    public static func estimatedPayers(_ connection: Connection) throws -> Int64 {
        try connection.query(estimate).int64(0, 0)
    }

    private static let estimate = Statement(
        "reconciler_payer_estimate",
        "SELECT greatest(reltuples, 0)::int8 FROM pg_class WHERE oid = 'payer'::regclass")

    /// subject (month or text), looked at, changed, skipped, failed, done.
    static func read(_ job: String, _ rows: QueryResult, subject: (Int) throws -> String) throws -> [JobProgress] {
        try (0..<rows.rowCount).map { row in
            JobProgress(
                job: job, subject: try subject(row), lookedAt: try rows.int64(row, 1), changed: try rows.int64(row, 2),
                skipped: try rows.int64(row, 3), failed: try rows.int64(row, 4), isDone: try rows.bool(row, 5))
        }
    }
}
