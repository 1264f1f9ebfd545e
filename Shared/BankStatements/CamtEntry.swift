import PerisaiModels

/// One TxDtls while it is read.
struct CamtTransaction {
    let line: Int
    /// `Amt` (from version 4 on).
    var amount: Rupiah?
    /// `AmtDtls/TxAmt/Amt`, where there is no `Amt`.
    var transactionAmount: Rupiah?
    var isCredit: Bool?
    var endToEnd: String?
    var servicerReference: String?
    var creditorReference: String?
    var debtor: String?
    var text = ""

    init(line: Int) { self.line = line }
}

/// One Ntry while it is read, and what comes of it.
struct CamtEntry {
    /// Most TxDtls of one entry.
    static let transactionLimit = 10_000
    /// Most elements within one entry, read or not.
    static let elementLimit = 1_000_000
    /// Longest name of a payer, in characters (Max140Text of ISO 20022).
    static let nameLimit = 140

    let line: Int
    var amount: Rupiah?
    var isCredit: Bool?
    var isReversal = false
    var status: String?
    var bookedOn: CivilDate?
    var valueDate: CivilDate?
    var reference: String?
    var servicerReference: String?
    var information = ""
    var transactions: [CamtTransaction] = []
    /// The first thing that speaks against the entry.
    private(set) var fault: StatementFault?

    init(line: Int) { self.line = line }

    mutating func refuse(_ line: Int, _ field: String, _ reason: String) {
        if fault == nil { fault = StatementFault(line: line, field: field, reason: reason) }
    }

    mutating func begin(transactionAt line: Int) {
        guard transactions.count < Self.transactionLimit else {
            transactions = []
            refuse(line, CamtNode.transaction.rawValue, "more than 10000 in one entry")
            return
        }
        // A refused entry needs no more of them.
        if fault == nil { transactions.append(CamtTransaction(line: line)) }
    }

    /// Changes the TxDtls that is read now.
    mutating func update(_ change: (inout CamtTransaction) -> Void) {
        guard !transactions.isEmpty else { return }
        change(&transactions[transactions.count - 1])
    }

    var isBooked: Bool { status == "BOOK" }

    /// How many lines the entry is, refused or not.
    var lineCount: Int { max(1, transactions.count) }

    /// The lines of the statement: one for the entry, or one for each TxDtls of a batch. `ordinal` is the first one's.
    func lines(from ordinal: Int) throws(StatementFault) -> [StatementEntry] {
        if let fault { throw fault }
        guard let amount else { throw missing(.entryAmount) }
        guard let isCredit else { throw missing(.entryDirection) }
        try checkStatus()
        guard let bookedOn else { throw missing(.entryBooked) }
        guard amount > .zero else { throw fault(.entryAmount, "is not above zero") }
        let amounts = try self.amounts(of: amount, isCredit: isCredit)
        var entry = StatementEntry(
            ordinal: ordinal, line: line, isCredit: isCredit, isReversal: isReversal, amount: amount,
            bookedOn: bookedOn, valueDate: valueDate, bankReference: servicerReference ?? reference, text: information)
        guard let only = transactions.first else { return [entry] }
        if transactions.count == 1 {
            entry.bankReference = servicerReference ?? only.servicerReference ?? reference
            fill(&entry, from: only)
            return [entry]
        }
        return zip(transactions, amounts).enumerated().map { offset, part in
            let (transaction, amount) = part
            var line = entry
            line.ordinal = ordinal + offset
            line.line = transaction.line
            line.isCredit = transaction.isCredit ?? isCredit
            line.amount = amount
            line.bankReference = transaction.servicerReference ?? servicerReference ?? reference
            fill(&line, from: transaction)
            return line
        }
    }

    private func fill(_ entry: inout StatementEntry, from transaction: CamtTransaction) {
        // The reference that the creditor gave out names the due itself; EndToEndId is the payer's own.
        entry.payerReference = transaction.creditorReference ?? transaction.endToEnd
        entry.payerName = transaction.debtor
        entry.text = transaction.text
        CamtValues.append(information, to: &entry.text)
        if transaction.creditorReference != nil, let other = transaction.endToEnd {
            // Not lost: rules that search free text find it.
            CamtValues.append(other, to: &entry.text)
        }
    }

    private func checkStatus() throws(StatementFault) {
        switch status {
        case "BOOK": return
        case "PDNG": throw fault(.entryStatus, "PDNG: pending, not booked yet")
        case "INFO": throw fault(.entryStatus, "INFO: told for information, not booked")
        case "FUTR": throw fault(.entryStatus, "FUTR: booked at a later date")
        case nil: throw missing(.entryStatus)
        default: throw fault(.entryStatus, "is not BOOK")
        }
    }

    /// The amount of each TxDtls. Those that have one must add up to the entry, and of several each must have one.
    private func amounts(of whole: Rupiah, isCredit: Bool) throws(StatementFault) -> [Rupiah] {
        var sum: Int128 = 0
        var amounts: [Rupiah] = []
        amounts.reserveCapacity(transactions.count)
        for transaction in transactions {
            guard let amount = transaction.amount ?? transaction.transactionAmount else {
                if transactions.count == 1, transaction.isCredit ?? isCredit == isCredit { return [whole] }
                throw fault(.transaction, "one of several has no amount", at: transaction.line)
            }
            guard amount > .zero else { throw fault(.amount, "is not above zero", at: transaction.line) }
            let isSame = transaction.isCredit ?? isCredit == isCredit
            sum += Int128(amount.amount) * (isSame ? 1 : -1)
            amounts.append(amount)
        }
        guard transactions.isEmpty || sum == Int128(whole.amount) else {
            throw fault(.transaction, "the amounts do not add up to the entry")
        }
        return amounts
    }

    private func fault(_ node: CamtNode, _ reason: String, at line: Int? = nil) -> StatementFault {
        StatementFault(line: line ?? self.line, field: node.rawValue, reason: reason)
    }

    private func missing(_ node: CamtNode) -> StatementFault { fault(node, "is missing") }
}
