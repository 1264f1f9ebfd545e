import Foundation
import Kafka
import PerisaiModels

/// A line that was not published, and why.
struct LineFault: Sendable, Hashable, CustomStringConvertible {
    let line: Int
    let field: String
    let reason: String

    init(line: Int, fault: JSONFault) {
        self.line = line
        field = fault.field
        reason = fault.reason
    }

    init(line: Int, reason: String) {
        self.line = line
        field = ""
        self.reason = reason
    }

    var description: String { "line \(line): \(field.isEmpty ? "" : field + " ")\(reason)" }
}

/// What a file of events came to.
struct PublishResult: Sendable {
    var published = 0
    /// The first `maxFaults` bad lines.
    var faults: [LineFault] = []
    var badLines = 0
    var byTopic: [String: Int] = [:]

    static let maxFaults = 100

    mutating func add(_ fault: LineFault) {
        badLines += 1
        if faults.count < Self.maxFaults { faults.append(fault) }
    }
}

/// Reads events line by line and hands the good ones on.
struct FilePublisher {
    var topic: Topic?
    /// Fills placeholders; nil: a line with a placeholder is bad.
    var fill: ((_ line: [UInt8]) throws -> Placeholders.Outcome)?

    /// Every line of the file by its type's own reader, one after the other.
    func read(
        _ path: String, progress: (LineReader, PublishResult) -> Void = { _, _ in },
        each: (OutgoingRecord) throws -> Void
    ) throws -> PublishResult {
        var lines = try LineReader(path: path)
        defer { lines.close() }
        var result = PublishResult()
        while let line = try lines.next() {
            switch line {
            case .tooLong:
                result.add(
                    LineFault(line: lines.lineNumber, reason: "is longer than \(LineReader.maxLineBytes) bytes"))
            case .bytes(let bytes):
                // Empty lines stand between groups of events in files made by hand.
                if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                switch try record(bytes) {
                case .success(let record):
                    try each(record)
                    result.published += 1
                    result.byTopic[record.topic, default: 0] += 1
                case .failure(let fault): result.add(LineFault(line: lines.lineNumber, fault: fault))
                }
            }
            progress(lines, result)
        }
        return result
    }

    private func record(_ bytes: [UInt8]) throws -> Result<OutgoingRecord, JSONFault> {
        var line = bytes
        if Placeholders.occur(in: bytes) {
            guard let fill else {
                return .failure(JSONFault(reason: "holds a placeholder; give --resolve-from-enrollment"))
            }
            switch try fill(bytes) {
            case .filled(let filled): line = filled
            case .missing(let name): return .failure(JSONFault(reason: "${\(name)} is not enrolled"))
            }
        }
        do { return .success(try EventLine.record(line, topic: topic)) } catch { return .failure(error) }
    }
}

/// Sends records with a bound on their rate and on the lead over the consumers, and counts acknowledgements.
final class BoundedSender {
    private static let roundRecords = 20_000

    private let producer: Producer
    private let limiter: LeadLimiter?
    /// Records a second; nil: as fast as they go.
    private let rate: Int?
    private let started = ContinuousClock.now
    private var sent = 0
    private var inRound = 0

    init(configuration: KafkaConfiguration, limiter: LeadLimiter?, rate: Int?) throws {
        producer = try Producer(configuration: configuration)
        self.limiter = limiter
        self.rate = rate
    }

    func send(_ record: OutgoingRecord) throws {
        if let rate {
            let due = started + .milliseconds(sent * 1_000 / rate)
            let wait = due - .now
            if wait > .milliseconds(5) {
                producer.serve()
                let seconds = Double(wait.components.attoseconds) * 1e-18 + Double(wait.components.seconds)
                Thread.sleep(forTimeInterval: seconds)  // the rate that the caller asked for
            }
        }
        try producer.send(record)
        sent += 1
        inRound += 1
        if let limiter, limiter.isDue(topic: record.topic, bytes: record.byteCount) {
            try flush()
            try limiter.wait(topic: record.topic)
        } else if inRound >= Self.roundRecords {
            try flush()
        }
    }

    /// Returns once everything sent is acknowledged.
    func flush() throws {
        inRound = 0
        try producer.awaitAcknowledgements(within: .seconds(60))
    }

    func close() { producer.close() }
}
