import ArgumentParser
import PaymentReconciler
import PerisaiModels

struct ReconciliationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconciliation",
        abstract: "Notices of banks against their statements, by bank and day, and what became of the money.",
        discussion: """
            Confirmed: a notice told of it and a statement shows it. Received = posted + suspended + refused + reversed; \
            exits with 1 when it does not.
            """)

    @OptionGroup var database: DatabaseOptions

    @Option(help: "Only this bank, 3 digits.")
    var bank: String?

    @Option(help: "First day of booking, YYYY-MM-DD.")
    var from: CivilDate?

    @Option(help: "Last day of booking.")
    var to: CivilDate?

    @Flag(help: "Print JSON.")
    var json = false

    private func code() throws -> BankCode? {
        do { return try bank.map { try BankCode($0) } } catch { throw ValidationError("--bank: \(error)") }
    }

    func validate() throws {
        _ = try code()
        if let from, let to, to < from { throw ValidationError("--to lies before --from") }
    }

    func run() throws {
        let connection = try database.connect(
            schema: PaymentReconcilerService().schema, statementTimeout: .seconds(3_600))
        defer { connection.close() }
        let report = try BankReconciliation.read(bank: code(), from: from, through: to, connection: connection)
        var table = Table(
            [.init("Bank"), .init("Booked on")]
                + [
                    "Confirmed", "Confirmed rupiah", "Notice only", "Notice rupiah", "Statement only",
                    "Statement rupiah", "Date differs", "Received", "Posted", "Suspended", "Refused", "Reversed",
                ].map { Table.Column($0, number: true) })
        var total = BankReconciliation.Day.Totals()
        for day in report.days {
            table.append([day.bank.bankName ?? day.bank.text, day.bookedOn.description] + Self.cells(day))
            total.add(day)
        }
        if !json, report.days.count > 1 { table.append(["all", ""] + total.cells) }
        table.print(json: json)
        guard report.days.allSatisfy(\.figures.isComplete) else {
            throw OperationsError("received is not posted + suspended + refused + reversed")
        }
    }

    static func cells(_ day: BankReconciliation.Day) -> [String] {
        var totals = BankReconciliation.Day.Totals()
        totals.add(day)
        return totals.cells
    }
}

extension BankReconciliation.Day {
    /// The columns of numbers, summed.
    struct Totals {
        private var sums = [Int64](repeating: 0, count: 12)

        mutating func add(_ day: BankReconciliation.Day) {
            let figures = day.figures
            let more = [
                day.confirmed.payments, day.confirmed.amount, day.noticeOnly.payments, day.noticeOnly.amount,
                day.statementOnly.payments, day.statementOnly.amount, day.dateDiffers.payments, figures.received,
                figures.posted, figures.suspended, figures.refused, figures.reversed,
            ]
            for (index, value) in more.enumerated() { sums[index] += value }
        }

        var cells: [String] { sums.map(String.init) }
    }
}
