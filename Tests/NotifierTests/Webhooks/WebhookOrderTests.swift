import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct WebhookOrderTests {
    @Test func anAnswerThatWasPostedBeforeACrashComesAgainUnderItsId() async throws {
        let rig = try OfficeRig("hook_crash", settings: .test { $0.lease = .zero }) { _, _ in .status(200) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([Event(try OfficeRig.held("A-1"), id: "1")])
        let dying = rig.sender()
        let post = try #require(try dying.claim(on: rig.connection).first)
        let result = await dying.attempt(post)
        // The process dies here: the office has the answer, and nobody knows.
        #expect(result.status == 200)
        let next = rig.sender()
        let again = try #require(try next.claim(on: rig.connection).first)
        #expect(again.id == post.id && again.body == post.body && again.number == 2 && again.lease != post.lease)
        // What comes back late is left to the one that has it now.
        #expect(try WebhookStore.finish([(result, .delivered)], on: rig.connection).isEmpty)
        let second = await next.attempt(again)
        #expect(try WebhookStore.finish([(second, .delivered)], on: rig.connection) == [post.id])
        #expect(rig.office.requests.map(\.key) == [post.id.text, post.id.text])
        #expect(Set(rig.office.requests.map(\.body)).count == 1)
        let story = try WebhookStory.of(IdentifierPrefix(post.id.text), on: rig.connection)
        #expect(story.record.state == .delivered && story.attempts.map(\.number) == [1, 2])
        #expect(story.attempts.first?.milliseconds == nil && story.attempts.last?.status == 200)
        #expect(try rig.connection.texts("SELECT stream FROM webhook_stream").isEmpty)
    }

    @Test func aLaterAnswerWaitsForTheEarlierOneOfItsApplication() throws {
        // The first answer of each application fails twice; the others follow it all the same.
        let rig = try OfficeRig("hook_order") { request, time in
            request.body.contains(PermitHeld.type) && time < 3 ? .status(503) : .status(200)
        }
        defer { rig.office.stop() }
        let applications = (1...20).map { "A-\($0)" }
        for (name, make) in [
            ("h", { try OfficeRig.held($0) }), ("c", { try OfficeRig.cleared($0) }),
            ("r", { try OfficeRig.held($0) }), ("z", { try OfficeRig.cleared($0) }),
        ] as [(String, (String) throws -> NotifierInput)] {
            _ = try rig.applier.apply(try applications.map { Event(try make($0), id: name + $0) })
        }
        let senders = [rig.sender(), rig.sender()]
        var isBusy = true
        while isBusy { isBusy = try senders.map { try $0.turn(rig.connection) }.contains(true) }
        #expect(try rig.states().allSatisfy { $0.contains("|delivered|-|") })
        for application in applications {
            let kinds = rig.office.requests.filter { $0.body.contains("\"\(application)\"") }.map {
                $0.body.contains(PermitHeld.type) ? "held" : "cleared"
            }
            #expect(kinds == ["held", "held", "held", "cleared", "held", "held", "held", "cleared"], "\(application)")
        }
    }

    @Test func manyThatWaitAreTakenAFewAtATime() throws {
        let inside = Mutex((now: 0, most: 0))
        let rig = try OfficeRig(
            "hook_many",
            settings: .test {
                $0.concurrency = 6
                $0.perOffice = 2
            }
        ) { _, _ in
            inside.withLock { count in
                count.now += 1
                count.most = max(count.most, count.now)
            }
            defer { inside.withLock { $0.now -= 1 } }
            return .status(200)
        }
        defer { rig.office.stop() }
        for office in 0..<5 {
            _ = try rig.applier.apply(
                try (0..<400).map {
                    Event(try OfficeRig.held("A-\($0)", office: "PTSP-\(office)"), id: "\(office).\($0)")
                })
        }
        let sender = rig.sender()
        let first = try sender.claim(on: rig.connection)
        #expect(first.count == 6 && Set(first.map(\.subscriber)).count >= 3)
        #expect(Dictionary(grouping: first, by: \.subscriber).values.allSatisfy { $0.count <= 2 })
        _ = try rig.connection.execute("UPDATE webhook_stream SET due_at = now()")
        try rig.settle(sender)
        #expect(try rig.connection.texts("SELECT 1::text FROM webhook WHERE state = 'delivered'").count == 2_000)
        #expect(inside.withLock(\.most) <= 6)
    }

    /// One office never answers; the answers of another go out all the same.
    @Test func aSilentOfficeKeepsNobodyWaiting() throws {
        let done = DispatchSemaphore(value: 0)
        let good = Mutex(0)
        let rig = try OfficeRig(
            "hook_silent",
            settings: .test {
                $0.concurrency = 4
                $0.perOffice = 2
                $0.timeout = .seconds(60)
                $0.pollInterval = .milliseconds(10)
            }
        ) { request, _ in
            guard request.body.contains("PTSP-GOOD") else { return .silence }
            if good.withLock({
                $0 += 1
                return $0 == 50
            }) {
                done.signal()
            }
            return .status(200)
        }
        _ = try rig.applier.apply(
            try (0..<50).flatMap { index in
                [
                    Event(try OfficeRig.held("A-\(index)", office: "PTSP-BAD"), id: "b\(index)"),
                    Event(try OfficeRig.held("A-\(index)", office: "PTSP-GOOD"), id: "g\(index)"),
                ]
            })
        let sender = rig.sender()
        sender.start()
        #expect(done.wait(timeout: .now() + 30) == .success)
        sender.beginStopping()
        rig.office.stop()
        #expect(sender.stop())
        #expect(rig.office.requests.filter { $0.body.contains("PTSP-BAD") }.count <= 2)
    }

    @Test func onlyTheLastAnswerAboutAMatterIsSentAgain() throws {
        let good = Mutex(false)
        let rig = try OfficeRig("hook_resend", settings: .test { $0.retryFor = .zero }) { _, _ in
            good.withLock { $0 } ? .status(200) : .status(500)
        }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([
            Event(try OfficeRig.held("A-1"), id: "1"), Event(try OfficeRig.cleared("A-1"), id: "2"),
        ])
        try rig.settle()
        let records = try WebhookRecord.list(state: .failed, limit: 10, on: rig.connection)
        #expect(records.map(\.kind) == ["permit-cleared", "permit-held"])
        #expect(records.allSatisfy { $0.reason == .notTaken && $0.status == 500 && $0.about == "permit:A-1" })
        let first = try rig.applier.work()
        #expect(first.count == 2 && first.allSatisfy { $0.type == NotificationFailed.type })
        let by = try OperatorName("Ani")
        let (later, earlier) = (try IdentifierPrefix(records[0].id.text), try IdentifierPrefix(records[1].id.text))
        #expect(throws: DeskError.self) { try WebhookResend.resend(earlier, by: by, on: rig.connection) }
        good.withLock { $0 = true }
        try WebhookResend.resend(later, by: by, on: rig.connection)
        #expect(throws: DeskError.self) { try WebhookResend.resend(later, by: by, on: rig.connection) }
        try rig.settle()
        let story = try WebhookStory.of(later, on: rig.connection)
        #expect(story.record.state == .delivered && story.attempts.count == 2 && story.resends.map(\.by) == ["Ani"])
        #expect(
            try WebhookRecord.list(subscriber: .office(try OfficeCode("KPP-1")), limit: 10, on: rig.connection).isEmpty)
        let second = try rig.applier.work()
        #expect(second.map(\.type) == [NotificationSent.type])
        #expect(Set((first + second).map(\.id)).count == 3)
        #expect(throws: DeskError.self) { try WebhookResend.resend(later, by: by, on: rig.connection) }
    }
}
