import BankStatements
import Foundation
import Kafka
import PerisaiModels

/// Imports one file in two passes: the first tells which statements are whole, the second publishes their lines.
///
/// A statement is noted before its first line goes out and marked as complete behind its last: an import that was cut
/// off is repeated whole, with the same ids, and changes nothing twice.
struct StatementImport {
    let path: String
    let bank: BankCode
    var format: StatementFormat?
    var dialect: StatementDialect?
    var profile: CSVProfile?
    /// Takes a statement that does not begin where the one before has ended.
    var acceptGap = false
    var by = "operator"

    /// What becomes of one statement.
    enum Decision: Hashable {
        case new
        /// Noted by an import that was cut off.
        case again
        /// Published before.
        case done
        case refused(String)

        var text: String {
            switch self {
            case .new: "imported"
            case .again: "imported, after an import that was cut off"
            case .done: "imported before"
            case .refused(let reason): "refused: \(reason)"
            }
        }
    }

    struct Plan {
        var summary: StatementSummary
        var rows: [StatementRegistry.Row] = []
        var decisions: [Decision] = []
        /// Statements that this import refuses, by the line where they begin.
        var faults: [StatementFault] = []
        var sha256: [UInt8] = []

        /// Nothing is new in the file.
        var isDone: Bool {
            decisions.contains(.done) && !decisions.contains(.new) && !decisions.contains(.again)
        }
        var toPublish: [StatementRegistry.Row] {
            zip(rows, decisions).filter { $0.1 == .new || $0.1 == .again }.map(\.0)
        }
        /// Faults of the file and of the import.
        var faultCount: Int { summary.faultCount + faults.count }
    }

    struct Outcome {
        var published = 0
        /// Lines of interim statements that nothing identifies: the statement that closes the day brings them.
        var left = 0
    }

    /// The first pass and what the registry says; without a registry nothing is compared.
    func plan(_ registry: StatementRegistry?, progress: StatementFile.Progress? = nil) throws -> Plan {
        let summary = try StatementFile.check(
            path: path, format: format, dialect: dialect, profile: profile, progress: progress)
        var plan = Plan(summary: summary)
        plan.sha256 = Self.bytes(hexadecimal: summary.sha256)
        let known = try registry?.known(sha256: plan.sha256) ?? [:]
        var closings: [String: StatementRegistry.Balance] = [:]
        for (index, statement) in summary.statements.enumerated() {
            let (row, decision) = try decide(
                statement, known: known, sha256: plan.sha256, registry: registry, closings: closings)
            plan.rows.append(row)
            plan.decisions.append(decision)
            if case .refused(let reason) = decision, statement.isAccepted {
                plan.faults.append(StatementFault(line: statement.head.line, field: "statement", reason: reason))
            }
            if decision != .new, decision != .again { plan.summary.statements[index].end = nil }
            if case .refused = decision { continue }
            if let closing = row.closing, let closedOn = row.closedOn, !statement.head.isInterim {
                closings[row.account] = StatementRegistry.Balance(
                    statement: row.statement, closing: closing, closedOn: closedOn)
            }
        }
        return plan
    }

    private func decide(
        _ statement: StatementSummary.Statement, known: [String: Bool], sha256: [UInt8],
        registry: StatementRegistry?, closings: [String: StatementRegistry.Balance]
    ) throws -> (StatementRegistry.Row, Decision) {
        let head = statement.head
        var row = StatementRegistry.Row(account: head.account, statement: head.statement)
        guard let end = statement.end else {
            return (row, .refused(statement.refusal?.description ?? "is not whole"))
        }
        do {
            row.account = try StatementEntryEvents.account(head.account).text
            row.statement = try StatementEntryEvents.reference(head.statement).text
        } catch { return (row, .refused("\(error)")) }
        row.opening = head.openingBalance?.amount
        row.closing = end.closingBalance?.amount
        row.openedOn = head.openedOn
        row.closedOn = end.closedOn
        row.entries = end.entries
        row.credits = end.credits.amount
        row.debits = end.debits.amount
        if let completed = known["\(row.account) \(row.statement)"] { return (row, completed ? .done : .again) }
        guard let registry, !head.isInterim else { return (row, .new) }
        if try registry.isTaken(row, sha256: sha256) {
            return (row, .refused("statement \(row.statement) was imported before with other content"))
        }
        if !acceptGap, let gap = try gap(row, sha256, registry, closings[row.account]) { return (row, .refused(gap)) }
        return (row, .new)
    }

    /// Why the statement does not follow the one before; the first of an account follows nothing.
    private func gap(
        _ row: StatementRegistry.Row, _ sha256: [UInt8], _ registry: StatementRegistry,
        _ inFile: StatementRegistry.Balance?
    ) throws -> String? {
        guard let opening = row.opening, let date = row.openedOn ?? row.closedOn else { return nil }
        let stored = try registry.balance(before: row, upTo: date, sha256: sha256)
        var before = stored
        if let inFile, inFile.closedOn <= date, inFile.closedOn >= stored?.closedOn ?? inFile.closedOn {
            before = inFile
        }
        guard let before, before.closing != opening else { return nil }
        return "opens with \(opening) rupiah, statement \(before.statement) of \(before.closedOn) closed with "
            + "\(before.closing): a statement is missing between them"
    }

    /// The second pass: hands out the records of the statements to publish, and every fault of the file.
    func read(
        _ plan: Plan, progress: StatementFile.Progress? = nil, fault: (StatementFault) throws -> Void = { _ in },
        send: (OutgoingRecord) throws -> Void
    ) throws -> Outcome {
        var outcome = Outcome()
        var events: StatementEntryEvents?
        var entries = plan.toPublish.map(\.entries).makeIterator()
        try StatementFile.read(
            path: path, format: plan.summary.format, dialect: plan.summary.dialect, profile: profile,
            accepting: plan.summary, progress: progress
        ) { item in
            switch item {
            case .opened(let head):
                events = nil  // frees what it holds before the next
                events = try StatementEntryEvents(
                    bank: bank, head: head, entries: entries.next() ?? 0, sha256: plan.summary.sha256)
            case .entry(let entry):
                if let record = try events?.record(entry) {
                    try send(record)
                    outcome.published += 1
                } else {
                    outcome.left += 1
                }
            case .refused(let found): try fault(found)
            case .closed: events = nil
            }
        }
        for found in plan.faults { try fault(found) }
        return outcome
    }

    /// Notes the statements, publishes their lines and marks them as complete. `flush` returns once all is in Kafka.
    func publish(
        _ plan: Plan, _ registry: StatementRegistry, progress: StatementFile.Progress? = nil,
        fault: (StatementFault) throws -> Void = { _ in }, send: (OutgoingRecord) throws -> Void,
        flush: () throws -> Void
    ) throws -> Outcome {
        let name = URL(fileURLWithPath: path).lastPathComponent
        try registry.register(
            plan.toPublish, sha256: plan.sha256, format: plan.summary.format, fileName: name, by: by)
        let outcome = try read(plan, progress: progress, fault: fault, send: send)
        try flush()
        try registry.complete(sha256: plan.sha256, detail: detail(plan, outcome, name))
        return outcome
    }

    private func detail(_ plan: Plan, _ outcome: Outcome, _ name: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("did", "import statement")
        writer.field("by", by)
        writer.field("bank", bank)
        writer.field("file", name)
        writer.field("sha256", plan.summary.sha256)
        writer.field("statements", plan.toPublish.count)
        writer.field("lines", outcome.published)
        writer.field("refused", plan.faultCount)
        writer.field("gap_accepted", acceptGap)
        writer.endObject()
        return writer.text
    }

    static func bytes(hexadecimal text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
