import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct GatewayTests {
    private func prepare(_ name: String, _ count: Int) throws -> Connection {
        let connection = try Connection(try Database.make(name))
        let applier = try BatchApplier(service: try Database.service(), connection: connection)
        let people = try (1...count).map { try Scenario.participant($0, phone: true, agent: nil) }
        _ = try applier.apply(people.enumerated().map { Event(.participantEnrolled($1), id: "e\($0)") })
        return connection
    }

    private func settings(_ gateway: FakeGateway, timeout: Duration = .seconds(20)) -> NotifierSettings {
        var settings = NotifierSettings()
        settings.channel = .http
        settings.gatewayURL = gateway.url
        settings.token = "secret-token"
        settings.timeout = timeout
        settings.attempts = 4
        settings.backoff = .zero
        return settings
    }

    /// Runs until nothing is due any more: with a back-off of nothing, until all is sent or has failed.
    private func deliver(_ settings: NotifierSettings, _ connection: Connection) throws {
        let deliverer = try Deliverer(settings, connection: connection.settings)
        while try deliverer.step(connection) {}
        deliverer.start()
        deliverer.stop()
    }

    private func states(_ connection: Connection) throws -> [String: String] {
        let rows = try connection.texts("SELECT concat_ws('|', message_id, state, reason, attempts) FROM message")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.prefix(36) + "", $0.dropFirst(37) + "") })
    }

    @Test func troubleIsTriedAgainUnderTheSameKey() throws {
        let connection = try prepare("gateway", 60)
        // The last digit of the key decides what happens to a message: the same each time.
        let gateway = try FakeGateway { request, time in
            switch request.key.last {
            case "0", "1": .status(400)
            case "2", "3": time < 3 ? .status(503, headers: "Retry-After: 0\r\n") : .status(202)
            case "4", "5": time < 2 ? .status(429) : .status(200, body: String(repeating: "x", count: 200_000))
            case "6", "7": .status(500)
            case "8", "9": time < 2 ? .hangUp : .status(200)
            default: .status(200)
            }
        }
        defer { gateway.stop() }
        try deliver(settings(gateway), connection)
        let times = Dictionary(grouping: gateway.requests, by: \.key).mapValues(\.count)
        let states = try states(connection)
        #expect(states.count == 60 && Set(states.keys) == Set(times.keys))
        for (id, state) in states {
            switch id.last {
            case "0", "1": #expect(state == "failed|HTTP 400|1" && times[id] == 1)
            case "2", "3": #expect(state == "sent|3" && times[id] == 3)
            case "4", "5": #expect(state == "sent|2" && times[id] == 2)
            case "6", "7": #expect(state == "failed|HTTP 500|4" && times[id] == 4)
            case "8", "9": #expect(state.hasPrefix("sent|") && (times[id] ?? 0) >= 2)
            default: #expect(state == "sent|1" && times[id] == 1)
            }
        }
        for request in gateway.requests {
            #expect(request.authorization == "Bearer secret-token")
            #expect(request.body.contains(request.key) && !request.body.contains(NIK.sample.text))
        }
        #expect(!"\(settings(gateway))".contains("secret-token"))
    }

    @Test func anAnswerThatNeverComesIsAskedForAgain() throws {
        let connection = try prepare("silence", 8)
        let gateway = try FakeGateway { _, time in time == 1 ? .silence : .status(200) }
        defer { gateway.stop() }
        try deliver(settings(gateway, timeout: .milliseconds(300)), connection)
        let states = try states(connection)
        #expect(states.count == 8 && states.values.allSatisfy { $0 == "sent|2" }, "\(states.values)")
    }

    @Test func noGatewayAtAllFailsAfterTheAttempts() throws {
        let connection = try prepare("nobody", 3)
        let gateway = try FakeGateway { _, _ in .hangUp }
        gateway.stop()
        try deliver(settings(gateway, timeout: .milliseconds(500)), connection)
        #expect(try states(connection).values.allSatisfy { $0.hasPrefix("failed|") && $0.hasSuffix("|4") })
    }

    @Test func statusesAndRetryAfter() {
        #expect(HTTPGateway.outcome(204, retryAfter: nil) == .sent)
        for status in [301, 400, 404, 410, 422] {
            #expect(HTTPGateway.outcome(status, retryAfter: nil) == .failed(reason: "HTTP \(status)"))
        }
        #expect(HTTPGateway.outcome(429, retryAfter: "7") == .retry(reason: "HTTP 429", after: .seconds(7)))
        #expect(HTTPGateway.outcome(503, retryAfter: "999999") == .retry(reason: "HTTP 503", after: .seconds(3_600)))
        #expect(HTTPGateway.outcome(500, retryAfter: "-1") == .retry(reason: "HTTP 500", after: nil))
    }

    @Test func backoffDoublesWithinItsLimit() {
        var settings = NotifierSettings()
        settings.attempts = 50
        for attempt in 1..<50 {
            let message = Outbound(
                id: .sample, kind: "receipt", recipientKind: "participant", address: "+628", text: "x",
                attempts: attempt)
            let next = MessageOutcome(.retry(reason: "x", after: nil), of: message, settings)
            let longest = min(300_000, 500 * (Int64(1) << min(20, Int64(attempt - 1))))
            #expect(next.state == "queued" && (0...longest).contains(next.delayMilliseconds))
        }
    }

    @Test func settingsAreReadWithTheirFaults() throws {
        var reader = SettingsReader(environment: [
            "PERISAI_NOTIFIER_CHANNEL": "http", "PERISAI_NOTIFIER_GATEWAY_URL": "https://contoh.test/pesan",
            "PERISAI_NOTIFIER_TOKEN": "rahasia", "PERISAI_NOTIFIER_TIMEOUT": "3s", "PERISAI_NOTIFIER_ATTEMPTS": "5",
        ])
        let settings = NotifierSettings(reading: &reader)
        try reader.finish()
        #expect(settings.channel == .http && settings.timeout == .seconds(3) && settings.attempts == 5)
        #expect(settings.token == "rahasia" && !reader.report.contains("rahasia"))
        var wrong = SettingsReader(environment: [
            "PERISAI_NOTIFIER_CHANNEL": "http", "PERISAI_NOTIFIER_ATTEMPTS": "0",
        ])
        _ = NotifierSettings(reading: &wrong)
        #expect(throws: SettingsError.self) { try wrong.finish() }
    }
}
