import PerisaiModels
import Postgres
import Worker

/// Takes the steps of enforcement that a business date makes due.
struct EnforcementRun {
    let settings: EnrollmentSettings

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool { false }
}
