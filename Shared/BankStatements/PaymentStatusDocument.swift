import PerisaiModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Follows the elements of a pain.002 or camt.054 file and gathers what it says of instructions.
final class PaymentStatusDocument: XMLEvents {
    static let depthLimit = 64
    /// Elements within one instruction's report.
    static let elementLimit = 10_000

    /// What is said of one instruction, of one group, or of one entry, while it is read.
    private struct Block {
        var line: Int
        var reference = ""
        var status = ""
        var codes: [String] = []
        var texts: [String] = []
        var amount: Rupiah?
        var isReturn = false
    }

    private let format: PaymentStatusFormat
    private(set) var result = PaymentStatusReader.Result()
    private var namespace: [CChar] = []
    /// Local names from the root; "" for an element of another namespace.
    private var stack: [String] = []
    private var names = CamtNames()
    private var text = CamtText()
    private var leafLine = 1
    private var isRupiah = true
    private var blocks: [(depth: Int, block: Block)] = []
    private var elements = 0
    private var hasMessage = false

    init(format: PaymentStatusFormat) { self.format = format }

    private var message: String { format == .pain002 ? "CstmrPmtStsRpt" : "BkToCstmrDbtCdtNtfctn" }

    /// Elements that are about one instruction or one file.
    private func isBlock(_ name: String) -> Bool {
        switch format {
        case .pain002: name == "TxInfAndSts" || name == "OrgnlGrpInfAndSts" || name == "OrgnlPmtInfAndSts"
        default: name == "TxDtls"
        }
    }

    // MARK: Events

    func started(_ name: UnsafePointer<CChar>, attributes: CamtAttributes, parser: CamtExpat) throws {
        guard stack.count < Self.depthLimit else {
            throw StatementFault(line: parser.line, field: "XML", reason: "elements nest deeper than 64")
        }
        elements += 1
        guard elements <= Self.elementLimit || blocks.isEmpty else {
            throw StatementFault(line: parser.line, field: "XML", reason: "too many elements in one report")
        }
        try names.note(name, line: parser.line)
        if stack.isEmpty { try readRoot(name, parser.line) }
        let local = local(name)
        stack.append(local)
        if stack.count == 2 {
            guard local == message else {
                throw StatementFault(line: parser.line, field: "Document", reason: "expected \(message)")
            }
            hasMessage = true
        }
        text.clear()
        leafLine = parser.line
        isRupiah = true
        attributes.each { name, value in
            if strcmp(name, "Ccy") == 0 { isRupiah = strcmp(value, "IDR") == 0 }
        }
        guard isBlock(local) else { return }
        if local != "OrgnlPmtInfAndSts" { elements = 0 }
        blocks.append((stack.count, Block(line: parser.line)))
    }

    func ended(parser: CamtExpat) throws {
        guard let name = stack.popLast() else { return }
        if let open = blocks.last, open.depth == stack.count + 1 {
            blocks.removeLast()
            try close(open.block, name)
        } else if !blocks.isEmpty {
            try take(name)
        }
        text.clear()
        if stack.isEmpty, !hasMessage {
            throw StatementFault(line: parser.line, field: "Document", reason: "holds no \(message)")
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) { text.append(bytes) }

    func namespace(prefix: UnsafePointer<CChar>?, parser: CamtExpat) throws {
        if let prefix { try names.notePrefix(prefix, line: parser.line) }
    }

    private func readRoot(_ name: UnsafePointer<CChar>, _ line: Int) throws {
        let whole = String(cString: name)
        let parts = whole.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix(format.namespace), parts[0].count == format.namespace.count + 2,
            let version = Int(parts[0].suffix(2)), version >= 2, parts[1] == "Document"
        else {
            throw StatementFault(
                line: line, field: "Document", reason: "the namespace is not \(format.namespace)02 or a later version")
        }
        namespace = parts[0].utf8.map { CChar(bitPattern: $0) } + [CamtExpat.separator]
    }

    private func local(_ name: UnsafePointer<CChar>) -> String {
        guard strncmp(name, namespace, namespace.count) == 0 else { return "" }
        return String(cString: name + namespace.count)
    }

    // MARK: Values

    private func take(_ name: String) throws {
        guard let index = blocks.indices.last else { return }
        let parent = stack.last ?? ""
        switch (name, parent) {
        case ("OrgnlEndToEndId", "TxInfAndSts"), ("OrgnlMsgId", "OrgnlGrpInfAndSts"),
            ("OrgnlPmtInfId", "OrgnlPmtInfAndSts"), ("EndToEndId", "Refs"):
            blocks[index].block.reference = try limited(70, name)
        case ("TxSts", "TxInfAndSts"), ("GrpSts", "OrgnlGrpInfAndSts"), ("PmtInfSts", "OrgnlPmtInfAndSts"):
            blocks[index].block.status = try limited(35, name)
        case ("Cd", "Rsn"), ("Prtry", "Rsn"):
            let code = try limited(70, name)
            if blocks[index].block.codes.count < 10 { blocks[index].block.codes.append(code) }
        case ("AddtlInf", "StsRsnInf"), ("AddtlInf", "RtrInf"):
            let words = CamtValues.cut(text.string, to: PaymentStatusReader.textLimit)
            if blocks[index].block.texts.count < 10, !words.isEmpty { blocks[index].block.texts.append(words) }
        case ("InstdAmt", "Amt"), ("Amt", "TxDtls"):
            blocks[index].block.amount = try amount(name)
        case ("RtrInf", _): blocks[index].block.isReturn = true
        default: break
        }
    }

    private func limited(_ limit: Int, _ field: String) throws -> String {
        let value = text.string
        guard !text.isTooLong, value.unicodeScalars.count <= limit else {
            throw StatementFault(line: leafLine, field: field, reason: "has more than \(limit) characters")
        }
        return value
    }

    private func amount(_ field: String) throws -> Rupiah {
        guard isRupiah else { throw StatementFault(line: leafLine, field: field, reason: "is not in IDR") }
        switch text.withTrimmed({ CamtValues.rupiah($0) }) {
        case .success(let amount): return amount
        case .failure(let fault): throw StatementFault(line: leafLine, field: field, reason: fault.rawValue)
        }
    }

    /// One finished report. A group that says no final status of its own says it of its instructions.
    private func close(_ block: Block, _ name: String) throws {
        let isInstruction = name == "TxInfAndSts" || name == "TxDtls"
        if format == .camt054, !block.isReturn { return }
        var status = PaymentStatus(
            line: block.line, scope: isInstruction ? .instruction : .file, reference: block.reference,
            code: block.isReturn ? "RtrInf" : block.status, outcome: .returned, reason: "", amount: block.amount)
        if format == .pain002 { status.outcome = .init(status: block.status, reasons: block.codes) }
        status.reason = CamtValues.cut(
            (block.codes + block.texts).joined(separator: " "), to: PaymentStatusReader.textLimit)
        if !isInstruction, block.status.isEmpty || status.outcome == .pending { return }
        if block.reference.isEmpty {
            result.faults.append(
                StatementFault(
                    line: block.line, field: name, reason: "names no instruction: \(status.code) \(status.reason)"))
        } else if isInstruction, block.status.isEmpty, format == .pain002 {
            result.faults.append(StatementFault(line: block.line, field: "TxSts", reason: "is missing"))
        } else {
            result.statuses.append(status)
        }
        guard result.statuses.count + result.faults.count <= PaymentStatusReader.entryLimit else {
            throw StatementFault(
                line: block.line, field: name, reason: "more than \(PaymentStatusReader.entryLimit) reports in one file"
            )
        }
    }
}
