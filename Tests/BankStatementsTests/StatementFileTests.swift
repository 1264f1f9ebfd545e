import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import BankStatements

@Suite("Statement files: detection and the two passes")
struct StatementFileTests {
    @Test("Format and dialect by the first bytes")
    func detection() throws {
        for (name, format) in [
            ("mt940-mandiri.sta", StatementFormat.mt940), ("mt942-mandiri.sta", .mt942), ("mt940-bri.txt", .mt940),
            ("mt942-bri.txt", .mt942),
        ] { #expect(StatementFormat.detect(try Samples.bytes(name)) == format) }
        #expect(StatementFormat.detect(try Samples.bytes("settlement.csv")) == nil)
        #expect(
            StatementFormat.detect("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">".utf8)
                == .camt053)
        #expect(StatementFormat.detect("<x:BkToCstmrDbtCdtNtfctn><BkToCstmrDbtCdtNtfctn>".utf8) == .camt054)
        #expect(StatementDialect.detect("{1:F01BRINIDJAXXXX}".utf8) == .bri)
        #expect(StatementDialect.detect(":20:A".utf8) == .generic)
    }

    @discardableResult
    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try body(folder.write("statement", text))
    }

    private let good = ":20:A\n:25:1\n:28C:1\n:60F:C260114IDR0,00\n:61:260115C5,00NTRF\n:62F:C260115IDR5,00\n-\n"
    private let bad = ":20:A\n:25:1\n:28C:2\n:60F:C260115IDR5,00\n:61:260116C7,00NTRF\n:62F:C260116IDR9,00\n-\n"

    @Test("The second pass hands out only what the first accepted")
    func twoPasses() throws {
        try withFile(good + bad) { path in
            var steps = 0
            let summary = try StatementFile.check(path: path) { read, size in
                steps += 1
                #expect(read <= size)
            }
            #expect(steps == 1 && summary.statements.map(\.isAccepted) == [true, false])
            #expect(summary.refusedStatements == 1 && summary.credits == Rupiah(5) && summary.debits == .zero)
            var items: [StatementItem] = []
            try StatementFile.read(path: path, accepting: summary) { items.append($0) }
            #expect(items.count == 4)
            guard case .refused = items.last else { return #expect(Bool(false), "the fault must be told") }
            var all = 0
            try StatementFile.read(path: path) { if case .entry = $0 { all += 1 } }
            #expect(all == 2)
        }
    }

    @Test("A file that changes between the passes is refused")
    func changed() throws {
        let summary = try withFile(good) { try StatementFile.check(path: $0) }
        try withFile(good.replacingOccurrences(of: "5,00", with: "6,00")) { path in
            #expect(throws: StatementFileError.self) {
                try StatementFile.read(path: path, accepting: summary) { _ in }
            }
        }
    }

    @Test("SHA-256 of the whole file")
    func digest() throws {
        let chunks = ByteChunks(bytes: Array("abc".utf8), chunkBytes: 1)
        #expect(try chunks.digest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("An error of the caller comes out as it is")
    func callersError() throws {
        struct Stop: Error {}
        try withFile(good) { path in
            #expect(throws: Stop.self) { try StatementFile.read(path: path) { _ in throw Stop() } }
        }
    }

    @Test("Faults that are kept are bounded, and all are counted")
    func manyFaults() throws {
        let text = ":20:A\n:25:1\n:28C:1\n:60F:C260114IDR0,00\n" + String(repeating: ":61:X\n", count: 5_000)
        let summary = try checked(Array(text.utf8))
        #expect(summary.faults.count == StatementSummary.faultsKept && summary.faultCount == 5_001)
        #expect(summary.statements.first?.refusal?.field == ":62F:")
    }
}
