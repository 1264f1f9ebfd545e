import Postgres

/// One chunk of a service's own work, in one transaction with the events that follow from it.
struct WorkStep<Service: WorkerService> {
    /// Topic name of outbox rows that follow from no record.
    static var outboxTopic: String { "@work" }

    let service: Service

    /// Two workers may both believe for a moment that they hold the clock: one works after the other.
    private static var lockStatement: Statement {
        Statement("worker_work_lock", "SELECT pg_advisory_xact_lock(1887464041, 'outbox'::regclass::oid::int)")
    }
    /// Rises from step to step and never comes again, so that no late deletion hits a newer row.
    private static var positionStatement: Statement {
        Statement("worker_work_position", "SELECT pg_current_xact_id()::text::bigint")
    }

    /// Returns the outbox rows to publish, or nil when there was nothing to do.
    func run(on connection: Connection) throws -> [OutboxRow]? {
        var outgoing = Outgoing(source: service.name)
        var writer = BatchWriter()
        do {
            _ = try connection.pipeline { pipeline in
                pipeline.begin()
                pipeline.query(Self.lockStatement)
            }
            guard try service.work(connection, &outgoing, &writer) else {
                connection.rollbackIfNeeded()
                return nil
            }
            if let type = outgoing.tooLarge { throw RecordFault.tooLarge(type) }
            var rows: [OutboxRow] = []
            if let buffer = outgoing.take(0) {
                let position = try connection.query(Self.positionStatement).int64(0, 0)
                let key = OutboxKey(topic: Self.outboxTopic, partition: 0, position: position)
                rows = [OutboxRow(key: key, payload: buffer.bytes, records: buffer.count)]
            }
            var stages = StageClock(WorkerMetrics(MetricsRegistry()))
            try BatchTransaction<Service>.send(&writer, rows: rows, acknowledged: [], on: connection, &stages)
            return rows
        } catch {
            connection.rollbackIfNeeded()
            throw error
        }
    }
}
