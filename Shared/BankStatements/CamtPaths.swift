/// The elements of camt.053 and camt.054 that are read, each by its path from the statement. Everything else is
/// passed over with all that it holds.
enum CamtNode: String, CaseIterable {
    case document = "Document"
    case message = "Document/*"
    case statement = "Stmt"

    case identification = "Stmt/Id"
    case sequence = "Stmt/ElctrncSeqNb"
    case account = "Acct"
    case accountIdentification = "Acct/Id"
    case accountIBAN = "Acct/Id/IBAN"
    case accountOther = "Acct/Id/Othr"
    case accountOtherId = "Acct/Id/Othr/Id"
    case accountCurrency = "Acct/Ccy"

    case balance = "Bal"
    case balanceType = "Bal/Tp"
    case balanceChoice = "Bal/Tp/CdOrPrtry"
    case balanceCode = "Bal/Tp/CdOrPrtry/Cd"
    case balanceAmount = "Bal/Amt"
    case balanceDirection = "Bal/CdtDbtInd"
    case balanceDay = "Bal/Dt"
    case balanceDate = "Bal/Dt/Dt"
    case balanceDateTime = "Bal/Dt/DtTm"

    case summary = "TxsSummry"
    case summaryAll = "TxsSummry/TtlNtries"
    case summaryAllCount = "TxsSummry/TtlNtries/NbOfNtries"
    case summaryAllSum = "TxsSummry/TtlNtries/Sum"
    case summaryCredits = "TxsSummry/TtlCdtNtries"
    case summaryCreditsCount = "TxsSummry/TtlCdtNtries/NbOfNtries"
    case summaryCreditsSum = "TxsSummry/TtlCdtNtries/Sum"
    case summaryDebits = "TxsSummry/TtlDbtNtries"
    case summaryDebitsCount = "TxsSummry/TtlDbtNtries/NbOfNtries"
    case summaryDebitsSum = "TxsSummry/TtlDbtNtries/Sum"

    case entry = "Ntry"
    case entryReference = "Ntry/NtryRef"
    case entryAmount = "Ntry/Amt"
    case entryDirection = "Ntry/CdtDbtInd"
    case entryReversal = "Ntry/RvslInd"
    case entryStatus = "Ntry/Sts"
    case entryStatusCode = "Ntry/Sts/Cd"
    case entryBooked = "Ntry/BookgDt"
    case entryBookedDate = "Ntry/BookgDt/Dt"
    case entryBookedDateTime = "Ntry/BookgDt/DtTm"
    case entryValue = "Ntry/ValDt"
    case entryValueDate = "Ntry/ValDt/Dt"
    case entryValueDateTime = "Ntry/ValDt/DtTm"
    case entryServicerReference = "Ntry/AcctSvcrRef"
    case entryInformation = "Ntry/AddtlNtryInf"
    case details = "Ntry/NtryDtls"

    case transaction = "Ntry/NtryDtls/TxDtls"
    case references = "Ntry/NtryDtls/TxDtls/Refs"
    case endToEnd = "Ntry/NtryDtls/TxDtls/Refs/EndToEndId"
    case servicerReference = "Ntry/NtryDtls/TxDtls/Refs/AcctSvcrRef"
    case amount = "Ntry/NtryDtls/TxDtls/Amt"
    case direction = "Ntry/NtryDtls/TxDtls/CdtDbtInd"
    case amountDetails = "Ntry/NtryDtls/TxDtls/AmtDtls"
    case transactionAmount = "Ntry/NtryDtls/TxDtls/AmtDtls/TxAmt"
    case transactionAmountValue = "Ntry/NtryDtls/TxDtls/AmtDtls/TxAmt/Amt"
    case parties = "Ntry/NtryDtls/TxDtls/RltdPties"
    case debtor = "Ntry/NtryDtls/TxDtls/RltdPties/Dbtr"
    case debtorName = "Ntry/NtryDtls/TxDtls/RltdPties/Dbtr/Nm"
    case debtorParty = "Ntry/NtryDtls/TxDtls/RltdPties/Dbtr/Pty"
    case debtorPartyName = "Ntry/NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm"
    case remittance = "Ntry/NtryDtls/TxDtls/RmtInf"
    case unstructured = "Ntry/NtryDtls/TxDtls/RmtInf/Ustrd"
    case structured = "Ntry/NtryDtls/TxDtls/RmtInf/Strd"
    case structuredInformation = "Ntry/NtryDtls/TxDtls/RmtInf/Strd/AddtlRmtInf"
    case creditorReferenceInformation = "Ntry/NtryDtls/TxDtls/RmtInf/Strd/CdtrRefInf"
    case creditorReference = "Ntry/NtryDtls/TxDtls/RmtInf/Strd/CdtrRefInf/Ref"
    case information = "Ntry/NtryDtls/TxDtls/AddtlTxInf"

    /// Path of the element around it, nil for the root.
    fileprivate var parent: CamtNode? {
        switch self {
        case .document: nil
        case .message: .document
        case .statement: .message
        default:
            // "Ntry" and "Bal" stand in the statement, though their short paths do not say so.
            rawValue.lastIndex(of: "/").map { CamtNode(rawValue: String(rawValue[..<$0])) } ?? .statement
        }
    }

    /// `/` and all before it cut off. Message and statement have names by the kind.
    fileprivate func name(_ kind: CamtReader.Kind) -> String {
        switch self {
        case .message: kind.message
        case .statement: kind.statement
        default: rawValue.split(separator: "/").last.map(String.init) ?? rawValue
        }
    }
}

/// Finds the node of an element within another. Elements have a dozen children that are read at the most: their names
/// are compared one after the other, as bytes.
struct CamtPaths {
    static let documentIndex = 0
    let nodes = CamtNode.allCases
    /// The text of the element is read.
    private(set) var isLeaf: [Bool]
    private var children: [[(name: [UInt8], index: Int)]]

    init(kind: CamtReader.Kind) {
        isLeaf = Array(repeating: true, count: nodes.count)
        children = Array(repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            guard let parent = node.parent, let place = nodes.firstIndex(of: parent) else { continue }
            children[place].append((Array(node.name(kind).utf8), index))
            // Older versions have the status as its text, newer ones in Cd.
            isLeaf[place] = parent == .entryStatus
        }
    }

    /// Index of the child with this name, nil when nobody reads it.
    func child(of index: Int, named name: UnsafeBufferPointer<UInt8>) -> Int? {
        for child in children[index] where child.name.count == name.count {
            var place = 0
            while place < name.count, child.name[place] == name[place] { place += 1 }
            if place == name.count { return child.index }
        }
        return nil
    }
}
