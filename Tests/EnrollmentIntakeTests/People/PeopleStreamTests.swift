import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// A stream of whatever can happen to people and employers, in whatever order, and what must hold all along.
struct PeopleStream {
    static let persons = 30
    static let firms = 4
    static let agents = ["A-1", "A-2"]

    private var generator: SeededGenerator
    private var serial = 0
    private var day = Make.date("2018-03-01")
    private(set) var events: [Event<EnrollmentInput>] = []
    /// Whose membership runs, as the answers say.
    private var running: [NIK: CivilDate] = [:]
    private(set) var kpjs: [NIK: KPJ] = [:]
    private(set) var npps: Set<NPP> = []
    private(set) var kinds: [String: Int] = [:]
    private(set) var faults: [String] = []

    init(_ generator: SeededGenerator) { self.generator = generator }

    private mutating func any(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
    private mutating func agent() -> String? { any(0..<3) == 0 ? nil : Self.agents.randomElement(using: &generator) }
    private mutating func firm() throws -> NPP {
        let known = npps.sorted()
        return known.isEmpty || any(0..<20) == 0
            ? try NPP(number: 99) : known[any(max(0, known.count - 4)..<known.count)]
    }
    /// Mostly without an agent: employers report themselves.
    private mutating func reporter() -> String? { any(0..<4) == 0 ? agent() : nil }
    private mutating func people() -> [Int] {
        (0..<any(1..<4)).map { _ in any(0..<Self.persons) + 100 }
    }

    /// The next event; dates move on, months may lie a little around them.
    mutating func next() throws -> Event<EnrollmentInput> {
        serial += 1
        day = day.adding(days: any(0..<12))
        let on = day.description
        func shifted(_ months: Int) -> String { day.contributionMonth.advanced(by: months).description }
        let person = any(0..<Self.persons) + 100
        let number = any(0..<20) == 0 ? "s-\(max(1, serial - 1))" : "s-\(serial)"
        let reason: ExitReason = any(0..<8) == 0 ? .death : any(0..<2) == 0 ? .jhtClaim : .contractEnd
        var partition = Int32(any(0..<4))
        let input: EnrollmentInput
        switch any(0..<20) {
        case 0...4:
            input = .participant(
                try Make.participant(
                    number, nik: try Make.nik(person), agent: agent(), on: on, first: shifted(any(0..<2))))
        case 5...6 where !kpjs.isEmpty:
            let known = kpjs.sorted { $0.key < $1.key }
            let (nik, kpj) = known[any(0..<known.count)]
            let status = CoverStatus.allCases.randomElement(using: &generator) ?? .active
            if let from = running[nik], from < day, status == .lapsed || status == .exited { running[nik] = nil }
            input = .cover(
                kpj, CoverChanged(payer: .participant(kpj), status: status, unpaidMonths: 0, changedOn: day))
        case 7, 8: input = try Make.exit(number, person, agent: reporter(), reason, last: shifted(any(-2..<3)), on: on)
        case 9, 10:
            input = try Make.exit(
                number, person, agent: reporter(), npp: try firm(), reason, last: shifted(any(-1..<2)), on: on)
        case 11, 12, 13:
            partition = Int32(any(0..<Self.firms))
            input = .employer(
                try Make.employer(
                    number, agent: reporter(), nib: try Make.nib(Int(partition)),
                    niks: try people().map { try Make.nik($0) },
                    wages: [2_000_000, 3_000_000], on: on))
        case 14...18:
            input = try Make.change(
                number, try firm(), agent: reporter(), joining: any(0..<4) > 0 ? [any(0..<Self.persons) + 100] : [],
                movedFrom: any(0..<5) == 0 ? try firm() : nil, leaving: any(0..<4) == 0 ? [person] : [], reason,
                wages: any(0..<3) == 0 ? [any(0..<Self.persons) + 100: 4_000_000] : [:], from: shifted(any(0..<2)),
                on: on)
        default: input = try Make.closure(number, try firm(), agent: reporter(), last: shifted(any(-1..<2)), on: on)
        }
        let event = Make.event(input, partition: partition, id: "people-\(serial)")
        events.append(event)
        return event
    }

    /// What the answers say must fit together.
    mutating func take(_ published: [PublishedEvent]) throws {
        for event in published {
            kinds[event.kind, default: 0] += 1
            switch event.kind {
            case "participant-enrolled":
                let data = try event.read(ParticipantEnrolled.self)
                note(data.nik, data.kpj)
                if running[data.nik] != nil { faults.append("a running membership was given away") }
                running[data.nik] = data.enrolledOn
            case "participant-exited":
                let data = try event.read(ParticipantExited.self)
                for (nik, kpj) in kpjs where kpj == data.kpj { running[nik] = nil }
            case "employer-enrolled":
                let data = try event.read(EmployerEnrolled.self)
                if !npps.insert(data.npp).inserted { faults.append("\(data.npp) twice") }
                for worker in data.workers { note(worker.nik, worker.kpj) }
            case "employer-changed":
                for worker in try event.read(EmployerChanged.self).joined { note(worker.nik, worker.kpj) }
            case "submission-refused": for code in try event.codes() { kinds[code, default: 0] += 1 }
            default: break
            }
        }
    }

    private mutating func note(_ nik: NIK, _ kpj: KPJ) {
        if let known = kpjs[nik], known != kpj { faults.append("a NIK has two numbers") }
        if kpjs.contains(where: { $0.value == kpj && $0.key != nik }) { faults.append("\(kpj) twice") }
        kpjs[nik] = kpj
    }
}

@Suite struct PeopleStreamTests {
    private func rowFaults(_ bench: Bench) throws -> [String] {
        try bench.connection.texts(
            """
            SELECT concat('employer ', e.npp, ' ', e.workers, ' ', e.wages) FROM employer AS e
            WHERE (e.workers, e.wages) <> (
                SELECT count(*), coalesce(sum(w.wage), 0) FROM employer_worker AS w
                WHERE w.npp = e.npp AND w.left_on IS NULL)
            UNION ALL
            SELECT concat('worker ', w.npp) FROM employer_worker AS w JOIN participant AS p USING (nik)
            WHERE w.kpj <> p.kpj
            UNION ALL
            SELECT concat('place ', p.pu_npp) FROM participant AS p
            WHERE p.pu_npp IS NOT NULL AND NOT EXISTS (
                SELECT FROM employer_worker AS w WHERE w.npp = p.pu_npp AND w.nik = p.nik AND w.left_on IS NULL)
            UNION ALL
            SELECT 'the dead work' FROM participant AS p JOIN employer_worker AS w USING (nik)
            WHERE p.exit_reason = 1 AND w.left_on IS NULL
            UNION ALL
            SELECT 'closed, with workers' FROM employer WHERE closed_on IS NOT NULL AND workers > 0
            UNION ALL
            SELECT 'one NIB, two open firms' FROM employer WHERE closed_on IS NULL AND nib IS NOT NULL
            GROUP BY nib HAVING count(*) > 1
            """)
    }

    @Test func whateverHappensTheRowsFitTogether() throws {
        var seen: Set<String> = []
        for round in 0..<4 {
            var stream = PeopleStream(SeededGenerator("people \(round)"))
            let people = try PeopleBench()
            for _ in 0..<160 {
                let event = try stream.next()
                try stream.take(try people.bench.applier.apply([event]))
            }
            #expect(stream.faults == [])
            #expect(try rowFaults(people.bench) == [])
            seen.formUnion(stream.kinds.keys)
            let rows = try people.bench.rows()
            for size in [1_000, 7] {
                let again = try PeopleBench()
                for start in stride(from: 0, to: stream.events.count, by: size) {
                    let batch = stream.events[start..<min(stream.events.count, start + size)]
                    _ = try again.bench.applier.apply(Array(batch))
                }
                #expect(try again.bench.rows() == rows, "batches of \(size)")
            }
        }
        let needed: Set<String> = [
            "participant-enrolled", "participant-exited", "employer-enrolled", "employer-changed", "employer-closed",
        ]
        #expect(seen.isSuperset(of: needed))
    }
}
