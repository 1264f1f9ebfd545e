import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Operations

@Suite struct EnrolmentListTests {
    private typealias Support = EnrolmentSupport

    @Test func headersInBothLanguagesAndAnyOrder() throws {
        let files = [
            "nik,name,phone,program,income,occupation\n5171014107800001,Ni Luh Sari,081234567801,2,1500000,trader\n",
            "\u{FEFF}NIK;Nama;No. HP;Program;Penghasilan (Rp);Pekerjaan\r\n"
                + "5171014107800001;Ni Luh Sari;081234567801;2;1.500.000;pedagang\r\n",
            "sep=;\r\n\"Pekerjaan\";\"PENGHASILAN\";\"program\";\"hp\";\"NAMA LENGKAP\";\"No KTP\"\r\n"
                + "\"pedagang\";\"1.500.000\";\"2\";\"081234567801\";\"Ni Luh Sari\";\"5171014107800001\"",
            "No\tnik\tnama\ttelepon\tprogram\tpenghasilan\tpekerjaan\tketerangan\n"
                + "1\t5171014107800001\tNi Luh Sari\t081234567801\t2\t1500000\tpedagang\tRT 3\n",
        ]
        let submissions = try files.map { try #require(try Support.list($0).rows.first?.submission) }
        #expect(Set(submissions).count == 1)
        let one = submissions[0]
        #expect(one.nik.text == "5171014107800001" && one.name == "Ni Luh Sari")
        #expect(one.phone?.text == "+6281234567801" && one.programmes == [.jkk, .jkm])
        #expect(one.monthlyIncome == Rupiah(1_500_000) && one.occupation == .other)
        #expect(one.agentID?.text == "PRS-0001" && one.branch.text == "DPS" && one.firstMonth.description == "2018-02")
    }

    @Test(arguments: [
        ("", "holds no rows"), ("\n\n# x\n", "holds no rows"), (EnrolmentSupport.header + "\n", "below its header"),
        ("5171014107800001;Ni Luh Sari;2\n", "no header"),
        ("nik;nama;program;penghasilan;pekerjaan;NIK\n", "stands twice"),
        ("nik;nama;program;penghasilan;pekerjaan;nomor ktp\n", "nik stands twice in the header: columns 1, 6"),
        ("nik;nama;program;penghasilan;pekerjaan;alamat\n", "column 6 of the header is unknown (alamat)"),
        ("nik;nama;program;penghasilan;pekerjaan;5171014107800001\n", "column 6 of the header is unknown;"),
        ("nik;;nama;program;penghasilan;pekerjaan\n", "column 2 of the header is unknown;"),
        ("nik;nama\n", "lacks program, penghasilan, pekerjaan"), ("nik;\"nama\n", "cannot be read as CSV"),
        ("\u{0}\u{0}nik", "binary"),
    ])
    func filesThatAreNoList(text: String, reason: String) {
        let error = #expect(throws: (any Error).self) { try Support.list(text) }
        let told = error.map { "\($0)" } ?? ""
        #expect(told.contains(reason), "\(told)")
        #expect(!told.contains("5171014107800001"))
    }

    @Test func otherEncodingsAndForeignFiles() throws {
        #expect(throws: (any Error).self) {
            try EnrolmentList(bytes: [0xFF, 0xFE, 0x6E, 0], terms: Support.terms())
        }
        #expect(throws: OperationsError.self) {
            try EnrolmentList(path: "/nothing/here.csv", terms: Support.terms())
        }
        #expect(throws: OperationsError.self) { try EnrolmentList(path: "/dev", terms: Support.terms()) }
        // ISO-8859-1 where the bytes are no UTF-8.
        let row = "5171014107800001;Ren\u{E9} Sari;;2;1500000;pedagang"
        let bytes = Array((Support.header + "\n").utf8) + row.unicodeScalars.map { UInt8($0.value) }
        let list = try EnrolmentList(bytes: bytes, terms: Support.terms())
        #expect(list.rows.first?.submission?.name == "Ren\u{E9} Sari")
    }

    /// Each broken row costs itself alone.
    @Test func brokenRowsStopNothing() throws {
        let lines = [
            Support.header, Support.row(1), "\(Support.nik(2));\"Made;;2;1500000;petani", Support.row(3),
            Support.row(4) + String(repeating: "x", count: 1 << 20), Support.row(5), "\u{0};\u{1}", Support.row(7),
            "\(Support.nik(8));\"Ma\"de;;2;1500000;petani", Support.row(9), "a;b", Support.row(10) + ";;;", ";;;;;",
            Support.row(12) + ";x", "\(Support.nik(13));\"Made\nRai\";;2;1500000;petani",
            "\(Support.nik(14));\"Made \u{7}\";;2;1500000;petani", "CONTOH;Sari;;2;1500000;petani",
            "\"# selesai", Support.row(15), String(repeating: "\"", count: 5_001), Support.row(16),
            "\(Support.nik(17));\"Made",
        ]
        let list = try Support.list(lines.joined(separator: "\r\n"))
        let good = list.rows.filter(Support.isGood).map(\.line)
        #expect(good == [2, 4, 6, 8, 10, 12, 15, 20, 22])
        let broken = list.rows.filter { !Support.isGood($0) }
        #expect(broken.map(\.line) == [3, 5, 7, 9, 11, 14, 17, 18, 19, 21, 23])
        #expect(Support.faults(broken[0]).map(\.field) == ["baris"])
        #expect(Support.faults(broken[1]).first?.reason.contains("lebih panjang") == true)
        #expect(Support.faults(broken[7]).first?.reason.contains("contoh") == true)
        #expect(list.rows.first { $0.line == 15 }?.submission?.name == "Made Rai")
        let report = EnrolmentReport.table(list.rows).csv
        #expect((1...17).allSatisfy { !report.contains(Support.nik($0)) })
    }

    @Test func bytesThatAreNoTextStopNothing() throws {
        var bytes = Array((Support.header + "\n").utf8)
        var random = SeededGenerator("enrolment bytes")
        for number in 1...200 {
            let noise = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Without quotes, so that which rows are good is known.
            bytes += noise.filter { ![10, 13, 34].contains($0) } + [10] + Array((Support.row(number) + "\n").utf8)
        }
        let list = try EnrolmentList(bytes: bytes, terms: Support.terms())
        #expect(list.rows.count(where: Support.isGood) == 200)
    }

    /// Any bytes at all: an error or a list, never a trap.
    @Test func randomFiles() throws {
        var random = SeededGenerator("enrolment files")
        let alphabet = Array("\"\"\";;;,\n\n\r#=='0123456789 nikama\t".utf8) + [0, 0xFF, 0xC3]
        let terms = try Support.terms()
        for _ in 0..<500 {
            let noise = (0..<Int.random(in: 0...400, using: &random)).map { _ in alphabet.randomElement() ?? 0 }
            _ = try? EnrolmentList(bytes: noise, terms: terms)
            _ = try EnrolmentList(
                bytes: Array("\(Support.header)\n\(Support.row(1))\n".utf8) + noise, terms: terms)
        }
    }

    @Test func duplicatesNameTheFirstGoodLine() throws {
        let bad = "\(Support.nik(1));;;2;1500000;petani"
        let list = try Support.list(
            [Support.header, bad, Support.row(1), Support.row(2), Support.row(1), bad].joined(separator: "\n"))
        guard case .duplicate(.nik, line: 3) = list.rows[3].outcome else {
            Issue.record("no duplicate: \(list.rows[3].outcome)")
            return
        }
        #expect(list.rows.map(Support.isGood) == [false, true, true, false, false])
        let numbered = try Support.list(
            "\(Support.header);nomor pengajuan\n\(Support.row(1));A1\n\(Support.row(2));A1\n\(Support.row(3));A2\n")
        guard case .duplicate(.number, line: 2) = numbered.rows[1].outcome else {
            Issue.record("no duplicate: \(numbered.rows[1].outcome)")
            return
        }
        #expect(numbered.rows.compactMap(\.submission?.submissionID.text) == ["PRS-0001/A1", "PRS-0001/A2"])
    }

    /// The last of 16 digits is lost in a cell that is a number, and what is left may be another person's NIK.
    @Test func aSpreadsheetThatRoundedIsFoundOut() throws {
        let rounded = (1...12).map { "\(Support.nik($0 * 10 - 1).dropLast())0;A;;2;1500000;petani" }
        let text = ([Support.header] + rounded).joined(separator: "\n")
        let error = #expect(throws: OperationsError.self) { try Support.list(text) }
        #expect(error?.description.contains("rounded") == true)
        #expect(try Support.list(text + "\n" + Support.row(1)).rows.count == 13)
    }

    @Test func limits() throws {
        let rows = (1...EnrolmentList.mostRows).map(Support.row)
        let full = ([Support.header] + rows).joined(separator: "\n") + "\n\n;;;;;\n# end\n"
        let list = try Support.list(full)
        #expect(list.rows.count == EnrolmentList.mostRows)
        let over = #expect(throws: OperationsError.self) { try Support.list(full + "x") }
        #expect(over?.description.contains("10000 rows") == true)
        #expect(throws: OperationsError.self) {
            try EnrolmentList(bytes: Array(repeating: 10, count: EnrolmentList.mostBytes + 1), terms: Support.terms())
        }
    }

    @Test func numbersFollowFromTheContent() throws {
        let text = "\(Support.header)\n\(Support.row(1))\n\(Support.row(2))\n"
        func ids(_ text: String, _ terms: EnrolmentTerms? = nil) throws -> [String] {
            try Support.list(text, terms).rows.compactMap(\.submission?.submissionID.text)
        }
        let first = try ids(text)
        #expect(try ids(text) == first && Set(first).count == 2)
        // Another place in another form of file is the same row.
        #expect(
            try ids("\(Support.header)\r\n\(Support.row(3))\r\n\(Support.row(2))\r\n").last == first.last)
        // A corrected row, another agent and another day are other submissions.
        #expect(try ids(text.replacing("1.500.000", with: "1.600.000")).allSatisfy { !first.contains($0) })
        #expect(try ids(text, Support.terms(agent: "PRS-0002")).allSatisfy { !first.contains($0) })
        #expect(try ids(text, Support.terms(on: "2018-02-06")).allSatisfy { !first.contains($0) })
        // With a number of its own, the submission stays and the event is another one: the service must hear of it.
        let own = "\(Support.header);nomor\n\(Support.row(1));A1\n"
        let by = try OperatorName("Ani")
        let before = try #require(try Support.list(own).rows.first?.submission)
        let after = try #require(
            try Support.list(own.replacing("1.500.000", with: "1.600.000")).rows.first?.submission)
        #expect(before.submissionID == after.submissionID)
        func headers(_ submission: ParticipantSubmitted) -> String {
            "\(EnrolmentNumbers.record(submission, by: by).headers)"
        }
        #expect(headers(before) != headers(after) && headers(before) == headers(before))
    }

    /// Left as it is, the template is read and its sample is refused; without the sample it has no rows.
    @Test func templateReadsBack() throws {
        let list = try Support.list(EnrolmentTemplate.text)
        #expect(list.rows.count == 1)
        #expect(Support.faults(list.rows[0]).map(\.field) == ["nik"])
        let filled = EnrolmentTemplate.text.replacing("CONTOH;", with: "5171014107800001;")
        #expect(try Support.list(filled).rows.map(Support.isGood) == [true])
        #expect(PerisaiCommand.start(["import", "enrolments", "--template"]) == 0)
    }

    @Test func theExampleIsWhatItSays() throws {
        let path = repositoryFile("docs/examples/enrolments/daftar.csv").path
        let list = try EnrolmentList(path: path, terms: Support.terms())
        #expect(list.rows.filter(Support.isGood).map(\.line) == [3, 4, 5, 6, 7, 15])
        #expect(list.rows.count == 13)
        let report = EnrolmentReport(rows: list.rows)
        #expect(report.totals.map(\.outcome) == ["good", "refused", "duplicate"])
        #expect(report.open.count == 7)
    }

    @Test func commandChecksItsOptionsAndReports() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("list.csv", "\(Support.header)\n\(Support.row(1))\nx;y\n")
        let good = ["--agent", "PRS-0001", "--branch", "DPS", "--on", "2018-02-05", "--by", "Ani", "--dry-run"]
        for arguments in [
            [], [path], [path, "--agent", "PRS-0001", "--on", "2018-02-05", "--by", "Ani"],
            [path] + good + ["--first-month", "2018-01"], [path] + good + ["--first-month", "x"],
            [path] + good + ["--wait", "5"], [path] + good + ["--report", path],
            [path, "--agent", "a b", "--branch", "DPS", "--on", "2018-02-05", "--by", "Ani"],
            [path, "--agent", "PRS-0001", "--branch", "DPS", "--on", "2018-02-30", "--by", "Ani"],
        ] {
            #expect(PerisaiCommand.start(["import", "enrolments"] + arguments) == 2, "\(arguments)")
        }
        #expect(PerisaiCommand.start(["import", "enrolments", "/nothing"] + good) == 1)
        let masked = try NIK(Support.nik(1)).masked
        for name in ["r.csv", "r.json"] {
            let report = folder.path + "/" + name
            #expect(PerisaiCommand.start(["import", "enrolments", path] + good + ["--report", report]) == 1)
            let text = try String(contentsOfFile: report, encoding: .utf8)
            #expect(text.contains("refused") && text.contains("good") && text.contains("baris"))
            #expect(!text.contains(Support.nik(1)) && text.contains(masked))
        }
        let report = folder.path + "/none/r.csv"
        #expect(PerisaiCommand.start(["import", "enrolments", path] + good + ["--report", report]) == 1)
        try folder.write("list.csv", "\(Support.header)\n\(Support.row(1))\n")
        #expect(PerisaiCommand.start(["import", "enrolments", path] + good + ["--json"]) == 0)
    }
}
