import PerisaiModels
import Postgres
import Worker

/// Reminds of held applications before their deadline and on the day after it.
struct PermitDeadlines {
    let settings: EnrollmentSettings

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool { false }
}
