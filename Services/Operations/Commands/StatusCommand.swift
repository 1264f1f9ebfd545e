import ArgumentParser
import Kafka
import Postgres

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How far each service is: lag by partition, outbox, exceptions, dead letters.",
        discussion: """
            Progress is what a service has committed to its database; Kafka's own group offsets may be older. Which \
            process holds which partition is told by each worker's /readyz and /metrics.
            """)

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var database: DatabaseOptions

    @Option(help: "Only this service; may be given more than once.")
    var service: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let reader = try TopicReader(configuration: kafka.consumer())
        defer { reader.close() }
        let letters = try DeadLetterReader(configuration: kafka.consumer())
        var report = StatusReport()
        for entry in try ServiceEntry.named(service) {
            try report.countDeadLetters(of: entry.name, letters)
            let connection = try database.connect(schema: entry.schema)
            defer { connection.close() }
            try report.add(entry, connection, reader)
        }
        Console.out(json ? report.json : report.text)
    }
}
