import ArgumentParser
import Foundation
import Kafka
import Notifier
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Operations

/// The commands on a database that the real service has filled.
@Suite struct NotificationsCommandTests {
    private static let cluster = TestCluster()

    private let url: String
    private let person: ParticipantEnrolled

    init() throws {
        url = try Self.cluster.newDatabase()
        var person = ParticipantEnrolled.sample
        person.phone = .sample
        person.agentID = nil
        self.person = person
    }

    private func connect() throws -> Connection {
        try Connection(ConnectionSettings(url: url, schema: NotificationsCommand.schema))
    }

    private func event(_ input: NotifierInput, _ id: String) -> Event<NotifierInput> {
        Event(
            key: EventKey.of(source: "/test", id: id), time: Instant(microseconds: 1_533_081_600_000_000) ?? .earliest,
            input: input)
    }

    /// A welcome and a receipt.
    private func fill(_ connection: Connection) throws {
        let service = NotifierService(templates: try TemplateSet())
        let applier = try BatchApplier(service: service, connection: connection)
        var posted = ContributionPosted.sample
        posted.payer = .participant(person.kpj)
        _ = try applier.apply([
            event(.participantEnrolled(person), "enrolled"), event(.contributionPosted(posted), "posted"),
        ])
    }

    private func run(_ words: String...) -> Int32 { PerisaiCommand.start(words + ["--database", url]) }

    private func complaint(_ words: String...) -> String {
        do {
            _ = try PerisaiCommand.parseAsRoot(words)
            return "none"
        } catch { return PerisaiCommand.message(for: error) }
    }

    @Test func commandsRunOnAFilledDatabase() throws {
        let connection = try connect()
        defer { connection.close() }
        try fill(connection)
        let id = try #require(try connection.texts("SELECT message_id::text FROM message WHERE kind = 'receipt'").first)
        for format in ["", "--json", "--csv"] {
            let words = ["notifications", "list", "--participant", person.kpj.text] + (format.isEmpty ? [] : [format])
            #expect(PerisaiCommand.start(words + ["--database", url]) == 0)
        }
        #expect(run("notifications", "list", "--state", "delivered", "--kind", "receipt") == 0)
        #expect(run("notifications", "show", String(id.prefix(8))) == 0)
        #expect(run("notifications", "show", id, "--text", "--json") == 0)
        #expect(run("notifications", "show", "00000000") == 1)
        #expect(run("notifications", "resend", id, "--by", "Ani") == 1, "it is queued")
        try connection.execute("UPDATE message SET state = 'failed', reason = '503', finished_at = now()")
        #expect(run("notifications", "resend", id, "--by", "Ani") == 0)
        let many = ["notifications", "resend", "--reason", "503", "--since", "2018-01-01", "--by", "Ani"]
        #expect(PerisaiCommand.start(many + ["--dry-run", "--database", url]) == 0)
        #expect(try connection.texts("SELECT count(*)::text FROM message_resend") == ["1"])
        #expect(PerisaiCommand.start(many + ["--database", url]) == 0)
        #expect(try connection.texts("SELECT count(*)::text FROM message_resend") == ["2"])
        for by in NotificationStats.Group.allCases.map(\.rawValue) {
            #expect(run("notifications", "stats", "--by", by, "--format", "json") == 0)
        }
        #expect(run("notifications", "stats", "--part", "queue", "--format", "csv") == 0)
        #expect(run("contacts", "show", "--participant", person.kpj.text) == 0)
        #expect(run("contacts", "show", "--participant", person.kpj.text, "--json") == 0)
        #expect(run("contacts", "show", "--agent", "PRS-UNKNOWN") == 1)
    }

    @Test func theTextIsShownOnRequestOnlyAndAddressesNever() throws {
        let connection = try connect()
        defer { connection.close() }
        try fill(connection)
        var filter = NotificationFilter()
        filter.recipients = NotificationFilter.recipients(of: person.kpj)
        let records = try NotificationRecord.list(filter, limit: 10, on: connection)
        #expect(records.count == 2)
        let phone = try #require(person.phone)
        let body = try #require(try connection.texts("SELECT short FROM message WHERE kind = 'receipt'").first)
        for record in records where record.kind == "receipt" {
            let story = try NotificationStory.of(IdentifierPrefix(record.id.text), on: connection)
            let (shown, json) = (
                NotificationText.text(story, words: false), NotificationText.json(story, words: false)
            )
            for secret in [String(phone.text.dropFirst(4)), person.name, String(body.prefix(20)), person.nik.text] {
                #expect(!shown.contains(secret) && !json.contains(secret), "\(secret)")
            }
            #expect(shown.contains("SMS segments") && shown.contains("no provider was tried"))
            #expect(NotificationText.text(story, words: true).contains(String(body.prefix(20))))
            let object = try JSONSerialization.jsonObject(with: Data(NotificationText.json(story, words: true).utf8))
            #expect((object as? [String: Any])?["text"] as? String == story.text)
        }
        let table = NotificationText.table(records)
        #expect(!table.text.contains(String(phone.text.dropFirst(4))) && table.rows.count == 2)
        #expect(NotificationText.rupiah(350_500) == "350.5" && NotificationText.rupiah(7_000) == "7")
    }

    @Test func faultsNameTheOptionAndTheReason() {
        #expect(complaint("notifications", "list", "--participant", "1").hasPrefix("--participant: KPJ: "))
        #expect(complaint("notifications", "list", "--agent", "x").hasPrefix("--agent: agent id: may have"))
        #expect(complaint("notifications", "list", "--kind", "none").hasPrefix("--kind: there is no such message"))
        #expect(complaint("notifications", "list", "--limit", "0") == "--limit must lie between 1 and 10000")
        #expect(
            complaint("notifications", "list", "--agent", "A", "--wadah", "W")
                == "give one of \(RecipientOptions.names)")
        #expect(complaint("notifications", "resend", "--by", "Ani").hasPrefix("give an id, or --since"))
        #expect(
            complaint("notifications", "resend", "01234567", "--dry-run", "--by", "Ani").contains("leave the id out"))
        #expect(
            complaint(
                "notifications", "resend", "--since", "2018-01-01", "--reason", "x", "--limit", "0", "--by", "Ani")
                == "--limit must lie between 1 and 10000")
        #expect(
            complaint("notifications", "stats", "--since", "2018-02-01", "--until", "2018-01-01")
                == "--since must not lie after --until")
        #expect(complaint("notifications", "stats", "--since", "2016-01-01", "--until", "2018-01-01").contains("366"))
        #expect(complaint("notifications", "dry-run").hasPrefix("give --date, --file"))
        let nik = "5171010101800001"
        #expect(!complaint("notifications", "list", "--participant", nik).contains(nik))
    }

    // MARK: Dry run

    private func lines() -> [String] {
        var posted = ContributionPosted.sample
        posted.payer = .participant(person.kpj)
        func line(_ data: some EventData, _ id: String, _ time: String) -> String {
            let json = String(decoding: data.json, as: UTF8.self)
            return """
                {"specversion":"1.0","id":"\(id)","source":"/test","type":"\(type(of: data).type)","time":"\(time)",\
                "data":\(json)}
                """
        }
        return [
            line(posted, "posted", "2018-08-01T00:00:00Z"), "", line(person, "enrolled", "2018-07-31T17:00:00Z"),
            line(person, "enrolled", "2018-07-31T17:00:00Z"), line(posted, "yesterday", "2018-07-31T16:59:59Z"),
            "{}",
        ]
    }

    @Test func aFileIsDecidedWithoutBeingStored() throws {
        let connection = try connect()
        defer { connection.close() }
        let service = NotifierService(templates: try TemplateSet())
        _ = try BatchApplier(service: service, connection: connection)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("events.jsonl", lines().joined(separator: "\n"))
        var days = DayEvents(
            service, date: CivilDate(parsing: "2018-08-01"), limit: 10, on: connection)
        try days.read(file: path)
        try days.finish()
        #expect(Set(days.run.messages.map(\.kind)) == ["receipt", "welcome-participant"])
        #expect(days.run.messages.allSatisfy { $0.state == .queued && $0.channel == "sms" })
        #expect(days.notes.contains("1 events of other dates left out"))
        #expect(days.notes.contains { $0.hasPrefix("1 events cannot be read: line 6") })
        #expect(try connection.texts("SELECT count(*)::text FROM message") == ["0"])
        let words = ["notifications", "dry-run", "--file", path, "--database", url]
        for format in ["table", "csv", "json"] { #expect(PerisaiCommand.start(words + ["--format", format]) == 0) }
    }

    @Test func theTopicsGiveWhatAFileGives() throws {
        let connection = try connect()
        defer { connection.close() }
        let service = NotifierService(templates: try TemplateSet())
        _ = try BatchApplier(service: service, connection: connection)
        let topics: [Topic] = [.enrollment, .contributions, .preferences]
        let broker = try EmbeddedBroker(topics: topics.map { TopicSpecification(name: $0.name, partitions: 2) })
        defer { broker.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let good = lines().filter { $0.count > 2 }.joined(separator: "\n")
        let path = try folder.write("events.jsonl", good)
        let kafka = ["--bootstrap", broker.bootstrapServers, "--profile", "embedded"]
        #expect(PerisaiCommand.start(["publish", path, "--no-pace"] + kafka) == 0)
        let stated = [
            "contacts", "state", "--participant", person.kpj.text, "--whatsapp", "0812-3456-7890", "--refuse",
            "reminders", "--channels", "payments=whatsapp,sms", "--by", "Ani",
        ]
        #expect(PerisaiCommand.start(stated + kafka) == 0)

        let configuration = KafkaConfiguration(
            role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker)
        var days = DayEvents(service, date: nil, limit: 10, on: connection)
        try days.read(configuration)
        try days.finish()
        // Two receipts and a welcome, to the number that was stated.
        #expect(days.run.summary.events == 4)
        #expect(days.run.messages.map(\.kind).sorted() == ["receipt", "receipt", "welcome-participant"])
        #expect(days.run.messages.allSatisfy { $0.channel == "whatsapp" && $0.fallback.map(\.channel) == ["sms"] })
        #expect(days.notes.contains { $0.hasPrefix("there is no topic") && $0.contains("clock.events.v1") })
        var day = DayEvents(service, date: CivilDate(parsing: "2018-08-01"), limit: 10, on: connection)
        try day.read(configuration)
        try day.finish()
        #expect(day.run.summary.events == 2 && day.run.messages.allSatisfy { $0.channel == "sms" })
        let words = ["notifications", "dry-run", "--date", "2018-08-01", "--database", url]
        #expect(PerisaiCommand.start(words + kafka) == 0)
    }
}
