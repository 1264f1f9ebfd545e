import ArgumentParser
import Foundation
import Kafka
import Notifier
import PerisaiModels
import Postgres
import Worker

extension NotificationsCommand {
    struct DryRun: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What would go out for a day's events; nothing is stored or sent.",
            discussion: """
                Reads the notifier's topics from their beginning and takes the events whose time lies on the date in \
                WIB; with --file, the events of a JSONL file (as perisai publish reads them) instead. Contacts are read \
                as they are now. A message that the service has made of the same event already shows its state. \
                Settings of the notifier (PERISAI_NOTIFIER_…) are read from the environment.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var kafka: KafkaOptions
        @Option(help: "The date, YYYY-MM-DD; with --file: all dates unless told.") var date: CivilDate?
        @Option(help: "A file of events instead of Kafka.", completion: .file(extensions: ["jsonl"]))
        var file: String?
        @Option(help: "List at most so many messages; the summary counts all.") var limit = 1_000
        @OptionGroup var output: ReportOutput

        func validate() throws {
            guard date != nil || file != nil else { throw ValidationError("give --date, --file or both") }
            guard (0...100_000).contains(limit) else { throw ValidationError("--limit must lie between 0 and 100000") }
        }

        func run() throws {
            let connection = try database.connect(
                schema: NotificationsCommand.schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            let service = NotifierService(templates: try TemplateSet(), settings: try Self.settings())
            var days = DayEvents(service, date: date, limit: limit, on: connection)
            if let file { try days.read(file: file) } else { try days.read(kafka.consumer()) }
            try days.finish()
            try output.print(
                [Self.summary(days.run.summary), Self.messages(days.run.messages)], notes: days.notes)
        }

        static func settings() throws -> NotifierSettings {
            var reader = SettingsReader()
            let settings = NotifierSettings(reading: &reader)
            do { try reader.finish() } catch {
                let faults = error.faults.filter { $0.key.hasPrefix("PERISAI_NOTIFIER_") }
                if !faults.isEmpty { throw SettingsError(faults) }
            }
            return settings
        }

        static func summary(_ summary: PlannedSummary) -> ReportTable {
            var table = ReportTable(
                "summary", "\(summary.messages) messages of \(summary.events) events",
                [
                    .init("Kind"), .init("Channel"), .init("State"), .init("Reason"), .init("Messages", nil, .number),
                    .init("Segments", nil, .number), .init("Made already", nil, .number),
                ])
            let order = summary.counts.sorted {
                ($0.key.kind, $0.key.channel, $0.key.state.rawValue, $0.key.reason ?? "")
                    < ($1.key.kind, $1.key.channel, $1.key.state.rawValue, $1.key.reason ?? "")
            }
            for (key, count) in order {
                table.append([
                    key.kind, key.channel, key.state.rawValue, key.reason ?? "", "\(count.messages)",
                    "\(count.segments)", "\(count.stored)",
                ])
            }
            return table
        }

        static func messages(_ messages: [PlannedMessage]) -> ReportTable {
            var table = ReportTable(
                "messages", "Messages",
                [
                    .init("Message", "message_id"), .init("Kind"), .init("Recipient"), .init("Read by", "reader"),
                    .init("State"), .init("Why not", "reason"), .init("Channel"), .init("Address"),
                    .init("Fallback"), .init("Leaves", "wave"), .init("Expires on"), .init("Template"),
                    .init("Segments", nil, .number), .init("Made already", "stored_state"),
                    .init("Text hash"),
                ])
            for one in messages {
                table.append([
                    one.id.text, one.kind, one.recipient, one.readerRef ?? "", one.state.rawValue,
                    one.reason ?? one.waitsFor.map { "waits for \($0)" } ?? "", one.channel ?? "", one.address ?? "",
                    NotificationText.steps(one.fallback), one.wave ?? "", one.expiresOn?.description ?? "",
                    one.template, one.segments.map { "\($0)" } ?? "", one.stored?.rawValue ?? "", one.textHash,
                ])
            }
            return table
        }
    }
}

/// A day's events on their way into a dry run, a thousand at a time.
struct DayEvents {
    /// Events in one batch.
    static let batch = 1_000
    /// Longest reading of one topic.
    static let readingTime = Duration.seconds(3_600)

    private let service: NotifierService
    private let date: CivilDate?
    private(set) var run: DryRun
    private var pending: [Event<NotifierInput>] = []
    private var unread = 0
    private var otherDays = 0
    private var missing: [String] = []
    /// The first of them.
    private var faults: [String] = []

    init(_ service: NotifierService, date: CivilDate?, limit: Int, on connection: Connection) {
        self.service = service
        self.date = date
        run = DryRun(service, limit: limit, on: connection)
    }

    /// What the reader of the result must know.
    var notes: [String] {
        var notes = ["\(run.summary.webhooks) answers would be posted to permit offices beside the messages"]
        if otherDays > 0 { notes.append("\(otherDays) events of other dates left out") }
        if unread > 0 { notes.append("\(unread) events cannot be read: " + faults.joined(separator: "; ")) }
        if !missing.isEmpty { notes.append("there is no topic " + missing.joined(separator: ", ")) }
        return notes
    }

    mutating func finish() throws {
        try flush()
        try run.finish()
    }

    // MARK: Sources

    /// Contacts first: what waits for none needs not be kept.
    private static let topics: [Topic] =
        [.preferences, .enrollment] + NotifierInput.topics.filter { $0 != .preferences && $0 != .enrollment }

    mutating func read(_ configuration: KafkaConfiguration) throws {
        let reader = try TopicReader(configuration: configuration)
        defer { reader.close() }
        for topic in Self.topics {
            let starts: [(TopicPartition, StartOffset)]
            do { starts = try reader.partitions(of: topic.name).map { ($0, .beginning) } } catch {
                guard error.code == .unknownTopicOrPartition else { throw error }
                missing.append(topic.name)
                continue
            }
            var failure: (any Error)?
            try reader.read(from: starts, within: Self.readingTime) { batch in
                do { try take(batch) } catch { failure = error }
                return failure == nil
            }
            if let failure { throw failure }
        }
    }

    private mutating func take(_ batch: RecordBatch) throws {
        for record in batch.records {
            guard !record.isOversize, let value = record.value.map({ batch.bytes($0) }) else {
                note("a record without a value, or too large")
                continue
            }
            guard let source = batch.headerText("ce_source", of: record),
                let id = batch.headerText("ce_id", of: record),
                let type = batch.headerText("ce_type", of: record)
            else {
                try take(line: value, "\(batch.partition(of: record).topic) \(record.offset)")
                continue
            }
            let given = batch.headerText("ce_time", of: record)
            let fallback = Instant(microseconds: max(0, record.timestampMilliseconds) * 1_000)
            guard let time = given.map({ Instant(parsing: $0) }) ?? fallback else {
                note("ce_time: must be RFC 3339 with offset")
                continue
            }
            try take(source: source, id: id, type: type, time: time, data: value)
        }
    }

    /// Events in structured mode, one a line.
    mutating func read(file: String) throws {
        var lines = try LineReader(path: file)
        defer { lines.close() }
        while let line = try lines.next() {
            guard case .bytes(let bytes) = line else {
                note("line \(lines.lineNumber): is longer than \(LineReader.maxLineBytes) bytes")
                continue
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            try take(line: bytes, "line \(lines.lineNumber)")
        }
    }

    private mutating func take(line: [UInt8], _ place: String) throws {
        let read: Result<EventLine, JSONFault> = line.withUnsafeBytes { bytes in
            Result { () throws(JSONFault) in try EventLine.read(bytes: bytes) }
        }
        guard case .success(let event) = read, let time = Instant(parsing: event.time) else {
            note("\(place): is no CloudEvent")
            return
        }
        try take(source: event.source, id: event.id, type: event.type, time: time, data: event.data.bytes)
    }

    // MARK: Events

    private mutating func take(source: String, id: String, type: String, time: Instant, data: [UInt8]) throws {
        if let date, time.date(in: .wib) != date {
            otherDays += 1
            return
        }
        let decoded: Result<NotifierInput?, JSONFault> = data.withUnsafeBytes { bytes in
            Result { () throws(JSONFault) in try NotifierInput.decode(type: type, data: bytes) }
        }
        switch decoded {
        case .failure(let fault): note("\(type): \(fault)")
        case .success(nil): if EventCatalog.type(named: type) == nil { note("a type that is not known") }
        case .success(let input?):
            pending.append(Event(key: EventKey.of(source: source, id: id), time: time, input: input))
            if pending.count >= Self.batch { try flush() }
        }
    }

    private mutating func flush() throws {
        try run.take(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ fault: String) {
        unread += 1
        if faults.count < 10, !faults.contains(fault) { faults.append(fault) }
    }
}
