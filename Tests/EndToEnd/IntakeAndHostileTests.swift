import Foundation
import Kafka
import PerisaiModels
import Testing
import Worker

@testable import Operations

/// What comes from outside: events over HTTP, and records that no sender should send.
@Suite(.serialized)
struct IntakeAndHostileTests {
    @Test(.timeLimit(.minutes(5)))
    func permitQuestionOverHTTP() throws {
        let stack = try LocalStack()
        defer { stack.stop() }
        let intake = try stack.start("enrollment-intake")
        try stack.waitUntilReady()
        let probe = try StackProbe(stack)
        defer { probe.close() }
        let port = try #require(intake.port)
        func post(_ body: String, token: String = LocalStack.permitToken) throws -> (status: Int, body: String) {
            try HTTPProbe.post(
                host: "127.0.0.1", port: port, path: "/events",
                headers: [
                    ("Authorization", "Bearer \(token)"), ("Content-Type", "application/cloudevents+json"),
                ], body: Array(body.utf8), seconds: 30)
        }
        let question = """
            {"specversion":"1.0","id":"q-1","source":"/ptsp/denpasar","type":"id.perisai.permit-applied.v1",
            "time":"2018-03-01T09:00:00+08:00","data":{"application_id":"DPS-1","office":"DPS-PTSP","kind":"new",
            "nib":"9120000000017","employer_name":"Warung Sari","workers_declared":3,"applied_on":"2018-03-01"}}
            """
        #expect(try post(question, token: "somebody-else-entirely").status == 401)
        let bad = try post(question.replacing("9120000000017", with: "912"))
        #expect(bad.status == 400)
        #expect(bad.body.contains("data.nib"))
        #expect(try post(question).status == 202)
        #expect(try post(question).status == 202)
        try probe.settle(services: ["enrollment-intake"])
        let answers = try probe.events(of: Topic.clearances.name)
        #expect(answers.map(\.type) == [PermitHeld.type])
        // Kafka away: nothing may be accepted that is not kept.
        _ = try stack.control().send(line: "broker-down 1")
        #expect(try post(question.replacing("q-1", with: "q-2")).status == 503)
        _ = try stack.control().send(line: "broker-up 1")
        try LocalStack.wait("the intake to accept again", 60) {
            try post(question.replacing("q-1", with: "q-3")).status == 202
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func tenThousandHostileRecords() throws {
        let seed = UInt64.random(in: 1...1_000_000)
        print("seed \(seed)")
        var random = SimulatedRandom(seed: seed)
        let stack = try LocalStack()
        defer { stack.stop() }
        let worker = try stack.start("payment-reconciler")
        try stack.waitUntilReady()
        let probe = try StackProbe(stack)
        defer { probe.close() }
        var good = 0
        for _ in 0..<20 {
            var records: [OutgoingRecord] = []
            for _ in 0..<500 { records.append(Hostile.record(&random)) }
            for _ in 0..<50 {
                good += 1
                records.insert(try Hostile.goodPayment(good), at: random.below(records.count))
            }
            try probe.publish(records)
            try probe.settle(services: ["payment-reconciler"])
        }
        #expect(try probe.count("payment_reconciler", "SELECT count(*) FROM payment") == Int64(good), "seed \(seed)")
        let dead = try probe.events(of: Topic.deadLetters(of: "payment-reconciler"))
        #expect(dead.count == 10_000, "seed \(seed)")
        #expect(dead.allSatisfy { $0.cause?.isEmpty == false })
        #expect(Set(dead.compactMap(\.cause)).count >= 4)
        #expect(worker.isRunning, "no restart")
    }
}

/// Records that must never stop a worker.
private enum Hostile {
    static func goodPayment(_ number: Int) throws -> OutgoingRecord {
        let kpj = try KPJ(code: 18_020_000_000 + Int64(number))
        let payment = PaymentReceived(
            bank: .bni, reference: try PaymentReference("GOOD-\(number)"),
            virtualAccount: VirtualAccount(payer: .participant(kpj)), amount: Rupiah(16_800), bookedOn: .sample)
        return EventRecord.make(attributes("good-\(number)", PaymentReceived.type), payment)
    }

    private static func attributes(_ id: String, _ type: String) -> EventAttributes {
        EventAttributes(id: id, source: "/bank/009", type: type, time: .earliest)
    }

    static func record(_ random: inout SimulatedRandom) -> OutgoingRecord {
        let valid = PaymentReceived.sample.json
        let topic = Topic.payments.name
        let headers = EventRecord.headers(attributes("bad-\(random.next())", PaymentReceived.type))
        func with(_ value: [UInt8]?, _ headers: OutgoingHeaders? = nil) -> OutgoingRecord {
            OutgoingRecord(
                topic: topic, key: Array("k".utf8), value: value,
                headers: headers ?? EventRecord.headers(attributes("bad", PaymentReceived.type)))
        }
        switch random.below(12) {
        case 0: return OutgoingRecord(topic: topic, key: nil, value: nil, headers: headers)
        case 1: return with([], headers)
        case 2: return with((0..<random.int(1...400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }, headers)
        case 3: return with(Array(valid.prefix(random.int(1...(valid.count - 1)))), headers)
        case 4: return with(Array(String(repeating: "[", count: 5_000).utf8), headers)
        case 5: return with(Array(#"{"bank":"#.utf8) + Array(String(repeating: #"{"a":"#, count: 200).utf8), headers)
        case 6: return with(replacing(valid, "16800", with: #""16800""#), headers)
        case 7: return with(replacing(valid, "16800", with: "99999999999999999999999999"), headers)
        case 8: return with(valid, EventRecord.headers(attributes("bad", "id.perisai.payment-received.v9")))
        case 9: return with(valid, OutgoingHeaders())
        case 10: return with(replacing(valid, "16800", with: "-5"), headers)
        default: return with(replacing(valid, "REF-0001", with: "\u{FFFD}").map { $0 == 0xBF ? 0xFF : $0 }, headers)
        }
    }

    private static func replacing(_ bytes: [UInt8], _ text: String, with other: String) -> [UInt8] {
        Array(String(decoding: bytes, as: UTF8.self).replacing(text, with: other).utf8)
    }
}
