import Foundation
import Kafka
import Notifier
import PerisaiModels
import Postgres
import Testing

@testable import Operations

@Suite struct NotificationBenchTests {
    private static func post(_ gateway: NotificationGateway, _ key: UUID) throws -> Int {
        try HTTPProbe.post(
            host: "127.0.0.1", port: gateway.port, path: "/messages",
            headers: [("idempotency-KEY", key.uuidString), ("Authorization", "Bearer bench")],
            body: Array(#"{"text": "Iuran diterima"}"#.utf8)
        ).status
    }

    private static func ask(_ gateway: NotificationGateway, _ key: UUID) throws -> Int {
        try HTTPProbe.get(host: "127.0.0.1", port: gateway.port, path: "/messages/\(key.uuidString)").status
    }

    /// What the gateway has taken it says when it is asked, also where it answered with HTTP 500.
    @Test func theGatewayTakesWhatItSays() throws {
        let gateway = try NotificationGateway(.init(latency: .zero, errorsPerMille: 500, seed: 3))
        defer { gateway.stop() }
        var statuses: [Int: Int] = [:]
        var takenErrors = 0
        for _ in 0..<200 {
            let key = UUID()
            let status = try Self.post(gateway, key)
            statuses[status, default: 0] += 1
            let told = try Self.ask(gateway, key)
            if status == 200 { #expect(told == 200) }
            if status == 500, told == 200 { takenErrors += 1 }
            #expect(told == 200 || told == 404)
        }
        let figures = gateway.figures
        #expect(statuses.keys.sorted() == [200, 500])
        #expect(figures.posts == 200 && figures.asks == 200 && figures.repeats == 0)
        #expect(figures.errors == statuses[500])
        #expect(figures.takenErrors == takenErrors)
        #expect(figures.taken == (statuses[200] ?? 0) + takenErrors)
        #expect((60...140).contains(figures.errors) && takenErrors > 20)
    }

    @Test func aMessageTakenTwiceIsSeen() throws {
        let gateway = try NotificationGateway(.init(latency: .zero, errorsPerMille: 0))
        defer { gateway.stop() }
        let key = UUID()
        for _ in 0..<3 { #expect(try Self.post(gateway, key) == 200) }
        #expect(gateway.figures.taken == 1 && gateway.figures.repeats == 2)
        #expect(try Self.ask(gateway, UUID()) == 404)
        let keyless = try HTTPProbe.post(
            host: "127.0.0.1", port: gateway.port, path: "/messages", headers: [], body: [])
        #expect(keyless.status == 400)
    }

    @Test func downAndBackOnTheSamePort() throws {
        let gateway = try NotificationGateway(.init(latency: .zero, errorsPerMille: 0))
        defer { gateway.stop() }
        for _ in 0..<3 {
            gateway.setOpen(false)
            #expect(throws: OperationsError.self) { try Self.post(gateway, UUID()) }
            gateway.setOpen(true)
            gateway.setOpen(true)
            #expect(try Self.post(gateway, UUID()) == 200)
        }
        #expect(gateway.figures.taken == 3)
    }

    @Test func requestsInPieces() throws {
        let key = UUID()
        let text = "POST /m HTTP/1.1\r\nHost: x\r\nIDEMPOTENCY-KEY: \(key)\r\nContent-Length: 5\r\n\r\nhello"
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count { #expect(GatewayRequest(Array(bytes[..<count])) == nil) }
        let whole = try #require(GatewayRequest(bytes + Array("GET /".utf8)))
        #expect(whole.key == key && !whole.isQuestion && whole.length == bytes.count)
        let question = try #require(GatewayRequest(Array("GET /messages/\(key) HTTP/1.1\r\n\r\n".utf8)))
        #expect(question.key == key && question.isQuestion)
    }

    /// Each event makes the message that the load expects, and a wave more changes nothing.
    @Test func eventsAreReadAsTheirKinds() throws {
        var load = try NotificationLoad(known: 1_000, count: 2_000, run: 0, seed: 4, fresh: 1_000)
        var pieces = load
        var records: [OutgoingRecord] = []
        #expect(try load.next(.max) { records.append($0) } == 2_000)
        var again: [OutgoingRecord] = []
        while try pieces.next(333, send: { again.append($0) }) > 0 {}
        #expect(records.map(\.value) == again.map(\.value))
        #expect(load.expected == pieces.expected)
        #expect(load.expected.values.reduce(0, +) == 2_000)
        #expect(load.expected.keys.allSatisfy { MessageKind(rawValue: $0) != nil })
        #expect(Set(records.map(\.topic)) == [Topic.contributions.name, Topic.enrollment.name])
        #expect(load.fresh - 1_000 == load.expected["welcome-participant"])
    }

    @Test func theQueueIsSeenUntilAllIsSent() throws {
        let database = try PrivatePostgres()
        defer { database.stop() }
        try database.start()
        let connection = try Connection(
            ConnectionSettings(url: database.createDatabase("queue"), schema: BenchSubject.notifier.schema))
        defer { connection.close() }
        _ = try ServiceEntry.named([BenchSubject.notifier.service]).first?.migrate(connection)
        let queue = NotificationQueue(connection: connection)
        #expect(try !queue.isOpen(on: .sms))
        try queue.add(100, on: .sms)
        try queue.add(10, on: .whatsapp, kind: "reminder-bill")
        #expect(try queue.isOpen(on: .sms) && queue.isOpen(on: .whatsapp) && !queue.isOpen(on: .email))
        #expect(try queue.count(["queued"], on: .sms) == 100)
        try connection.execute(
            "UPDATE message SET state = 'sent', sent_at = queued_at + interval '250 ms' WHERE channel = 'whatsapp'")
        #expect(try !queue.isOpen(on: .whatsapp) && queue.count(["sent"], on: .whatsapp) == 10)
        let latency = try queue.latency(of: "reminder-bill")
        #expect(latency == (250, 250))
        #expect(try queue.databaseSeconds() == 0)
    }
}
