/// Follows the elements of one file and puts their texts where they belong.
final class CamtDocument: XMLEvents {
    static let depthLimit = 64

    let kind: CamtReader.Kind
    let each: (StatementItem) throws -> Void
    private let paths: CamtPaths
    private var names = CamtNames()
    /// Indices of `paths`, from the root to the element that is read now.
    private var stack: [Int] = []
    /// Elements around the parser's place that nobody reads, below those of `stack`.
    private var skipped = 0
    var text = CamtText()
    /// The text of this element is read.
    private var leaf: CamtNode?
    var leafLine = 0
    var leafCurrency = LeafCurrency.missing

    enum LeafCurrency { case missing, rupiah, other }

    private var statementCount = 0
    var statement: CamtStatement?
    var balance: CamtBalance?
    var entry: CamtEntry?
    /// Since the entry began.
    private var elements = 0

    init(kind: CamtReader.Kind, each: @escaping (StatementItem) throws -> Void) {
        self.kind = kind
        self.each = each
        paths = CamtPaths(kind: kind)
        stack.reserveCapacity(Self.depthLimit)
    }

    // MARK: Events

    func started(_ name: UnsafePointer<CChar>, attributes: CamtAttributes, parser: CamtExpat) throws {
        guard stack.count + skipped < Self.depthLimit else {
            throw StatementFault(line: parser.line, field: "XML", reason: "elements nest deeper than 64")
        }
        try countElement(parser)
        if stack.isEmpty {
            try names.readRoot(name, kind: kind, line: parser.line)
            stack.append(CamtPaths.documentIndex)
            return
        }
        try attributes.each { name, _ in try names.note(name, line: parser.line) }
        let local = names.local(name)
        guard skipped == 0, let local, let current = stack.last, let index = paths.child(of: current, named: local)
        else {
            try names.note(name, line: parser.line)
            if stack.count == 1, skipped == 0 {
                throw StatementFault(line: parser.line, field: "Document", reason: "expected \(kind.message)")
            }
            skipped += 1
            return
        }
        stack.append(index)
        let node = paths.nodes[index]
        let isLeaf = paths.isLeaf[index]
        leaf = isLeaf ? node : nil
        if isLeaf {
            text.clear()
            leafLine = parser.line
            leafCurrency = .missing
            attributes.each { name, value in
                if names.isCurrency(name) { leafCurrency = names.isRupiah(value) ? .rupiah : .other }
            }
        }
        try begin(node, parser)
    }

    func ended(parser: CamtExpat) throws {
        if skipped > 0 {
            skipped -= 1
            return
        }
        guard let index = stack.popLast() else { return }
        let node = paths.nodes[index]
        if paths.isLeaf[index] {
            if let leaf, leaf == node { try take(leaf) }
            leaf = nil
        } else {
            try end(node, parser)
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if leaf != nil, skipped == 0 { text.append(bytes) }
    }

    func namespace(prefix: UnsafePointer<CChar>?, parser: CamtExpat) throws {
        if let prefix { try names.notePrefix(prefix, line: parser.line) }
    }

    private func countElement(_ parser: CamtExpat) throws {
        elements += 1
        if elements > CamtEntry.elementLimit, entry != nil {
            throw StatementFault(line: parser.line, field: "Ntry", reason: "more than 1000000 elements in one entry")
        }
    }

    // MARK: Elements with elements

    private func begin(_ node: CamtNode, _ parser: CamtExpat) throws {
        switch node {
        case .statement:
            statementCount += 1
            statement = CamtStatement(line: parser.line, kind: kind)
        case .balance: balance = CamtBalance(line: parser.line)
        case .summary: statement?.summary(at: parser.line)
        case .entry:
            try statement?.open(each: each)
            entry = CamtEntry(line: parser.line)
            elements = 0
        case .transaction: entry?.begin(transactionAt: parser.line)
        default: break
        }
    }

    private func end(_ node: CamtNode, _ parser: CamtExpat) throws {
        switch node {
        case .balance:
            // camt.054 has no balances (domain.md 6.3).
            if kind == .camt053, let balance { try statement?.take(balance, each: each) }
            balance = nil
        case .entry:
            if let entry { try statement?.take(entry, each: each) }
            entry = nil
        case .statement:
            try statement?.close(at: parser.line, each: each)
            statement = nil
        case .message where statementCount == 0:
            throw StatementFault(line: parser.line, field: kind.message, reason: "holds no \(kind.statement)")
        case .document where statementCount == 0:
            throw StatementFault(line: parser.line, field: "Document", reason: "holds no \(kind.message)")
        default: break
        }
    }
}
