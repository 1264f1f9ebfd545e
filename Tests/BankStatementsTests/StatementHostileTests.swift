import PerisaiModels
import Synchronization
import TestSupport
import Testing

@testable import BankStatements

@Suite("Statements: hostile inputs, size, and writing what is read")
struct StatementHostileTests {
    @Test(
        "UTF-16, binary and unknown files give a clear error",
        arguments: [
            [0xFF, 0xFE, 0x3A, 0x00], [0xFE, 0xFF, 0x00, 0x3A], [0x3A, 0x00, 0x32, 0x00], [0x00, 0x3A],
            Array("PK\u{03}\u{04}abcdef".utf8), Array("a;b;c\n1;2;3\n".utf8),
        ] as [[UInt8]])
    func wrongFiles(_ bytes: [UInt8]) {
        #expect(throws: StatementFileError.self) { try checked(bytes) }
    }

    @Test("A line of 10 MB takes its entry with it, and the rest is read")
    func longLine() throws {
        let head = ":20:A\n:25:1\n:28C:1\n:60F:C260114IDR0,00\n:61:260115C5,00NTRF\n:86:X"
        let tail = "\n:61:260115C6,00NTRF\n:86:Y\n:62F:C260115IDR11,00\n-\n"
        let bytes = Array(head.utf8) + Array(repeating: 0x41, count: 10_000_000) + Array(tail.utf8)
        let summary = try checked(bytes)
        #expect(summary.entries == 1 && summary.faults.map(\.line) == [6] && summary.faults.map(\.field) == [":86:"])
        let inHead =
            Array(":20:".utf8) + Array(repeating: 0x41, count: 10_000_000) + Array(head.utf8) + Array(tail.utf8)
        #expect(try checked(inHead, .mt940).faults.first?.line == 1)
    }

    @Test("Text: ISO-8859-1 is read, control characters refuse the entry")
    func encodings() throws {
        func bytes(_ text: [UInt8]) -> [UInt8] {
            Array(":20:A\n:25:1\n:28C:1\n:60F:C260114IDR0,00\n:61:260115C5,00NTRF\n:86:".utf8) + text
                + Array("\n:62F:C260115IDR5,00\n-\n".utf8)
        }
        #expect(try Reading(bytes([0x52, 0xE9])).entries.first?.text == "R\u{E9}")
        for bad: [UInt8] in [[0x1B], [0x00, 0x41], [0x80]] {
            let summary = try checked(bytes(bad))
            #expect(summary.entries == 0 && summary.faults.map(\.field) == [":86:"])
        }
    }

    @Test("Many messages on one line and braces without end", arguments: ["{4:-}", "$", "{", "{1:", "-}", "{4:"])
    func repeated(_ piece: String) throws {
        let summary = try checked(Array(String(repeating: piece, count: 60_000 / piece.utf8.count).utf8), .mt940)
        #expect(summary.entries == 0 && summary.faults.count <= StatementSummary.faultsKept)
    }

    @Test("Random bytes, and samples with random bytes changed, never crash and never add money", arguments: [1, 2, 3])
    func random(_ seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        let profile = try Samples.profile()
        let names = ["mt940-mandiri.sta", "mt942-mandiri.sta", "mt940-bri.txt", "settlement.csv"]
        let samples = try names.map(Samples.bytes)
        for round in 0..<400 {
            var bytes = samples[round % 4]
            if round % 5 == 0 { bytes = (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &numbers) } }
            for _ in 0..<Int.random(in: 1...6, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                switch Int.random(in: 0...2, using: &numbers) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[max(0, place - 40)..<place], at: place)
                }
            }
            for format in [StatementFormat.mt940, .mt942, .csv] {
                let profile = format == .csv ? profile : nil
                guard let summary = try? checked(bytes, format, profile: profile) else { continue }
                for statement in summary.statements {
                    guard let end = statement.end, let opening = statement.head.openingBalance,
                        let closing = end.closingBalance, statement.faults == 0
                    else { continue }
                    #expect(opening.amount + end.credits.amount - end.debits.amount == closing.amount)
                }
            }
        }
    }

    @Test("What is written as MT940 is read the same", arguments: 1...20 as ClosedRange<UInt64>)
    func property(_ seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        let start = try day("2025-12-20")
        var text = ""
        var written: [[StatementEntry]] = []
        let lineEnd = ["\r\n", "\n", "\r"].randomElement(using: &numbers) ?? "\n"
        let isBlock = Bool.random(using: &numbers)
        var opening = Int64.random(in: -1_000_000...1_000_000, using: &numbers)
        for number in 1...Int.random(in: 1...4, using: &numbers) {
            var entries: [StatementEntry] = []
            for ordinal in 1...Int.random(in: 1...40, using: &numbers) {
                entries.append(Self.entry(ordinal, start, &numbers))
            }
            text += MTWriter.statement(
                number: number, opening: opening, on: start.adding(days: 20), entries: entries, isBlock: isBlock,
                lineEnd: lineEnd)
            opening += entries.reduce(0) { $0 + ($1.isCredit ? $1.amount.amount : -$1.amount.amount) }
            written.append(entries)
        }
        let summary = try checked(Array(text.utf8))
        #expect(summary.isClean, "\(summary.faults)")
        #expect(summary.statements.map { $0.end?.entries } == written.map(\.count))
        let read = try Reading(text, dialect: .generic).entries.map { entry in
            var entry = entry
            entry.line = 0
            return entry
        }
        #expect(read == written.flatMap { $0 })
    }

    static func entry(_ ordinal: Int, _ start: CivilDate, _ numbers: inout SeededGenerator) -> StatementEntry {
        func word(_ length: Int) -> String {
            String(
                (0..<length).compactMap { _ in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".randomElement(using: &numbers) })
        }
        let value = start.adding(days: Int.random(in: 0...30, using: &numbers))
        let words = (0..<Int.random(in: 0...30, using: &numbers)).map { _ in
            word(Int.random(in: 1...12, using: &numbers))
        }
        return StatementEntry(
            ordinal: ordinal, line: 0, isCredit: Bool.random(using: &numbers),
            isReversal: Int.random(in: 0..<10, using: &numbers) == 0,
            amount: Rupiah(Int64.random(in: 1...9_999_999_999, using: &numbers)),
            bookedOn: value.adding(days: Int.random(in: -5...5, using: &numbers)), valueDate: value,
            bankReference: Bool.random(using: &numbers) ? "B" + word(15) : nil,
            payerReference: Bool.random(using: &numbers) ? "P" + word(15) : nil, text: words.joined(separator: " "))
    }

    @Test("A million entries pass through one chunk and no held line above a few bytes")
    func million() throws {
        let count = 1_000_000
        let entry = Array(":61:260115C16800,00NTRF\r\n:86:VA 77701126010000017 IURAN BPU JAN 2026\r\n".utf8)
        let head = Array(":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C260114IDR0,00\r\n".utf8)
        let tail = Array(":62F:C260115IDR\(16_800 * count),00\r\n-\r\n".utf8)
        let size = head.count + count * entry.count + tail.count
        let state = Mutex((left: count, at: 0, part: 0))
        let chunks = ByteChunks(size: size) { space in
            state.withLock { state in
                var filled = 0
                while filled < space.count, state.part < 3 {
                    let piece = state.part == 0 ? head : state.part == 1 ? entry : tail
                    let length = min(piece.count - state.at, space.count - filled)
                    piece.withUnsafeBytes {
                        UnsafeMutableRawBufferPointer(rebasing: space[filled...])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[state.at..<state.at + length]))
                    }
                    (filled, state.at) = (filled + length, state.at + length)
                    guard state.at == piece.count else { continue }
                    state.at = 0
                    if state.part == 1 { state.left -= 1 }
                    if state.part != 1 || state.left == 0 { state.part += 1 }
                }
                return filled
            }
        }
        let lines = ByteLines(chunks)
        var reader = MTReader(kind: .mt940, dialect: .mandiri)
        var collector = StatementCollector(format: .mt940, dialect: .mandiri)
        var mostText = 0
        try reader.read(lines) { item in
            if case .entry(let entry) = item { mostText = max(mostText, entry.text.utf8.count) }
            try collector.take(item)
        }
        let summary = collector.finish(sha256: try chunks.digest(), bytes: chunks.bytesRead)
        #expect(summary.entries == count && summary.isClean && summary.bytes == size)
        #expect(lines.mostHeld < 100 && reader.information.capacity < 1_000 && mostText < 100)
    }
}
