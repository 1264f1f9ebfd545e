import ArgumentParser
import BankStatements
import Foundation
import Kafka
import PaymentReconciler
import PerisaiModels
import Postgres

struct ImportStatementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "Imports a bank's statement: MT940, MT942, camt.053, camt.054, or CSV by a profile.",
        discussion: """
            A statement must be whole, add up and begin with the balance that the one before closed with; else all of \
            it is refused. A single line that cannot be read is left out: import the bank's corrected file, and only \
            that line is new. A file that was imported before changes nothing, and an import that was cut off is \
            simply repeated. Exit code 1 when something was refused: --report names every line and the reason.
            """)

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(help: "Clearing code of the bank, 3 digits: 008.")
    var bank: String

    @Option(help: "mt940, mt942, camt053, camt054 or csv (default: by the first lines).")
    var format: StatementFormat?

    @Option(help: "mandiri, bri or generic (default: by the first lines).")
    var dialect: StatementDialect?

    @Option(
        name: .customLong("csv-profile"), help: "JSON file that describes the bank's CSV.",
        completion: .file(extensions: ["json"]))
    var profile: String?

    @Flag(help: "Only check the file, against the database too if one is given.")
    var dryRun = false

    @Option(help: "Write what was refused to this file: CSV, or JSON by the name .json.", completion: .file())
    var report: String?

    @Flag(help: "Take a statement that does not begin where the one before has ended.")
    var acceptGap = false

    @Option(help: "Who imports (default: the user of the system).")
    var by: String?

    @Flag(inversion: .prefixedNo, help: "Wait for the consumers (default: with the embedded broker only).")
    var pace: Bool?

    @Flag(help: "Print JSON.")
    var json = false

    /// Most statements that the table lists.
    private static let listed = 100

    func validate() throws {
        do { _ = try BankCode(bank) } catch { throw ValidationError("--bank: \(error)") }
        if let by, !(2...64).contains(by.count) { throw ValidationError("--by must have 2 to 64 characters") }
        if profile != nil, let format, format != .csv { throw ValidationError("--csv-profile is for csv") }
        if profile == nil, format == .csv { throw ValidationError("csv needs --csv-profile") }
    }

    func run() throws {
        guard FileManager.default.isReadableFile(atPath: file) else {
            throw OperationsError("\(file) cannot be opened")
        }
        let importer = try importer()
        let connection =
            try !dryRun || database.isGiven
            ? database.connect(schema: PaymentReconcilerService().schema, statementTimeout: .seconds(600)) : nil
        defer { connection?.close() }
        let registry = connection.map { StatementRegistry(connection: $0, bank: importer.bank) }
        if !dryRun { try registry?.lock() }
        var checking = ProgressLine("Checking", total: nil)
        let plan = try importer.plan(registry) { done, size in
            checking.update(done: done, records: done >> 20, extra: "MiB of \(size >> 20)")
        }
        Console.endProgress()
        if plan.isDone, !dryRun {
            Console.note("\(file) was imported before; there is nothing to do")
            return table(plan, StatementImport.Outcome()).print(json: json)
        }
        let faults = try report.map { try FaultReport(path: $0) }
        var shown = 0
        let outcome = try publish(importer, plan, registry) { fault in
            try faults?.add(fault)
            if shown < 20 { Console.note("\(file) \(fault)") }
            shown += 1
        }
        try faults?.close()
        finish(plan, outcome)
        guard plan.faultCount == 0 else {
            throw OperationsError(
                "\(plan.faultCount) refused\(report.map { ", see \($0)" } ?? ""); "
                    + (dryRun ? "nothing was published" : "\(outcome.published) lines were published"))
        }
    }

    private func importer() throws -> StatementImport {
        var importer = StatementImport(path: file, bank: try BankCode(bank))
        importer.format = format
        importer.dialect = dialect
        importer.acceptGap = acceptGap
        importer.by = by ?? NSUserName()
        guard let profile else { return importer }
        guard let data = FileManager.default.contents(atPath: profile) else {
            throw OperationsError("--csv-profile: \(profile) cannot be read")
        }
        do { importer.profile = try CSVProfile(json: Array(data)) } catch {
            throw OperationsError("--csv-profile: \(error.field) \(error.reason)")
        }
        return importer
    }

    private func publish(
        _ importer: StatementImport, _ plan: StatementImport.Plan, _ registry: StatementRegistry?,
        _ fault: (StatementFault) throws -> Void
    ) throws -> StatementImport.Outcome {
        var line = ProgressLine(dryRun ? "Reading" : "Publishing", total: plan.summary.bytes)
        var lines = 0
        func progress(_ done: Int, _ size: Int) { line.update(done: done, records: lines) }
        defer { Console.endProgress() }
        guard let registry, !dryRun, !plan.toPublish.isEmpty else {
            return try importer.read(plan, progress: progress, fault: fault) { _ in lines += 1 }
        }
        let limiter =
            try pace ?? kafka.isEmbedded
            ? LeadLimiter(configuration: kafka.consumer(), groups: ServiceContract.readers) : nil
        defer { limiter?.close() }
        let sender = try BoundedSender(configuration: kafka.producer(), limiter: limiter, rate: nil)
        defer { sender.close() }
        return try importer.publish(
            plan, registry, progress: progress, fault: fault,
            send: {
                try sender.send($0)
                lines += 1
            }, flush: { try sender.flush() })
    }

    private func finish(_ plan: StatementImport.Plan, _ outcome: StatementImport.Outcome) {
        table(plan, outcome).print(json: json)
        if plan.rows.count > Self.listed { Console.note("… and \(plan.rows.count - Self.listed) more statements") }
        let verb = dryRun ? "would be published" : "published"
        Console.note(
            "\(outcome.published) lines \(verb)"
                + (outcome.left > 0 ? ", \(outcome.left) left to the statement that closes the day" : ""))
    }

    private func table(_ plan: StatementImport.Plan, _ outcome: StatementImport.Outcome) -> Table {
        var table = Table([
            .init("Account"), .init("Statement"), .init("Closed on"), .init("Lines", number: true),
            .init("Credits", number: true), .init("Debits", number: true), .init("Closing", number: true),
            .init("Result"),
        ])
        for (row, decision) in zip(plan.rows, plan.decisions).prefix(Self.listed) {
            let text = decision.text.replacing("imported", with: dryRun && decision == .new ? "good" : "imported")
            table.append([
                (try? AccountNumber(row.account))?.description ?? "-", row.statement,
                row.closedOn?.description ?? "", "\(row.entries)", "\(row.credits)", "\(row.debits)",
                row.closing.map(String.init) ?? "", text,
            ])
        }
        return table
    }
}

extension StatementFormat: ExpressibleByArgument {}
extension StatementDialect: ExpressibleByArgument {}
