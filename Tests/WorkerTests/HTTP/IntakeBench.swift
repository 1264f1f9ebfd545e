import Foundation
import Logging
import PerisaiModels
import Synchronization
import Testing

@testable import Kafka
@testable import Worker

/// Keeps what is published, or fails as told.
final class FakePublisher: EventPublisher {
    private let state = Mutex<(records: [OutgoingRecord], failure: KafkaError?)>(([], nil))

    var records: [OutgoingRecord] { state.withLock { $0.records } }
    func fail(_ error: KafkaError?) { state.withLock { $0.failure = error } }

    func publish(_ records: [OutgoingRecord], timeout: Duration) async throws(KafkaError) {
        let failure = state.withLock { state in
            if state.failure == nil { state.records += records }
            return state.failure
        }
        if let failure { throw failure }
    }
}

extension OutgoingRecord {
    /// The headers by name.
    var headerTexts: [String: String] {
        headers.entries.reduce(into: [:]) { texts, entry in
            let name = String(decoding: headers.bytes[entry.name...].prefix { $0 != 0 }, as: UTF8.self)
            texts[name] = String(decoding: headers.bytes[entry.value..<(entry.value + entry.length)], as: UTF8.self)
        }
    }
    var valueText: String { String(decoding: value ?? [], as: UTF8.self) }
    var keyText: String { String(decoding: key ?? [], as: UTF8.self) }
}

/// A server on a free port with an intake for payments and one sender.
final class IntakeBench {
    static let token = "0123456789abcdef-bri"
    static let source = "urn:bank:bri"
    static let payment = PaymentReceived.sample

    let publisher = FakePublisher()
    let metrics = MetricsRegistry()
    let log = LogProbe()
    let server: OperationsServer
    let port: Int

    init(
        publisher other: (any EventPublisher)? = nil, limits: EventIntake.Limits = .init(),
        health: @escaping @Sendable () -> HealthReport = { .good },
        readiness: @escaping @Sendable () -> HealthReport = { .good }, portFile: String? = nil
    ) throws {
        let logger = Logger.worker("payment-reconciler", output: log.output)
        let senders = try EventSender.parse([
            "bri:\(Self.token):\(Self.source)", "bni:fedcba9876543210-bni:urn:bank:bni",
        ])
        let intake = EventIntake(
            topics: [.payments], senders: senders, publisher: other ?? publisher, metrics: metrics, logger: logger,
            limits: limits)
        server = OperationsServer(
            .init(host: "127.0.0.1", port: 0, portFile: portFile), metrics: metrics, logger: logger, intake: intake,
            health: health, readiness: readiness)
        port = try server.start()
    }

    deinit { server.beginStop() }

    static func binary(_ changes: [String: String?] = [:]) -> [(String, String)] {
        let headers: [String: String?] = [
            "authorization": "Bearer \(token)", "content-type": "application/json", "ce-specversion": "1.0",
            "ce-id": "id-1", "ce-source": source, "ce-type": PaymentReceived.type,
            "ce-time": "2018-08-01T09:00:00+07:00",
        ]
        return headers.merging(changes) { $1 }.compactMap { name, value in value.map { (name, $0) } }
            .sorted { $0.0 < $1.0 }
    }

    static func envelope(id: String = "id-1", source: String = source, data: String? = nil, extra: String = "")
        -> String
    {
        let data = data ?? String(decoding: payment.json, as: UTF8.self)
        return #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"\#(PaymentReceived.type)","#
            + #""time":"2018-08-01T02:00:00Z"\#(extra),"data":\#(data)}"#
    }

    func post(_ headers: [(String, String)], _ body: some Sequence<UInt8>) throws -> RawClient.Answer {
        try RawClient(port: port).post("/events", headers, Array(body))
    }

    func structured(_ body: String, token: String = token) throws -> RawClient.Answer {
        try post(
            [("Authorization", "Bearer \(token)"), ("Content-Type", "application/cloudevents+json; charset=UTF-8")],
            body.utf8)
    }

    func batch(_ events: [String]) throws -> RawClient.Answer {
        try post(
            [("Authorization", "Bearer \(Self.token)"), ("Content-Type", "application/cloudevents-batch+json")],
            "[\(events.joined(separator: ","))]".utf8)
    }
}

extension RawClient.Answer {
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
    }
    var field: String? { json["field"] as? String }
    var reason: String? { json["reason"] as? String }
    var index: Int? { json["index"] as? Int }
    var ids: [String]? { json["ids"] as? [String] }
}
