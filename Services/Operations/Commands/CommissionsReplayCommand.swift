import ArgumentParser
import CommissionCalculator
import Kafka
import PerisaiModels
import Postgres
import Worker

extension CommissionsCommand {
    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes a closed month from the facts and compares it with what is stored, row by row.",
            discussion: """
                Compared are who earns from every movement of money, every line and share of the statements with what \
                no statement holds yet, the headers of the statements and what is owed. The facts are the rows that \
                hold what events said, or with --from-kafka the events themselves, read again from the first one up \
                to where the worker is. Exits with 1 when anything differs.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var kafka: KafkaOptions
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Flag(help: "A month that is not closed too.") var provisional = false
        @Flag(help: "Take the facts from the topics instead of the tables.") var fromKafka = false
        @Option(help: "Most events that --from-kafka takes; about 300 bytes of memory each.")
        var eventLimit = EventFacts.usualLimit
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...50_000_000).contains(eventLimit) else {
                throw ValidationError("--event-limit must lie between 1 and 50000000")
            }
        }

        func run() throws {
            let connection = try database.connect(
                schema: CommissionCalculatorService().schema, statementTimeout: .seconds(3_600))
            defer { connection.close() }
            var line = ProgressLine("replay", total: nil)
            var log: CommissionLog?
            let result = try CommissionCalculator.Replay(
                month: month, schemes: EffectiveRows.schemes(on: connection)
            ).run(
                on: connection, provisional: provisional,
                source: fromKafka
                    ? .events { applied in
                        let read = try CommissionLog.read(
                            kafka.consumer(), applied: applied, limit: eventLimit,
                            progress: { line.update(done: $0, records: $0, extra: "read") })
                        log = read
                        return read.facts
                    } : .tables,
                progress: { line.update(done: $0, records: $0) })
            Console.endProgress()
            if json { Console.out(Self.json(result, log)) } else { Self.show(result, log) }
            guard result.isEqual else { throw ExitCode(1) }
        }

        private static func show(_ result: ReplayResult, _ log: CommissionLog?) {
            if let log {
                Console.out(
                    "\(log.facts.count) events read, \(log.unreadable) that cannot be read, "
                        + "\(log.notApplied) not applied yet and left out")
            }
            let counts = "\(result.month): \(result.agents.count) agents, \(result.lines) lines, "
            let differences = result.differenceCount == 1 ? "1 difference" : "\(result.differenceCount) differences"
            let equal = result.isEqual ? "all equal" : differences
            let provisional = result.closedOn == nil ? " (provisional: the month is not closed)" : ""
            Console.out(counts + "\(result.contributions) contributions: \(equal)\(provisional)")
            for difference in result.differences { Console.out(difference.description) }
            if result.differenceCount > result.differences.count {
                Console.out("… and \(result.differenceCount - result.differences.count) more")
            }
        }

        private static func json(_ result: ReplayResult, _ log: CommissionLog?) -> String {
            var table = Table([
                .init("Kind"), .init("Agent"), .init("Line"), .init("Stored"), .init("Recomputed"), .init("Payer"),
                .init("Event"),
            ])
            for one in result.differences {
                table.append([
                    one.kind.rawValue, one.agent ?? "", one.line, one.stored, one.recomputed,
                    one.payer?.description ?? "", one.event?.text ?? "",
                ])
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("month", result.month)
            writer.field("closed_on", result.closedOn)
            writer.field("source", log == nil ? "tables" : "kafka")
            if let log {
                writer.field("events", log.facts.count)
                writer.field("events_unreadable", log.unreadable)
                writer.field("events_not_applied", log.notApplied)
            }
            writer.field("agents", result.agents.count)
            writer.field("lines", result.lines)
            writer.field("contributions", result.contributions)
            writer.field("equal", result.isEqual)
            writer.field("difference_count", result.differenceCount)
            writer.name("differences")
            table.write(to: &writer)
            writer.endObject()
            return writer.text
        }
    }
}

/// The events of the commission-calculator's topics, read again from the first one.
struct CommissionLog {
    private(set) var facts: EventFacts
    /// Dead letters.
    private(set) var unreadable = 0
    /// Records behind the place up to which the worker has applied.
    private(set) var notApplied = 0

    private static let topics = [Topic.enrollment, .contributions]

    /// - Parameter applied: up to where the tables hold what events said; later records are left out.
    /// - Throws: `ReplayRefusal` when the log does not reach back to the first event, or holds too many; `KafkaError`.
    static func read(
        _ configuration: KafkaConfiguration, applied: [AppliedOffset], limit: Int, progress: (Int) -> Void = { _ in }
    ) throws -> CommissionLog {
        let reader = try TopicReader(configuration: configuration)
        defer { reader.close() }
        let next = Dictionary(
            applied.map { (TopicPartition(topic: $0.topic, partition: $0.partition), $0.next) },
            uniquingKeysWith: { $1 })
        var partitions: [(TopicPartition, StartOffset)] = []
        for topic in topics {
            for partition in try reader.partitions(of: topic.name) {
                let low = try reader.watermarks(partition).low
                guard low == 0 else {
                    throw ReplayRefusal(
                        "\(partition.topic), partition \(partition.partition) begins at offset \(low): the events "
                            + "before it are gone by retention; replay from the tables")
                }
                partitions.append((partition, .beginning))
            }
        }
        var log = CommissionLog(facts: EventFacts(limit: limit))
        let decoder = EventDecoder(CommissionCalculatorService())
        var refusal: (any Error)?
        try reader.read(from: partitions, within: .seconds(3_600)) { batch in
            do { try log.take(decoder.decode(batch), next) } catch { refusal = error }
            progress(log.facts.count)
            return refusal == nil
        }
        if let refusal { throw refusal }
        return log
    }

    private mutating func take(
        _ records: [(
            partition: TopicPartition, offset: Int64, outcome: EventDecoder<CommissionCalculatorService>.Outcome
        )], _ next: [TopicPartition: Int64]
    ) throws {
        for record in records {
            guard record.offset < next[record.partition] ?? 0 else {
                notApplied += 1
                continue
            }
            switch record.outcome {
            case .skipped: continue
            case .fault: unreadable += 1
            case .event(let event):
                do { _ = try facts.add(event.input, event.key) } catch is RecordFault { unreadable += 1 }
            }
        }
    }
}
