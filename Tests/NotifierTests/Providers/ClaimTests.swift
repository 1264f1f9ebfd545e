import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import Notifier

/// What is taken into hand, by whom and when.
@Suite struct ClaimTests {
    private func gateway() throws -> FakeGateway { try FakeGateway { _, _ in .status(200) } }

    @Test func theCheapestComesFirstAndSpillsOver() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "claim_spill",
            [
                .test("dear", gateway) { ($0.costMilli, $0.concurrency) = (500, 5) },
                .test("cheap", gateway) { ($0.costMilli, $0.concurrency) = (300, 4) },
            ])
        try rig.queue(20)
        let jobs = try rig.dispatcher().claim(on: rig.connection)
        #expect(jobs.count { $0.provider == "cheap" } == 4 && jobs.count { $0.provider == "dear" } == 5)
        #expect(try rig.attempts().count == 9 && Set(rig.attempts()) == ["send|cheap|-", "send|dear|-"])
        // Nothing is read ahead of what is in hand.
        #expect(try rig.connection.texts("SELECT 1::text FROM message WHERE state = 'sending'").count == 9)
    }

    @Test func failuresMakeAProviderDearAndTimeForgives() throws {
        var healths: [String: ProviderHealth] = [:]
        for name in ["a", "b"] { healths[name] = ProviderHealth(name: name) }
        func cost(_ name: String) -> Double { healths[name]?.expectedCost(name == "a" ? 300 : 400) ?? 0 }
        func expected() -> [String] { ["a", "b"].sorted { cost($0) < cost($1) } }
        #expect(expected() == ["a", "b"])
        for _ in 0..<10 { healths["a"]?.note(.failed, milliseconds: 5, lease: UUID(), CircuitBreaker(failures: 1_000)) }
        #expect(expected() == ["b", "a"])
        healths["a"]?.age(rate: nil, sinceRefill: 0, sinceUpdate: 600)
        #expect(expected() == ["a", "b"])
    }

    @Test func theRateIsKeptByAllTogether() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "claim_rate", [.test("a", gateway) { ($0.ratePerSecond, $0.concurrency) = (10, 100) }])
        try rig.queue(60)
        let first = rig.dispatcher()
        let second = rig.dispatcher()
        // No time passes until an hour from now.
        func tokens(_ count: Int) throws {
            _ = try rig.connection.execute(
                "UPDATE provider SET tokens = \(count), refilled_at = now() + interval '1 hour'")
        }
        // A full bucket, and nothing of it is left for the other one.
        #expect(try first.claim(on: rig.connection).count == 10)
        #expect(try rig.connection.texts("SELECT tokens::text FROM provider") == ["0"])
        _ = try rig.connection.execute("UPDATE provider SET refilled_at = now() + interval '1 hour'")
        #expect(try second.claim(on: rig.connection).isEmpty)
        try tokens(5)
        #expect(try second.claim(on: rig.connection).count == 5)
        try tokens(0)
        #expect(try first.claim(on: rig.connection).isEmpty)
        var health = ProviderHealth(name: "a", tokens: 3)
        health.age(rate: 10, sinceRefill: 0.5, sinceUpdate: 0)
        #expect(health.room(100, rate: 10) == 8)
        health.age(rate: 10, sinceRefill: 500, sinceUpdate: 0)
        #expect(health.room(100, rate: 10) == 10 && health.room(4, rate: 10) == 4)
    }

    @Test func oneOfAllMakesTheTrial() throws {
        let gateway = try FakeGateway { _, time in .status(200) }
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_trial", [.test("a", gateway)])
        try rig.queue(20)
        let first = rig.dispatcher()
        let second = rig.dispatcher()
        _ = try rig.connection.execute(
            "INSERT INTO provider (name, failures, open_until, away_since) VALUES ('a', 7, now() + interval '1 hour', now())"
        )
        #expect(try first.claim(on: rig.connection).isEmpty)
        try rig.passTime()
        let trial = try first.claim(on: rig.connection)
        #expect(trial.count == 1)
        #expect(try second.claim(on: rig.connection).isEmpty && first.claim(on: rig.connection).isEmpty)
        // Whoever tried it is gone: another one may.
        try rig.passTime()
        let again = try second.claim(on: rig.connection)
        #expect(again.count == 1)
        let job = try #require(again.first)
        let worked = DispatchResult(job: job, outcome: .send(.accepted(reference: nil)), duration: .milliseconds(9))
        try second.finish([worked], on: rig.connection)
        #expect(
            try rig.connection.texts(
                "SELECT failures::text FROM provider WHERE open_until IS NULL AND trial IS NULL AND away_since IS NULL")
                == ["0"])
        #expect(try first.claim(on: rig.connection).count == 16)
    }

    @Test func aBreakerOpensAfterSoManyInARow() {
        let breaker = CircuitBreaker(failures: 3)
        var health = ProviderHealth(name: "a")
        let lease = UUID()
        for mark in [HealthMark.failed, .failed, .well, .failed, .failed] {
            health.note(mark, milliseconds: 1, lease: lease, breaker)
        }
        #expect(health.openFor == nil && health.failures == 2)
        health.note(.failed, milliseconds: 1, lease: lease, breaker)
        #expect(health.openFor == 5 && health.room(9, rate: nil) == 0)
        // What was under way changes nothing.
        health.note(.well, milliseconds: 1, lease: lease, breaker)
        #expect(health.openFor == 5)
        for pause in [10.0, 20, 40, 80, 160, 300, 300] {
            (health.openFor, health.trial) = (-1, lease)
            #expect(health.room(9, rate: nil) == 1)
            health.note(.failed, milliseconds: 1, lease: lease, breaker)
            #expect(health.openFor == pause)
        }
        (health.openFor, health.trial) = (-1, lease)
        health.note(.well, milliseconds: 1, lease: lease, breaker)
        #expect(health.openFor == nil && health.failures == 0)
        health.note(.lockedOut, milliseconds: 1, lease: lease, breaker)
        #expect(health.openFor == 5)
    }

    @Test func quietHoursAndExpiryAreKept() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_hours", [.test("a", gateway)]) { $0.quietHours = QuietHours() }
        try rig.queue(1, "urgent")
        try rig.queue(2, "day", wave: .wit)
        try rig.queue(2, "late", expiresOn: "2018-08-01")
        try rig.queue(1, "still", expiresOn: "2018-08-02")
        _ = try rig.connection.execute("UPDATE business_date SET started_on = '2018-08-02'")
        func taken(_ hour: Int) throws -> [String] {
            let date = try #require(CivilDate(year: 2018, month: 8, day: 2))
            let now = try #require(Instant(date, secondsFromMidnight: hour * 3_600, in: .wib))
            return try rig.dispatcher(now: { now }).claim(on: rig.connection).map(\.dispatch.text).sorted()
        }
        // 21.00 in Jakarta, 23.00 in Jayapura.
        #expect(try taken(21) == ["still-0", "urgent-0"])
        #expect(try taken(18) == [])
        #expect(try taken(17) == ["day-0", "day-1"])
    }

    @Test func aProcessThatDiedIsAskedAfter() throws {
        let gateway = try FakeGateway { request, _ in
            request.method == "GET" ? .status(request.target.hasPrefix("/status/") ? 404 : 500) : .status(200)
        }
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_died", [.test("a", gateway)])
        try rig.queue(3)
        #expect(try rig.dispatcher().claim(on: rig.connection).count == 3)
        let next = rig.dispatcher()
        try rig.run(next)
        #expect(gateway.requests.isEmpty)
        try rig.passTime()
        try rig.run(next)
        #expect(try Set(rig.states("state")) == ["unknown"] && gateway.requests.isEmpty)
        try rig.passTime()
        try rig.run(next)
        #expect(try Set(rig.states("state, attempts, asks")) == ["sent|2|1"])
        #expect(try Set(rig.attempts()) == ["send|a|-", "ask|a|not_found", "send|a|accepted"])
    }

    @Test func anAnswerThatComesTooLateChangesNothingThatOthersHaveInHand() async throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_late", [.test("a", gateway)])
        try rig.queue(2)
        let slow = rig.dispatcher()
        let jobs = try slow.claim(on: rig.connection)
        var results: [DispatchResult] = []
        for job in jobs { results.append(await slow.attempt(job)) }
        try rig.passTime()
        let next = rig.dispatcher()
        _ = try next.turn(rig.connection)
        #expect(try Set(rig.states("state")) == ["unknown"])
        // Nobody has asked yet: what is known now counts.
        try slow.finish([results[0]], on: rig.connection)
        #expect(try rig.states("state").sorted() == ["sent", "unknown"])
        try rig.passTime()
        #expect(try next.claim(on: rig.connection).map(\.action) == [.ask])
        try slow.finish([results[1]], on: rig.connection)
        #expect(try rig.states("state").sorted() == ["sent", "unknown"])
    }

    @Test func whoIsErasedStaysErased() async throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_erased", [.test("a", gateway)])
        try rig.queue(1)
        let dispatcher = rig.dispatcher()
        let job = try #require(try dispatcher.claim(on: rig.connection).first)
        let result = await dispatcher.attempt(job)
        _ = try rig.connection.execute(
            "UPDATE message SET state = 'undeliverable', reason = 'ERASED', address = NULL, fallback = '{}'")
        try dispatcher.finish([result], on: rig.connection)
        let told = Receipt(id: "r", dispatchID: job.dispatch.id, status: .delivered, at: .earliest)
        #expect(try rig.apply([told], from: "a") == [.nothing])
        #expect(try rig.states("state, reason, address IS NULL") == ["undeliverable|ERASED|t"])
    }

    @Test func patienceWithAChannelEnds() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_patience", [.test("wa", gateway, channel: .whatsapp), .test("a", gateway)])
        try rig.queue(1, "urgent", channel: .whatsapp, fallback: ["sms:+6281"])
        try rig.queue(1, "day", channel: .whatsapp, fallback: ["sms:+6282"], wave: .wib)
        try rig.queue(1, "alone", channel: .whatsapp)
        _ = try rig.connection.execute(
            """
            INSERT INTO provider (name, failures, open_until, away_since)
            VALUES ('wa', 9, now() + interval '1 hour', now() - interval '10 minutes');
            """)
        func wait(_ text: String) throws -> [String] {
            _ = try rig.connection.execute(
                """
                UPDATE provider SET away_since = now() - interval '\(text)' WHERE name = 'wa';
                UPDATE message SET queued_at = now() - interval '\(text)';
                """)
            try rig.run(rig.dispatcher())
            return try rig.states("body, state, channel")
        }
        let waiting = ["alone-0|queued|whatsapp", "day-0|queued|whatsapp", "urgent-0|queued|whatsapp"]
        #expect(try wait("14 minutes") == waiting)
        #expect(try wait("16 minutes") == ["alone-0|queued|whatsapp", "day-0|queued|whatsapp", "urgent-0|sent|sms"])
        #expect(try wait("361 minutes") == ["alone-0|queued|whatsapp", "day-0|sent|sms", "urgent-0|sent|sms"])
    }
}
