import Foundation
import Kafka
import PerisaiModels
import Worker

/// Asks about permits through Kafka and times the answers. Confined to one thread.
final class PermitQuestions {
    /// One question and what became of it, in seconds since it was asked, or was due to be asked.
    struct Sample {
        let answered: Double
        /// Kafka has the question. Nil where nobody waited for that.
        let acknowledged: Double?
        /// The worker has handed the answer to its producer, by the answer's own time stamp.
        let written: Double
        let isCleared: Bool
    }

    private struct Asked {
        let at: Double
        var acknowledged: Double?
    }

    private let producer: Producer
    private let consumer: Consumer
    private var batch = RecordBatch()
    private var number = 0
    private var asked: [String: Asked] = [:]
    private var samples: [Sample] = []
    private let label: String
    private let office: OfficeCode
    private static let day = BenchAgents.month.day(5)

    init(_ stack: LocalStack, seed: UInt64) throws {
        let bootstrap = try stack.bootstrap
        var sending = KafkaConfiguration.producer(
            bootstrapServers: bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        // The question goes at once; its own way is part of the time.
        sending.properties["linger.ms"] = "0"
        producer = try Producer(configuration: sending)
        let reading = KafkaConfiguration(
            role: .consumer, bootstrapServers: bootstrap, profile: .embeddedBroker,
            // The embedded broker keeps an empty fetch for the whole of this; a broker answers it when something comes.
            overrides: ["fetch.wait.max.ms": "1"], log: { _, _, _ in })
        let reader = try TopicReader(configuration: reading)
        defer { reader.close() }
        consumer = try Consumer(manual: reading)
        try consumer.assign(
            reader.partitions(of: Topic.clearances.name).map { ($0, .at(try reader.watermarks($0).high)) })
        label = "P\(seed)-"
        office = try OfficeCode("PTSP-DENPASAR")
    }

    func close() {
        consumer.close()
        producer.close()
    }

    static var now: Double { Date().timeIntervalSince1970 }

    // MARK: one at a time

    /// Asks when the last answer is there.
    func askInTurn(_ count: Int) throws -> [Sample] {
        samples = []
        for _ in 0..<count {
            let id = try ask(due: Self.now)
            try producer.awaitAcknowledgements(within: .seconds(10))
            asked[id]?.acknowledged = Self.now
            try receive(until: { self.asked.isEmpty }, within: 30)
            Console.progress("\(samples.count) of \(count) questions")
        }
        Console.endProgress()
        return samples
    }

    // MARK: at a pace of their own

    /// Asks so many a second, whatever the answers do, and times each from when it was due. Ends after `count`, or when
    /// `isOver`, and waits for all answers.
    func ask(_ count: Int, perSecond: Double, until isOver: () throws -> Bool = { false }) throws -> [Sample] {
        samples = []
        let start = Self.now
        var sent = 0
        while sent < count {
            let due = start + Double(sent) / perSecond
            if due <= Self.now {
                _ = try ask(due: due)
                sent += 1
                if sent % 16 == 0, try isOver() { break }
            } else {
                try poll(milliseconds: max(1, Int((due - Self.now) * 1_000)))
            }
            Console.progress("\(samples.count) of \(sent) questions")
        }
        try producer.awaitAcknowledgements(within: .seconds(10))
        try receive(until: { self.asked.isEmpty }, within: 120)
        Console.endProgress()
        return samples
    }

    private func receive(until isOver: () -> Bool, within seconds: Double) throws {
        let deadline = Self.now + seconds
        while !isOver() {
            guard Self.now < deadline else {
                throw OperationsError("\(asked.count) questions about permits have no answer after \(Int(seconds)) s")
            }
            try poll(milliseconds: 50)
        }
    }

    private func poll(milliseconds: Int) throws {
        producer.serve()
        try consumer.poll(into: &batch, waitMilliseconds: milliseconds)
        let now = Self.now
        for record in batch.records {
            guard let value = record.value,
                let id = Self.applicationID(String(decoding: batch.bytes(value), as: UTF8.self)),
                let question = asked.removeValue(forKey: id)
            else { continue }
            samples.append(
                Sample(
                    answered: now - question.at, acknowledged: question.acknowledged.map { $0 - question.at },
                    written: Double(record.timestampMilliseconds) / 1_000 - question.at,
                    isCleared: batch.headerText("ce_type", of: record) == PermitCleared.type))
        }
    }

    /// Whatever the answer is called.
    static func applicationID(_ json: String) -> String? {
        guard let start = json.range(of: "\"application_id\":\"") else { return nil }
        return String(json[start.upperBound...].prefix { $0 != "\"" })
    }

    // MARK: the question

    private func ask(due: Double) throws -> String {
        let application = try Self.question(number, label: label, office: office)
        let time = BenchAgents.time(on: Self.day, number: number)
        number += 1
        let id = application.applicationID.text
        asked[id] = Asked(at: due)
        try producer.send(
            EventRecord.make(
                EventAttributes(id: id, source: "/ptsp/bench", type: PermitApplied.type, time: time), application))
        return id
    }

    /// Every second one is cleared for a statement of readiness with all workers; the others are held.
    static func question(_ number: Int, label: String, office: OfficeCode) throws -> PermitApplied {
        let workers = try (0..<3).map { try NIK(code: BenchPeople.nik(Int64(number * 3 + $0))) }
        return PermitApplied(
            applicationID: try ApplicationID("\(label)\(number)"), office: office, kind: .new,
            nib: try NIB(code: 3_000_000_000_000 + Int64(number)), employerName: "UD Bench \(number)",
            workersDeclared: workers.count,
            readiness: number % 2 == 0 ? ReadinessStatement(signedOn: day, workers: workers) : nil, appliedOn: day)
    }
}
