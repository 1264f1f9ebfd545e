import PerisaiModels

/// What the first pass over a file found: which statements are whole and add up, and what was refused.
public struct StatementSummary: Sendable, Hashable {
    /// Faults that are kept; `faultCount` counts them all.
    public static let faultsKept = 1_000
    /// Most statements in one file.
    public static let statementLimit = 100_000

    /// One statement, in the order of the file.
    public struct Statement: Sendable, Hashable {
        public var head: StatementHead
        /// Nil for a statement that is refused as a whole.
        public var end: StatementEnd?
        /// Entries that were handed out, whether the statement is refused or not.
        public var entries = 0
        /// Faults within the statement.
        public var faults = 0
        /// The fault that refused the statement, or its last one.
        public var refusal: StatementFault?

        /// The statement is whole and adds up: its entries may be imported.
        public var isAccepted: Bool { end != nil }
    }

    public var format: StatementFormat
    public var dialect: StatementDialect?
    /// SHA-256 of the file in 64 hexadecimal digits: tells a file that was imported before.
    public var sha256: String
    public var bytes: Int
    public var statements: [Statement] = []
    /// The first `faultsKept`, in the order of the file.
    public var faults: [StatementFault] = []
    public var faultCount = 0

    /// Sums over the accepted statements; nil when they do not fit 64 bits of rupiah.
    public var credits: Rupiah? { try? Rupiah.sum(of: statements.lazy.compactMap { $0.end?.credits }) }
    public var debits: Rupiah? { try? Rupiah.sum(of: statements.lazy.compactMap { $0.end?.debits }) }
    /// Entries of the accepted statements.
    public var entries: Int { statements.reduce(0) { $0 + ($1.end?.entries ?? 0) } }
    public var refusedStatements: Int { statements.reduce(0) { $0 + ($1.isAccepted ? 0 : 1) } }
    /// Nothing was refused.
    public var isClean: Bool { faultCount == 0 }
}

/// Makes the summary from the items of a reader.
struct StatementCollector {
    private(set) var summary: StatementSummary
    private var isOpen = false
    /// An entry or field of the statement was refused; so its entries alone need not give its balances.
    private var hasRefusals = false
    /// The sums that the bank states differ from the entries (camt).
    private var brokenSums: StatementFault?

    init(format: StatementFormat, dialect: StatementDialect?) {
        summary = StatementSummary(format: format, dialect: dialect, sha256: "", bytes: 0)
    }

    mutating func take(_ item: StatementItem) throws {
        switch item {
        case .opened(let head):
            finish(at: head.line)
            guard summary.statements.count < StatementSummary.statementLimit else {
                throw StatementFileError("holds more than \(StatementSummary.statementLimit) statements")
            }
            summary.statements.append(StatementSummary.Statement(head: head))
            (isOpen, hasRefusals, brokenSums) = (true, false, nil)
        case .entry: if isOpen { summary.statements[summary.statements.count - 1].entries += 1 }
        case .refused(let fault): add(fault)
        case .closed(let end): close(end)
        }
    }

    mutating func add(_ fault: StatementFault) {
        summary.faultCount += 1
        if summary.faults.count < StatementSummary.faultsKept { summary.faults.append(fault) }
        guard isOpen else { return }
        summary.statements[summary.statements.count - 1].faults += 1
        summary.statements[summary.statements.count - 1].refusal = fault
        hasRefusals = true
        if fault.field == "TxsSummry" { brokenSums = fault }
    }

    private mutating func close(_ end: StatementEnd) {
        guard isOpen else { return }
        let index = summary.statements.count - 1
        if brokenSums == nil, !hasRefusals, !addsUp(summary.statements[index].head, end) {
            add(
                StatementFault(
                    line: end.line, field: "balance",
                    reason:
                        "the statement is refused: opening balance, credits and debits do not give the closing balance")
            )
            brokenSums = summary.statements[index].refusal
        }
        if let brokenSums {
            summary.statements[index].refusal = brokenSums
        } else {
            summary.statements[index].end = end
            summary.statements[index].refusal = nil
        }
        isOpen = false
    }

    private func addsUp(_ head: StatementHead, _ end: StatementEnd) -> Bool {
        guard let opening = head.openingBalance, let closing = end.closingBalance else { return true }
        return Int128(opening.amount) + Int128(end.credits.amount) - Int128(end.debits.amount) == Int128(closing.amount)
    }

    /// A statement that was opened and not closed must have a fault that says why.
    private mutating func finish(at line: Int) {
        if isOpen, summary.statements.last?.faults == 0 {
            add(StatementFault(line: line, field: "statement", reason: "the statement is refused: it has no end"))
        }
        isOpen = false
    }

    mutating func finish(sha256: String, bytes: Int) -> StatementSummary {
        finish(at: summary.statements.last?.head.line ?? 1)
        summary.sha256 = sha256
        summary.bytes = bytes
        return summary
    }
}
