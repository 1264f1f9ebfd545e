import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Worker

struct ImportEnrolmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrolments",
        abstract: "Hands in an agent's list of participants (BPU): CSV with a row for each.",
        discussion: """
            --template prints the list to fill in. Comma, semicolon or tab; headers in Indonesian or English; at most \
            10000 rows. A row that is wrong is left out and told with field and reason, and the others are handed in. \
            The same file again changes nothing; a corrected row is a new submission. --wait reads what is decided. \
            Exit code 1 when a row was not accepted.
            """)

    @OptionGroup var kafka: KafkaOptions

    @Argument(help: "The file.", completion: .file(extensions: ["csv"]))
    var file: String?

    @Flag(help: "Print an empty list with a sample row, and do nothing else.")
    var template = false

    @Option(help: "The agent whose list it is.")
    var agent: String?

    @Option(help: "The branch that the participants belong to.")
    var branch: String?

    @Option(help: "The day on which the list is handed in, YYYY-MM-DD.")
    var on: String?

    @Option(help: "Who imports (default: PERISAI_OPERATOR).")
    var by: String?

    @Option(help: "First month to be paid, YYYY-MM (default: the month of --on).")
    var firstMonth: String?

    @Flag(help: "Only check the rows.")
    var dryRun = false

    @Option(help: "Write what became of every row to this file: CSV, or JSON by the name .json.", completion: .file())
    var report: String?

    @Option(help: "Wait up to so many seconds for the decisions.")
    var wait: Int?

    @Flag(inversion: .prefixedNo, help: "Wait for the consumers (default: with the embedded broker only).")
    var pace: Bool?

    @Flag(help: "Print JSON.")
    var json = false

    /// Most rows that the table lists.
    private static let listed = 100

    func validate() throws {
        if template { return }
        guard file != nil else { throw ValidationError("give the file, or --template") }
        _ = try terms()
        _ = try person()
        if let wait {
            guard (1...3_600).contains(wait) else { throw ValidationError("--wait must lie between 1 and 3600") }
            guard !dryRun else { throw ValidationError("--dry-run sends nothing that could be waited for") }
        }
        if let report, report == file { throw ValidationError("--report would overwrite the list") }
    }

    private func person() throws -> OperatorName {
        guard let text = by ?? ProcessInfo.processInfo.environment["PERISAI_OPERATOR"] else {
            throw ValidationError("say who you are: --by, or PERISAI_OPERATOR")
        }
        return try wrongUse { try OperatorName(text) }
    }

    private func terms() throws -> EnrolmentTerms {
        guard let agent, let branch, let on else { throw ValidationError("--agent, --branch and --on are needed") }
        guard let date = CivilDate(parsing: on) else { throw ValidationError("--on must be a date, YYYY-MM-DD") }
        guard let month = firstMonth.map({ ContributionMonth(parsing: $0) }) ?? date.contributionMonth else {
            throw ValidationError("--first-month must be a month, YYYY-MM")
        }
        guard month >= date.contributionMonth else {
            throw ValidationError("--first-month must not lie before the month of --on")
        }
        do {
            return EnrolmentTerms(
                agent: try AgentID(agent), branch: try BranchCode(branch), on: date, firstMonth: month)
        } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        if template { return Console.raw(EnrolmentTemplate.text) }
        guard let file else { return }
        let terms = try terms()
        let person = try person()
        var work = EnrolmentImport(try EnrolmentList(path: file, terms: terms))
        if let report {
            // Before anything is sent: a report that cannot be written is known now.
            try EnrolmentReport(rows: []).write(to: report)
        }
        if !dryRun { try publish(&work, person) }
        let result = EnrolmentReport(rows: work.list.rows)
        if let report { try result.write(to: report) }
        if json {
            Console.out(result.json(file: file, terms: terms, by: person.text))
        } else {
            show(result)
        }
        guard result.open.isEmpty else {
            throw OperationsError("\(result.open.count) of \(result.rows.count) rows were not accepted")
        }
    }

    private func publish(_ work: inout EnrolmentImport, _ person: OperatorName) throws {
        let decisions = try wait.map { _ in try EnrolmentDecisions(configuration: kafka.consumer()) }
        defer { decisions?.close() }
        let limiter =
            try pace ?? kafka.isEmbedded
            ? LeadLimiter(configuration: kafka.consumer(), groups: ServiceContract.readers) : nil
        defer { limiter?.close() }
        let sender = try BoundedSender(configuration: kafka.producer(), limiter: limiter, rate: nil)
        defer { sender.close() }
        var line = ProgressLine("Publishing", total: nil)
        var sent = 0
        do {
            try work.send(
                by: person,
                {
                    try sender.send($0)
                    sent += 1
                    line.update(done: sent, records: sent)
                }, flush: { try sender.flush() })
        } catch {
            throw OperationsError(
                "\(error); up to \(sent) rows may have arrived. Repeat the command: they keep their numbers and "
                    + "change nothing")
        }
        guard let decisions, let wait else { return Console.endProgress() }
        line = ProgressLine("Decided", total: sent)
        try work.wait(decisions, seconds: wait) { line.update(done: $0, records: $0) }
        Console.endProgress()
    }

    private func show(_ result: EnrolmentReport) {
        let open = result.open
        if !open.isEmpty {
            EnrolmentReport.table(open.prefix(Self.listed)).print(json: false)
            if open.count > Self.listed { Console.note("… and \(open.count - Self.listed) more; --report has all") }
        }
        var totals = Table([.init("Outcome"), .init("Rows", number: true)])
        for (outcome, count) in result.totals { totals.append([outcome, "\(count)"]) }
        Console.out((open.isEmpty ? "" : "\n") + totals.text)
    }
}
