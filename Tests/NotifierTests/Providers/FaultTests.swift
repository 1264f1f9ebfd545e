import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Notifier

/// Each fault of a gateway alone.
@Suite struct FaultTests {
    private func body(_ request: FakeGateway.Request, has text: String) -> Bool { request.body.contains("\"\(text)-") }

    private func queue(_ rig: ProviderRig, _ names: [String]) throws { for name in names { try rig.queue(1, name) } }

    @Test func everyAnswerHasItsMeaning() throws {
        let number = #"{"reason": "no such number +6281234567890"}"#
        let gateway = try FakeGateway { request, time in
            guard time == 1 else { return .status(200) }
            let answers: [(String, FakeGateway.Answer)] = [
                ("503", .status(503)), ("away", .status(503, headers: "Retry-After: 60\r\n")), ("408", .status(408)),
                ("429", .status(429, headers: "Retry-After: 60\r\n")),
                ("400", .status(400)), ("404", .status(404)), ("402", .status(402)),
                ("403", .status(403, body: #"{"reason": "FOREIGN"}"#)), ("410", .status(410, body: number)),
                ("422", .status(422, body: #"{"reason": "NUMBER_UNKNOWN"}"#)), ("500", .status(500)),
                ("502", .status(502)), ("302", .status(302)), ("409", .status(409)), ("cut", .hangUp),
                ("slow", .silence), ("huge", .status(200, body: String(repeating: "x", count: 300_000))),
                ("ref", .status(201, body: #"{"reference": "two words"}"#)), ("break", .endless),
            ]
            return answers.first { request.body.contains("\"\($0.0)-") }?.1 ?? .status(200)
        }
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "fault_each", [.test("a", gateway) { ($0.timeout, $0.concurrency) = (.seconds(4), 32) }])
        try queue(
            rig,
            [
                "503", "away", "408", "429", "400", "404", "402", "403", "410", "422", "500", "502", "302", "409",
                "cut", "slow", "huge",
                "ref", "break",
            ])
        try rig.run(rig.dispatcher())
        let expected = [
            "302-0|sent|-", "400-0|failed|REFUSED (HTTP 400)", "402-0|sent|-",
            "403-0|failed|REFUSED (HTTP 403 FOREIGN)", "404-0|sent|-", "408-0|unknown|HTTP 408",
            "409-0|unknown|HTTP 409", "410-0|failed|REFUSED (HTTP 410)",
            "422-0|failed|REFUSED (HTTP 422 NUMBER_UNKNOWN)", "429-0|queued|HTTP 429", "500-0|unknown|HTTP 500",
            "502-0|unknown|HTTP 502", "503-0|unknown|HTTP 503", "away-0|queued|HTTP 503", "break-0|sent|-",
            "huge-0|sent|-", "ref-0|sent|-",
            "slow-0|unknown|time-out",
        ]
        let states = try rig.states("body, state, coalesce(reason, '-')")
        #expect(states.filter { !$0.hasPrefix("cut") } == expected)
        #expect(states.contains { $0.hasPrefix("cut-0|unknown|") })
        let waits = try rig.connection.texts(
            "SELECT (next_attempt_at > now() + interval '50 seconds')::text FROM message WHERE body IN ('429-0', 'away-0')"
        )
        #expect(waits == ["true", "true"])
        #expect(try rig.connection.texts("SELECT reference FROM attempt WHERE reference IS NOT NULL").isEmpty)
    }

    @Test func whatIsNotKnownIsAskedAndGoesNowhereElse() throws {
        let a = try FakeGateway { request, time in
            guard request.method == "GET" else { return .hangUp }
            return time > 0 ? Self.status(request) : .silence
        }
        defer { a.stop() }
        let b = try FakeGateway { _, _ in .status(200, body: #"{"reference": "b-1"}"#) }
        defer { b.stop() }
        let rig = try ProviderRig("fault_ask", [.test("a", a), .test("b", b) { $0.costMilli = 999 }])
        try rig.queue(4)
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state, provider")) == ["unknown|a"])
        // The answers of the status endpoint go by the last digit of the key: see `status`.
        let ids = try rig.dispatchIDs()
        try rig.passTime()
        try rig.run(dispatcher)
        for (id, state) in zip(ids, try rig.states("state, provider")) {
            switch Self.fate(id.text) {
            case .delivered: #expect(state == "delivered|a")
            case .queued: #expect(state == "sent|a")
            case .lost: #expect(state == "sent|b")
            case .failed: #expect(state == "failed|a")
            }
        }
        let lost = ids.filter { Self.fate($0.text) == .lost }.map(\.text)
        #expect(b.requests.map(\.key).sorted() == lost.sorted())
        #expect(a.requests.count { $0.method == "POST" } == 4)
    }

    private enum Fate { case delivered, queued, lost, failed }

    private static func fate(_ key: String) -> Fate {
        switch Int(String(key.suffix(1)), radix: 16) ?? 0 {
        case 0...3: .delivered
        case 4...7: .queued
        case 8...11: .lost
        default: .failed
        }
    }

    private static func status(_ request: FakeGateway.Request) -> FakeGateway.Answer {
        switch fate(String(request.target.split(separator: "/").last ?? "")) {
        case .delivered: .status(200, body: #"{"status": "delivered", "reference": "r1"}"#)
        case .queued: .status(200, body: #"{"status": "queued"}"#)
        case .lost: .status(404)
        case .failed: .status(200, body: #"{"status": "failed", "reason": "BLOCKED"}"#)
        }
    }

    @Test func whereNothingCanBeAskedTheVerySamePostIsRepeatedToTheSameProvider() throws {
        let a = try FakeGateway { _, time in time < 3 ? (time == 1 ? .hangUp : .status(429)) : .status(200) }
        defer { a.stop() }
        let b = try FakeGateway { _, _ in .status(200) }
        defer { b.stop() }
        let rig = try ProviderRig(
            "fault_repeat",
            [
                .test("a", a, isAsked: false) { $0.repeats = .sameKey },
                .test("b", b) { $0.costMilli = 5 },
            ])
        try rig.queue(5)
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state, provider")) == ["unknown|a"] && b.requests.isEmpty)
        try rig.passTime()
        // The second post is not taken, which says nothing of the first one; the third one is.
        try rig.run(dispatcher)
        try rig.passTime()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state, provider, attempts, asks")) == ["sent|a|3|0"])
        #expect(b.requests.isEmpty && Set(a.requests.map(\.key)).count == 5 && a.requests.count == 15)
        #expect(Set(a.requests.map(\.body)).count == 5)
    }

    /// The first post may have been taken: what is said of the second one sends nothing elsewhere.
    @Test func aRefusedSecondPostGoesNowhereElse() throws {
        let a = try FakeGateway { _, time in time == 1 ? .hangUp : .status(422) }
        defer { a.stop() }
        let mail = try FakeGateway { _, _ in .status(200) }
        defer { mail.stop() }
        let rig = try ProviderRig(
            "fault_second",
            [.test("a", a, isAsked: false) { $0.repeats = .sameKey }, .test("mail", mail, channel: .email)])
        try rig.queue(3, fallback: ["email:budi@example.com"])
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        try rig.passTime()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state, channel, provider, attempts")) == ["unknown|sms|a|2"])
        #expect(a.requests.count == 6 && mail.requests.isEmpty)
        let id = try #require(try rig.dispatchIDs().first)
        #expect(
            try rig.apply([Receipt(id: "r", dispatchID: id, status: .delivered, at: .earliest)], from: "a") == [.moved])
    }

    /// What is posted once more reaches the reader now: in the open hours, and while it makes sense.
    @Test func aSecondPostKeepsToTheHoursAndToItsDate() throws {
        let a = try FakeGateway { _, time in time == 1 ? .hangUp : .status(200) }
        defer { a.stop() }
        let rig = try ProviderRig("fault_hours", [.test("a", a, isAsked: false) { $0.repeats = .sameKey }]) {
            $0.quietHours = QuietHours()
        }
        try rig.queue(1, "day", wave: .wib)
        try rig.queue(1, "late", expiresOn: "2018-08-01")
        try rig.queue(1, "now")
        // Noon and midnight in Jakarta.
        let noon = try #require(Instant(microseconds: 1_533_099_600_000_000))
        let midnight = try #require(Instant(microseconds: 1_533_142_800_000_000))
        try rig.run(rig.dispatcher(now: { noon }))
        #expect(try Set(rig.states("state")) == ["unknown"])
        _ = try rig.connection.execute("UPDATE business_date SET started_on = '2018-08-02'")
        try rig.passTime()
        try rig.run(rig.dispatcher(now: { midnight }))
        #expect(try rig.states("body, state") == ["day-0|unknown", "late-0|unknown", "now-0|sent"])
        try rig.run(rig.dispatcher(now: { noon }))
        #expect(try rig.states("body, state") == ["day-0|sent", "late-0|unknown", "now-0|sent"])
    }

    /// Firebase says 403 and 404 of a device with a code of its own, and of the project without it.
    @Test func firebaseTellsDevicesFromProjects() async throws {
        let foreign = """
            {"error": {"code": 403, "status": "PERMISSION_DENIED",
              "details": [{"@type": "type.googleapis.com/x", "errorCode": "SENDER_ID_MISMATCH"}]}}
            """
        let gateway = try FakeGateway { request, _ in
            if request.body.contains("foreign-") { return .status(403, body: foreign) }
            return .status(403, body: #"{"error": {"code": 403, "status": "PERMISSION_DENIED"}}"#)
        }
        defer { gateway.stop() }
        var settings = ProviderSettings("push", channel: .push, kind: .fcm)
        (settings.url, settings.token) = (gateway.url, .text("token"))
        let adapter = FCMAdapter(settings)
        defer { adapter.close() }
        let dispatch = SMTPTests.dispatch(text: "foreign-1")
        #expect(await adapter.send(dispatch) == .refused(reason: "HTTP 403 SENDER_ID_MISMATCH"))
        #expect(await adapter.send(SMTPTests.dispatch()) == .lockedOut(reason: "HTTP 403"))
    }

    @Test func aTemplateTakesTheShortTextWhereTheWholeIsTooLong() {
        var dispatch = SMTPTests.dispatch(text: String(repeating: "panjang ", count: 200))
        dispatch.short = "pendek"
        let template = ProviderSettings.Template(name: "t", language: "id")
        let body = String(decoding: WhatsAppCloudAdapter.body(dispatch, template), as: UTF8.self)
        #expect(body.contains(#""text":"pendek""#) && !body.contains("panjang"))
    }

    /// One message that is not let in, where the others are, does not come back for ever.
    @Test func oneThatAloneIsNotLetInEnds() throws {
        let a = try FakeGateway { request, _ in request.body.contains("bad-") ? .status(403) : .status(200) }
        defer { a.stop() }
        let rig = try ProviderRig("fault_alone", [.test("a", a) { $0.concurrency = 1 }]) {
            $0.attempts = 3
            // A pause ends below and nowhere else, however slow the machine is.
            $0.providers.breaker.shortest = .seconds(300)
        }
        let dispatcher = rig.dispatcher()
        try rig.queue(1, "bad")
        for round in 0..<12 {
            try rig.queue(1, "good\(round)")
            try rig.run(dispatcher)
            // Its pause is over; the messages keep their order.
            _ = try rig.connection.execute("UPDATE provider SET open_until = now() WHERE open_until IS NOT NULL")
        }
        try rig.run(dispatcher)
        let rest = try rig.states("body, state, reason").filter { !$0.hasPrefix("good") || !$0.hasSuffix("|sent") }
        #expect(rest == ["bad-0|failed|NOT_TAKEN (HTTP 403)"])
    }

    @Test func whereNothingCanBeDoneItWaitsForAReceiptAndFails() throws {
        let a = try FakeGateway { _, _ in .hangUp }
        defer { a.stop() }
        let rig = try ProviderRig("fault_never", [.test("a", a, isAsked: false)])
        try rig.queue(2, fallback: ["email:budi@example.com"])
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        try rig.passTime()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state, attempts")) == ["unknown|1"])
        let first = try #require(try rig.dispatchIDs().first)
        let told = Receipt(id: "r", dispatchID: first, status: .delivered, at: .earliest)
        #expect(try rig.apply([told], from: "a") == [.moved])
        _ = try rig.connection.execute(
            "UPDATE message SET unknown_since = now() - interval '25 hours' WHERE state = 'unknown'")
        try rig.run(dispatcher)
        #expect(
            try rig.states("state, channel, coalesce(reason, '-')") == [
                "delivered|sms|-", "failed|sms|OUTCOME_UNKNOWN",
            ])
        #expect(a.requests.count == 2)
    }

    @Test func aRefusedNumberGoesToItsNextChannel() throws {
        let sms = try FakeGateway { _, _ in .status(422) }
        defer { sms.stop() }
        let mail = try FakeGateway { request, _ in request.body.contains("m-1\"") ? .status(410) : .status(200) }
        defer { mail.stop() }
        let rig = try ProviderRig("fault_refused", [.test("a", sms), .test("mail", mail, channel: .email)])
        try rig.queue(1, "only")
        try rig.queue(2, fallback: ["email:budi@example.com", "file:office:PTSP-1"], wave: .wib)
        try rig.run(rig.dispatcher())
        #expect(
            try rig.states("body, state, channel, address, wave, coalesce(provider, '-')") == [
                "m-0|sent|email|budi@example.com|WIB|mail", "m-1|queued|file|office:PTSP-1|now|-",
                "only-0|failed|sms|+628120010000|now|a",
            ])
        // Each channel has its own key.
        #expect(Set(sms.requests.map(\.key)).isDisjoint(with: mail.requests.map(\.key)))
    }

    @Test func attemptsAreCountedForEachChannel() throws {
        let sms = try FakeGateway { _, _ in .status(429) }
        defer { sms.stop() }
        let mail = try FakeGateway { _, time in time < 3 ? .status(429) : .status(200) }
        defer { mail.stop() }
        let rig = try ProviderRig("fault_count", [.test("a", sms), .test("mail", mail, channel: .email)]) {
            $0.attempts = 3
        }
        try rig.queue(1, "only")
        try rig.queue(1, fallback: ["email:budi@example.com"])
        try rig.run(rig.dispatcher())
        #expect(
            try rig.states("body, state, channel, coalesce(reason, '-'), attempts") == [
                "m-0|sent|email|-|6", "only-0|failed|sms|NOT_TAKEN (HTTP 429)|3",
            ])
    }

    @Test func oneThatDoesNotTakeThemIsFollowedByAnother() throws {
        let a = try FakeGateway { _, _ in .status(429) }
        defer { a.stop() }
        let b = try FakeGateway { _, _ in .status(200) }
        defer { b.stop() }
        let rig = try ProviderRig(
            "fault_failover", [.test("a", a) { $0.concurrency = 4 }, .test("b", b) { $0.costMilli = 900_000 }]
        ) { $0.providers.breaker.failures = 5 }
        try rig.queue(40)
        try rig.run(rig.dispatcher())
        #expect(try Set(rig.states("state, provider")) == ["sent|b"])
        #expect(a.requests.count < 20 && Set(b.requests.map(\.key)).count == 40 && b.requests.count == 40)
        #expect(try rig.connection.texts("SELECT name FROM provider WHERE open_until > now()") == ["a"])
    }

    @Test func oneThatIsAwayDelaysItsMessagesAndNothingElse() throws {
        let gone = try FakeGateway { _, _ in .status(200) }
        let port = gone.port
        gone.stop()
        let mail = try FakeGateway { _, _ in .status(200) }
        defer { mail.stop() }
        let rig = try ProviderRig(
            "fault_away", [.test("a", gone) { $0.concurrency = 4 }, .test("mail", mail, channel: .email)]
        ) { $0.providers.breaker.failures = 5 }
        try rig.queue(50)
        try rig.queue(20, "mail", channel: .email)
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        #expect(
            try rig.connection.texts("SELECT 1::text FROM message WHERE channel = 'sms' AND state = 'queued'").count
                == 50)
        #expect(
            try rig.connection.texts("SELECT 1::text FROM message WHERE channel = 'email' AND state = 'sent'").count
                == 20)
        // Trials that fail count for no message.
        for _ in 0..<12 {
            try rig.passTime()
            try rig.run(dispatcher)
        }
        #expect(
            try rig.connection.texts("SELECT 1::text FROM message WHERE state = 'queued' AND tries <= 2").count == 50)
        #expect(
            try rig.connection.texts(
                "SELECT round(extract(epoch FROM open_until - now()))::text FROM provider WHERE name = 'a'"
            ).first.flatMap { Int($0) } ?? 0 > 250)
        let back = try FakeGateway(port: port) { _, _ in .status(200) }
        defer { back.stop() }
        try rig.passTime()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state")) == ["sent"])
        #expect(back.requests.count == 50 && Set(back.requests.map(\.key)).count == 50)
        #expect(
            try rig.connection.texts("SELECT name FROM provider WHERE open_until IS NOT NULL OR failures > 0").isEmpty)
    }

    @Test func aTokenThatIsRefusedOpensTheBreakerAtOnce() throws {
        let isLockedOut = Atomic<Bool>(true)
        let a = try FakeGateway { _, _ in .status(isLockedOut.load(ordering: .relaxed) ? 401 : 200) }
        defer { a.stop() }
        let rig = try ProviderRig("fault_token", [.test("a", a) { $0.concurrency = 1 }])
        try rig.queue(3)
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        #expect(a.requests.count == 1)
        #expect(try Set(rig.states("state, tries")) == ["queued|0", "queued|1"])
        isLockedOut.store(false, ordering: .relaxed)
        try rig.passTime()
        try rig.run(dispatcher)
        #expect(try Set(rig.states("state")) == ["sent"] && a.requests.count == 4)
    }
}
