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
        let starts = positions.map { ($0.key, StartOffset.at($0.value)) }
        var next = positions
        var found = directory
        try reader.read(from: starts) { batch in
            batch.withBytes { bytes in
                for record in batch.records {
                    let partition = batch.partition(of: record)
                    next[partition] = max(next[partition] ?? 0, record.offset + 1)
                    guard let value = record.value, let type = batch.headerText("ce_type", of: record) else { continue }
                    found.apply(type: type, data: UnsafeRawBufferPointer(rebasing: bytes[value]))
                }
            }
            return true
        }
        positions = next
        if found.count > directory.count { lastGrowth = .now }
        directory = found
    }

    /// Fills a line; while a number is missing, looks again until no enrolment has come for `seconds`.
    func fill(_ line: [UInt8], waiting seconds: Int) throws -> Placeholders.Outcome {
        while true {
            let outcome = Placeholders.fill(line, from: directory)
            guard case .missing = outcome, ContinuousClock.now < lastGrowth + .seconds(seconds) else {
                return outcome
            }
            Thread.sleep(forTimeInterval: 0.2)  // a tool waits for other processes: nothing calls it
            try refresh()
        }
    }
}
