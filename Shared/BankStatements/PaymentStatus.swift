import PerisaiModels

/// What a bank says became of one instruction, or of all instructions of one file.
public struct PaymentStatus: Sendable, Hashable {
    public enum Scope: Sendable, Hashable {
        /// `reference` is the instruction's EndToEndId.
        case instruction
        /// `reference` is the MsgId or PmtInfId of the file: it stands for every instruction in it.
        case file
    }

    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case paid, rejected, returned
        /// Accepted or in work: nothing final.
        case pending
        /// A status that is not known here.
        case unknown
    }

    /// Line of the file, from 1.
    public var line: Int
    public var scope: Scope
    public var reference: String
    /// The status as the bank wrote it.
    public var code: String
    public var outcome: Outcome
    /// Code and text of the bank, at most `PaymentStatusReader.textLimit` characters.
    public var reason: String
    /// Nil when it is not told.
    public var amount: Rupiah?

    public init(
        line: Int, scope: Scope = .instruction, reference: String, code: String, outcome: Outcome, reason: String = "",
        amount: Rupiah? = nil
    ) {
        self.line = line
        self.scope = scope
        self.reference = reference
        self.code = code
        self.outcome = outcome
        self.reason = reason
        self.amount = amount
    }
}

extension PaymentStatus.Outcome {
    /// Reasons of a rejection that say that the money had left and came back.
    private static let returns: Set<String> = ["RTRN", "RETN", "RETURN", "RETURNED", "RETUR"]

    /// By the status of pain.002 (ExternalPaymentTransactionStatus1Code). ACSP is on its way, not there.
    init(status: String, reasons: [String]) {
        switch status.uppercased() {
        case "ACSC", "ACCC": self = .paid
        case "RJCT": self = reasons.contains { Self.returns.contains($0.uppercased()) } ? .returned : .rejected
        case "ACSP", "ACTC", "ACCP", "ACWC", "ACWP", "ACFC", "PDNG", "RCVD", "PART": self = .pending
        default: self = .unknown
        }
    }

    /// By the words of a CSV file, in English, Indonesian, or as pain.002 has them.
    init(word: String, reason: String) {
        switch word.lowercased() {
        case "paid", "success", "sukses", "berhasil": self = .paid
        case "rejected", "failed", "gagal", "ditolak": self = .rejected
        case "returned", "retur", "dikembalikan": self = .returned
        case "pending", "diproses": self = .pending
        default: self.init(status: word, reasons: [reason])
        }
    }
}

/// Formats of a bank's report on instructions.
public enum PaymentStatusFormat: String, Sendable, Hashable, CaseIterable {
    /// ISO 20022 pain.002.001.03 and later.
    case pain002
    /// ISO 20022 camt.054: entries with a return (`RtrInf`), other entries are passed over.
    case camt054
    /// A header with `end_to_end_id` and `status`, perhaps `reason` and `amount`; comma or semicolon between them.
    case csv

    var namespace: String {
        switch self {
        case .pain002: "urn:iso:std:iso:20022:tech:xsd:pain.002.001."
        case .camt054: "urn:iso:std:iso:20022:tech:xsd:camt.054.001."
        case .csv: ""
        }
    }
}

/// Reads what a bank reports on instructions, as a stream with limits; a whole file or nothing.
public enum PaymentStatusReader {
    /// Largest file in bytes.
    public static let sizeLimit = 64 << 20
    /// Most instructions that one file may tell of.
    public static let entryLimit = 200_000
    /// Longest reason, in characters.
    public static let textLimit = 400

    public struct Result: Sendable {
        public var statuses: [PaymentStatus] = []
        /// Lines that cannot be read.
        public var faults: [StatementFault] = []
        /// Of the whole file, 64 hexadecimal digits.
        public var sha256 = ""
    }

    /// - Throws: `StatementFault` for a file that is broken or over a limit, `StatementFileError` for one that cannot be
    ///   read.
    public static func read(path: String, format: PaymentStatusFormat) throws -> Result {
        try read(ByteChunks(path: path), format: format)
    }

    /// - Throws: as `read(path:format:)`.
    public static func read(bytes: [UInt8], format: PaymentStatusFormat) throws -> Result {
        try read(ByteChunks(bytes: bytes), format: format)
    }

    static func read(_ chunks: ByteChunks, format: PaymentStatusFormat) throws -> Result {
        guard chunks.size <= sizeLimit else { throw StatementFileError("is larger than \(sizeLimit >> 20) MiB") }
        let start = try chunks.peek()
        guard !start.isEmpty else { throw StatementFileError("is empty") }
        try TextEncoding.checkStart(start)
        var result: Result
        switch format {
        case .csv: result = try PaymentStatusCSV.read(ByteLines(chunks))
        case .pain002, .camt054:
            let document = PaymentStatusDocument(format: format)
            guard let parser = CamtExpat(events: document) else {
                throw StatementFault(line: 1, field: "XML", reason: "no memory for the parser")
            }
            while let chunk = try chunks.next() { try parser.feed(chunk) }
            try parser.finish()
            result = document.result
        }
        result.sha256 = try chunks.digest()
        return result
    }
}
