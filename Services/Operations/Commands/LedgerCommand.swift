import ArgumentParser
import PaymentReconciler
import PerisaiModels

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "The ledger of contributions: its accounts, and the proof that nothing in it was changed.",
        subcommands: [Verify.self, Accounts.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Proves sums, balances and hash chains; names the first row that breaks and exits with 1.",
            discussion: """
                All is read in one snapshot, so that workers may go on. Proven are: the lines of every event key sum to \
                zero; contributions, credit, fines and suspense are what the tables of the workers say; payments in = \
                posted + suspended + refused + reversed; no row of the audit log is missing or changed, and every batch \
                of ledger lines has the hash that was written with it.
                """)

        @OptionGroup var database: DatabaseOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let connection = try database.connect(
                schema: PaymentReconcilerService().schema, statementTimeout: .seconds(4 * 3_600))
            defer { connection.close() }
            var line = ProgressLine("Verifying", total: nil)
            let report = try LedgerVerification.run(on: connection) { line.update(done: $0, records: $0) }
            Console.endProgress()
            if json { Self.printJSON(report) } else { Self.printText(report) }
            guard report.isProven else {
                let first = report.faults.first.map(\.description) ?? "see the checks"
                throw OperationsError("the ledger is not proven; the first that breaks: \(first)")
            }
        }

        private static func printText(_ report: LedgerReport) {
            LedgerCommand.table(report.accounts).print(json: false)
            Console.out("")
            var checks = Table([.init("Check"), .init("Result"), .init("What")])
            for check in report.checks {
                checks.append([check.name, check.isProven ? "proven" : "\(check.faults) breaks", check.detail])
            }
            checks.print(json: false)
            if report.unchainedLines > 0 {
                Console.out("\n\(report.unchainedLines) lines were written before chains were kept; none covers them.")
            }
            guard !report.faults.isEmpty else { return }
            Console.out("")
            for fault in report.faults { Console.out(fault.description) }
        }

        private static func printJSON(_ report: LedgerReport) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("proven", report.isProven)
            writer.name("accounts")
            LedgerCommand.table(report.accounts).write(to: &writer)
            writer.name("checks")
            writer.beginArray()
            for check in report.checks {
                writer.beginObject()
                writer.field("check", check.name)
                writer.field("proven", check.isProven)
                writer.field("faults", check.faults)
                writer.field("detail", check.detail)
                writer.endObject()
            }
            writer.endArray()
            writer.name("faults")
            writer.beginArray()
            for fault in report.faults {
                writer.beginObject()
                writer.field("check", fault.check)
                writer.field("place", fault.place)
                writer.field("reason", fault.reason)
                writer.endObject()
            }
            writer.endArray()
            writer.field("unchained_lines", Int(report.unchainedLines))
            writer.endObject()
            Console.out(writer.text)
        }
    }

    struct Accounts: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accounts", abstract: "The accounts, what each holds, and its balance in rupiah.")

        @OptionGroup var database: DatabaseOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let connection = try database.connect(
                schema: PaymentReconcilerService().schema, statementTimeout: .seconds(3_600))
            defer { connection.close() }
            LedgerCommand.table(try LedgerVerification.balances(on: connection)).print(json: json)
        }
    }

    private static func table(_ accounts: [LedgerReport.Account]) -> Table {
        var table = Table([
            .init("Account", number: true), .init("Name"), .init("Balance", number: true),
            .init("Lines", number: true), .init("Holds"),
        ])
        for account in accounts {
            let meaning = LedgerAccountText.all.first { $0.number == account.number }?.meaning ?? ""
            table.append(["\(account.number)", account.name, "\(account.balance)", "\(account.lines)", meaning])
        }
        return table
    }
}
