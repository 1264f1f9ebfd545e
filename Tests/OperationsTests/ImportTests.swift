import BankStatements
import Foundation
import Kafka
import PaymentReconciler
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Operations

@Suite struct ImportTests {
    private static let cluster = TestCluster()
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func database() throws -> Connection {
        let connection = try Connection(
            ConnectionSettings(url: Self.cluster.newDatabase(), schema: "payment_reconciler"))
        try WorkerSchema.migrate(PaymentReconcilerService(), on: connection)
        return connection
    }

    /// An MT940 of January 2018 with balances in whole rupiah.
    private func file(
        _ number: Int, opening: Int64, _ lines: [(amount: Int64, reference: String, text: String)], day: Int = 5,
        account: String = "1030001234567"
    ) throws -> String {
        let date = "1801\(day < 10 ? "0" : "")\(day)"
        let closing = lines.reduce(opening) { $0 + $1.amount }
        var text = ":20:PERISAI\r\n:25:\(account)\r\n:28C:\(number)/1\r\n:60F:C\(date)IDR\(opening),00\r\n"
        for line in lines {
            text += ":61:\(date)C\(line.amount),00NTRF\(line.reference)\r\n:86:\(line.text)\r\n"
        }
        text += ":62F:C\(date)IDR\(closing),00\r\n-\r\n"
        return try folder.write(UUID().uuidString + ".sta", text)
    }

    private func importer(_ path: String, acceptGap: Bool = false) -> StatementImport {
        var importer = StatementImport(path: path, bank: .bni)
        importer.dialect = .generic
        importer.acceptGap = acceptGap
        importer.by = "ani"
        return importer
    }

    /// Plans and publishes; what went out, by id.
    @discardableResult
    private func run(_ path: String, _ connection: Connection, acceptGap: Bool = false, cutOffAfter: Int = .max) throws
        -> (plan: StatementImport.Plan, sent: [OutgoingRecord])
    {
        let registry = StatementRegistry(connection: connection, bank: .bni)
        let importer = importer(path, acceptGap: acceptGap)
        let plan = try importer.plan(registry)
        var sent: [OutgoingRecord] = []
        guard !plan.toPublish.isEmpty else { return (plan, []) }
        do {
            _ = try importer.publish(
                plan, registry,
                send: {
                    guard sent.count < cutOffAfter else { throw CutOff() }
                    sent.append($0)
                }, flush: {})
        } catch is CutOff {}
        return (plan, sent)
    }

    private struct CutOff: Error {}

    private func event(_ record: OutgoingRecord) throws -> StatementEntryBooked {
        try #require(record.value).withUnsafeBytes { try StatementEntryBooked.read(bytes: $0) }
    }

    private var account: VirtualAccount {
        get throws { VirtualAccount(payer: .participant(try KPJ("18020000017"))) }
    }

    @Test func linesBecomeEventsAndTwiceChangesNothing() throws {
        let connection = try database()
        defer { connection.close() }
        let path = try file(
            1, opening: 1_000,
            [
                (16_800, "A1//BNI0001", "BPJS TK VA \(try account.text)"), (20_000, "NONREF", "IURAN BU ANI JANUARI"),
                (5_000, "A2//BNI0003", "NIK 5171014101560001 2 BLN"), (5_000, "A3//BNI0003", "BAGIAN KEDUA 12345"),
            ])
        let (plan, sent) = try run(path, connection)
        #expect(plan.faultCount == 0)
        #expect(plan.decisions == [.new])
        let events = try sent.map(event)
        #expect(events.map(\.amount.amount) == [16_800, 20_000, 5_000, 5_000])
        let ours = try account
        #expect(events.map(\.virtualAccount) == [ours, nil, nil, nil])
        let nik = try NIK("5171014101560001")
        #expect(events[2].nik == nik && events[2].months == 2)
        #expect(events[0].reference.text == "BNI0001")
        #expect(
            events[1].reference.text.hasPrefix("1030001234567/") && events[1].reference.text.hasSuffix("/20180105/2"))
        // A number that stood before in the statement is not taken for the same money.
        #expect(events[2].reference.text == "BNI0003" && events[3].reference.text != "BNI0003")
        #expect(Set(sent.map(\.key)).count == 4)

        let again = try run(path, connection)
        #expect(again.plan.isDone && again.sent.isEmpty)
        let log = try connection.query(Statement("log", "SELECT count(*), max(detail) FROM audit_log WHERE chain = -2"))
        #expect(try log.int64(0, 0) == 1)
        #expect(try log.text(0, 1).contains("\"by\":\"ani\""))
        #expect(try LedgerVerification.run(on: connection).isProven)
    }

    @Test func anImportThatWasCutOffIsRepeatedWithTheSameIds() throws {
        let connection = try database()
        defer { connection.close() }
        let path = try file(1, opening: 0, (1...9).map { (Int64($0) * 1_000, "X//R\($0)000\($0)", "UANG \($0)") })
        let first = try run(path, connection, cutOffAfter: 4)
        #expect(first.sent.count == 4)
        let second = try run(path, connection)
        #expect(second.plan.decisions == [.again])
        #expect(second.sent.count == 9)
        #expect(second.sent.prefix(4).map { "\($0.headers)" } == first.sent.map { "\($0.headers)" })
        #expect(second.sent.prefix(4).map(\.value) == first.sent.map(\.value))
        #expect(try run(path, connection).plan.isDone)
    }

    @Test func gapsAndOtherContentAreRefused() throws {
        let connection = try database()
        defer { connection.close() }
        try run(try file(1, opening: 1_000, [(500, "X//R1001", "SATU DUA TIGA")]), connection)
        // Statement 2 is missing: 3 opens with another balance.
        let third = try file(3, opening: 2_000, [(7, "X//R3001", "TIGA EMPAT")], day: 7)
        let refused = try run(third, connection)
        #expect(refused.sent.isEmpty && refused.plan.faultCount == 1)
        #expect(refused.plan.faults.first?.reason.contains("a statement is missing") == true)
        let second = try run(try file(2, opening: 1_500, [(500, "X//R2001", "DUA TIGA")], day: 6), connection)
        #expect(second.plan.faultCount == 0 && second.sent.count == 1)
        #expect(try run(third, connection).plan.decisions == [.new])
        // The number of statement 2 with other lines.
        let other = try run(try file(2, opening: 1_500, [(501, "X//R2002", "DUA TIGA")], day: 6), connection)
        #expect(other.sent.isEmpty)
        #expect(other.plan.faults.first?.reason.contains("other content") == true)
        let gap = try file(9, opening: 9_999, [(1, "X//R9001", "SEMBILAN")], day: 20)
        #expect(try run(gap, connection).plan.faultCount == 1)
        #expect(try run(gap, connection, acceptGap: true).plan.decisions == [.new])
        // Another account begins where it likes.
        let elsewhere = try file(1, opening: 77, [(1, "X//R0001", "LAIN LAIN")], account: "2030001234567")
        #expect(try run(elsewhere, connection).plan.decisions == [.new])
    }

    /// The money of a refused line comes in with the corrected file; the lines that were imported keep their ids.
    @Test func aCorrectedFileBringsTheRefusedLine() throws {
        let connection = try database()
        defer { connection.close() }
        try run(try file(1, opening: 1_000, [(500, "X//R1001", "SATU DUA TIGA")]), connection)
        let lines: [(amount: Int64, reference: String, text: String)] = [
            (100, "X//R2001", "SATU"), (200, "X//R2002", "DUA"), (300, "NONREF", "TIGA"),
        ]
        func damaged(_ mark: String) throws -> String {
            let path = try file(2, opening: 1_500, lines, day: 6)
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing(":86:DUA", with: ":86:\(mark)DUA")
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return path
        }
        let first = try run(try damaged("\u{1}"), connection)
        #expect(first.sent.count == 2 && first.plan.faultCount == 1)
        // Another closing balance is another statement.
        let other = try run(try file(2, opening: 1_500, lines + [(1, "X//R2009", "LAIN")], day: 6), connection)
        #expect(other.sent.isEmpty && other.plan.faults.first?.reason.contains("other content") == true)
        let corrected = try file(2, opening: 1_500, lines, day: 6)
        let second = try run(corrected, connection)
        #expect(second.plan.faultCount == 0 && second.sent.count == 3)
        let kept = [0, 2].map { second.sent[$0] }
        #expect(kept.map { "\($0.headers)" } == first.sent.map { "\($0.headers)" })
        #expect(kept.map(\.value) == first.sent.map(\.value))
        #expect(try run(corrected, connection).plan.isDone)
        // Now it is whole: no third form.
        let third = try run(try damaged("ATAU "), connection)
        #expect(third.sent.isEmpty && third.plan.faultCount == 1)
        #expect(try run(try file(3, opening: 2_100, [(7, "X//R3001", "TIGA")], day: 7), connection).sent.count == 1)
    }

    @Test func aFileBelongsToOneBankAndOneImportRunsAtATime() throws {
        let connection = try database()
        defer { connection.close() }
        let path = try file(1, opening: 0, [(500, "X//R1001", "SATU DUA TIGA")])
        try run(path, connection)
        var other = importer(path)
        #expect(throws: OperationsError.self) {
            try other.plan(StatementRegistry(connection: connection, bank: try BankCode("008")))
        }
        other.by = "budi"
        let second = try Connection(connection.settings)
        defer { second.close() }
        try StatementRegistry(connection: connection, bank: .bni).lock()
        #expect(throws: OperationsError.self) { try StatementRegistry(connection: second, bank: .bni).lock() }
    }

    @Test func brokenStatementsAreRefusedAndReported() throws {
        let path = try file(1, opening: 0, [(500, "X//R1001", "SATU DUA TIGA")])
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacing(":62F:C180105IDR500,00", with: ":62F:C180105IDR501,00")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let importer = importer(path)
        let plan = try importer.plan(nil)
        #expect(plan.faultCount == 1)
        let report = path + ".csv"
        let faults = try FaultReport(path: report)
        var sent = 0
        _ = try importer.read(plan, fault: { try faults.add($0) }, send: { _ in sent += 1 })
        try faults.close()
        #expect(sent == 0)
        let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 && lines.first == "line,field,reason")
        #expect(PerisaiCommand.start(["import", "statement", path, "--bank", "009", "--dry-run"]) == 1)
        #expect(PerisaiCommand.start(["import", "statement", path, "--bank", "9"]) == 2)
        #expect(PerisaiCommand.start(["import", "statement", "/nothing/here", "--bank", "009", "--dry-run"]) == 1)
    }

    /// Interim and final statement of a day give the bank's number the same payment; what has none is told apart.
    @Test func interimLinesThatNothingIdentifiesWaitForTheFinal() throws {
        let head = StatementHead(account: "103-000-1234567", statement: "12 A", isInterim: true, line: 1)
        let sha256 = String(repeating: "ab", count: 32)
        var events = try StatementEntryEvents(bank: .bni, head: head, entries: 3, sha256: sha256)
        let date = try #require(CivilDate(parsing: "2018-01-05"))
        func entry(_ ordinal: Int, reference: String? = nil, text: String = "") -> StatementEntry {
            StatementEntry(
                ordinal: ordinal, line: ordinal, isCredit: true, amount: Rupiah(500), bookedOn: date,
                bankReference: reference, text: text)
        }
        #expect(try events.record(entry(1)) == nil)
        #expect(try events.event(entry(2, reference: "B 77"))?.reference.text == "B-77")
        let made = try #require(try events.event(entry(3, text: "SETORAN TUNAI BU ANI")))
        #expect(made.reference.text == "1030001234567/12-A/abababab/3" && made.interim == true)
        let final = StatementHead(account: "1030001234567", statement: "12", isInterim: false, line: 1)
        var day = try StatementEntryEvents(bank: .bni, head: final, entries: 3, sha256: sha256)
        #expect(try day.event(entry(1)) != nil)
        #expect(try day.event(entry(2, reference: "B 77"))?.reference.text == "B-77")
    }
}
