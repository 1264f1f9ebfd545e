import PerisaiModels
import Testing

@testable import BankStatements

@Suite("MT940 and MT942")
struct MTReaderTests {
    static func bare(_ lines: [String], opening: String = "C260114IDR1000,00", closing: String) -> String {
        ([":20:A", ":25:123", ":28C:7", ":60F:\(opening)"] + lines + [":62F:\(closing)", "-"]).joined(separator: "\n")
            + "\n"
    }

    @Test("T43: :61:100802C3152600,00NTRF")
    func exampleT43() throws {
        let reading = try Reading(
            Self.bare(
                [":61:100802C3152600,00NTRF"], opening: "C100802IDR1000000,00", closing: "C100802IDR4152600,00"))
        let entry = try #require(reading.entries.first)
        #expect(reading.entries.count == 1 && reading.faults.isEmpty && reading.ends.count == 1)
        #expect(entry.isCredit && !entry.isReversal)
        #expect(entry.amount == Rupiah(3_152_600))
        #expect(try entry.valueDate == day("2010-08-02") && entry.bookedOn == day("2010-08-02"))
        #expect(reading.heads.first?.openingBalance == Rupiah(1_000_000))
    }

    @Test("Marks, funds code, references, supplementary details")
    func statementLine() throws {
        let reading = try Reading(
            Self.bare(
                [
                    ":61:2601150116CR500,NTRFKI926010000025//BANKREF0000000000000000001", "RINCIAN", ":86:SATU", "DUA",
                    ":61:260115RC200,00NMSCNONREF", ":61:260115RD50,00S940000000", ":61:260115D50,00FCHG",
                ], closing: "C260115IDR1300,00"))
        #expect(reading.faults.isEmpty)
        #expect(reading.entries.map(\.isCredit) == [true, false, true, false])
        #expect(reading.entries.map(\.isReversal) == [false, true, true, false])
        let first = try #require(reading.entries.first)
        #expect(first.payerReference == "KI926010000025" && first.bankReference == "BANKREF0000000000000000001")
        #expect(first.text == "SATU DUA RINCIAN")
        #expect(try first.bookedOn == day("2026-01-16") && first.valueDate == day("2026-01-15"))
        #expect(reading.entries.dropFirst().allSatisfy { $0.payerReference == nil && $0.bankReference == nil })
        #expect(reading.entries.map(\.ordinal) == [1, 2, 3, 4])
        #expect(
            reading.ends == [
                StatementEnd(
                    closingBalance: Rupiah(1_300), closedOn: try day("2026-01-15"), credits: Rupiah(550),
                    debits: Rupiah(250), entries: 4, line: 12)
            ])
    }

    @Test(
        "The entry date at New Year, both ways",
        arguments: [
            ("2512310102", "2026-01-02"), ("2601021231", "2025-12-31"), ("2402280229", "2024-02-29"),
        ])
    func newYear(_ dates: String, _ booked: String) throws {
        let reading = try Reading(
            Self.bare([":61:\(dates)C1,00NTRF"], opening: "C240101IDR0,00", closing: "C260115IDR1,00"))
        #expect(reading.entries.map(\.bookedOn) == [try day(booked)])
    }

    @Test(
        "Sen, zero, foreign currency, unreadable lines are refused with field and reason",
        arguments: [
            (":61:260115C10,50NTRF", "sen other than 00"), (":61:260115C0,00NTRF", "more than zero"),
            (":61:260115C10.00NTRF", "decimal comma"), (":61:260115X10,00NTRF", "C, D, RC or RD"),
            (":61:261315C10,00NTRF", "no day"), (":61:260115C10,00XTRF", "N, S or F"),
            (":61:260115C1234567890123456,00NTRF", "15 characters"), (":61:260115C1,000NTRF", "two decimals"),
            (":61:2601150231C1,00NTRF", "MMDD"),
        ])
    func refusedLines(_ line: String, _ reason: String) throws {
        let summary = try checked(Array(Self.bare([line, ":86:X"], closing: "C260115IDR1000,00").utf8), .mt940)
        #expect(summary.faults.contains { $0.line == 5 && $0.field == ":61:" && $0.reason.contains(reason) })
        #expect(summary.statements.allSatisfy { $0.entries == 0 })
    }

    @Test("An entry with sen is refused alone; the balances are checked in sen")
    func senInBalances() throws {
        let text = Self.bare(
            [":61:260115C10,50NTRF", ":86:BUNGA", ":61:260115C7,00NTRF"], closing: "C260115IDR1017,50")
        let summary = try checked(Array(text.utf8))
        #expect(summary.entries == 1 && summary.statements.first?.isAccepted == true)
        #expect(summary.statements.first?.end?.closingBalance == nil)
        #expect(summary.faults.map(\.field) == [":61:", ":62F:"])
    }

    @Test(
        "What refuses a statement as a whole",
        arguments: [
            (
                [":20:A", ":25:1", ":28C:1", ":60F:C260114IDR1,00", ":61:260115C1,00NTRF", ":62F:C260115IDR3,00"],
                ":62F:"
            ),
            ([":20:A", ":25:1", ":28C:1", ":60F:C260114USD1,00", ":62F:C260115USD1,00"], ":60F:"),
            ([":20:A", ":25:1", ":28C:1", ":60F:C260114IDR1,00", ":62F:C260115USD1,00"], ":62F:"),
            ([":20:A", ":25:1", ":28C:1", ":60F:C260114IDR1,00", ":61:260115C1,00NTRF", "-"], ":62F:"),
            ([":20:A", ":28C:1", ":60F:C260114IDR1,00", ":62F:C260115IDR1,00"], ":25:"),
            ([":20:A", ":25:1", ":60F:C260114IDR1,00", ":62F:C260115IDR1,00"], ":28C:"),
            ([":20:A", ":25:1", ":28C:1", ":61:260115C1,00NTRF", ":62F:C260115IDR1,00"], ":60F:"),
            (
                [":20:A", ":25:1", ":28C:1", ":60F:C260114IDR1,00", ":62F:C260115IDR1,00", ":61:260115C1,00NTRF"],
                ":61:"
            ),
            ([":20:A", ":25:1", ":28C:1", ":60F:C260116IDR1,00", ":62F:C260115IDR1,00"], ":62F:"),
            (["{1:F01X}{2:I942X}{4:", ":20:A"], "{2:"), (["{1:F01X}{2:I940X}"], "{4:"), (["halo"], "{1:"),
        ])
    func refusedStatements(_ lines: [String], _ field: String) throws {
        let summary = try checked(Array(lines.joined(separator: "\r\n").utf8), .mt940)
        #expect(summary.statements.allSatisfy { !$0.isAccepted && $0.refusal != nil })
        #expect(summary.faults.contains { $0.field == field }, "\(summary.faults)")
        #expect(summary.entries == 0)
    }

    @Test("Several messages, duplicates, gaps, pages")
    func severalStatements() throws {
        func message(_ number: String, _ open: String, _ opening: Int, _ close: String, _ closing: Int) -> String {
            "{1:F01X}{2:I940X}{4:\r\n:20:A\r\n:25:1\r\n:28C:\(number)\r\n:60\(open):C260114IDR\(opening),00\r\n"
                + ":61:260115C\(closing - opening),00NTRF\r\n:62\(close):C260115IDR\(closing),00\r\n-}"
        }
        let pages = message("1/1", "F", 0, "M", 5) + "{5:{CHK:123456789ABC}}$" + message("1/2", "M", 5, "F", 8)
        let summary = try checked(
            Array(
                (pages + message("2", "F", 8, "F", 9) + message("2", "F", 8, "F", 9) + message("4", "F", 9, "F", 10))
                    .utf8))
        #expect(summary.statements.map(\.isAccepted) == [true, true, false, true])
        #expect(summary.statements.first?.end?.entries == 2 && summary.statements.first?.head.statement == "1")
        #expect(summary.faults.map(\.field) == [":28C:", ":28C:"])
        let cut = try checked(Array((message("1/1", "F", 0, "M", 5) + message("2", "F", 5, "F", 6)).utf8))
        #expect(cut.statements.map(\.isAccepted) == [false, true] && cut.faults.map(\.field) == [":62M:"])
        let lost = try checked(Array(message("1/2", "M", 5, "F", 8).utf8))
        #expect(lost.statements.isEmpty && lost.faults.map(\.field) == [":60M:"])
    }

    @Test("MT942: sums and counts of 90C and 90D")
    func interimSums() throws {
        func text(_ sums: [String]) -> [UInt8] {
            Array(
                ([":20:A", ":25:1", ":28C:1/2", ":34F:IDR0,", ":13D:2601151030+0700", ":61:260115C5,00NTRF"] + sums)
                    .joined(separator: "\n").utf8)
        }
        #expect(try checked(text([":90D:0IDR0,", ":90C:1IDR5,00"])).entries == 1)
        #expect(try checked(text(["-"])).entries == 1)
        for (sums, field) in [
            ([":90C:2IDR5,00"], ":90C:"), ([":90C:1IDR6,00"], ":90C:"), ([":90D:1IDR5,00"], ":90D:"), ([], ":90C:"),
            ([":90C:1USD5,00"], ":90C:"), ([":90D:0IDR0,"], ":90C:"),
        ] {
            let summary = try checked(text(sums), .mt942)
            #expect(summary.entries == 0 && summary.faults.map(\.field) == [field], "\(sums)")
        }
    }

    @Test("BRI's remark: the prefix stays, the referral is the reference")
    func remark() throws {
        #expect(BRIRemark("BRIVA1 PUTU").original == "BRIVA1 PUTU")
        let later = BRIRemark("BRIVA1 PUTU WS_OB;0115093012;IURAN")
        #expect(later.original == "BRIVA1 PUTU" && later.referral == "0115093012")
        #expect(BRIRemark("X WS_OB;").referral == nil && BRIRemark("X WS_OB;7").referral == "7")
    }

    @Test("A text cut at the margin is joined again, and limits hold")
    func longText() throws {
        let text = String(repeating: "1234567890 ", count: 20)
        let lines = MTWriter.wrapped(":86:", text)
        let one = try Reading(Self.bare([":61:260115C1,00NTRF"] + lines, closing: "C260115IDR1001,00"))
        #expect(one.entries.first?.text == String(text.dropLast()))
        let long = Array(repeating: String(repeating: "A", count: 65), count: 60)
        let two = try Reading(Self.bare([":61:260115C1,00NTRF", ":86:X"] + long, closing: "C260115IDR1001,00"))
        #expect(two.entries.first?.text.count == StatementEntry.textLimit)
        let three = try Reading(
            Self.bare([":61:260115C1,00NTRF", ":86:X"] + long + long, closing: "C260115IDR1001,00"))
        #expect(three.entries.isEmpty && three.faults.map(\.field) == [":86:"] && three.ends.count == 1)
    }
}
