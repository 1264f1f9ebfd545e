import PerisaiModels

/// Number and sum of entries, as stated or as counted.
struct CamtTotal {
    var count = 0
    /// Wide enough for any number of entries.
    var sum: Int128 = 0

    mutating func add(_ amount: Rupiah?) {
        count += 1
        sum += Int128(amount?.amount ?? 0)
    }
}

/// What TxsSummry states of a group of entries; nil: nothing.
struct CamtStated {
    var count: Int?
    var sum: Rupiah?

    func agrees(with total: CamtTotal) -> Bool {
        (count ?? total.count) == total.count && (sum.map { Int128($0.amount) } ?? total.sum) == total.sum
    }
}

/// Entries counted by direction.
struct CamtTally {
    var all = CamtTotal()
    var credits = CamtTotal()
    var debits = CamtTotal()

    mutating func add(_ amount: Rupiah?, isCredit: Bool?) {
        all.add(amount)
        if isCredit == true { credits.add(amount) }
        if isCredit == false { debits.add(amount) }
    }
}

/// One Bal while it is read.
struct CamtBalance {
    let line: Int
    var code: String?
    var amount: Rupiah?
    var isCredit: Bool?
    var date: CivilDate?
    /// Speaks against the balance, if it is one of those that count.
    var fault: StatementFault?

    init(line: Int) { self.line = line }

    /// Negative for a debit balance.
    func signed() throws(StatementFault) -> Rupiah {
        if let fault { throw fault }
        guard let amount else {
            throw StatementFault(line: line, field: CamtNode.balanceAmount.rawValue, reason: "is missing")
        }
        guard let isCredit else {
            throw StatementFault(line: line, field: CamtNode.balanceDirection.rawValue, reason: "is missing")
        }
        // A decimal of the file has no sign: the negative always fits.
        return isCredit ? amount : Rupiah(-amount.amount)
    }
}

/// One Stmt or Ntfctn while it is read.
struct CamtStatement {
    /// Faults that may stand before the first entry.
    static let faultLimit = 100
    static let identificationLimit = 64
    static let accountLimit = 34

    let line: Int
    let kind: CamtReader.Kind
    var identification: String?
    var account: String?
    var sequence: Int?
    private(set) var isOpen = false
    /// Of the head: told behind `opened`.
    private var faults: [StatementFault] = []

    private var opening: (balance: Rupiah, date: CivilDate?)?
    private var previousClosing: (balance: Rupiah, date: CivilDate?)?
    private var closing: (balance: Rupiah, date: CivilDate?)?

    var statedAll = CamtStated()
    var statedCredits = CamtStated()
    var statedDebits = CamtStated()
    private var summaryLine: Int?
    /// With those that are not booked, and without.
    private var tally = CamtTally()
    private var bookedTally = CamtTally()

    private var ordinal = 1
    private var credits = Rupiah.zero
    private var debits = Rupiah.zero
    private var entries = 0

    init(line: Int, kind: CamtReader.Kind) {
        self.line = line
        self.kind = kind
    }

    mutating func fault(_ fault: StatementFault, each: (StatementItem) throws -> Void) throws {
        guard !isOpen else { return try each(.refused(fault)) }
        guard faults.count < Self.faultLimit else { throw fault }
        faults.append(fault)
    }

    mutating func summary(at line: Int) { summaryLine = summaryLine ?? line }

    /// Takes OPBD or PRCD as opening and CLBD as closing balance; others say nothing of the booked entries.
    mutating func take(_ balance: CamtBalance, each: (StatementItem) throws -> Void) throws {
        guard let code = balance.code, ["OPBD", "PRCD", "CLBD"].contains(code) else { return }
        do {
            let value = (balance: try balance.signed(), date: balance.date)
            let known = code == "OPBD" ? opening : code == "PRCD" ? previousClosing : closing
            if known != nil {
                throw StatementFault(line: balance.line, field: "Bal", reason: "\(code): is there twice")
            }
            if isOpen, code != "CLBD" {
                throw StatementFault(line: balance.line, field: "Bal", reason: "\(code): stands behind the entries")
            }
            switch code {
            case "OPBD": opening = value
            case "PRCD": previousClosing = value
            default: closing = value
            }
        } catch let found as StatementFault {
            try fault(found, each: each)
        }
    }

    /// Tells the head, once: before the first entry or at the end.
    mutating func open(each: (StatementItem) throws -> Void) throws {
        guard !isOpen else { return }
        let name = kind.statement
        guard let identification, !identification.isEmpty else {
            throw StatementFault(line: line, field: "\(name)/Id", reason: "is missing")
        }
        guard let account, !account.isEmpty else {
            throw StatementFault(line: line, field: "Acct/Id", reason: "is missing")
        }
        isOpen = true
        let start = opening ?? previousClosing
        try each(
            .opened(
                StatementHead(
                    account: account, statement: identification, sequence: sequence, isInterim: kind == .camt054,
                    openingBalance: start?.balance, openedOn: start?.date, line: line)))
        for fault in faults { try each(.refused(fault)) }
        faults = []
    }

    mutating func take(_ entry: CamtEntry, each: (StatementItem) throws -> Void) throws {
        tally.add(entry.amount, isCredit: entry.isCredit)
        if entry.isBooked { bookedTally.add(entry.amount, isCredit: entry.isCredit) }
        let lines: [StatementEntry]
        do throws(StatementFault) {
            lines = try entry.lines(from: ordinal)
        } catch {
            // A refused entry keeps the places of its lines: those behind it stay where a corrected file has them.
            ordinal += entry.lineCount
            return try each(.refused(error))
        }
        for line in lines {
            do throws(MoneyOverflow) {
                if line.isCredit {
                    credits = try credits.adding(line.amount)
                } else {
                    debits = try debits.adding(line.amount)
                }
            } catch {
                throw StatementFault(line: line.line, field: "Ntry/Amt", reason: "the entries' sum: \(error)")
            }
            entries += 1
            try each(.entry(line))
        }
        ordinal += lines.count
    }

    mutating func close(at line: Int, each: (StatementItem) throws -> Void) throws {
        try open(each: each)
        if let summaryLine {
            try compare(statedAll, tally.all, bookedTally.all, "TtlNtries", summaryLine, each)
            try compare(statedCredits, tally.credits, bookedTally.credits, "TtlCdtNtries", summaryLine, each)
            try compare(statedDebits, tally.debits, bookedTally.debits, "TtlDbtNtries", summaryLine, each)
        }
        try each(
            .closed(
                StatementEnd(
                    closingBalance: closing?.balance, closedOn: closing?.date, credits: credits, debits: debits,
                    entries: entries, line: line)))
    }

    /// Banks count entries that are not booked, or not: either is right.
    private func compare(
        _ stated: CamtStated, _ counted: CamtTotal, _ booked: CamtTotal, _ group: String, _ line: Int,
        _ each: (StatementItem) throws -> Void
    ) throws {
        guard !stated.agrees(with: counted), !stated.agrees(with: booked) else { return }
        let reason =
            "\(group): number or sum is not that of the entries (\(counted.count) with a sum of \(counted.sum))"
        try each(.refused(StatementFault(line: line, field: "TxsSummry", reason: reason)))
    }
}
