import Foundation
import Postgres

/// The tables of a worker: the loop's own, then the service's, in the service's schema.
public enum WorkerSchema {
    /// Brings the schema up to date; safe when several processes do it at once. Returns what was applied.
    @discardableResult
    public static func migrate(_ service: some WorkerService, on connection: Connection) throws -> [Migration] {
        let own = try Migrations(track: "worker", bundle: Bundle.module)
        let applied = try own.apply(on: connection, schema: service.schema)
        return applied + (try service.migrations.apply(on: connection, schema: service.schema))
    }
}
