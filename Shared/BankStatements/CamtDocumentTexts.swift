import PerisaiModels

/// Puts the texts of elements where they belong.
extension CamtDocument {
    func take(_ node: CamtNode) throws {
        if text.isTooLong { return try refuse(node, "the text is longer than 16 KiB") }
        switch node {
        case .balanceCode, .balanceAmount, .balanceDirection, .balanceDate, .balanceDateTime: try takeBalance(node)
        case .identification, .sequence, .accountIBAN, .accountOtherId, .accountCurrency: try takeHead(node)
        case .summaryAllCount: try state(\.statedAll.count, count(node))
        case .summaryAllSum: try state(\.statedAll.sum, sum(node))
        case .summaryCreditsCount: try state(\.statedCredits.count, count(node))
        case .summaryCreditsSum: try state(\.statedCredits.sum, sum(node))
        case .summaryDebitsCount: try state(\.statedDebits.count, count(node))
        case .summaryDebitsSum: try state(\.statedDebits.sum, sum(node))
        case .entryAmount, .entryDirection, .entryReversal, .entryStatus, .entryStatusCode, .entryBookedDate,
            .entryBookedDateTime, .entryValueDate, .entryValueDateTime, .entryReference, .entryServicerReference,
            .entryInformation:
            try takeEntry(node)
        default: if entry?.fault == nil { try takeTransaction(node) }
        }
    }

    private func state<Value>(_ path: WritableKeyPath<CamtStatement, Value>, _ value: Value) {
        statement?[keyPath: path] = value
    }

    private func takeHead(_ node: CamtNode) throws {
        let value = text.string
        switch node {
        case .identification:
            guard statement?.identification == nil else { throw fault(node, "is there twice") }
            guard value.utf8.count <= CamtStatement.identificationLimit else {
                throw fault(node, "is longer than \(CamtStatement.identificationLimit) characters")
            }
            statement?.identification = value
        case .accountIBAN, .accountOtherId:
            guard statement?.account == nil else { throw fault(node, "is there twice") }
            guard value.utf8.count <= CamtStatement.accountLimit else {
                throw fault(node, "is longer than \(CamtStatement.accountLimit) characters")
            }
            statement?.account = value
        case .accountCurrency: if value != "IDR" { try refuse(node, "is not IDR") }
        default:
            statement?.sequence = text.withTrimmed(CamtValues.number)
            if statement?.sequence == nil { try refuse(node, "is not a whole number") }
        }
    }

    // A value is read before the entry is touched: reading may refuse the entry, which must not happen within a change.

    private func takeBalance(_ node: CamtNode) throws {
        switch node {
        case .balanceCode: balance?.code = text.string
        case .balanceAmount:
            let amount = try amount(node)
            balance?.amount = amount
        case .balanceDirection:
            let isCredit = try value(node, CamtValues.isCredit, "is neither CRDT nor DBIT")
            balance?.isCredit = isCredit
        default:
            let date = try date(node)
            balance?.date = date
        }
    }

    private func takeEntry(_ node: CamtNode) throws {
        switch node {
        case .entryAmount:
            if entry?.amount != nil { try refuse(node, "is there twice") }
            let amount = try amount(node)
            entry?.amount = amount
        case .entryDirection:
            if entry?.isCredit != nil { try refuse(node, "is there twice") }
            let isCredit = try value(node, CamtValues.isCredit, "is neither CRDT nor DBIT")
            entry?.isCredit = isCredit
        case .entryReversal:
            let isReversal = try value(node, CamtValues.flag, "is neither true nor false")
            entry?.isReversal = isReversal ?? false
        case .entryStatus, .entryStatusCode:
            if entry?.status != nil { try refuse(node, "is there twice") }
            entry?.status = text.string
        case .entryBookedDate, .entryBookedDateTime:
            if entry?.bookedOn != nil { try refuse(node, "is there twice") }
            let date = try date(node)
            entry?.bookedOn = date
        case .entryValueDate, .entryValueDateTime:
            let date = try date(node)
            entry?.valueDate = date
        case .entryReference: entry?.reference = reference()
        case .entryServicerReference: entry?.servicerReference = reference()
        default: entry?.information = CamtValues.cut(text.string, to: StatementEntry.textLimit)
        }
    }

    private func takeTransaction(_ node: CamtNode) throws {
        switch node {
        case .amount, .transactionAmountValue:
            let amount = try amount(node)
            entry?.update { if node == .amount { $0.amount = amount } else { $0.transactionAmount = amount } }
        case .direction:
            let isCredit = try value(node, CamtValues.isCredit, "is neither CRDT nor DBIT")
            entry?.update { $0.isCredit = isCredit }
        case .endToEnd:
            // The word that ISO 20022 prescribes for none.
            let value = reference()
            entry?.update { $0.endToEnd = value == "NOTPROVIDED" ? nil : value }
        case .servicerReference:
            let value = reference()
            entry?.update { $0.servicerReference = value }
        case .creditorReference:
            // Of several the first counts, the others stay to be found as text.
            guard let value = reference() else { return }
            entry?.update {
                if $0.creditorReference == nil {
                    $0.creditorReference = value
                } else {
                    CamtValues.append(value, to: &$0.text)
                }
            }
        case .debtorName, .debtorPartyName:
            let name = CamtValues.cut(text.string, to: CamtEntry.nameLimit)
            entry?.update { $0.debtor = name.isEmpty ? nil : name }
        case .unstructured, .structuredInformation, .information:
            let piece = text.string
            entry?.update { CamtValues.append(piece, to: &$0.text) }
        default: break
        }
    }

    // MARK: Values

    private func value<Value>(_ node: CamtNode, _ parse: (String) -> Value?, _ reason: String) throws -> Value? {
        let value = parse(text.string)
        if value == nil { try refuse(node, reason) }
        return value
    }

    private func date(_ node: CamtNode) throws -> CivilDate? {
        switch node {
        case .balanceDate, .entryBookedDate, .entryValueDate: try value(node, CamtValues.date, "is not a date")
        default: try value(node, CamtValues.dateTime, "is not a date and time")
        }
    }

    private func amount(_ node: CamtNode) throws -> Rupiah? {
        switch leafCurrency {
        case .rupiah: break
        case .missing: try refuse(node, "has no currency (Ccy)")
        case .other: try refuse(node, "the currency is not IDR")
        }
        guard leafCurrency == .rupiah else { return nil }
        return try rupiah(node, decimals: 5)
    }

    private func rupiah(_ node: CamtNode, decimals: Int) throws -> Rupiah? {
        switch text.withTrimmed({ CamtValues.rupiah($0, decimals: decimals) }) {
        case .success(let amount): return amount
        case .failure(let fault):
            try refuse(node, fault.rawValue)
            return nil
        }
    }

    private func sum(_ node: CamtNode) throws -> Rupiah? { try rupiah(node, decimals: 17) }

    private func count(_ node: CamtNode) throws -> Int? {
        let count = text.withTrimmed(CamtValues.number)
        if count == nil { try refuse(node, "is not a whole number") }
        return count
    }

    private func reference() -> String? {
        let value = CamtValues.cut(text.string, to: StatementEntry.referenceLimit)
        return value.isEmpty ? nil : value
    }

    // MARK: Faults

    private func fault(_ node: CamtNode, _ reason: String) -> StatementFault {
        let path = node.rawValue
        let field = path.hasPrefix("Stmt/") ? kind.statement + path.dropFirst(4) : path
        return StatementFault(line: leafLine, field: field, reason: reason)
    }

    /// Of an entry or a balance: speaks against the whole of it. Of the head: told as it is; without account or number
    /// of the statement nothing can be read.
    private func refuse(_ node: CamtNode, _ reason: String) throws {
        let fault = fault(node, reason)
        switch node {
        case .identification, .accountIBAN, .accountOtherId: throw fault
        default: break
        }
        if entry != nil {
            entry?.refuse(fault.line, fault.field, fault.reason)
        } else if let balance {
            if balance.fault == nil { self.balance?.fault = fault }
        } else {
            try statement?.fault(fault, each: each)
        }
    }
}
