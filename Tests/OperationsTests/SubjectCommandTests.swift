import ArgumentParser
import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Operations

/// What the command shows, notes and asks for, on the tables of all four services.
@Suite struct SubjectCommandTests {
    private static let cluster = TestCluster()

    private let url: String
    private let nik: NIK
    private let kpj: KPJ
    private let name = "Ni Luh Rahasia"

    init() throws {
        url = try Self.cluster.newDatabase()
        for service in try ServiceEntry.all {
            let connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
            defer { connection.close() }
            _ = try service.migrate(connection)
        }
        nik = try NIK("5171010101800001")
        kpj = try KPJ(code: 18_020_000_017)
    }

    private func connect(_ schema: String) throws -> Connection {
        try Connection(ConnectionSettings(url: url, schema: schema))
    }

    private func execute(_ schema: String, _ sql: String) throws {
        let connection = try connect(schema)
        defer { connection.close() }
        _ = try connection.execute(sql)
    }

    private func fill() throws {
        let payer = PayerNumber.participant(kpj).code
        try execute(
            "enrollment_intake",
            """
            INSERT INTO participant (nik, kpj, first_seen, bpu_on, cover)
                VALUES (\(nik.code), \(kpj.code), '2018-02-05', '2018-02-05', 1);
            INSERT INTO agent (agent_id, nik, application, state, reasons) VALUES ('A-1', \(nik.code),
                '{"name": "\(name)", "phone": "+6281299990001", "account_number": "0123456789"}', 1, '');
            """)
        try execute(
            "payment_reconciler",
            """
            INSERT INTO nik_payer VALUES (\(nik.code), \(payer));
            INSERT INTO due (payer, month, amount, paid) VALUES (\(payer), 24217, 16800, 16800), (\(payer), 24218, 16800, 0);
            """)
        try execute(
            "notifier",
            """
            INSERT INTO contact (ref, name, phone) VALUES ('participant:\(kpj.text)', '\(name)', 6281299990001);
            INSERT INTO message (message_id, event_key, kind, recipient_kind, recipient_ref, body, state, address, name)
                VALUES (gen_random_uuid(), gen_random_uuid(), 'receipt', 'participant', 'participant:\(kpj.text)',
                    'Terima kasih', 'sent', '+6281299990001', '\(name)');
            """)
        try execute(
            "commission_calculator",
            """
            INSERT INTO agent (agent_id, activated_on, event_key, wadah_id, branch, name) VALUES
                ('A-1', '2018-02-09', gen_random_uuid(), 'W-1', 'DPS', '\(name)')
            """)
    }

    @Test func everyTableCanBeRead() throws {
        let report = try SubjectReport.read(.nik(nik), connect: connect)
        #expect(report.parts.isEmpty && report.kpj == nil)
        #expect(report.text(clear: true).contains("nothing is held"))
        #expect(Set(SubjectTable.all.map { "\($0.schema).\($0.table)" }).count == SubjectTable.all.count)
    }

    @Test func whatIsHeldIsShownMaskedOrInClear() throws {
        try fill()
        for subject in [SubjectArgument.nik(nik), .kpj(kpj)] {
            let report = try SubjectReport.read(subject, connect: connect)
            #expect(report.kpj == kpj && report.nik == nik && report.agents == ["A-1"])
            let tables = report.parts.map { "\($0.table.schema) \($0.table.table) \($0.rows.count)" }
            #expect(
                tables == [
                    "enrollment_intake participant 1", "enrollment_intake agent 1", "payment_reconciler nik_payer 1",
                    "payment_reconciler due 2", "commission_calculator agent 1", "notifier contact 1",
                    "notifier message 1",
                ])
            for masked in [report.text(clear: false), report.json(clear: false), report.plan.text] {
                for secret in [nik.text, name, "81299990001", "0123456789", "Terima kasih"] {
                    #expect(!masked.contains(secret), "\(secret)")
                }
            }
            let clear = report.text(clear: true)
            for word in [nik.text, name, "81299990001", "0123456789", "Terima kasih", "cover active", "16800"] {
                #expect(clear.contains(word), "\(word)")
            }
            #expect(try JSONSerialization.jsonObject(with: Data(report.json(clear: true).utf8)) is [String: Any])
            #expect(report.plan.rows.count == report.parts.count)
        }
    }

    @Test func whoLooksIsNotedAndRequestsHaveADeadline() throws {
        let registry = try connect("enrollment_intake")
        defer { registry.close() }
        let desk = SubjectDesk(connection: registry)
        let ani = try OperatorName("Ani")
        try desk.note(access: ani, reason: DeskReason("permintaan peserta"), kpj: kpj)
        #expect(
            try registry.texts("SELECT concat(kpj, ' ', by_operator, ' ', reason) FROM subject_access")
                == ["\(kpj.code) Ani permintaan peserta"])
        try desk.take(SubmissionID("R-1"), isErasure: true, by: ani, approvedBy: OperatorName("Budi"), kpj: kpj) {}
        try desk.take(SubmissionID("R-2"), isErasure: false, by: ani, approvedBy: nil, kpj: nil) {}
        // What could not be handed on is not there.
        #expect(throws: OperationsError.self) {
            try desk.take(SubmissionID("R-3"), isErasure: false, by: ani, approvedBy: nil, kpj: nil) {
                throw OperationsError("no broker")
            }
        }
        var listed = try desk.requests(all: false, connect: connect)
        #expect(listed.map(\.id).sorted() == ["R-1", "R-2"] && listed.allSatisfy { $0.state == "waiting" })
        try registry.execute(
            "UPDATE subject_request SET asked_at = now() - interval '73 hours' WHERE request_id = 'R-2'")
        try registry.execute("UPDATE subject_request SET outcome = 1 WHERE request_id = 'R-1'")
        try execute(
            "notifier", "INSERT INTO subject_erasure (request_id, agents, erased_on) VALUES ('R-1', '', '2031-01-01')")
        listed = try desk.requests(all: true, connect: connect)
        #expect(
            listed.map { "\($0.id) \($0.state) \($0.doneIn)" } == [
                "R-1 done enrollment-intake notifier", "R-2 OVERDUE ",
            ])
        #expect(try desk.requests(all: false, connect: connect).map(\.id) == ["R-2"])
        #expect(listed.allSatisfy { $0.deadline > $0.askedAt })
        // The business date is the date of a request.
        try registry.execute("INSERT INTO business_date (date) VALUES ('2018-03-05')")
        #expect(try desk.askedOn().description == "2018-03-05")
    }

    @Test func twoPersonsErase() {
        func complaint(_ words: String...) -> String {
            do {
                _ = try SubjectCommand.parseAsRoot(words)
                return "none"
            } catch { return SubjectCommand.message(for: error) }
        }
        #expect(complaint("erase", "-", "--by", "Ani", "--dry-run") == "none")
        #expect(complaint("erase", "-", "--by", "Ani").contains("--approved-by"))
        #expect(complaint("erase", "-", "--by", "Ani", "--approved-by", "a n i").contains("someone else"))
        #expect(complaint("erase", "-", "--by", "Ani", "--approved-by", "Budi") == "none")
        #expect(complaint("correct", "-", "--by", "Ani").contains("--name"))
        #expect(complaint("correct", "-", "--by", "Ani", "--phone", "12").contains("phone"))
        #expect(complaint("show", "-", "--by", "Ani", "--reason", "x").contains("reason"))
        #expect(throws: OperationsError.self) { try SubjectArgument("123") }
        #expect(throws: OperationsError.self) { try SubjectArgument("5171010101800000") }
    }

    /// A table with a column that is named like personal data is told of in the document.
    @Test func theDocumentNamesEveryTableWithPersonalData() throws {
        let text = try String(contentsOf: repositoryFile("docs/personal-data.md"), encoding: .utf8)
        let registry = try connect("enrollment_intake")
        defer { registry.close() }
        let tables = try registry.texts(
            """
            SELECT DISTINCT table_name::text FROM information_schema.columns AS c
            JOIN information_schema.tables AS t USING (table_schema, table_name)
            WHERE table_schema IN ('enrollment_intake', 'payment_reconciler', 'commission_calculator', 'notifier')
                AND t.table_type = 'BASE TABLE' AND (
                    column_name IN ('nik', 'name', 'phone', 'address', 'name_key', 'account_number', 'account_holder',
                        'application', 'submission', 'npwp')
                    AND table_name NOT IN ('schema_migration', 'place', 'enrolment'))
            ORDER BY 1
            """)
        for table in tables where !table.contains("migration") {
            #expect(text.contains("`\(table)"), "\(table) is not in docs/personal-data.md")
        }
    }
}
