import BankStatements
import PerisaiModels

/// What a reading gave: the items, and the fault that ended it.
struct CamtOutcome: Equatable {
    var items: [StatementItem] = []
    var fault: StatementFault?

    var entries: [StatementEntry] {
        items.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    }
    var refused: [StatementFault] {
        items.compactMap { if case .refused(let fault) = $0 { fault } else { nil } }
    }
    var heads: [StatementHead] {
        items.compactMap { if case .opened(let head) = $0 { head } else { nil } }
    }
    var ends: [StatementEnd] {
        items.compactMap { if case .closed(let end) = $0 { end } else { nil } }
    }
}

/// Reads `bytes` in chunks of `size`; any error but a `StatementFault` comes out.
func readCamt(_ bytes: some Sequence<UInt8>, _ kind: CamtReader.Kind = .camt053, chunk size: Int = .max) throws
    -> CamtOutcome
{
    var outcome = CamtOutcome()
    let all = Array(bytes)
    do {
        try all.withUnsafeBytes { whole in
            var rest = whole[...]
            try CamtReader(kind: kind).read(
                {
                    let chunk = rest.prefix(size)
                    rest = rest.dropFirst(chunk.count)
                    return chunk.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: chunk)
                },
                each: { outcome.items.append($0) })
        }
    } catch let fault as StatementFault {
        outcome.fault = fault
    }
    return outcome
}

func readCamt(_ text: String, _ kind: CamtReader.Kind = .camt053, chunk size: Int = .max) throws -> CamtOutcome {
    try readCamt(text.utf8, kind, chunk: size)
}

/// A file with one statement around `content`, which begins on line 3.
func camtFile(
    _ content: String, prolog: String = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    namespace: String = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
) -> String {
    """
    \(prolog)<Document xmlns="\(namespace)"><BkToCstmrStmt><Stmt>
    <Id>S1</Id><Acct><Id><Othr><Id>070000</Id></Othr></Id></Acct>
    \(content)
    </Stmt></BkToCstmrStmt></Document>
    """
}

/// An entry, with parts to put in the place of the usual ones.
func camtEntry(
    amount: String = "<Amt Ccy=\"IDR\">16800.00</Amt>", direction: String = "CRDT",
    status: String = "<Sts><Cd>BOOK</Cd></Sts>", booked: String = "<Dt>2026-03-02</Dt>", rest: String = ""
) -> String {
    "<Ntry>\(amount)<CdtDbtInd>\(direction)</CdtDbtInd>\(status)<BookgDt>\(booked)</BookgDt>\(rest)</Ntry>"
}
