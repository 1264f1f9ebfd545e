import Foundation
import Kafka
import PerisaiModels
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    /// A record that must become a dead letter, and the cause it must have; nil where any cause will do.
    private struct Hostile {
        let record: OutgoingRecord
        let cause: String?
    }

    private static func hostile(_ count: Int, _ random: inout SeededGenerator) throws -> [Hostile] {
        let payment = TestPayment(number: 1, account: 1, amount: 5)
        let good = try payment.data.json
        let headers = EventRecord.headers(try payment.attributes)
        func record(_ value: [UInt8]?, _ headers: OutgoingHeaders, _ cause: String?) -> Hostile {
            let key = UInt8.random(in: 0...255, using: &random)
            return Hostile(
                record: OutgoingRecord(topic: Topic.payments.name, key: [key], value: value, headers: headers),
                cause: cause)
        }
        func typed(_ type: String) throws -> OutgoingHeaders {
            var attributes = try payment.attributes
            attributes.type = type
            return EventRecord.headers(attributes)
        }
        let depth = 100_000
        let nested = [UInt8](repeating: UInt8(ascii: "["), count: depth)
        let wrapped = Array(#"{"bank":"009","reference":"#.utf8) + nested
        return try (0..<count).map { index in
            switch index % 14 {
            case 0: return record(nil, headers, "null-value")
            case 1: return record([], headers, "empty-value")
            case 2:
                let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                return record(bytes, headers, "bad-data")
            case 3:
                return record(Array(good.dropLast(Int.random(in: 1..<good.count, using: &random))), headers, "bad-data")
            case 4: return record(wrapped, headers, "bad-data")
            case 5: return record(good, try typed("id.perisai.no-such-thing.v1"), "unknown-type")
            case 6: return record(good, try typed("id.perisai.payment-received.v99"), "unknown-type")
            case 7: return record(good, [:], "not-cloudevents")
            case 8:
                return record(
                    good, OutgoingHeaders([("ce_specversion", nil), ("ce_id", [0xFF, 0xFE])]), "not-cloudevents")
            case 9:
                var bad = OutgoingHeaders()
                bad.append("ce_specversion", text: "1.0")
                bad.append("ce_id", [0xC3, 0x28])
                bad.append("ce_source", text: TestPayment.source)
                bad.append("ce_type", text: PaymentReceived.type)
                return record(good, bad, "not-cloudevents")
            case 10:
                // Between the worker's limit and the broker's; the second one at the very edge of a producer.
                let size = index % 28 == 10 ? 700_000 : 999_000
                return record([UInt8](repeating: UInt8(ascii: "x"), count: size), headers, nil)
            case 11:
                let text = String(decoding: good, as: UTF8.self).replacing(":5", with: ":9999999999999999999999")
                return record(Array(text.utf8), headers, "bad-data")
            case 12:
                return record(
                    Array("{\"specversion\":\"1.0\"".utf8), ["content-type": "application/cloudevents+json"],
                    "not-cloudevents")
            default:
                let many = OutgoingHeaders((0..<60).map { ("name-\($0)", [UInt8](repeating: 1, count: 2_000)) })
                return record(good, many, "not-cloudevents")
            }
        }
    }

    private struct Outcome: Sendable {
        var code: Int32?
        var restarts = 0
        var applied: [UUID] = []
        var letters: [Rig.Read] = []
    }

    /// Runs a worker over the records until as many dead letters and payments came out.
    private static func run(
        _ name: String, _ records: [OutgoingRecord], good: Int, bad: Int, maxRecordBytes: Int
    ) throws -> Outcome {
        let rig = try Rig(name)
        defer { rig.broker.stop() }
        try rig.migrate()
        for start in stride(from: 0, to: records.count, by: 500) {
            try rig.publish(Array(records[start..<min(start + 500, records.count)]))
        }
        var settings = rig.settings()
        settings.maxRecordBytes = maxRecordBytes
        let worker = rig.worker(settings)
        let metrics = worker.runtime.metrics
        _ = Rig.wait(240) {
            try metrics.deadLetters.current >= bad && rig.number("SELECT count(*) FROM applied") >= good
                && rig.number("SELECT count(*) FROM outbox") == 0
        }
        var outcome = Outcome()
        outcome.code = worker.stop()
        outcome.applied = try rig.applied().map(\.key)
        outcome.letters = try rig.read(Topic.deadLetters(of: name))
        return outcome
    }

    @Test func hostileRecordsBecomeDeadLettersAndTheRestIsApplied() async throws {
        var random = SeededGenerator(seed: LoopSeed.value)
        let hostile = try Self.hostile(14 * 20, &random)
        let payments = (100..<600).map { TestPayment(number: $0, account: $0 % 31, amount: 7) }
        // The mock keeps 5 MiB of a partition: two oversize records are enough.
        let chosen = hostile.enumerated().filter { $0.offset % 14 != 10 || $0.offset < 28 }.map(\.element)
        let mixed = (try Rig.records(payments) + chosen.map(\.record)).shuffled(using: &random)
        let expected = chosen.count
        let outcome = try await onThread {
            try Self.run("hostile", mixed, good: payments.count, bad: expected, maxRecordBytes: 262_144)
        }
        #expect(outcome.code == 0)
        #expect(outcome.applied.count == payments.count)
        #expect(Set(outcome.applied) == Set(payments.map(\.key)))
        #expect(outcome.letters.count == expected)
        var causes: [String: Int] = [:]
        for letter in outcome.letters {
            causes[letter.header(DeadLetter.causeHeader) ?? "none", default: 0] += 1
            #expect(letter.header(DeadLetter.reasonHeader)?.isEmpty == false)
            #expect(letter.header(DeadLetter.groupHeader) == "hostile")
            #expect(letter.header(DeadLetter.originTopicHeader) == Topic.payments.name)
            #expect(letter.header(DeadLetter.originPartitionHeader).flatMap { Int($0) } != nil)
            #expect(letter.header(DeadLetter.originOffsetHeader).flatMap { Int64($0) } != nil)
        }
        var wanted: [String: Int] = ["oversize": 2]
        for cause in chosen.compactMap(\.cause) { wanted[cause, default: 0] += 1 }
        #expect(causes == wanted)
        let origins = outcome.letters.map {
            [$0.header(DeadLetter.originPartitionHeader), $0.header(DeadLetter.originOffsetHeader)]
        }
        #expect(Set(origins).count == expected)
        let lengths = outcome.letters.compactMap { $0.header(DeadLetter.originLengthHeader) }
        #expect(lengths.sorted() == ["700000", "999000"])
    }

    /// As large as a producer lets through, unreadable, and not over the worker's limit: the dead letter still fits.
    @Test func theLargestUnreadableRecordHoldsNothingUp() async throws {
        let payment = TestPayment(number: 1, account: 1, amount: 5)
        let large = OutgoingRecord(
            topic: Topic.payments.name, key: Array("1".utf8), value: [UInt8](repeating: 0x20, count: 999_000),
            headers: EventRecord.headers(try payment.attributes))
        let records = [large] + (try Rig.records([payment]))
        let outcome = try await onThread {
            try Self.run("largest", records, good: 1, bad: 1, maxRecordBytes: 1_048_576)
        }
        #expect(outcome.code == 0)
        #expect(outcome.applied == [payment.key])
        #expect(outcome.letters.map { $0.header(DeadLetter.causeHeader) } == ["bad-data"])
        #expect(outcome.letters.map { $0.header(DeadLetter.originLengthHeader) } == ["999000"])
    }

    @Test func aDeadLetterThatComesBackKeepsItsFirstOrigin() async throws {
        let payment = TestPayment(number: 1, account: 1, amount: Accumulator.refusedByRule)
        var record = try Rig.records([payment])[0]
        record.headers.append(DeadLetter.originTopicHeader, text: "first.topic")
        record.headers.append(DeadLetter.originPartitionHeader, text: "77")
        record.headers.append(DeadLetter.originOffsetHeader, text: "123456")
        record.headers.append(DeadLetter.causeHeader, text: "old cause")
        record.headers.append(DeadLetter.attemptsHeader, text: "3")
        let redriven = record
        let outcome = try await onThread {
            try Self.run("redriven", [redriven], good: 0, bad: 1, maxRecordBytes: 1_048_576)
        }
        let letter = try #require(outcome.letters.first)
        #expect(outcome.letters.count == 1)
        func all(_ name: String) -> [String?] { letter.headers.filter { $0.name == name }.map(\.value) }
        #expect(all(DeadLetter.originTopicHeader) == ["first.topic"])
        #expect(all(DeadLetter.originPartitionHeader) == ["77"])
        #expect(all(DeadLetter.originOffsetHeader) == ["123456"])
        #expect(all(DeadLetter.causeHeader) == ["unlucky"])
        #expect(all(DeadLetter.attemptsHeader) == ["3"])
        #expect(all("ce_id") == [payment.id])
        #expect(letter.value == (try payment.data.json))
    }
}
