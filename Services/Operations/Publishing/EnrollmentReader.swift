import Foundation
import Kafka
import PerisaiModels

/// Reads `enrollment.events` from the start, and goes on where it stopped when it is asked again.
final class EnrollmentReader {
    private let reader: TopicReader
    private var positions: [TopicPartition: Int64] = [:]
    private var lastGrowth = ContinuousClock.now
    private(set) var directory = EnrollmentDirectory()

    init(configuration: KafkaConfiguration) throws { reader = try TopicReader(configuration: configuration) }

    func close() { reader.close() }

    /// Takes in what has come since the last call.
    func refresh() throws {
        if positions.isEmpty {
            for partition in try reader.partitions(of: Topic.enrollment.name) {
                positions[partition] = try reader.watermarks(partition).low
            }
        }
        try reader.read(from: starts) { batch in
            take(batch)
            return true
        }
    }

    private var starts: [(TopicPartition, StartOffset)] { positions.map { ($0.key, .at($0.value)) } }

    private func take(_ batch: RecordBatch) {
        let known = directory.count
        batch.withBytes { bytes in
            for record in batch.records {
                let partition = batch.partition(of: record)
                positions[partition] = max(positions[partition] ?? 0, record.offset + 1)
                guard let value = record.value, let type = batch.headerText("ce_type", of: record) else { continue }
                directory.apply(type: type, data: UnsafeRawBufferPointer(rebasing: bytes[value]))
            }
        }
        if directory.count > known { lastGrowth = .now }
    }

    /// Fills a line; while a number is missing, waits until no enrolment has come for `seconds`.
    func fill(_ line: [UInt8], waiting seconds: Int) throws -> Placeholders.Outcome {
        while true {
            let outcome = Placeholders.fill(line, from: directory)
            let deadline = lastGrowth + .seconds(seconds)
            guard case .missing = outcome, ContinuousClock.now < deadline else { return outcome }
            let known = directory.count
            try reader.follow(from: starts, until: deadline) { batch in
                take(batch)
                return directory.count == known
            }
        }
    }
}
