import Kafka
import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Applies records in one transaction: claim the offsets, drop what was seen, load, decide, save, outbox, commit.
struct BatchTransaction<Service: WorkerService> {
    let service: Service
    let metrics: WorkerMetrics

    private static var claimStatement: Statement {
        Statement(
            "worker_claim",
            """
            UPDATE worker_offset AS o SET next_offset = u.next
            FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[]) AS u(topic, partition, expected, next)
            WHERE o.topic = u.topic AND o.partition = u.partition AND o.next_offset = u.expected
            """)
    }
    private static var seenStatement: Statement {
        Statement("worker_seen", "SELECT event_key FROM inbox WHERE event_key = ANY($1::uuid[])")
    }
    /// Every statement of a batch goes by keys. A plan that was kept from when autovacuum saw a table empty reads the
    /// whole of it, batch after batch, until the next ANALYZE; this one cannot.
    private static var planByKeyStatement: Statement {
        Statement("worker_plan_by_key", "SELECT set_config('enable_seqscan', 'off', true)")
    }
    private static var acknowledgedStatement: Statement {
        Statement(
            "worker_acknowledged",
            """
            DELETE FROM outbox AS o USING unnest($1::text[], $2::int4[], $3::int8[]) AS u(topic, partition, position)
            WHERE o.topic = u.topic AND o.partition = u.partition AND o.position = u.position
            """)
    }

    /// Commits `records` and returns the outbox rows to publish. On any error nothing has happened.
    ///
    /// - `claims`: one for each partition among the records; empty where no offsets are kept (tests).
    /// - `faults`: records, by index, that go to the dead letters instead of being applied.
    /// - `acknowledged`: outbox rows that Kafka has, deleted on the way.
    func commit(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, claims: [OffsetClaim], faults: [Int: RecordFault] = [:],
        acknowledged: [OutboxKey] = [], on connection: Connection
    ) throws -> [OutboxRow] {
        var stages = StageClock(metrics)
        let fresh = try open(records, claims: claims, faults: faults, on: connection)
        stages.mark(\.claim)
        var state = try service.load(fresh.map(\.event), from: connection)
        stages.mark(\.load)
        var outgoing = Outgoing(source: service.name)
        let partitions = PartitionIndex(records)
        for (index, event) in fresh {
            outgoing.begin(event, partitionIndex: partitions[records[index].partition])
            do {
                try service.decide(event, &state, &outgoing)
                if let type = outgoing.tooLarge { throw RecordFault.tooLarge(type) }
            } catch let fault as RecordFault {
                throw BatchFailure.record(index, fault)
            } catch let overflow as MoneyOverflow {
                throw BatchFailure.record(index, RecordFault(cause: "overflow", reason: "\(overflow)"))
            }
        }
        writeDeadLetters(records, faults, partitions, &outgoing)
        stages.mark(\.decide)
        var writer = BatchWriter()
        try service.save(&state, to: &writer)
        let rows = outboxRows(&outgoing, partitions, claims)
        guard rows.allSatisfy({ $0.payload.count <= maximumFieldBytes }) else { throw OutboxOverflow() }
        stages.mark(\.save)
        try write(&writer, fresh: fresh, rows: rows, acknowledged: acknowledged, on: connection, &stages)
        metrics.count(records, fresh: fresh.count, faults: faults.count)
        return rows
    }

    /// Begins, claims the offsets and leaves out events that were seen before, here or in an earlier batch.
    private func open(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, claims: [OffsetClaim], faults: [Int: RecordFault],
        on connection: Connection
    ) throws -> [(index: Int, event: Event<Service.Input>)] {
        var events: [(index: Int, event: Event<Service.Input>)] = []
        events.reserveCapacity(records.count)
        var asked: [UUID] = []
        for index in records.indices where faults[index] == nil {
            guard case .event(let event) = records[index].outcome else { continue }
            events.append((index, event))
            if !service.recognizes(event.input) { asked.append(event.key) }
        }
        let results = try connection.pipeline { pipeline in
            pipeline.begin()
            if !claims.isEmpty { pipeline.query(Self.claimStatement, Self.parameters(claims)) }
            guard !asked.isEmpty else { return }
            pipeline.query(Self.planByKeyStatement)
            pipeline.query(Self.seenStatement, Parameters { $0.append(asked) })
        }
        if !claims.isEmpty, results[1].affectedRows != claims.count { throw BatchFailure.fenced }
        guard !asked.isEmpty, let seen = results.last else { return events }
        var known = Set<UUID>()
        for row in 0..<seen.rowCount { known.insert(try seen.uuid(row, 0)) }
        return events.filter { service.recognizes($0.event.input) || known.insert($0.event.key).inserted }
    }

    private static func parameters(_ claims: [OffsetClaim]) -> Parameters {
        Parameters {
            $0.append(claims.map(\.partition.topic))
            $0.append(claims.map(\.partition.partition))
            $0.append(claims.map(\.expected))
            $0.append(claims.map(\.next))
        }
    }

    private func writeDeadLetters(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, _ faults: [Int: RecordFault], _ partitions: PartitionIndex,
        _ outgoing: inout Outgoing
    ) {
        for index in records.indices {
            let record = records[index]
            var fault = faults[index]
            if fault == nil, case .fault(let found) = record.outcome { fault = found }
            guard let fault else { continue }
            outgoing.deadLetter(partitionIndex: partitions[record.partition]) { buffer in
                DeadLetter.write(record, fault, group: service.name, to: &buffer)
            }
        }
    }

    private func outboxRows(
        _ outgoing: inout Outgoing, _ partitions: PartitionIndex, _ claims: [OffsetClaim]
    ) -> [OutboxRow] {
        partitions.all.enumerated().compactMap { index, partition in
            guard let buffer = outgoing.take(index) else { return nil }
            let position = claims.first { $0.partition == partition }?.next ?? 0
            return OutboxRow(
                key: OutboxKey(topic: partition.topic, partition: partition.partition, position: position),
                payload: buffer.bytes, records: buffer.count)
        }
    }

    private func write(
        _ writer: inout BatchWriter, fresh: [(index: Int, event: Event<Service.Input>)], rows: [OutboxRow],
        acknowledged: [OutboxKey], on connection: Connection, _ stages: inout StageClock
    ) throws {
        var inbox = CopyBuffer(table: "inbox", columns: ["event_key"])
        for (_, event) in fresh where !service.recognizes(event.input) {
            inbox.beginRow()
            inbox.append(event.key)
        }
        writer.copy(inbox)
        try Self.send(&writer, rows: rows, acknowledged: acknowledged, on: connection, &stages)
    }

    /// Sends what was collected and commits.
    static func send(
        _ writer: inout BatchWriter, rows: [OutboxRow], acknowledged: [OutboxKey], on connection: Connection,
        _ stages: inout StageClock
    ) throws {
        for index in writer.copies.indices { _ = try connection.copy(&writer.copies[index]) }
        stages.mark(\.copy)
        if !rows.isEmpty {
            var outbox = CopyBuffer(
                table: "outbox", columns: ["topic", "partition", "position", "records", "payload"],
                capacity: rows.reduce(1_024) { $0 + $1.payload.count + 128 })
            for row in rows {
                outbox.beginRow()
                outbox.append(row.key.topic)
                outbox.append(row.key.partition)
                outbox.append(row.key.position)
                outbox.append(Int32(clamping: row.records))
                row.payload.withUnsafeBytes { outbox.append(bytes: $0) }
            }
            _ = try connection.copy(&outbox)
        }
        stages.mark(\.outbox)
        let statements = writer.statements
        _ = try connection.pipeline { pipeline in
            for (statement, parameters) in statements { pipeline.query(statement, parameters) }
            if !acknowledged.isEmpty { pipeline.query(acknowledgedStatement, Self.parameters(acknowledged)) }
            pipeline.commit()
        }
        stages.mark(\.commit)
    }

    private static func parameters(_ keys: [OutboxKey]) -> Parameters {
        Parameters {
            $0.append(keys.map(\.topic))
            $0.append(keys.map(\.partition))
            $0.append(keys.map(\.position))
        }
    }
}

/// The events that follow from a batch do not fit into an outbox row: fewer records at a time do.
struct OutboxOverflow: Error {}

/// The partitions among some records, in the order of their first record.
struct PartitionIndex {
    private(set) var all: [TopicPartition] = []
    private var index: [TopicPartition: Int] = [:]

    init<Input>(_ records: ArraySlice<DecodedRecord<Input>>) {
        var last: TopicPartition?
        for record in records where record.partition != last {
            last = record.partition
            if index[record.partition] == nil {
                index[record.partition] = all.count
                all.append(record.partition)
            }
        }
    }

    subscript(partition: TopicPartition) -> Int { index[partition] ?? 0 }
}
