import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Worker

struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Prints the events of a topic, one JSON line each; NIKs are masked.")

    @OptionGroup var kafka: KafkaOptions

    @Argument(help: "The topic, ptsp.clearances.v1 say.")
    var topic: String

    @Option(help: "Only the last so many events.")
    var count = 20

    @Flag(help: "Show NIKs in clear.")
    var raw = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must lie between 1 and 100000") }
    }

    func run() throws {
        let reader = try TopicReader(configuration: kafka.consumer())
        defer { reader.close() }
        var lines: [(time: Int64, text: String)] = []
        let starts = try reader.partitions(of: topic).map { partition in
            let (low, high) = try reader.watermarks(partition)
            return (partition, StartOffset.at(max(low, high - Int64(count))))
        }
        try reader.read(from: starts) { batch in
            for record in batch.records { lines.append((record.timestampMilliseconds, line(record, batch))) }
            return true
        }
        // Partitions have no order between them: by time is the nearest to what happened.
        lines.sort { $0.time < $1.time }
        for line in lines.suffix(count) { Console.out(raw ? line.text : Redaction.redact(line.text)) }
    }

    private func line(_ record: RecordBatch.Record, _ batch: RecordBatch) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, header) in [("type", "ce_type"), ("id", "ce_id"), ("time", "ce_time"), ("cause", "perisai_cause")] {
            guard let text = text(header, record, batch) else { continue }
            writer.name(name)
            writer.string(text)
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

    private func text(_ name: String, _ record: RecordBatch.Record, _ batch: RecordBatch) -> String? {
        let header = batch.headers(of: record).first { batch.bytes($0.name).elementsEqual(name.utf8) }
        return header?.value.flatMap { String(validating: batch.bytes($0), as: UTF8.self) }
    }
}
