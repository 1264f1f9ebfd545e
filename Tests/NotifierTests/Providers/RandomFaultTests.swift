import Dispatch
import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Notifier

@Suite struct RandomFaultTests {
    private static let messages = 500
    private static let mostRounds = 80

    /// Two gateways for SMS and one for e-mail that fail in every way, two processes that die at any moment, reports
    /// twice and in any order: each message arrives once or has failed for a reason.
    @Test func eachMessageArrivesOnceOrIsAccountedFor() throws {
        var generator = SeededGenerator("random faults")
        let network = ReaderNetwork()
        let ways = [
            RandomGateway("a", network: network, generator: SeededGenerator(seed: generator.next())) { $0 % 17 == 3 },
            RandomGateway("b", network: network, generator: SeededGenerator(seed: generator.next())) { $0 % 17 == 3 },
            RandomGateway("mail", network: network, generator: SeededGenerator(seed: generator.next())) {
                $0 % 29 == 5
            },
        ]
        let gateways = try ways.map { way in try FakeGateway { request, _ in way.answer(request) } }
        defer { for gateway in gateways { gateway.stop() } }
        let providers = zip(ways, gateways).map { way, gateway in
            ProviderSettings.test(way.name, gateway, channel: way.name == "mail" ? .email : .sms) {
                ($0.timeout, $0.concurrency) = (.seconds(3), 24)
                $0.costMilli = way.name == "b" ? 400 : 300
            }
        }
        let rig = try ProviderRig("random_faults", providers) { $0.providers.breaker.failures = 8 }
        try rig.queue(Self.messages, fallback: ["email:budi@example.com"])
        var rounds = 0
        while try !isOver(rig) {
            rounds += 1
            let now = try counts(rig)
            try #require(rounds < Self.mostRounds, "\(now)")
            let database = rig.connection.settings
            let settings = rig.settings
            let drawn = generator
            // Far enough apart, however many each process draws.
            for _ in 0..<20_000 { _ = generator.next() }
            let mayDie = rounds < 12
            DispatchQueue.concurrentPerform(iterations: 2) { index in
                #expect(throws: Never.self) {
                    try Self.process(database, settings, ways, mayDie: mayDie, drawn, skipping: index * 10_000)
                }
            }
            try rig.passTime()
        }
        try check(rig, network)
    }

    /// A process, until it dies or finds nothing to do.
    private static func process(
        _ database: ConnectionSettings, _ settings: NotifierSettings, _ ways: [RandomGateway], mayDie: Bool,
        _ drawn: SeededGenerator, skipping skipped: Int
    ) throws {
        var generator = drawn
        for _ in 0..<skipped { _ = generator.next() }
        let connection = try Connection(database)
        let dispatcher = Dispatcher(settings, connection: database)
        var left = mayDie ? Int.random(in: 1...12, using: &generator) : .max
        while left > 0, try dispatcher.turn(connection) {
            left -= 1
            guard let way = ways.randomElement(using: &generator) else { continue }
            try report(way, all: false, settings, connection)
        }
        if mayDie, Bool.random(using: &generator) { _ = try dispatcher.claim(on: connection) }
        // What it has posted is answered; nobody writes it down.
        dispatcher.waitForExchanges()
        if !mayDie { for way in ways { try report(way, all: true, settings, connection) } }
    }

    /// As a provider does: what is not taken is kept, and posted again where that may help.
    private static func report(
        _ way: RandomGateway, all: Bool, _ settings: NotifierSettings, _ connection: Connection, tries: Int = 5
    ) throws {
        guard let provider = settings.providers.providers.first(where: { $0.name == way.name }) else { return }
        let reports = way.reports(all: all)
        do {
            _ = try ReceiptStore(provider: provider, settings: settings).apply(reports, on: connection)
        } catch {
            way.handBack(reports)
            guard tries > 1, (error as? PostgresError)?.kind == .transient else { throw error }
            try report(way, all: all, settings, connection, tries: tries - 1)
        }
    }

    private func counts(_ rig: ProviderRig) throws -> [String] {
        try rig.connection.texts(
            "SELECT concat_ws('|', state, channel, reason, count(*)) FROM message GROUP BY state, channel, reason")
    }

    private func isOver(_ rig: ProviderRig) throws -> Bool {
        try rig.connection.texts("SELECT 1::text FROM message WHERE state NOT IN ('delivered', 'failed') LIMIT 1")
            .isEmpty
    }

    private func check(_ rig: ProviderRig, _ network: ReaderNetwork) throws {
        let arrived = network.all
        for (message, ways) in arrived { #expect(ways.count == 1, "\(message) came by \(ways)") }
        let delivered = try rig.connection.texts("SELECT body FROM message WHERE state = 'delivered'")
        #expect(Set(delivered) == Set(arrived.keys) && delivered.count == arrived.count)
        let failed = try rig.connection.texts("SELECT coalesce(reason, '-') FROM message WHERE state = 'failed'")
        #expect(delivered.count + failed.count == Self.messages)
        #expect(
            !failed.isEmpty && failed.allSatisfy { $0.hasPrefix("R") || $0.hasPrefix("NOT_TAKEN") }, "\(Set(failed))")
        // Every post and every question is written down, and those that have an end are told apart from those without.
        #expect(
            try rig.connection.texts(
                """
                SELECT m.body FROM message AS m WHERE m.attempts + m.asks
                    <> (SELECT count(*) FROM attempt AS a WHERE a.message_id = m.message_id)
                """
            ).isEmpty)
        let outcomes = Set(try rig.connection.texts("SELECT DISTINCT coalesce(outcome, 'none') FROM attempt"))
        #expect(outcomes.isSuperset(of: ["accepted", "unknown", "not_taken", "refused", "not_found", "none"]))
        #expect(try rig.connection.texts("SELECT 1::text FROM message WHERE lease IS NOT NULL").isEmpty)
    }
}
