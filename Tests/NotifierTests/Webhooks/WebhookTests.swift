import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct WebhookTests {
    @Test func theEventIsPostedWithItsIdAndSigned() throws {
        let rig = try OfficeRig("hook", secrets: [OfficeRig.secret, OfficeRig.secret + "-baru"]) { _, _ in .status(204)
        }
        defer { rig.office.stop() }
        let source = "/perisai/enrollment-intake"
        let id = UUID(0x018A_0000_0000_7000, 0x8000_0000_0000_0007)
        let event = Event(
            key: EventKey.of(source: source, id: id.text), id: id,
            time: try #require(Instant(parsing: "2018-08-01T00:00:00Z")), input: try OfficeRig.held("A-1"))
        _ = try rig.applier.apply([event])
        try rig.settle()
        let request = try #require(rig.office.requests.first)
        #expect(rig.office.requests.count == 1 && request.target == "/perisai")
        #expect(request.headers["content-type"]?.hasPrefix("application/cloudevents+json") == true)
        #expect(request.headers["webhook-id"] == id.text)
        #expect(request.headers["webhook-timestamp"] == "1533081600")
        let signature = try #require(request.headers["webhook-signature"])
        #expect(signature.split(separator: ",").count == 2)
        for secret in [OfficeRig.secret, OfficeRig.secret + "-baru"] {
            #expect(
                WebhookSignature.isValid(
                    signature, id: id.text, timestamp: 1_533_081_600, body: Array(request.body.utf8), secrets: [secret])
            )
        }
        let body = try #require(try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
        #expect(body["id"] as? String == id.text && body["source"] as? String == source)
        #expect(body["type"] as? String == PermitHeld.type && body["time"] as? String == "2018-08-01T00:00:00Z")
        let data = try #require(body["data"] as? [String: Any])
        #expect(data["application_id"] as? String == "A-1")
        #expect(try rig.states() == ["permit-held|delivered|-|1"])
        let told = try rig.applier.work().filter { $0.type == NotificationSent.type }
        let sent = try #require(told.first).data.withUnsafeBytes { try NotificationSent.read(bytes: $0) }
        #expect(sent.messageID == id && sent.channel == "webhook" && sent.recipient == "office:PTSP-DPS")
        #expect(sent.provider == OfficeRig.host && told.count == 1)
        #expect(try rig.applier.work().isEmpty)
    }

    /// An event that others have put into the topic keeps no id of its own.
    @Test func anEventOfAnotherSourceIsKnownByItsKey() throws {
        let rig = try OfficeRig("hook_key") { _, _ in .status(200) }
        defer { rig.office.stop() }
        let event = Event(
            key: EventKey.of(source: "/else", id: UUID.sample.text), id: .sample, time: .earliest,
            input: try OfficeRig.held("A-1"))
        _ = try rig.applier.apply([event])
        _ = try rig.applier.apply([event])
        try rig.settle()
        #expect(rig.office.requests.map(\.key) == [event.key.text])
    }

    @Test func everyKindOfAnswerIsPostedAndNothingElse() throws {
        let rig = try OfficeRig("hook_kinds") { _, _ in .status(200) }
        defer { rig.office.stop() }
        let url = try CallbackURL("https://\(OfficeRig.host)/perisai")
        let office = try OfficeCode("PTSP-DPS")
        var reminded = PermitReminded.sample
        (reminded.office, reminded.callbackURL) = (office, url)
        var closed = PermitClosed.sample
        (closed.office, closed.callbackURL) = (office, url)
        var withheld = ServicesWithheld.sample
        (withheld.office, withheld.callbackURL) = (office, url)
        let inputs: [NotifierInput] = [
            try OfficeRig.held("K-1"), .permitReminded(reminded), try OfficeRig.cleared("K-2"), .permitClosed(closed),
            .servicesWithheld(withheld), try OfficeRig.held("K-3", to: nil), .contributionPosted(.sample),
        ]
        _ = try rig.applier.apply(inputs.enumerated().map { Event($1, id: "k\($0)") })
        try rig.settle()
        #expect(
            try rig.states() == [
                "permit-held|delivered|-|1", "permit-reminded|delivered|-|1", "permit-cleared|delivered|-|1",
                "permit-closed|delivered|-|1", "services-withheld|delivered|-|1",
            ])
        #expect(rig.office.requests.count == 5)
        #expect(try rig.connection.texts("SELECT stream FROM webhook_stream").isEmpty)
        // Each is a message to the office too, whether it has a callback address or not.
        #expect(
            try rig.connection.texts("SELECT kind FROM message WHERE recipient_kind = 'office' ORDER BY kind") == [
                "office-withhold", "permit-closed", "permit-held", "permit-held", "permit-released", "permit-reminder",
            ])
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        for type in [PermitApplied.type, SchemeApproved.type, "id.perisai.unknown.v9"] {
            #expect(try NotifierInput.decode(type: type, data: nothing) == nil)
        }
    }

    @Test func troubleIsTriedAgainUnderTheSameId() throws {
        let rig = try OfficeRig("hook_trouble", settings: .test { $0.timeout = .seconds(3) }) { request, time in
            switch time {
            case 1 where request.body.contains("\"T-500\""): .status(500)
            case 1 where request.body.contains("\"T-SLOW\""): .silence
            case 1 where request.body.contains("\"T-CUT\""): .hangUp
            case 1 where request.body.contains("\"T-MOVED\""): .status(302, headers: "Location: /elsewhere\r\n")
            case 1 where request.body.contains("\"T-BAD\""): .status(400)
            case 1 where request.body.contains("\"T-GONE\""): .status(410)
            case 1 where request.body.contains("\"T-HUGE\""): .status(200, body: String(repeating: "x", count: 900_000))
            case 1 where request.body.contains("\"T-ENDLESS\""): .endless
            default: .status(200)
            }
        }
        defer { rig.office.stop() }
        let names = ["500", "SLOW", "CUT", "MOVED", "BAD", "GONE", "HUGE", "ENDLESS", "GOOD"]
        _ = try rig.applier.apply(try names.map { Event(try OfficeRig.held("T-\($0)"), id: $0) })
        try rig.settle()
        let ends = try rig.connection.texts(
            "SELECT concat_ws('|', stream, state, coalesce(reason, '-'), attempts) FROM webhook ORDER BY position")
        #expect(
            ends
                == [
                    "500|delivered|-|2", "SLOW|delivered|-|2", "CUT|delivered|-|2", "MOVED|delivered|-|2",
                    "BAD|delivered|-|2", "GONE|failed|GONE|1", "HUGE|delivered|-|1", "ENDLESS|delivered|-|1",
                    "GOOD|delivered|-|1",
                ].map { "PTSP-DPS permit:T-\($0)" })
        #expect(rig.office.requests.allSatisfy { $0.target == "/perisai" })
        let details = try rig.connection.texts(
            """
            SELECT concat_ws('|', coalesce(status, 0), detail) FROM webhook_attempt WHERE detail IS NOT NULL
            ORDER BY webhook_id, number
            """)
        // How a cut connection is told depends on the moment.
        #expect(
            Set(details).isSuperset(of: [
                "500|HTTP 500", "0|time-out", "302|HTTP 302: redirects are not followed", "400|HTTP 400",
                "410|HTTP 410",
            ]))
        let failed = try rig.failures()
        #expect(
            failed.count == 1 && failed.first?.reason == "GONE (HTTP 410)" && failed.first?.about == "permit:T-GONE")
    }

    @Test func nobodyThereFailsWhenTheTimeIsOver() throws {
        let rig = try OfficeRig("hook_nobody", settings: .test { $0.retryFor = .seconds(86_400) }) { _, _ in .hangUp }
        rig.office.stop()
        _ = try rig.applier.apply([Event(try OfficeRig.held("A-1"), id: "1")])
        let sender = rig.sender()
        while try rig.connection.texts("SELECT 1::text FROM webhook WHERE attempts >= 5").isEmpty {
            _ = try sender.turn(rig.connection)
        }
        #expect(try rig.states().first?.hasPrefix("permit-held|waiting|-|") == true)
        _ = try rig.connection.execute("UPDATE webhook SET first_attempt_at = first_attempt_at - interval '24 hours'")
        try rig.settle(sender)
        #expect(try rig.states().first?.hasPrefix("permit-held|failed|NOT_TAKEN|") == true)
        let failed = try rig.failures()
        #expect(failed.count == 1 && failed.first?.reason.hasPrefix("NOT_TAKEN (") == true)
        #expect(failed.first?.about == "permit:A-1" && failed.first?.recipient == "office:PTSP-DPS")
    }

    @Test func aHostThatIsNotAgreedIsNeverCalled() throws {
        let rig = try OfficeRig("hook_host") { _, _ in .status(200) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([
            Event(try OfficeRig.held("A-1", to: "https://evil.example.com/perisai"), id: "1"),
            Event(try OfficeRig.held("A-2", to: "https://\(OfficeRig.host):8443/perisai"), id: "2"),
            Event(try OfficeRig.held("A-3", office: "KPP-1"), id: "3"),
            Event(try OfficeRig.held("A-4"), id: "4"),
        ])
        // Agreed when the answer was made, and no longer when it is sent.
        _ = try rig.connection.execute(
            "UPDATE webhook SET url = 'https://old.example.go.id/perisai' WHERE stream LIKE '%A-4'")
        try rig.settle()
        #expect(rig.office.requests.isEmpty)
        let states = try rig.states()
        #expect(states.prefix(3).allSatisfy { $0 == "permit-held|failed|HOST_NOT_AGREED|0" })
        #expect(states.last == "permit-held|failed|HOST_NOT_AGREED|1")
        #expect(try rig.failures().map(\.reason) == Array(repeating: "HOST_NOT_AGREED", count: 4))
    }

    @Test func withoutOfficesNoRowsAreMade() throws {
        let connection = try Connection(try Database.make("hook_off"))
        let applier = try BatchApplier(service: try Database.service(), connection: connection)
        _ = try applier.apply([Event(try OfficeRig.held("A-1"), id: "1")])
        #expect(try connection.texts("SELECT webhook_id::text FROM webhook").isEmpty)
        #expect(try connection.texts("SELECT kind FROM message") == ["permit-held"])
    }

    @Test func waitsDoubleWithinTheirLimitAndEndWithTheDay() {
        var settings = WebhookSettings()
        settings.backoff = .seconds(5)
        func next(_ tries: Int, age: Duration = .zero, spread: Double = 1, after: Duration? = nil) -> WebhookNext {
            WebhookNext(.notTaken(retryAfter: after), tries: tries, age: age, spread: spread, settings)
        }
        #expect(next(1) == .again(after: .seconds(5)) && next(1, spread: 0) == .again(after: .milliseconds(2_500)))
        #expect(next(2) == .again(after: .seconds(10)) && next(5) == .again(after: .seconds(80)))
        #expect(next(60) == .again(after: .seconds(1_800)))
        #expect(next(1, after: .seconds(60)) == .again(after: .seconds(60)))
        #expect(next(60, age: .seconds(86_000)) == .again(after: .seconds(400)))
        #expect(next(60, age: .seconds(86_400)) == .failed(.notTaken))
        #expect(WebhookNext(.delivered, tries: 9, age: .seconds(99_999), spread: 0, settings) == .delivered)
        #expect(WebhookNext(.gone, tries: 1, age: .zero, spread: 0, settings) == .failed(.gone))
    }
}
