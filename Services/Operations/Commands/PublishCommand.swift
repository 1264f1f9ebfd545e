import ArgumentParser
import Foundation
import Kafka
import PerisaiModels

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publishes the events of a JSONL file: one CloudEvent in structured mode a line.",
        discussion: """
            Every line is read by its type's own reader before anything is sent; without --skip-bad one bad line stops \
            all. Standard input (-) can be read once only, so its good lines go out as they come. With the embedded \
            broker the publisher waits for the consumers, since that broker forgets what is unread beyond 5 MiB.
            """)

    @OptionGroup var kafka: KafkaOptions

    @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["jsonl"]))
    var file: String

    @Option(help: "Refuse events that belong to another topic.")
    var topic: String?

    @Option(help: "Most events a second.")
    var rate: Int?

    @Flag(help: "Publish the good lines even if there are bad ones.")
    var skipBad = false

    @Flag(help: "Only check the lines.")
    var dryRun = false

    @Flag(help: "Fill placeholders such as ${VA:…} with the numbers given out in enrollment.events.")
    var resolveFromEnrollment = false

    @Option(help: "Give a missing number up when no enrolment has come for so many seconds.")
    var resolveWait = 30

    @Flag(inversion: .prefixedNo, help: "Wait for the consumers (default: with the embedded broker only).")
    var pace: Bool?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let topic, Topic(rawValue: topic) == nil {
            let names = Topic.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--topic must be one of \(names)")
        }
        if let rate, !(1...10_000_000).contains(rate) {
            throw ValidationError("--rate must lie between 1 and 10000000")
        }
        guard (0...3_600).contains(resolveWait) else {
            throw ValidationError("--resolve-wait must lie between 0 and 3600")
        }
    }

    func run() throws {
        let enrolled = resolveFromEnrollment ? try EnrollmentReader(configuration: kafka.consumer()) : nil
        defer { enrolled?.close() }
        try enrolled?.refresh()
        var publisher = FilePublisher(topic: topic.flatMap(Topic.init(rawValue:)))
        if let enrolled {
            let seconds = resolveWait
            publisher.fill = { try enrolled.fill($0, waiting: seconds) }
        }
        if dryRun || (!skipBad && file != "-") {
            let checked = try run(publisher, "Checking") { _ in }
            if dryRun || checked.badLines > 0 { return try finish(checked, sent: false) }
        }
        let limiter = try limiter()
        defer { limiter?.close() }
        let sender = try BoundedSender(configuration: kafka.producer(), limiter: limiter, rate: rate)
        defer { sender.close() }
        let result = try run(publisher, "Publishing") { try sender.send($0) }
        try sender.flush()
        try finish(result, sent: true)
    }

    private func limiter() throws -> LeadLimiter? {
        guard try pace ?? kafka.isEmbedded else { return nil }
        return try LeadLimiter(configuration: kafka.consumer(), groups: ServiceContract.readers)
    }

    private func run(
        _ publisher: FilePublisher, _ label: String, _ each: (OutgoingRecord) throws -> Void
    ) throws -> PublishResult {
        let size = file == "-" ? nil : try LineReader(path: file).size
        var line = ProgressLine(label, total: size)
        let result = try publisher.read(
            file, progress: { line.update(done: $0.bytesRead, records: $1.published) }, each: each)
        line.update(done: size ?? 0, records: result.published, force: true)
        Console.endProgress()
        return result
    }

    private func finish(_ result: PublishResult, sent: Bool) throws {
        for fault in result.faults { Console.note("\(file) \(fault)") }
        if result.badLines > result.faults.count {
            Console.note("… and \(result.badLines - result.faults.count) more bad lines")
        }
        var table = Table([.init("Topic"), .init(sent ? "Published" : "Good", "events", number: true)])
        for (topic, count) in result.byTopic.sorted(by: { $0.key < $1.key }) { table.append([topic, "\(count)"]) }
        table.print(json: json)
        if result.badLines > 0, !(sent && skipBad) {
            throw OperationsError("\(result.badLines) bad lines\(sent ? "" : "; nothing was published")")
        }
    }
}
