import Foundation
import PaymentReconciler
import PerisaiModels

/// What the comparison of notices with statements has found: read from the services' tables, or from the simulator's
/// own count of what it has planted.
struct ReconciliationFigures: Equatable {
    struct Bank: Equatable, Decodable {
        var bank: String
        var statements: Int64 = 0
        var lines: Int64 = 0
        var confirmed: Int64 = 0
        var confirmedAmount: Int64 = 0
        var noticeOnly: Int64 = 0
        var noticeOnlyAmount: Int64 = 0
        var statementOnly: Int64 = 0
        var statementOnlyAmount: Int64 = 0
        var dateDiffers: Int64 = 0
    }

    var banks: [Bank]
    /// Exceptions of these codes.
    var notInStatement: Int64
    var datesCorrected: Int64
    /// Exceptions that the simulation gives no reason for: reversals that fit no payment, lines that fit several.
    var unforeseen: Int64

    func sum(_ value: KeyPath<Bank, Int64>) -> Int64 { banks.reduce(0) { $0 + $1[keyPath: value] } }

    func differences(from expected: ReconciliationFigures) -> [String] {
        var found: [String] = []
        let actual = Dictionary(uniqueKeysWithValues: banks.map { ($0.bank, $0) })
        let wanted = Dictionary(uniqueKeysWithValues: expected.banks.map { ($0.bank, $0) })
        for code in Set(actual.keys).union(wanted.keys).sorted() where actual[code] != wanted[code] {
            found.append("bank \(code): \(Self.text(actual[code])) instead of \(Self.text(wanted[code]))")
        }
        func compare(_ name: String, _ actual: Int64, _ wanted: Int64) {
            if actual != wanted { found.append("\(name): \(actual) instead of \(wanted)") }
        }
        compare("exceptions NOT_IN_STATEMENT", notInStatement, expected.notInStatement)
        compare("exceptions DATE_DIFFERS", datesCorrected, expected.datesCorrected)
        compare("exceptions of reversals and matching", unforeseen, expected.unforeseen)
        return found
    }

    private static func text(_ bank: Bank?) -> String {
        guard let bank else { return "nothing" }
        return
            "\(bank.statements) statements, \(bank.lines) lines, \(bank.confirmed) (\(bank.confirmedAmount)) confirmed, "
            + "\(bank.noticeOnly) (\(bank.noticeOnlyAmount)) by notice only, \(bank.statementOnly) "
            + "(\(bank.statementOnlyAmount)) by statement only, \(bank.dateDiffers) on another day"
    }
}

extension ReconciliationFigures {
    /// What payment-reconciler has made of notices and statements.
    init(_ probe: StackProbe) throws {
        let schema = PaymentReconcilerService().schema
        let report = try BankReconciliation.read(
            bank: nil, from: nil, through: nil, connection: try probe.connection(schema))
        var found: [String: Bank] = [:]
        for day in report.days {
            var bank = found[day.bank.text] ?? Bank(bank: day.bank.text)
            bank.confirmed += day.confirmed.payments
            bank.confirmedAmount += day.confirmed.amount
            bank.noticeOnly += day.noticeOnly.payments
            bank.noticeOnlyAmount += day.noticeOnly.amount
            bank.statementOnly += day.statementOnly.payments
            bank.statementOnlyAmount += day.statementOnly.amount
            bank.dateDiffers += day.dateDiffers.payments
            found[day.bank.text] = bank
        }
        let files = try probe.rows(
            schema,
            """
            SELECT lpad(bank::text, 3, '0'), count(*), sum(lines)::int8 FROM (
                SELECT bank, (SELECT count(*) FROM statement_entry AS e
                    WHERE (e.bank, e.account, e.statement) = (f.bank, f.account, f.statement)) AS lines
                FROM statement_file AS f WHERE completed
            ) AS f GROUP BY bank
            """)
        for row in 0..<files.rowCount {
            let code = try files.text(row, 0)
            found[code, default: Bank(bank: code)].statements = try files.int64(row, 1)
            found[code, default: Bank(bank: code)].lines = try files.int64(row, 2)
        }
        banks = found.values.sorted { $0.bank < $1.bank }
        func exceptions(_ codes: String) throws -> Int64 {
            try probe.count(schema, "SELECT count(*) FROM payment_exception WHERE code IN (\(codes))")
        }
        notInStatement = try exceptions("'NOT_IN_STATEMENT'")
        datesCorrected = try exceptions("'DATE_DIFFERS'")
        unforeseen = try exceptions("'REVERSAL_UNMATCHED', 'REVERSAL_MISMATCH', 'AMBIGUOUS', 'CONFLICTING_REFERENCE'")
    }

    /// Reads `expected.json` of a simulation.
    init(expectedIn folder: String) throws {
        struct Expected: Decodable { let banks: [Bank] }
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + SimulationFolder.expectedFile))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        banks = try decoder.decode(Expected.self, from: data).banks
        notInStatement = banks.reduce(0) { $0 + $1.noticeOnly }
        datesCorrected = banks.reduce(0) { $0 + $1.dateDiffers }
        unforeseen = 0
    }
}
