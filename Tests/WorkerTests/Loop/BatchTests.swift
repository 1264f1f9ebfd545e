import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import Worker

/// The loop without Kafka, then with it; one after the other.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct LoopTests {}

private func applier(_ name: String) throws -> (BatchApplier<Accumulator>, Connection) {
    let url = try LoopCluster.shared.newDatabase()
    let service = Accumulator(name: name)
    let connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
    return (try BatchApplier(service: service, connection: connection), connection)
}

extension LoopTests {
    @Test func applierDropsDuplicatesWithinAndBetweenBatches() async throws {
        let (first, again, total) = try await onThread {
            let (applier, connection) = try applier("duplicates")
            let one = try TestPayment(number: 1, account: 1, amount: 100).event()
            let two = try TestPayment(number: 2, account: 1, amount: 20).event()
            let first = try applier.apply([one, two, one])
            let again = try applier.apply([two, one])
            return (
                first.map(\.id), again.count,
                try connection.query(Statement("total", "SELECT total FROM account")).int64(0, 0)
            )
        }
        #expect(first.count == 2 && Set(first).count == 2)
        #expect(again == 0)
        #expect(total == 120)
    }

    @Test func derivedEventsHaveTheSameIDsAndChildSpans() async throws {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let (left, right, buffer) = try await onThread {
            var published: [[PublishedEvent]] = []
            for name in ["ids-one", "ids-one"] {
                let (applier, _) = try applier(name)
                let events = try (1...5).map { number in
                    try TestPayment(number: number, account: number, amount: 10).event(traceparent: trace)
                }
                published.append(try applier.apply(events))
            }
            var outgoing = Outgoing(source: "ids-one")
            let event = try TestPayment(number: 1, account: 1, amount: 10).event(traceparent: trace)
            outgoing.begin(key: event.key, time: event.time, traceparent: trace)
            outgoing.emit(BusinessDateStarted(date: .sample))
            outgoing.emit(BusinessDateStarted(date: .sample))
            return (published[0], published[1], try require(outgoing.take(0)))
        }
        #expect(left.map(\.id) == right.map(\.id))
        #expect(left.map(\.data) == right.map(\.data))
        #expect(Set(left.map(\.id)).count == 5)
        let spans = try headers(of: buffer, "traceparent")
        #expect(spans.count == 2 && Set(spans).count == 2)
        for span in spans {
            #expect(EventRecord.isTraceparent(span))
            #expect(span.prefix(36) == trace.prefix(36) && span != trace && span.hasSuffix("-01"))
        }
    }

    private func headers(of buffer: OutboxBuffer, _ name: String) throws -> [String] {
        try buffer.bytes.withUnsafeBytes { bytes in
            var reader = OutboxReader(bytes)
            var found: [String] = []
            while let record = try reader.next() {
                for header in record.headers where header.name.elementsEqual(name.utf8) {
                    found.append(String(decoding: try require(header.value), as: UTF8.self))
                }
            }
            return found
        }
    }

    @Test func aFaultOfARuleIsThrownByTheApplier() async throws {
        await #expect(throws: RecordFault.self) {
            try await onThread {
                let (applier, _) = try applier("fault")
                _ = try applier.apply([
                    TestPayment(number: 1, account: 1, amount: Accumulator.refusedByRule).event()
                ])
            }
        }
    }

    /// Damage is found or gives other bytes; it never reads outside the row, and never goes on without end.
    @Test func outboxReaderWithstandsDamage() throws {
        var random = SeededGenerator(seed: LoopSeed.value)
        var buffer = OutboxBuffer()
        for number in 0..<20 {
            buffer.beginRecord(topic: "topic-\(number)", headers: 2)
            buffer.header("ce_id", "id-\(number)")
            buffer.append(text: "null")
            buffer.append(nil as UnsafeRawBufferPointer?)
            buffer.append(text: "key")
            buffer.append([UInt8](repeating: UInt8(number), count: number))
        }
        #expect(try count(buffer.bytes) == 20)
        var broken = 0
        for _ in 0..<20_000 {
            var bytes = buffer.bytes
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            case 1:
                bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            case 2:
                let start = Int.random(in: 0..<bytes.count - 4, using: &random)
                let extreme: Int32 = [.max, .min, -2, -1, 1_000, 1_001].randomElement(using: &random) ?? 0
                withUnsafeBytes(of: extreme.littleEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
            default:
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
            }
            do { #expect(try count(bytes) <= bytes.count) } catch is OutboxReader.Broken { broken += 1 }
        }
        #expect(broken > 1_000)
    }

    private func count(_ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { bytes in
            var reader = OutboxReader(bytes)
            var count = 0
            while let record = try reader.next() {
                count += 1
                for field in [record.topic, record.key, record.value] {
                    for byte in field ?? .init(start: nil, count: 0) { withExtendedLifetime(byte) {} }
                }
            }
            return count
        }
    }
}
