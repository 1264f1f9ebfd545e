import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct DeliveryTests {
    /// A database with `count` receipts queued; returns what the announcements come from, too.
    private func prepare(_ name: String, _ count: Int) throws -> (ConnectionSettings, BatchApplier<NotifierService>) {
        let settings = try Database.make(name)
        let applier = try BatchApplier(service: try Database.service(), connection: try Connection(settings))
        let person = try Scenario.participant(1, phone: true, agent: nil)
        _ = try applier.apply(
            [Event(.participantEnrolled(person), id: "e")]
                + (1..<count).map {
                    Event(.contributionPosted(Scenario.receipt(.participant(person.kpj))), id: "p\($0)")
                })
        return (settings, applier)
    }

    private func settings(_ change: (inout NotifierSettings) -> Void = { _ in }) -> NotifierSettings {
        var settings = NotifierSettings()
        settings.lease = .zero  // over at once: a batch that is left behind is taken over by the next claim
        settings.backoff = .zero
        settings.quietHours = nil
        settings.batchMessages = 40
        change(&settings)
        return settings
    }

    private func expectAllSent(_ connection: Connection, _ directory: OutboxFolder, _ count: Int) throws {
        let stored = try connection.texts("SELECT message_id::text FROM message WHERE state = 'sent'")
        #expect(stored.count == count)
        #expect(try directory.messageIDs().sorted() == stored.sorted())
        #expect(try connection.texts("SELECT batch_id::text FROM delivery").isEmpty)
    }

    @Test func aCrashBetweenFileAndMarkLeavesEachMessageOnce() throws {
        let (database, applier) = try prepare("crash", 100)
        let directory = try OutboxFolder()
        let outbox = try FileOutbox(directory: directory.path)
        let connection = try Connection(database)
        let deliverer = try Deliverer(settings { $0.outboxDirectory = directory.path }, connection: database)
        let left = try #require(try deliverer.claim(on: connection))
        try outbox.deliver(left.messages, batch: left.batch)
        // The process dies here; the file stands, the messages are still "sending".
        let again = try #require(try deliverer.claim(on: connection))
        #expect(again.batch == left.batch && Set(again.messages) == Set(left.messages))
        #expect(try !deliverer.finish(left, on: connection))
        try outbox.deliver(again.messages, batch: again.batch)
        #expect(try deliverer.finish(again, on: connection))
        while try deliverer.step(connection) {}
        try expectAllSent(connection, directory, 100)
        let events = try applier.work()
        #expect(events.count == 100 && Set(events.map(\.id)).count == 100)
        #expect(events.allSatisfy { $0.type == NotificationSent.type })
        #expect(try applier.work().isEmpty)
    }

    @Test func aFileThatWasReadIsNotWrittenAgain() throws {
        let (database, _) = try prepare("read", 10)
        let directory = try OutboxFolder()
        let connection = try Connection(database)
        let deliverer = try Deliverer(settings { $0.outboxDirectory = directory.path }, connection: database)
        let outbox = try FileOutbox(directory: directory.path)
        let left = try #require(try deliverer.claim(on: connection))
        try outbox.deliver(left.messages, batch: left.batch)
        // A reader takes the file; then the process dies before it has marked the messages.
        try FileManager.default.createDirectory(atPath: directory.path + "/done", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: outbox.path(of: left.batch), toPath: outbox.donePath(of: left.batch))
        while try deliverer.step(connection) {}
        #expect(try directory.messageIDs().isEmpty)
        #expect(try connection.texts("SELECT count(*)::text FROM message WHERE state = 'sent'") == ["10"])
    }

    @Test func crashesAtRandomMoments() throws {
        var generator = SeededGenerator("crashes")
        let (database, _) = try prepare("crashes", 1_000)
        let directory = try OutboxFolder()
        let outbox = try FileOutbox(directory: directory.path)
        let connection = try Connection(database)
        let deliverer = try Deliverer(settings { $0.outboxDirectory = directory.path }, connection: database)
        var crashes = 0
        while let claim = try deliverer.claim(on: connection) {
            switch Int.random(in: 0...3, using: &generator) {
            case 0: crashes += 1
            case 1:
                try outbox.deliver(claim.messages, batch: claim.batch)
                crashes += 1
            default:
                try outbox.deliver(claim.messages, batch: claim.batch)
                #expect(try deliverer.finish(claim, on: connection))
            }
        }
        #expect(crashes > 0)
        try expectAllSent(connection, directory, 1_000)
    }

    @Test func twoProcessesShareTheMessages() throws {
        let (database, _) = try prepare("shared", 600)
        let directory = try OutboxFolder()
        let long = settings {
            $0.lease = .seconds(60)
            $0.outboxDirectory = directory.path
        }
        let deliverers = try (0..<2).map { _ in try Deliverer(long, connection: database) }
        DispatchQueue.concurrentPerform(iterations: deliverers.count) { index in
            #expect(throws: Never.self) {
                let connection = try Connection(database)
                while try deliverers[index].step(connection) {}
            }
        }
        try expectAllSent(try Connection(database), directory, 600)
    }

    @Test func aDirectoryThatCannotBeWrittenKeepsTheBatch() throws {
        let (database, _) = try prepare("unwritable", 10)
        let directory = try OutboxFolder()
        let connection = try Connection(database)
        let deliverer = try Deliverer(settings { $0.outboxDirectory = directory.path }, connection: database)
        try FileManager.default.removeItem(atPath: directory.path)
        #expect(throws: DeliveryError.self) { _ = try deliverer.step(connection) }
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        while try deliverer.step(connection) {}
        try expectAllSent(connection, directory, 10)
    }
}
