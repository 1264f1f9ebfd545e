import Foundation
import Kafka
import PerisaiModels
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    /// A service that hands an event on knows the id under which others have it.
    @Test func anEventKeepsAnIdThatIsAUUID() async throws {
        let ids = try await onThread { () -> [UUID?] in
            let rig = try Rig("ids")
            defer { rig.broker.stop() }
            let payment = TestPayment(number: 1, account: 1, amount: 5)
            let (data, time) = (try payment.data, try payment.time)
            func attributes(_ id: String) -> EventAttributes {
                EventAttributes(id: id, source: TestPayment.source, type: PaymentReceived.type, time: time)
            }
            let binary = ["0192F5C0-0000-7000-8000-000000000001", "payment-1"].map {
                EventRecord.make(attributes($0), data)
            }
            let envelope = """
                {"specversion":"1.0","id":"0192f5c0-0000-7000-8000-000000000002","source":"\(TestPayment.source)",
                "type":"\(PaymentReceived.type)","time":"\(time)","data":\(String(decoding: data.json, as: UTF8.self))}
                """
            let structured = OutgoingRecord(
                topic: Topic.payments.name, key: binary[0].key, value: Array(envelope.utf8),
                headers: ["content-type": "application/cloudevents+json"])
            try rig.publish(binary + [structured])
            return try Self.decode(rig)
        }
        #expect(
            ids == [
                UUID(0x0192_F5C0_0000_7000, 0x8000_0000_0000_0001), nil,
                UUID(0x0192_F5C0_0000_7000, 0x8000_0000_0000_0002),
            ])
    }

    private static func decode(_ rig: Rig) throws -> [UUID?] {
        let reader = try TopicReader(
            configuration: KafkaConfiguration(
                role: .consumer, bootstrapServers: rig.broker.bootstrapServers, profile: .embeddedBroker,
                overrides: ["log_level": "0"]))
        defer { reader.close() }
        let decoder = EventDecoder(rig.service)
        var ids: [UUID?] = []
        let starts = try reader.partitions(of: Topic.payments.name).map { ($0, StartOffset.beginning) }
        try reader.read(from: starts) { batch in
            for case .event(let event) in decoder.decode(batch).map(\.outcome) { ids.append(event.id) }
            return true
        }
        return ids
    }
}
