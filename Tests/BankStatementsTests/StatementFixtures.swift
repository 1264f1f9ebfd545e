import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import BankStatements

/// Everything that a reading gave.
struct Reading {
    var items: [StatementItem] = []

    var entries: [StatementEntry] { items.compactMap { if case .entry(let entry) = $0 { entry } else { nil } } }
    var faults: [StatementFault] { items.compactMap { if case .refused(let fault) = $0 { fault } else { nil } } }
    var heads: [StatementHead] { items.compactMap { if case .opened(let head) = $0 { head } else { nil } } }
    var ends: [StatementEnd] { items.compactMap { if case .closed(let end) = $0 { end } else { nil } } }

    init(
        _ bytes: [UInt8], _ format: StatementFormat? = nil, dialect: StatementDialect? = nil,
        profile: CSVProfile? = nil,
        chunkBytes: Int = 64 * 1024
    ) throws {
        let chunks = ByteChunks(bytes: bytes, chunkBytes: chunkBytes)
        let source = try StatementFile.Source(
            chunks, format: format, dialect: dialect, profile: profile, name: "CSV-test")
        var found: [StatementItem] = []
        try source.read(chunks) { found.append($0) }
        items = found
    }

    init(
        _ text: String, _ format: StatementFormat? = nil, dialect: StatementDialect? = nil, profile: CSVProfile? = nil
    ) throws {
        try self.init(Array(text.utf8), format, dialect: dialect, profile: profile)
    }
}

func checked(
    _ bytes: [UInt8], _ format: StatementFormat? = nil, profile: CSVProfile? = nil
) throws -> StatementSummary {
    try StatementFile.check(ByteChunks(bytes: bytes), format: format, profile: profile, name: "CSV-test")
}

func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

/// Files of docs/examples/statements.
enum Samples {
    static func path(_ name: String) -> String { repositoryFile("docs/examples/statements/\(name)").path }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    static func profile() throws -> CSVProfile { try CSVProfile(json: bytes("settlement-profile.json")) }
}

/// Writes entries as an MT940, as a bank does.
enum MTWriter {
    static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    static func yymmdd(_ date: CivilDate) -> String {
        digits(date.year % 100, 2) + digits(date.month, 2) + digits(date.day, 2)
    }

    static func mmdd(_ date: CivilDate) -> String { digits(date.month, 2) + digits(date.day, 2) }

    static func balance(_ amount: Int64, on date: CivilDate) -> String {
        "\(amount < 0 ? "D" : "C")\(yymmdd(date))IDR\(abs(amount)),00"
    }

    static func statement(
        number: Int, opening: Int64, on date: CivilDate, entries: [StatementEntry], isBlock: Bool, lineEnd: String
    ) -> String {
        var lines = [":20:S\(number)", ":25:1450010203045", ":28C:\(digits(number, 5))"]
        if isBlock { lines[0] = "{1:F01BANKIDJAAXXX0000000000}{2:I940PERISAIDXXXXN}{4:" + lineEnd + lines[0] }
        lines.append(":60F:" + balance(opening, on: date))
        var balance = opening
        for entry in entries {
            let mark = entry.isReversal ? (entry.isCredit ? "RD" : "RC") : entry.isCredit ? "C" : "D"
            var line = ":61:\(yymmdd(entry.valueDate ?? entry.bookedOn))\(mmdd(entry.bookedOn))\(mark)"
            line += "\(entry.amount.amount),00NTRF\(entry.payerReference ?? "NONREF")"
            if let reference = entry.bankReference { line += "//" + reference }
            lines.append(line)
            if !entry.text.isEmpty { lines.append(contentsOf: wrapped(":86:", entry.text)) }
            balance += entry.isCredit ? entry.amount.amount : -entry.amount.amount
        }
        lines.append(":62F:" + Self.balance(balance, on: date))
        lines.append(isBlock ? "-}" : "-")
        return lines.joined(separator: lineEnd) + lineEnd
    }

    /// Cut at 65 characters, as banks do.
    static func wrapped(_ tag: String, _ text: String) -> [String] {
        let characters = Array(text)
        let lines = stride(from: 0, to: characters.count, by: 65).map {
            String(characters[$0..<min($0 + 65, characters.count)])
        }
        return lines.enumerated().map { $0.offset == 0 ? tag + $0.element : $0.element }
    }
}
