import ArgumentParser
import Kafka

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Creates the topics of Kafka.", subcommands: [Apply.self])

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates the topics that are missing; repeating it changes nothing.")

        @OptionGroup var kafka: KafkaOptions

        @Option(help: "Copies of each partition; the broker's default when not given.")
        var replication: Int?

        @Option(help: "Partitions of each data topic (default: as designed); the clock always has one.")
        var partitions: Int?

        @Option(help: "How long the brokers may take, in seconds.")
        var timeout = 30

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...1000).contains(partitions ?? 1) else {
                throw ValidationError("--partitions must lie between 1 and 1000")
            }
            guard (1...32).contains(replication ?? 1) else {
                throw ValidationError("--replication must lie between 1 and 32")
            }
            guard (1...600).contains(timeout) else { throw ValidationError("--timeout must lie between 1 and 600") }
        }

        func run() throws {
            let admin = try TopicAdmin(configuration: kafka.admin())
            defer { admin.close() }
            let wanted = ServiceEntry.topics(partitions: partitions).map {
                TopicSpecification(name: $0.name, partitions: $0.partitions, replication: replication ?? -1)
            }
            let outcomes = try admin.create(wanted, within: .seconds(timeout))
            var table = Table([.init("Topic"), .init("Partitions", number: true), .init("Outcome")])
            var failed = 0
            for topic in wanted {
                switch outcomes[topic.name] {
                case .created: table.append([topic.name, "\(topic.partitions)", "created"])
                case .existed(let partitions):
                    let note = partitions == topic.partitions ? "existed" : "existed (\(topic.partitions) wanted)"
                    table.append([topic.name, "\(partitions)", note])
                case .failed(let error):
                    failed += 1
                    table.append([topic.name, "", "failed: \(error.reason)"])
                case nil:
                    failed += 1
                    table.append([topic.name, "", "failed: no answer for it"])
                }
            }
            table.print(json: json)
            if failed > 0 { throw OperationsError("\(failed) topics could not be created") }
        }
    }
}
