import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

extension PayoutsCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Payouts, the latest month first, or what banks said that a person must look at.")

        @OptionGroup var database: DatabaseOptions
        @Option(name: .customLong("run"), help: "Only of this run: its id, or the first 8 digits and more.") var runID:
            String?
        @Option(help: "Only of runs through this month, YYYY-MM.") var month: ContributionMonth?
        @Option(help: "Only in this state: ordered, paid, rejected, returned, replaced, released.")
        var state: PayoutState?
        @Flag(help: "Reports that contradict, or name nothing of ours.") var conflicts = false
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        func validate() throws {
            if json, csv { throw ValidationError("give --json or --csv, not both") }
            if conflicts, runID != nil || month != nil || state != nil {
                throw ValidationError("--conflicts lists all of them")
            }
            if let runID { _ = try wrongUse { try IdentifierPrefix(runID) } }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let register = PayoutRegister(connection)
            let table =
                conflicts
                ? PayoutTables.reports(try register.reports())
                : PayoutTables.payouts(
                    try register.list(
                        .init(
                            run: try runID.map { try register.run(IdentifierPrefix($0)) }, month: month, state: state)))
            if csv { Console.raw(table.csv) } else { table.print(json: json) }
            if table.rows.count == PayoutRegister.limit { Console.note("the first \(PayoutRegister.limit) are listed") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A payout: its attempts, whose balances it pays, and what banks said.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The payout's id, or its first 8 digits and more.") var payout: String

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(payout) } }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let register = PayoutRegister(connection)
            let id = try register.payout(IdentifierPrefix(payout))
            Console.out("Attempts")
            PayoutTables.payouts(try register.attempts(of: id)).print(json: false)
            var items = Table([
                .init("Owner kind"), .init("Owner"), .init("Gross", number: true), .init("Tax", number: true),
                .init("Net", number: true),
            ])
            for item in try register.items(of: id) {
                items.append([
                    item.owner.kind.rawValue, item.owner.id, "\(item.gross.amount)", "\(item.tax.amount)",
                    "\(try item.gross.subtracting(item.tax).amount)",
                ])
            }
            Console.out("\nWhose balances it pays")
            items.print(json: false)
            let reports = try register.reports(of: id)
            guard !reports.isEmpty else { return Console.out("\nNo bank has told of it yet") }
            Console.out("\nWhat banks said")
            PayoutTables.reports(reports).print(json: false)
        }
    }

    struct Refusals: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who got nothing in a run, and why; by default in the latest that refused anybody.")

        @OptionGroup var database: DatabaseOptions
        @Option(name: .customLong("run"), help: "The run's id, or the first 8 digits and more.") var runID: String?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let register = PayoutRegister(connection)
            let id = try runID.map { text in try register.run(wrongUse { try IdentifierPrefix(text) }) }
            PayoutTables.refusals(try register.refusals(run: id)).print(json: json)
        }
    }

    struct Balances: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is owed to agents and wadah, and where it is: a payable below zero is carried forward.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var owner: OwnerOptions
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try owner.owner() }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let owner = try owner.owner()
            let accounts = TransferAccount.allCases.filter { $0 != .expense }
            var table = Table(
                [.init("Owner kind"), .init("Owner")]
                    + accounts.map { .init($0.rawValue.capitalized, number: true) })
            for one in try PayoutRegister(connection).balances(owner?.kind, id: owner?.id) {
                table.append(
                    [one.owner.kind.rawValue, one.owner.id]
                        + accounts.map { "\(one.accounts[$0, default: .zero].amount)" })
            }
            table.print(json: json)
        }
    }
}

/// Payouts, refusals and reports as tables.
enum PayoutTables {
    static func payouts(_ payouts: [PayoutSummary]) -> Table {
        var table = Table([
            .init("Payout", "payout_id"), .init("Run", "run_id"), .init("Attempt", number: true), .init("Payee kind"),
            .init("Payee"), .init("Month"), .init("Bank"), .init("Account"), .init("Gross", number: true),
            .init("Tax", number: true), .init("Net", number: true), .init("State"), .init("Since"), .init("Reason"),
        ])
        for one in payouts {
            table.append([
                one.id.text, one.runID.text, "\(one.attempt)", one.payee.kind.rawValue, one.payee.id, "\(one.month)",
                one.account.bank.text, masked(one.account.number), "\(one.gross.amount)", "\(one.tax.amount)",
                "\(one.gross.amount - one.tax.amount)", one.state.rawValue, "\(one.stateOn)",
                Redaction.redact(one.reason),
            ])
        }
        return table
    }

    static func reports(_ reports: [PayoutReportSummary]) -> Table {
        var table = Table([
            .init("Payout", "payout_id"), .init("Bank's status"), .init("Bank's reason"), .init("Outcome"),
            .init("Reference"), .init("File"), .init("Line", number: true), .init("By"),
        ])
        for one in reports {
            table.append([
                one.payout?.text ?? "", one.bankStatus, Redaction.redact(one.reason), one.outcome ?? "waits",
                Redaction.redact(one.reference), one.file, "\(one.line)", one.by,
            ])
        }
        return table
    }

    static func refusals(_ refusals: [PayoutPlan.Refusal]) -> Table {
        var table = Table([
            .init("Owner kind"), .init("Owner"), .init("Amount", number: true), .init("Code"), .init("Reason"),
        ])
        for one in refusals {
            table.append([one.owner.kind.rawValue, one.owner.id, "\(one.amount.amount)", one.code.rawValue, one.reason])
        }
        return table
    }

    /// The last four digits.
    static func masked(_ number: AccountNumber) -> String {
        String(repeating: "*", count: max(0, number.text.count - 4)) + number.text.suffix(4)
    }
}
