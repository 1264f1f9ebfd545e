import Dispatch
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// Events of a small branch, by topic and partition.
struct Branch {
    static let partitions: Int32 = 4

    /// In each partition the order that Kafka keeps.
    private(set) var streams: [String: [Event<EnrollmentInput>]] = [:]
    private(set) var count = 0

    init(seed: UInt64, agents: Int) throws {
        var generator = SeededGenerator(seed: seed)
        var worker = 100
        for index in 0..<agents {
            let id = "A-\(index)"
            let facts = try Make.activeAgent(id, nik: index)
            add(facts[0], topic: "submissions", key: UInt64(index) &* 7 + 3)
            for fact in facts.dropFirst() { add(fact, topic: "submissions", key: UInt64(index)) }
            for number in 0..<4 {
                let nik = try Make.nik(worker)
                let age = Int.random(in: 0..<6, using: &generator)
                let submitted = try Make.participant(
                    "p-\(number)", nik: age == 0 ? try Make.nik(worker, born: "010140") : nik, agent: id,
                    on: "2018-02-2\(number)")
                add(.participant(submitted), topic: "submissions", key: UInt64(index))
                worker += 1
            }
            let niks = try (0..<3).map { try Make.nik(worker + $0) }
            worker += 3
            let nib = try Make.nib(index)
            let firm = try Make.employer("e", agent: id, nib: nib, niks: niks, wages: [2_000_000, 2_500_000])
            add(.employer(firm), topic: "submissions", key: UInt64(index))
            add(.permitApplied(try Make.permit("1", nib: nib)), topic: "employers", key: UInt64(index))
            add(.permitApplied(try Make.permit("2", nib: nib)), topic: "employers", key: UInt64(index))
            add(.permitWithdrawn(try Make.withdrawn("2", nib: nib)), topic: "employers", key: UInt64(index))
            let stranger = try Make.nib(10_000 + index)
            add(.permitApplied(try Make.permit("1", nib: stranger)), topic: "employers", key: UInt64(index))
        }
    }

    private mutating func add(_ input: EnrollmentInput, topic: String, key: UInt64) {
        let partition = Int32(key % UInt64(Self.partitions))
        count += 1
        streams["\(topic) \(partition)", default: []].append(
            Make.event(input, partition: partition, id: "branch-\(count)"))
    }

    /// All events in an order that keeps each partition's own.
    func merged(_ generator: inout SeededGenerator) -> [Event<EnrollmentInput>] {
        var rest = streams.sorted { $0.key < $1.key }.map { ArraySlice($0.value) }
        var events: [Event<EnrollmentInput>] = []
        while !rest.isEmpty {
            let index = Int.random(in: rest.indices, using: &generator)
            if let event = rest[index].popFirst() { events.append(event) } else { rest.remove(at: index) }
        }
        return events
    }
}

@Suite struct OrderTests {
    /// Whatever the order between partitions and however the events are cut into batches: the same rows.
    @Test(arguments: [UInt64(1), 20_180_205])
    func anyOrderGivesTheSameRows(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let branch = try Branch(seed: seed, agents: 12)
        var expected: String?
        for size in [1_000, 1, 7, 50] {
            let bench = try Bench()
            let events = branch.merged(&generator)
            for start in stride(from: 0, to: events.count, by: size) {
                let batch = Array(events[start..<min(events.count, start + size)])
                _ = try bench.applier.apply(batch)
                // The same events once more: the inbox knows them.
                #expect(try bench.applier.apply(batch).isEmpty)
            }
            let rows = try bench.rows()
            #expect(rows == expected ?? rows)
            expected = rows
            // The same content in new events: the rows know it.
            let copies = events.enumerated().map {
                Make.event($0.element.input, partition: $0.element.partition, id: "copy-\($0.offset)")
            }
            #expect(try bench.applier.apply(copies).isEmpty)
            #expect(try bench.rows() == rows)
        }
    }

    /// Several workers at once, each with partitions of its own: none waits for ever, and none misses another.
    @Test func workersAtTheSameTimeMissNothing() throws {
        let branch = try Branch(seed: 5, agents: 16)
        let bench = try Bench()
        var generator = SeededGenerator(seed: 5)
        let reference = try Bench()
        _ = try reference.applier.apply(branch.merged(&generator))
        let streams = branch.streams.sorted { $0.key < $1.key }.map(\.value)
        let url = bench.url
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: streams.count) { index in
            do {
                let worker = try Bench(url: url)
                for start in stride(from: 0, to: streams[index].count, by: 3) {
                    let batch = Array(streams[index][start..<min(streams[index].count, start + 3)])
                    try Self.retrying { _ = try worker.applier.apply(batch) }
                }
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try bench.rows() == reference.rows())
    }

    /// As the loop does after a deadlock or a conflict: the same batch again.
    private static func retrying(_ body: () throws -> Void) throws {
        for _ in 0..<20 {
            do { return try body() } catch let error as PostgresError
                where error.kind == .transient || error.kind == .conflict
            { continue }
        }
        try body()
    }
}
