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
        let deliverer = Deliverer(settings(), connection: database, channel: outbox)
        let left = try #require(try deliverer.claim(on: connection))
        _ = try outbox.deliver(left.messages, batch: left.batch)
        // The process dies here; the file stands, the messages are still "sending".
        let again = try #require(try deliverer.claim(on: connection))
        #expect(again.batch == left.batch && Set(again.messages) == Set(left.messages))
        #expect(try !deliverer.finish(left, left.messages.map { _ in .sent }, on: connection))
        let outcomes = try outbox.deliver(again.messages, batch: again.batch)
        #expect(try deliverer.finish(again, outcomes, on: connection))
        while try deliverer.step(connection) {}
        try expectAllSent(connection, directory, 100)
        let events = try applier.work()
        #expect(events.count == 100 && Set(events.map(\.id)).count == 100)
        #expect(events.allSatisfy { $0.type == NotificationSent.type })
        #expect(try applier.work().isEmpty)
    }

    @Test func crashesAtRandomMoments() throws {
        var generator = SeededGenerator("crashes")
        let (database, _) = try prepare("crashes", 1_000)
        let directory = try OutboxFolder()
        let outbox = try FileOutbox(directory: directory.path)
        let connection = try Connection(database)
        let deliverer = Deliverer(settings(), connection: database, channel: outbox)
        var crashes = 0
        while let claim = try deliverer.claim(on: connection) {
            switch Int.random(in: 0...3, using: &generator) {
            case 0: crashes += 1
            case 1:
                _ = try outbox.deliver(claim.messages, batch: claim.batch)
                crashes += 1
            default:
                let outcomes = try outbox.deliver(claim.messages, batch: claim.batch)
                #expect(try deliverer.finish(claim, outcomes, on: connection))
            }
        }
        #expect(crashes > 0)
        try expectAllSent(connection, directory, 1_000)
    }

    /// Passes on, and tells when a number of messages has left.
    private final class CountingChannel: DeliveryChannel {
        let inner: FileOutbox
        let goal: Int
        let reached = DispatchSemaphore(value: 0)
        private let count = Mutex(0)
        var name: String { inner.name }
        var provider: String { inner.provider }

        init(_ inner: FileOutbox, goal: Int) {
            self.inner = inner
            self.goal = goal
        }

        func deliver(_ messages: [Outbound], batch: UUID) throws -> [Outcome] {
            let outcomes = try inner.deliver(messages, batch: batch)
            let isDone = count.withLock { count in
                count += messages.count
                return count == goal
            }
            if isDone { reached.signal() }
            return outcomes
        }

        func close() {}
    }

    @Test func twoProcessesShareTheMessages() throws {
        let (database, _) = try prepare("shared", 600)
        let directory = try OutboxFolder()
        let channel = CountingChannel(try FileOutbox(directory: directory.path), goal: 600)
        let long = settings { $0.lease = .seconds(60) }
        let deliverers = (0..<2).map { _ in Deliverer(long, connection: database, channel: channel) }
        for deliverer in deliverers { deliverer.start() }
        #expect(channel.reached.wait(timeout: .now() + 60) == .success)
        for deliverer in deliverers { #expect(deliverer.stop()) }
        try expectAllSent(try Connection(database), directory, 600)
        #expect(deliverers.reduce(0) { $0 + $1.counts.sent.load(ordering: .relaxed) } == 600)
    }

    @Test func aDirectoryThatCannotBeWrittenKeepsTheBatch() throws {
        let (database, _) = try prepare("unwritable", 10)
        let directory = try OutboxFolder()
        let outbox = try FileOutbox(directory: directory.path)
        let connection = try Connection(database)
        let deliverer = Deliverer(settings(), connection: database, channel: outbox)
        try FileManager.default.removeItem(atPath: directory.path)
        #expect(throws: DeliveryError.self) { _ = try deliverer.step(connection) }
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        while try deliverer.step(connection) {}
        try expectAllSent(connection, directory, 10)
    }
}
