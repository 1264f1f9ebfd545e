import ArgumentParser
import Kafka

/// The stand-in for Kafka, in a process of its own.
struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Runs the embedded broker with every topic until SIGTERM, SIGINT or `stop` on its control socket.",
        discussion: """
            For demonstrations and tests on one machine: it keeps 5 MiB a partition, in memory, and listens on \
            127.0.0.1. The control socket takes lines such as `broker-down 1`, `errors 0 7 3` or `delay 1 500`.
            """)

    @Option(help: "Gets the address once the broker runs and the topics exist.", completion: .file())
    var bootstrapFile: String

    @Option(help: "Path of the control socket.", completion: .file())
    var controlSocket: String?

    @Option(help: "Partitions of each data topic, 1 to 64; the clock always has one.")
    var partitions = 4

    @Option(help: "Brokers, 1 to 16.")
    var brokers = 1

    func validate() throws {
        guard (1...64).contains(partitions) else { throw ValidationError("--partitions must lie between 1 and 64") }
        guard (1...16).contains(brokers) else { throw ValidationError("--brokers must lie between 1 and 16") }
    }

    func run() throws {
        let topics = ServiceEntry.topics(partitions: partitions).map {
            TopicSpecification(name: $0.name, partitions: $0.partitions)
        }
        try EmbeddedBroker.run(
            EmbeddedBroker.Options(
                bootstrapFile: bootstrapFile, controlSocket: controlSocket, topics: topics, brokers: brokers))
    }
}
