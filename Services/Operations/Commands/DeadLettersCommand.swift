import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Worker

struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters", abstract: "Looks at records that could not be applied, and sends them again.",
        subcommands: [List.self, Show.self, RedriveCommand.self])

    /// Which letters are meant.
    struct Selection: ParsableArguments {
        @Option(help: "Only this service's; may be given more than once.") var service: [String] = []
        @Option(help: "Only this cause, such as not-json.") var cause: String?
        @Option(help: "Only from this topic.") var topic: String?
        @Option(help: "Only from this moment on, RFC 3339.") var since: String?
        @Option(help: "Only before this moment, RFC 3339.") var until: String?
        @Option(help: "Most letters.") var limit: Int?

        func filter(positions: [String] = []) throws -> DeadLetterFilter {
            var filter = DeadLetterFilter(cause: cause, topic: topic, positions: Set(positions))
            filter.since = try since.map { try moment($0, "--since") }
            filter.until = try until.map { try moment($0, "--until") }
            return filter
        }

        private func moment(_ text: String, _ option: String) throws -> Instant {
            guard let instant = Instant(parsing: text) else {
                throw ValidationError("\(option) must be RFC 3339, such as 2018-02-05T00:00:00Z")
            }
            return instant
        }

        func groups() throws -> [String] {
            let all = ServiceContract.all.map(\.name)
            for name in service where !all.contains(name) {
                throw ValidationError("\(name) is no service; there are \(all.joined(separator: ", "))")
            }
            return service.isEmpty ? all : service
        }

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
            _ = try filter()
            _ = try groups()
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line for each dead letter.")

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var selection: Selection
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let reader = try DeadLetterReader(configuration: kafka.consumer())
            var table = Table([
                .init("Service"), .init("Position"), .init("Time"), .init("Cause"), .init("Origin"), .init("Type"),
                .init("Attempts", number: true), .init("Reason"),
            ])
            for group in try selection.groups() {
                try reader.read(
                    group: group, filter: selection.filter(), limit: (selection.limit ?? 1_000) - table.rows.count
                ) {
                    table.append([
                        group, $0.position, $0.time, $0.cause, $0.origin, $0.type ?? "", "\($0.attempts)", $0.reason,
                    ])
                }
            }
            table.print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Headers and payload of dead letters; NIKs are masked unless --raw.")

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var selection: Selection
        @Argument(help: "Positions as partition:offset, from `list`; all when none is given.") var positions: [String] =
            []
        @Flag(help: "Show the payload as it came, personal data with it.") var raw = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let reader = try DeadLetterReader(configuration: kafka.consumer())
            var table = Table([
                .init("Service"), .init("Position"), .init("Time"), .init("Cause"), .init("Reason"), .init("Origin"),
                .init("Headers"), .init("Key"), .init("Payload"),
            ])
            for group in try selection.groups() {
                let limit = (selection.limit ?? 100) - table.rows.count
                try reader.read(group: group, filter: selection.filter(positions: positions), limit: limit) { letter in
                    let headers = letter.headers.filter { !$0.name.hasPrefix("perisai_") }
                        .map { "\($0.name)=\($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "(null)")" }
                    let key = letter.key.map { String(decoding: $0, as: UTF8.self) } ?? "(null)"
                    let texts = [headers.joined(separator: "; "), key].map { raw ? $0 : Redaction.redact($0) }
                    table.append([
                        group, letter.position, letter.time, letter.cause, letter.reason, letter.origin, texts[0],
                        texts[1], letter.shownValue(raw: raw),
                    ])
                }
            }
            if table.rows.isEmpty { throw OperationsError("no such dead letter") }
            if json { return table.print(json: true) }
            for row in table.rows {
                for (column, cell) in zip(table.columns, row) { Console.out("\(column.title): \(cell)") }
                Console.out("")
            }
        }
    }

    struct RedriveCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "redrive",
            abstract: "Publishes dead letters to the topic that they came from, as they came.",
            discussion: """
                Each gets one more attempt counted in a header. The dead letter itself stays in its topic until that \
                topic forgets it; an event that was applied already is dropped by whoever reads it again.
                """)

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var selection: Selection
        @Argument(help: "Positions as partition:offset; all that the filters take when none is given.")
        var positions: [String] = []
        @Option(help: "Most letters a second.") var rate: Int?
        @Option(help: "Leave alone what has come back so often.") var maxAttempts = 10
        @Flag(help: "Only say what would be sent.") var dryRun = false
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            if let rate, !(1...1_000_000).contains(rate) {
                throw ValidationError("--rate must lie between 1 and 1000000")
            }
            guard (1...1_000).contains(maxAttempts) else {
                throw ValidationError("--max-attempts must lie between 1 and 1000")
            }
        }

        func run() throws {
            let redrive = Redrive(
                reader: try DeadLetterReader(configuration: kafka.consumer()), producer: try kafka.producer(),
                maxAttempts: maxAttempts, rate: rate)
            var table = Table([
                .init("Service"), .init("Position"), .init("To"), .init("Attempt", number: true), .init("Cause"),
            ])
            let result = try redrive.run(
                groups: selection.groups(), filter: selection.filter(positions: positions),
                limit: selection.limit ?? .max, dryRun: dryRun
            ) { table.append([$0.group, $0.position, $0.originTopic ?? "", "\($0.attempts + 1)", $0.cause]) }
            table.print(json: json)
            Console.note("\(dryRun ? "would send" : "sent") \(result.sent) again")
            if result.tooOften > 0 { Console.note("\(result.tooOften) left alone after \(maxAttempts) attempts") }
            if result.impossible > 0 { Console.note("\(result.impossible) cannot go back: cut, or of unknown origin") }
        }
    }
}
