import Kafka
import PerisaiModels
import Worker

/// One record of a dead-letter topic.
struct StoredDeadLetter: Sendable {
    let group: String
    let partition: Int32
    let offset: Int64
    let timestampMilliseconds: Int64
    let key: [UInt8]?
    let value: [UInt8]?
    /// The length that the value had before it was cut; nil when it is whole.
    let originalLength: Int?
    /// All headers in their order; null values are nil.
    let headers: [(name: String, value: [UInt8]?)]

    /// Names it for `show` and `redrive`: `partition:offset` in the group's topic.
    var position: String { "\(partition):\(offset)" }
    var cause: String { text(DeadLetter.causeHeader) ?? "unknown" }
    var reason: String { text(DeadLetter.reasonHeader) ?? "" }
    var originTopic: String? { text(DeadLetter.originTopicHeader) }
    var attempts: Int { min(1_000_000, max(0, text(DeadLetter.attemptsHeader).flatMap { Int($0) } ?? 0)) }
    var type: String? { text("ce_type") }

    var origin: String {
        let partition = text(DeadLetter.originPartitionHeader) ?? "?"
        return "\(originTopic ?? "?")[\(partition)]@\(text(DeadLetter.originOffsetHeader) ?? "?")"
    }

    /// Moment of the dead letter; empty when the record has none.
    var time: String { Instant(microseconds: timestampMilliseconds * 1_000).map { "\($0)" } ?? "" }

    func text(_ name: String) -> String? {
        guard let value = headers.first(where: { $0.name == name })?.value else { return nil }
        return String(validating: value, as: UTF8.self)
    }

    init(_ record: RecordBatch.Record, in batch: RecordBatch, group: String) {
        self.group = group
        partition = batch.partition(of: record).partition
        offset = record.offset
        timestampMilliseconds = record.timestampMilliseconds
        key = record.key.map { batch.bytes($0) }
        value = record.value.map { batch.bytes($0) }
        headers = batch.headers(of: record).map { header in
            (String(decoding: batch.bytes(header.name), as: UTF8.self), header.value.map { batch.bytes($0) })
        }
        originalLength = record.isOversize ? record.valueLength : nil
    }

    /// What a redrive publishes: key, value and headers as they came, the origin kept, one more attempt counted, and
    /// what was said about the failure left out. Nil when it cannot go back: no origin, or its value was cut.
    var redriven: OutgoingRecord? {
        guard let topic = originTopic, Topic(rawValue: topic) != nil, originalLength == nil,
            text(DeadLetter.originLengthHeader) == nil
        else { return nil }
        let dropped = [
            DeadLetter.causeHeader, DeadLetter.reasonHeader, DeadLetter.groupHeader, DeadLetter.attemptsHeader,
        ]
        var kept = headers.filter { !dropped.contains($0.name) }.map { ($0.name, $0.value) }
        kept.append((DeadLetter.attemptsHeader, Array("\(attempts + 1)".utf8)))
        return OutgoingRecord(topic: topic, key: key, value: value, headers: OutgoingHeaders(kept))
    }

    /// The value as text for people: secrets and NIKs masked unless raw, control characters shown as escapes, cut.
    func shownValue(raw: Bool, limit: Int = 4_096) -> String {
        guard let value else { return "(null)" }
        var text = ""
        for scalar in String(decoding: value.prefix(limit), as: UTF8.self).unicodeScalars {
            text += scalar.value < 0x20 || scalar.value == 0x7F ? scalar.escaped(asASCII: true) : String(scalar)
        }
        let tail = value.count > limit ? " … (\(value.count) bytes)" : ""
        return (raw ? text : Redaction.redact(text)) + tail
    }
}

/// Which dead letters are meant.
struct DeadLetterFilter: Sendable {
    var cause: String?
    var topic: String?
    var since: Instant?
    var until: Instant?
    /// `partition:offset`; all when empty.
    var positions: Set<String> = []

    func takes(_ letter: StoredDeadLetter) -> Bool {
        if let cause, letter.cause != cause { return false }
        if let topic, letter.originTopic != topic { return false }
        if let since, letter.timestampMilliseconds * 1_000 < since.microseconds { return false }
        if let until, letter.timestampMilliseconds * 1_000 >= until.microseconds { return false }
        return positions.isEmpty || positions.contains(letter.position)
    }
}

/// Reads the dead-letter topic of a group.
struct DeadLetterReader {
    let configuration: KafkaConfiguration

    /// Hands every letter that the filter takes to `body`, in the order of their partition; stops after `limit`.
    /// A group without a topic has none. Returns the count.
    @discardableResult
    func read(
        group: String, filter: DeadLetterFilter = DeadLetterFilter(), limit: Int = .max,
        _ body: (StoredDeadLetter) throws -> Void
    ) throws -> Int {
        let reader = try TopicReader(configuration: configuration)
        defer { reader.close() }
        let partitions: [TopicPartition]
        do { partitions = try reader.partitions(of: Topic.deadLetters(of: group)) } catch {
            if error.code == .unknownTopicOrPartition { return 0 }
            throw error
        }
        var count = 0
        var failure: (any Error)?
        try reader.read(from: partitions.map { ($0, .beginning) }, within: .seconds(600)) { batch in
            for record in batch.records where count < limit {
                let letter = StoredDeadLetter(record, in: batch, group: group)
                guard filter.takes(letter) else { continue }
                do { try body(letter) } catch {
                    failure = error
                    return false
                }
                count += 1
            }
            return count < limit
        }
        if let failure { throw failure }
        return count
    }
}

/// Publishes dead letters back to where they came from.
struct Redrive {
    let reader: DeadLetterReader
    let producer: KafkaConfiguration
    /// Letters that have come back so often are left alone.
    var maxAttempts = 10
    var rate: Int?

    struct Result: Sendable, Equatable {
        var sent = 0
        /// Without an origin, or cut: nothing whole is left to publish.
        var impossible = 0
        var tooOften = 0
    }

    func run(
        groups: [String], filter: DeadLetterFilter, limit: Int = .max, dryRun: Bool,
        each: (StoredDeadLetter) -> Void = { _ in }
    ) throws -> Result {
        var result = Result()
        // Read before anything is sent: what fails again at once must not be sent in the same run.
        var letters: [OutgoingRecord] = []
        for group in groups {
            try reader.read(group: group, filter: filter, limit: limit - letters.count) { letter in
                guard let record = letter.redriven else {
                    result.impossible += 1
                    return
                }
                guard letter.attempts < maxAttempts else {
                    result.tooOften += 1
                    return
                }
                guard letters.count < Self.maxLetters else {
                    throw OperationsError(
                        "more than \(Self.maxLetters) letters at once; narrow it with --limit or --cause")
                }
                letters.append(record)
                each(letter)
            }
        }
        result.sent = letters.count
        guard !dryRun, !letters.isEmpty else { return result }
        let sender = try BoundedSender(configuration: producer, limiter: nil, rate: rate)
        defer { sender.close() }
        for letter in letters { try sender.send(letter) }
        try sender.flush()
        return result
    }

    /// Held in memory at once.
    private static let maxLetters = 200_000
}
