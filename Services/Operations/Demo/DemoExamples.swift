import Foundation
import PaymentReconciler
import PerisaiModels

/// Commands for a stack that keeps running, with numbers of this very run.
struct DemoExamples {
    private let run: DemoRun

    init(_ run: DemoRun, _ probe: StackProbe) { self.run = run }

    var text: String {
        get throws {
            var lines = ["The banks of this run, command by command:", ""]
            func add(_ command: String, _ meaning: String) {
                lines.append(
                    "  perisai \(command.padding(toLength: max(62, command.count), withPad: " ", startingAt: 0))  # \(meaning)"
                )
            }
            add("reconciliation", "by bank and day: both, notice only, statement only")
            if let id = try payment("source = 4 AND outcome = 1") {
                add("explain payment \(id)", "posted from a statement: no notice has told of it")
            }
            if let id = try excepted("DATE_DIFFERS") {
                add("explain payment \(id)", "the statement has corrected its date")
            }
            if let id = try excepted("NOT_IN_STATEMENT") {
                add("explain payment \(id)", "a notice that no statement shows")
            }
            if let payer = try payer {
                add("bill \(payer)", "what a payer owes, and by which rule")
                add("cover \(payer)", "where its cover stands")
            }
            add("exceptions list", "what waits for a person, with age and deadline")
            if let id = try waitingCase {
                add("exceptions show \(id)", "the story of one of them")
            }
            add("ledger verify", "sums, balances, suspense, hash chains")
            if let file = run.branch.statements.last(where: { SimulatedBanks.profiles[$0.bank.text] == nil }) {
                lines += ["", "  # every file is imported already: importing it again changes nothing"]
                lines.append(
                    "  perisai import statement \(run.statementsFolder)/\(file.file) --bank \(file.bank.text) --by ani")
            }
            return lines.joined(separator: "\n")
        }
    }

    private var schema: String { PaymentReconcilerService().schema }

    private func text(_ sql: String) throws -> String? {
        let rows = try run.probe.rows(schema, sql)
        return rows.rowCount == 0 ? nil : try rows.text(0, 0)
    }

    private func payment(_ condition: String) throws -> String? {
        try text("SELECT payment_id::text FROM payment WHERE \(condition) ORDER BY booked_on, payment_id LIMIT 1")
    }

    private func excepted(_ code: String) throws -> String? {
        try text(
            "SELECT payment_id::text FROM payment_exception WHERE code = '\(code)' ORDER BY booked_on, payment_id LIMIT 1"
        )
    }

    /// A participant with a shortfall if there is one.
    private var payer: String? {
        get throws {
            // The codes of employers lie above (PayerNumber).
            let code = try run.probe.count(
                schema,
                """
                SELECT payer FROM due GROUP BY payer HAVING payer < 200000000000
                ORDER BY sum(amount - paid) DESC, payer LIMIT 1
                """)
            guard case .participant(let kpj) = try PayerNumber(code: code) else { return nil }
            return kpj.text
        }
    }

    /// First digits of the id, as the commands take it.
    private var waitingCase: String? {
        get throws {
            try text(
                """
                SELECT left(exception_id::text, 8) FROM exception_case WHERE resolution IS NULL
                ORDER BY deadline, exception_id LIMIT 1
                """)
        }
    }
}
