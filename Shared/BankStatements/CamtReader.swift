/// Reads ISO 20022 statements (camt.053) and notices of bookings (camt.054), versions 001.02 and later, as a stream:
/// memory does not grow with the file. `RvslInd` marks a reversal, and `CdtDbtInd` already shows its net effect
/// (domain.md 6.3).
///
/// An entry that cannot be used is `refused`, and reading goes on. A file that is not such XML, that has a document
/// type, is truncated or nests deeper than 64 elements ends with a thrown `StatementFault`; what was told before it
/// stands. Amounts are whole rupiah: other currencies and sen are refused.
public struct CamtReader: Sendable {
    public enum Kind: Sendable, Hashable {
        case camt053, camt054

        /// As the namespace has it, without version.
        var namespace: String {
            switch self {
            case .camt053: "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
            case .camt054: "urn:iso:std:iso:20022:tech:xsd:camt.054.001."
            }
        }

        var message: String { self == .camt053 ? "BkToCstmrStmt" : "BkToCstmrDbtCdtNtfctn" }
        var statement: String { self == .camt053 ? "Stmt" : "Ntfctn" }
    }

    private let kind: Kind

    public init(kind: Kind) { self.kind = kind }

    /// Reads chunks of any size until `nextChunk` gives nil; a chunk is used only until the next call. `each` gets
    /// what is found in the order of the file; its errors and those of `nextChunk` end the reading and come out.
    /// Throws `StatementFault` for a file that cannot be read on.
    public func read(
        _ nextChunk: () throws -> UnsafeRawBufferPointer?, each: (StatementItem) throws -> Void
    ) throws {
        try withoutActuallyEscaping(each) { each in
            guard let parser = CamtExpat(events: CamtDocument(kind: kind, each: each)) else {
                throw StatementFault(line: 1, field: "XML", reason: "no memory for the parser")
            }
            while let chunk = try nextChunk() { try parser.feed(chunk) }
            try parser.finish()
        }
    }
}
