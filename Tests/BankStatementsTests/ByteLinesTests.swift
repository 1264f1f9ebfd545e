import Testing

@testable import BankStatements

@Suite("Lines of bytes")
struct ByteLinesTests {
    static func lines(_ bytes: [UInt8], chunk: Int = ByteChunks.chunkBytes) throws -> [String] {
        let lines = ByteLines(ByteChunks(bytes: bytes, chunkBytes: chunk))
        var found: [String] = []
        while let line = try lines.next() {
            #expect(line.number == found.count + 1)
            found.append(line.isTooLong ? "!" : String(decoding: line.bytes, as: UTF8.self))
        }
        return found
    }

    @Test("CR LF, LF, CR, byte order mark, last line without an end, in chunks of every small size")
    func ends() throws {
        let text = "\u{FEFF}a\r\nbc\n\rd\r\r\n\nlast"
        for chunk in 3...20 {
            #expect(try Self.lines(Array(text.utf8), chunk: chunk) == ["a", "bc", "", "d", "", "", "last"])
        }
        #expect(try Self.lines(Array("a\n".utf8)) == ["a"])
        #expect(try Self.lines([]) == [])
        #expect(try Self.lines(Array("\n".utf8)) == [""])
    }

    @Test("A line at the limit is read; one of 10 MB is passed over and not held")
    func longLines() throws {
        let limit = Array(repeating: UInt8(ascii: "x"), count: ByteLines.lineLimit)
        for chunk in [1_000, ByteChunks.chunkBytes] {
            let found = try Self.lines(limit + [10] + limit + [120, 10, 97], chunk: chunk)
            #expect(found.map(\.count) == [ByteLines.lineLimit, 1, 1] && found[1] == "!")
        }
        let lines = ByteLines(ByteChunks(bytes: Array(repeating: 120, count: 10_000_000) + [10, 97]))
        #expect(try lines.next()?.isTooLong == true)
        #expect(try lines.next()?.bytes.count == 1)
        #expect(try lines.next() == nil || lines.number == 2)
        #expect(lines.mostHeld <= ByteLines.lineLimit)
    }

    @Test("UTF-8, ISO-8859-1, control characters")
    func encodings() {
        func text(_ bytes: [UInt8]) -> String? { bytes.withUnsafeBufferPointer { TextEncoding.text($0) } }
        #expect(text(Array("caf\u{E9}".utf8)) == "caf\u{E9}")
        #expect(text([0x63, 0xE9]) == "c\u{E9}")
        #expect(text([0x61, 0x09, 0x62]) == "a b")
        for bytes: [UInt8] in [[0x00], [0x1B], [0x7F], [0xC2, 0x85], [0x93], [0x0A]] { #expect(text(bytes) == nil) }
    }

    @Test("A pipe, a directory, a missing and an empty file are refused")
    func unsuitable() throws {
        #expect(throws: StatementFileError.self) { try StatementFile.check(path: "/dev/zero") }
        #expect(throws: StatementFileError.self) { try StatementFile.check(path: "/") }
        #expect(throws: StatementFileError.self) { try StatementFile.check(path: "/no/such/file") }
        #expect(throws: StatementFileError("is empty")) { try checked([]) }
    }
}
