import PerisaiModels
import Testing

@testable import BankStatements

@Suite("CSV by a profile")
struct CSVTests {
    static func profile(_ change: (inout CSVProfile) -> Void = { _ in }) -> CSVProfile {
        var profile = CSVProfile(
            name: "test", account: "123",
            columns: CSVColumns(date: .name("Date"), amount: .name("Amount"), text: [.name("Text")]),
            datePattern: .yearMonthDay)
        change(&profile)
        return profile
    }

    static let head = "Date,Amount,Text\n"

    @Test("Quotes, doubled quotes, line breaks within quotes, blank lines")
    func quoting() throws {
        let reading = try Reading(
            Self.head + "2026-01-15,5,\"a \"\"b\"\", c\r\nd\"\r\n\r\n2026-01-16,-7.00,=1+1\n", profile: Self.profile())
        #expect(reading.faults.isEmpty && reading.entries.map(\.text) == ["a \"b\", c d", "=1+1"])
        #expect(reading.entries.map(\.isCredit) == [true, false] && reading.entries.map(\.line) == [2, 5])
        #expect(try reading.ends.first?.closedOn == day("2026-01-16"))
    }

    @Test(
        "Broken rows are refused one by one",
        arguments: [
            ("2026-01-15,5\n", "row"), ("2026-01-15,5,x,y\n", "row"), ("2026-13-15,5,x\n", "date"),
            ("2026-01-15,,x\n", "amount"),
            ("2026-01-15,=2*3,x\n", "amount"), ("2026-01-15,1.000,x\n", "amount"), ("2026-01-15,0,x\n", "amount"),
            ("2026-01-15,5.25,x\n", "amount"), ("2026-01-15,5,\u{1}\n", "text"), ("2026-01-15,5,\"x\"y\n", "row"),
            (",5,x\n", "date"), ("2026-01-15,123456789012345,x\n", "amount"),
        ])
    func brokenRows(_ row: String, _ field: String) throws {
        let reading = try Reading(Self.head + row + "2026-01-15,5,good\n", profile: Self.profile())
        #expect(reading.faults.map(\.field) == [field] && reading.faults.map(\.line) == [2])
        #expect(reading.entries.map(\.text) == ["good"] && reading.ends.count == 1)
    }

    @Test("Limits of fields, columns, rows and lines")
    func limits() throws {
        let field = String(repeating: "x", count: CSVProfile.fieldLimit + 1)
        let columns = String(repeating: ",", count: CSVProfile.columnLimit)
        let line = String(repeating: "y", count: ByteLines.lineLimit + 1)
        let record = "2026-01-15,5,\"" + String(repeating: "z\n", count: CSVProfile.recordLimit)
        for row in ["2026-01-15,5,\(field)\n", columns + "\n", line + "\n"] {
            let reading = try Reading(Self.head + row + "2026-01-15,5,good\n", profile: Self.profile())
            #expect(reading.faults.count == 1 && reading.entries.count == 1)
        }
        let reading = try Reading(Self.head + record, profile: Self.profile())
        #expect(reading.entries.isEmpty && !reading.faults.isEmpty)
    }

    @Test(
        "Date patterns",
        arguments: [
            (CSVDatePattern.yearMonthDay, "2026-01-15"), (.slashed, "15/01/2026"), (.dashed, "15-01-2026"),
            (.compact, "20260115"), (.moment, "20260115103059"), (.shortYear, "15/01/26"),
            (.slashed, "15/01/2026 10:30"),
        ])
    func dates(_ pattern: CSVDatePattern, _ text: String) throws {
        let read = try Array(text.utf8).withUnsafeBufferPointer { try pattern.date($0) }
        #expect(try read == day("2026-01-15"))
        for wrong in ["", "2026", text.replacing(" ", with: "") + "0", "x" + text] {
            #expect(throws: CSVProblem.self) { try Array(wrong.utf8).withUnsafeBufferPointer { try pattern.date($0) } }
        }
    }

    @Test("Amounts with marks", arguments: [("1.234.567,00", 123_456_700), ("-500,5", -50_050), ("1234", 123_400)])
    func amounts(_ text: String, _ sen: Int64) throws {
        let amounts = CSVAmounts(decimal: UInt8(ascii: ","), grouping: UInt8(ascii: "."))
        #expect(try Array(text.utf8).withUnsafeBufferPointer { try amounts.sen($0) } == sen)
        for wrong in ["1.23", "1234.567", ".123", "1..000", "1,", "1,234", "", "-", "Rp5", "1.234.56,00", "1e5"] {
            #expect(throws: CSVProblem.self, "\(wrong)") {
                try Array(wrong.utf8).withUnsafeBufferPointer { try amounts.sen($0) }
            }
        }
    }

    @Test("Credit and debit columns, no header, places")
    func pairs() throws {
        let profile = Self.profile {
            $0.hasHeader = false
            $0.columns = CSVColumns(date: .place(1), text: [])
            $0.columns.credit = .place(2)
            $0.columns.debit = .place(3)
        }
        let reading = try Reading("2026-01-15,5,\n2026-01-15,0,6\n2026-01-15,1,1\n2026-01-15,,\n", profile: profile)
        #expect(
            reading.entries.map(\.isCredit) == [true, false] && reading.faults.map(\.field) == ["credit", "credit"])
    }

    @Test(
        "Control totals: right, wrong sum, wrong count, missing, rows behind",
        arguments: [
            ("T,5.00,1\n", true), ("T,6,1\n", false), ("T,5,2\n", false), ("", false),
            ("T,5,1\n2026-01-15,1,x\n", false),
            ("T,x,1\n", false),
        ])
    func totals(_ tail: String, _ isAccepted: Bool) throws {
        let profile = Self.profile { $0.controlTotal = CSVControlTotal(marker: "T", amountPlace: 2, countPlace: 3) }
        let summary = try checked(Array((Self.head + "2026-01-15,5,x\n" + tail).utf8), profile: profile)
        #expect(summary.statements.map(\.isAccepted) == [isAccepted] && summary.isClean == isAccepted)
    }

    @Test("A profile that does not fit names its field")
    func misfits() throws {
        func fault(_ header: String, _ change: (inout CSVProfile) -> Void = { _ in }) -> String? {
            do {
                _ = try Reading(header + "\n2026-01-15,5,x\n", profile: Self.profile(change))
                return nil
            } catch { return (error as? StatementFault)?.field }
        }
        #expect(fault("Date,Amount,Text") == nil)
        #expect(fault("Date,Amount,Date") == "profile.columns.date")
        #expect(fault("Date,Sum,Text") == "profile.columns.amount")
        #expect(fault("Date,Amount,Note") == "profile.columns.text[0]")
        #expect(fault("Date,Amount,Text") { $0.columns.name = .place(4) } == "profile.columns.name")
        #expect(fault("Date,Amount,Text") { $0.hasHeader = false } == "profile.columns.date")
        #expect(fault("Date,Amount,Text") { $0.columns.credit = .place(1) } == "profile.columns.amount")
        #expect(fault("Date,Amount,Text") { $0.quote = CSVMark(",") } == "profile.quote")
    }

    @Test(
        "A profile as JSON: unknown choices and missing fields name the field",
        arguments: [
            ("{}", "name"),
            (
                #"{"name":"a","account":"1","columns":{"date":"D","amount":0},"date_pattern":"yyyyMMdd"}"#,
                "columns.amount"
            ),
            (#"{"name":"a","account":"1","columns":{"date":"D","amount":"A"},"date_pattern":"yy"}"#, "date_pattern"),
            (#"{"name":"a","account":"1","columns":{"date":"D"},"date_pattern":"yyyyMMdd"}"#, "columns.amount"),
            (
                #"{"name":"a","account":"1","columns":{"date":1,"amount":2},"date_pattern":"yyyyMMdd","delimiter":";;"}"#,
                "delimiter"
            ),
        ])
    func profileFaults(_ json: String, _ field: String) {
        do {
            _ = try CSVProfile(json: Array(json.utf8))
            Issue.record("accepted")
        } catch { #expect(error.field == field) }
    }

    @Test("The profile's schema and sample can be made")
    func schema() throws {
        #expect(try CSVProfile(json: Self.profile().json) == Self.profile())
        guard case .object(_, let fields) = CSVProfile.schema else { return #expect(Bool(false)) }
        #expect(fields.contains { $0.name == "date_pattern" && $0.isRequired })
    }
}
