import ArgumentParser
import PaymentReconciler
import PerisaiModels

struct CoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover",
        abstract:
            "Where a participant's cover or an employer's arrears stand, month by month; or how many stand where.",
        discussion: """
            The status is what was told last: by the run on the day after a due date, or by a payment. One to three \
            months unpaid are grace, more end the membership. Progress of the runs: --progress.
            """)

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "KPJ, NPP (with -division), or virtual account.")
    var payer: String?

    @Flag(help: "Count participants by status and unpaid months.")
    var summary = false

    @Flag(help: "How far the runs over all payers are: months opened, cover, repricing.")
    var progress = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard [payer != nil, summary, progress].count(where: { $0 }) == 1 else {
            throw ValidationError("give a payer, --summary or --progress")
        }
        guard let payer else { return }
        do { _ = try PayerArgument.payer(payer) } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        let schema = PaymentReconcilerService().schema
        let connection = try database.connect(schema: schema, statementTimeout: .seconds(600))
        defer { connection.close() }
        if summary { return try CoverTables.summary(CoverSummary.lines(connection)).print(json: json) }
        if progress { return try CoverTables.progress(JobProgress.all(connection)).print(json: json) }
        guard let payer else { return }
        let number = try PayerArgument.payer(payer)
        guard let report = try CoverReport.of(number, connection) else {
            throw OperationsError("\(number) is not enrolled")
        }
        Console.out(json ? CoverTables.json(report) : CoverTables.text(report))
    }
}

/// What `perisai cover` prints.
enum CoverTables {
    static func summary(_ lines: [CoverSummary.Line]) -> Table {
        var table = Table([
            .init("Status"), .init("Unpaid months", number: true), .init("Participants", number: true),
        ])
        for line in lines { table.append([line.status.rawValue, "\(line.unpaidMonths)", "\(line.participants)"]) }
        return table
    }

    static func progress(_ runs: [JobProgress]) -> Table {
        var table = Table([
            .init("Job"), .init("For"), .init("Looked at", number: true), .init("Changed", number: true),
            .init("Skipped", number: true), .init("Failed", number: true), .init("State"),
        ])
        for run in runs {
            table.append([
                run.job, run.subject, "\(run.lookedAt)", "\(run.changed)", "\(run.skipped)", "\(run.failed)",
                run.isDone ? "done" : "under way",
            ])
        }
        return table
    }

    static func months(_ report: CoverReport) -> Table {
        let isEmployer = report.cover == nil
        var columns: [Table.Column] = [
            .init("Month"), .init("Due", number: true), .init("Paid", number: true), .init("Waived", number: true),
            .init("Due on"), .init("Settled on"),
        ]
        if isEmployer { columns += [.init("Fine", number: true), .init("Fine paid", number: true)] }
        var table = Table(columns)
        for month in report.months {
            var cells = [
                month.month.description, "\(month.amount)", "\(month.paid)", "\(month.waived)",
                month.dueOn?.description ?? "",
                month.paid == month.amount ? month.settledOn?.description ?? "" : "",
            ]
            if isEmployer { cells += ["\(month.fine)", "\(month.finePaid)"] }
            table.append(cells)
        }
        return table
    }

    /// Name in JSON, heading, value; values that are missing are left out of the text.
    private static func facts(_ report: CoverReport) -> [(name: String, title: String, value: String?)] {
        [
            ("payer", "Payer", report.payer.description),
            ("status", "Status", report.cover?.rawValue ?? report.arrears?.rawValue),
            ("unpaid_months", "Unpaid months", "\(report.unpaidMonths)"),
            ("told_on", "Told on", report.toldOn?.description),
            ("protected_from", "Protected from", report.protectedFrom?.description),
            ("protected_until", "Protected until", report.protectedUntil?.description),
            ("unpaid_since", "Unpaid since", report.unpaidSince?.description),
            ("payable_until", "Payable until", report.payableUntil?.description),
            ("first_month", "First month", report.firstMonth?.description),
            ("last_month", "Last month", report.lastMonth?.description),
            ("exit_reason", "Left by", report.exit),
            ("credit", "Credit", "\(report.credit)"),
        ]
    }

    private static let numbers: Set<String> = ["unpaid_months", "credit"]

    static func text(_ report: CoverReport) -> String {
        let facts = facts(report).compactMap { fact in fact.value.map { (fact.title, $0) } }
        let width = facts.map(\.0.count).max() ?? 0
        let lines = facts.map { title, value in
            title + String(repeating: " ", count: width - title.count + 2) + value
        }
        return lines.joined(separator: "\n") + "\n\n" + months(report).text
    }

    static func json(_ report: CoverReport) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for fact in facts(report) {
            writer.name(fact.name)
            if let value = fact.value, numbers.contains(fact.name), let number = Int64(value) {
                writer.integer(number)
            } else if let value = fact.value {
                writer.string(value)
            } else {
                writer.null()
            }
        }
        writer.name("months" as String)
        months(report).write(to: &writer)
        writer.endObject()
        return writer.text
    }
}
