import Postgres

/// One chunk of a service's own work, in one transaction with the events that follow from it.
struct WorkStep<Service: WorkerService> {
    /// Topic name of outbox rows that follow from no record.
    static var outboxTopic: String { "@work" }

    let service: Service

    private static var positionStatement: Statement {
        Statement(
            "worker_work_position", "SELECT coalesce(max(position), 0) + 1 FROM outbox WHERE topic = '@work'")
    }

    /// Returns the outbox rows to publish, or nil when there was nothing to do.
    func run(on connection: Connection) throws -> [OutboxRow]? {
        var outgoing = Outgoing(source: service.name)
        var writer = BatchWriter()
        try connection.execute("BEGIN")
        do {
            guard try service.work(connection, &outgoing, &writer) else {
                connection.rollbackIfNeeded()
                return nil
            }
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
