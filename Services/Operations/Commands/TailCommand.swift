import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Worker

struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints the events of a topic, one JSON line each; NIKs and account numbers are masked.",
        discussion: """
            Statements, stories and exceptions name an event by its event_key, which follows from its source and id. \
            --event EVENT_KEY finds it in the topic. --type and --match choose among the events, and --wait waits until \
            there is one: exit code 1 when none has come in time.
            """)

    @OptionGroup var kafka: KafkaOptions

    @Argument(help: "The topic, ptsp.clearances.v1 say.")
    var topic: String

    @Option(help: "Only the last so many events.")
    var count = 20

    @Option(help: "Only the event with this event_key, searched from the oldest one on.")
    var event: String?

    @Option(help: "Only events of this type: permit-held, or the whole name.")
    var type: String?

    @Option(help: "Only events with this value: field=value of the data, fields within fields parted by dots.")
    var match: [String] = []

    @Option(help: "Wait so many seconds for an event that is chosen by --type and --match.")
    var wait: Int?

    @Flag(help: "Show NIKs and account numbers in clear.")
    var raw = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must lie between 1 and 100000") }
        guard event.map({ UUID(uuidString: $0) != nil }) ?? true else {
            throw ValidationError("--event must be an event_key: 32 hexadecimal digits in the form of a UUID")
        }
        guard match.allSatisfy({ EventFilter.Condition($0) != nil }), match.count <= 10 else {
            throw ValidationError("--match must be field=value, ten times at most")
        }
        guard wait.map({ (0...3_600).contains($0) }) ?? true else {
            throw ValidationError("--wait must lie between 0 and 3600")
        }
    }

    /// Longest search in a topic.
    private static let searchTime = Duration.seconds(3_600)

    func run() throws {
        let consumer = try kafka.consumer()
        let lines =
            if let event, let key = UUID(uuidString: event) {
                try Self.find(key, in: topic, consumer)
            } else if type != nil || !match.isEmpty || wait != nil {
                try chosen(consumer)
            } else { try last(consumer) }
        for line in lines { Console.out(raw ? line : Self.masked(line)) }
    }

    /// Without NIKs, credentials and all but the last four digits of account numbers.
    static func masked(_ line: String) -> String {
        Redaction.redact(line).replacing(/("account_number":\s*")(\d+)(\d{4}")/) { match in
            match.1 + String(repeating: "*", count: match.2.count) + match.3
        }
    }

    /// The event with this key.
    /// - Throws: `OperationsError` where the topic holds none.
    static func find(_ wanted: UUID, in topic: String, _ consumer: KafkaConfiguration) throws -> [String] {
        let reader = try TopicReader(configuration: consumer)
        defer { reader.close() }
        var found: [String] = []
        let starts = try reader.partitions(of: topic).map { ($0, StartOffset.beginning) }
        try reader.read(from: starts, within: searchTime) { batch in
            if let record = batch.records.first(where: { key($0, batch) == wanted }) {
                found.append(line(record, batch))
            }
            return found.isEmpty
        }
        guard !found.isEmpty else { throw OperationsError("topic \(topic) holds no event \(wanted.text)") }
        return found
    }

    private func last(_ consumer: KafkaConfiguration) throws -> [String] {
        let reader = try TopicReader(configuration: consumer)
        defer { reader.close() }
        var lines: [(time: Int64, text: String)] = []
        let starts = try reader.partitions(of: topic).map { partition in
            let (low, high) = try reader.watermarks(partition)
            return (partition, StartOffset.at(max(low, high - Int64(count))))
        }
        try reader.read(from: starts) { batch in
            for record in batch.records { lines.append((record.timestampMilliseconds, Self.line(record, batch))) }
            return true
        }
        // Partitions have no order between them: by time is the nearest to what happened.
        lines.sort { $0.time < $1.time }
        return lines.suffix(count).map(\.text)
    }

    /// The last of the events that are chosen, from the oldest one on; waits for the first of them.
    private func chosen(_ consumer: KafkaConfiguration) throws -> [String] {
        let filter = EventFilter(type: type, conditions: match.compactMap(EventFilter.Condition.init))
        let reader = try TopicReader(configuration: consumer)
        defer { reader.close() }
        var positions: [TopicPartition: Int64] = [:]
        for partition in try reader.partitions(of: topic) {
            positions[partition] = try reader.watermarks(partition).low
        }
        var lines: [(time: Int64, text: String)] = []
        func take(_ batch: RecordBatch) {
            for record in batch.records {
                let partition = batch.partition(of: record)
                positions[partition] = max(positions[partition] ?? 0, record.offset + 1)
                let value = record.value.map { batch.bytes($0) } ?? []
                guard filter.accepts(type: Self.text("ce_type", record, batch), data: Array(value)) else { continue }
                lines.append((record.timestampMilliseconds, Self.line(record, batch)))
                if lines.count >= 2 * count { lines = Array(lines.sorted { $0.time < $1.time }.suffix(count)) }
            }
        }
        var starts: [(TopicPartition, StartOffset)] { positions.map { ($0.key, .at($0.value)) } }
        let deadline = ContinuousClock.now + .seconds(wait ?? 0)
        try reader.read(from: starts) { batch in
            take(batch)
            return true
        }
        if lines.isEmpty, wait != nil {
            try reader.follow(from: starts, until: deadline) { batch in
                take(batch)
                return lines.isEmpty
            }
            if lines.isEmpty { throw OperationsError("no such event in \(topic) in time") }
        }
        return lines.sorted { $0.time < $1.time }.suffix(count).map(\.text)
    }

    private static func line(_ record: RecordBatch.Record, _ batch: RecordBatch) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, header) in [("type", "ce_type"), ("id", "ce_id"), ("time", "ce_time"), ("cause", "perisai_cause")] {
            guard let text = text(header, record, batch) else { continue }
            writer.name(name)
            writer.string(text)
        }
        if let key = key(record, batch) {
            writer.name("event_key")
            writer.string(key.text)
        }
        let value = record.value.map { batch.bytes($0) } ?? []
        writer.name("data")
        if (try? value.withUnsafeBytes { try JSONSlice($0) }) != nil {
            writer.verbatim(value)
        } else {
            writer.string(String(decoding: value.prefix(1_000), as: UTF8.self))
        }
        writer.endObject()
        return writer.text
    }

    /// The key under which workers remember the event; nil for one that carries its attributes in its body.
    private static func key(_ record: RecordBatch.Record, _ batch: RecordBatch) -> UUID? {
        guard let source = text("ce_source", record, batch), let id = text("ce_id", record, batch) else { return nil }
        return EventKey.of(source: source, id: id)
    }

    private static func text(_ name: String, _ record: RecordBatch.Record, _ batch: RecordBatch) -> String? {
        let header = batch.headers(of: record).first { batch.bytes($0.name).elementsEqual(name.utf8) }
        return header?.value.flatMap { String(validating: batch.bytes($0), as: UTF8.self) }
    }
}
