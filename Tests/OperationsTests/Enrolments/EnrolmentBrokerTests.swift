import Foundation
import Kafka
import PerisaiModels
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Operations

/// Plays enrollment-intake: reads submissions, remembers their numbers, and answers each new one by a rule.
private final class PlayedIntake: RebalanceHandler, Sendable {
    struct State {
        var seen: [String: Int] = [:]
        var headers: [[String: String]] = []
        var next: [TopicPartition: Int64] = [:]
        var stop = false
    }

    let state = Mutex(State())

    func assigned(_ partitions: [TopicPartition]) -> [StartOffset] {
        state.withLock { state in partitions.map { .at(state.next[$0] ?? 0) } }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {}
    func stop() { state.withLock { $0.stop = true } }

    func run(_ broker: String, answer: (ParticipantSubmitted, Int) -> (any EventData)?) throws {
        let consumer = try Consumer(
            configuration: .consumer(
                bootstrapServers: broker, group: "enrollment-intake", profile: .embeddedBroker,
                overrides: ["log_level": "0"]), topics: [Topic.submissions.name], handler: self)
        defer { consumer.close() }
        let producer = try Producer(configuration: .producer(bootstrapServers: broker, profile: .embeddedBroker))
        defer { producer.close() }
        var batch = RecordBatch()
        while !state.withLock({ $0.stop }) {
            try consumer.poll(into: &batch, waitMilliseconds: 50)
            for record in batch.records {
                guard let value = record.value else { continue }
                let event = try batch.bytes(value).withUnsafeBytes { try ParticipantSubmitted.read(bytes: $0) }
                let id = batch.headerText("ce_id", of: record) ?? ""
                let number = state.withLock { state in
                    state.next[batch.partition(of: record)] = record.offset + 1
                    state.seen[id, default: 0] += 1
                    if state.headers.isEmpty {
                        state.headers.append(["by": batch.headerText("perisai_by", of: record) ?? ""])
                    }
                    return state.seen[id] == 1 ? state.seen.count : 0
                }
                // What came before is not answered again.
                guard number > 0, let answer = answer(event, number) else { continue }
                let attributes = EventAttributes(
                    id: "answer-\(number)", source: "/test", type: type(of: answer).type, time: .earliest)
                try producer.send(EventRecord.make(attributes, answer))
            }
            try producer.awaitAcknowledgements(within: .seconds(20))
            try consumer.commit(batch.records.reduce(into: [:]) { $0[batch.partition(of: $1)] = $1.offset + 1 })
        }
    }
}

@Suite(.serialized) struct EnrolmentBrokerTests {
    private typealias Support = EnrolmentSupport

    private static func answer(_ submitted: ParticipantSubmitted, _ number: Int) -> (any EventData)? {
        switch number % 50 {
        case 7:
            SubmissionRefused(
                submissionID: submitted.submissionID, kind: .participant, agentID: submitted.agentID,
                reasons: [
                    RefusalReason(
                        code: "ALREADY_ENROLLED", field: "nik", text: "Peserta ini sudah terdaftar aktif.")
                ], decidedOn: submitted.submittedOn)
        case 9: nil
        default:
            (try? KPJ(month: submitted.firstMonth, serial: number)).map { kpj in
                ParticipantEnrolled(
                    submissionID: submitted.submissionID, kpj: kpj, nik: submitted.nik, name: submitted.name,
                    agentID: submitted.agentID, branch: submitted.branch, programmes: submitted.programmes,
                    monthlyIncome: submitted.monthlyIncome, occupation: submitted.occupation, newlyRegistered: true,
                    zone: .wita, enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth)
            }
        }
    }

    private func broker() throws -> EmbeddedBroker {
        try EmbeddedBroker(topics: [
            TopicSpecification(name: Topic.submissions.name, partitions: 3),
            TopicSpecification(name: Topic.enrollment.name, partitions: 3),
        ])
    }

    private func arguments(_ path: String, _ broker: EmbeddedBroker) -> [String] {
        [
            "import", "enrolments", path, "--agent", "PRS-0001", "--branch", "DPS", "--on", "2018-02-05", "--by",
            "Ani", "--bootstrap", broker.bootstrapServers, "--profile", "embedded",
        ]
    }

    /// Ten thousand rows of which every hundredth is broken, twice: the same numbers, and nothing new.
    @Test func tenThousandRowsTwice() async throws {
        let broker = try broker()
        defer { broker.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let total = EnrolmentList.mostRows
        let rows = (1...total).map { number in
            number.isMultiple(of: 100)
                ? Support.row(number).replacing("1.500.000", with: "sejuta") : Support.row(number)
        }
        let path = try folder.write("list.csv", ([Support.header] + rows).joined(separator: "\r\n"))
        let before = try Self.peakMemory()
        let intake = PlayedIntake()
        let bootstrap = broker.bootstrapServers
        let reports = ["first", "second"].map { folder.path + "/\($0).csv" }
        let commands = reports.map { arguments(path, broker) + ["--report", $0, "--wait", "120"] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await onThread { try intake.run(bootstrap, answer: Self.answer) } }
            group.addTask {
                try await onThread {
                    defer { intake.stop() }
                    for command in commands { #expect(PerisaiCommand.start(command) == 1) }
                }
            }
            try await group.waitForAll()
        }
        let state = intake.state.withLock { $0 }
        #expect(state.seen.count == total - total / 100)
        #expect(state.seen.values.allSatisfy { $0 == 2 })
        #expect(state.headers == [["by": "Ani"]])
        let texts = try reports.map { try String(contentsOfFile: $0, encoding: .utf8) }
        for text in texts {
            let lines = text.split(separator: "\r\n").dropFirst()
            func count(_ outcome: String) -> Int { lines.count { $0.contains(",\(outcome),") } }
            #expect(lines.count == total && count("refused") == 100)
            #expect(count("rejected") == 198 && count("waiting") == 198 && count("enrolled") == 9_504)
            #expect(lines.allSatisfy { $0.firstMatch(of: /[0-9]{16}/) == nil })
        }
        #expect(texts[0] == texts[1], "a list that is sent again is told the same")
        // Rows are held up to their limit, whatever the broker and its clients take beside.
        #expect(try Self.peakMemory() - before < 400 << 20)
    }

    @Test func withoutAnIntakeNothingIsAnswered() throws {
        let broker = try broker()
        defer { broker.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("list.csv", "\(Support.header)\n\(Support.row(1))\n")
        let report = folder.path + "/report.json"
        #expect(PerisaiCommand.start(arguments(path, broker) + ["--report", report, "--wait", "1"]) == 1)
        #expect(try String(contentsOfFile: report, encoding: .utf8).contains("unanswered"))
        #expect(PerisaiCommand.start(arguments(path, broker)) == 0)
    }

    /// Most memory that this process has had, in bytes.
    private static func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) << 10
    }
}
