import Dispatch
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// What happens to a few firms.
private enum Happening {
    case dates([CivilDate])
    /// Unpaid months, rupiah and fines of a firm.
    case owed(Int, Int, Int64, Int64, on: CivilDate)
    case applies(Int, office: Int)
    case registers(Int)
    case closes(Int, on: CivilDate)
}

/// Firms 0 to 2 are registered; 3 to 5 are not, and hold applications whose deadline is near.
private struct Stream {
    static let firms = 6
    var happenings: [Happening] = []

    init(seed: UInt64, count: Int) {
        var generator = SeededGenerator(seed: seed)
        var date = Make.date("2026-09-01")
        var registered = Set(0..<3)
        for firm in 0..<Self.firms { happenings.append(.applies(firm, office: firm % 3)) }
        for _ in 0..<count {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let days = (0..<Int.random(in: 1...25, using: &generator)).map { date.adding(days: $0 + 1) }
                date = days.last ?? date
                happenings.append(.dates(days))
            case 5, 6, 7:
                let months = max(0, Int.random(in: -2...9, using: &generator))
                let fines = Bool.random(using: &generator) ? Int64.random(in: 1...50_000, using: &generator) : 0
                happenings.append(
                    .owed(
                        Int.random(in: 0..<3, using: &generator), months, Int64(months) * 1_234_567, fines,
                        on: date.adding(days: Int.random(in: -10...0, using: &generator))))
            case 8:
                happenings.append(
                    .applies(
                        Int.random(in: 0..<Self.firms, using: &generator),
                        office: Int.random(in: 0..<3, using: &generator)))
            default:
                let firm = Int.random(in: 0..<Self.firms, using: &generator)
                happenings.append(registered.insert(firm).inserted ? .registers(firm) : .closes(firm, on: date))
            }
        }
        happenings.append(.dates([date.adding(days: 1)]))
    }
}

/// Plays a stream, and answers as the reconciler does: a fine is counted once it has heard of it.
private final class Play {
    let bench: EnforcementBench
    let daily: Bool
    private var npps: [Int: NPP] = [:]
    private var applications = 0

    init(chunk: Int, daily: Bool) throws {
        bench = try EnforcementBench(chunk: chunk)
        self.daily = daily
        for firm in 0..<3 { npps[firm] = try bench.employer(firm, nib: try Make.nib(firm)) }
    }

    func run(_ stream: Stream) throws {
        for happening in stream.happenings {
            switch happening {
            case .dates(let dates):
                if daily { for date in dates { try bench.start([date]) } } else { try bench.start(dates) }
            case .owed(let firm, let months, let amount, let fines, let date):
                guard let npp = npps[firm] else { continue }
                let found = try EnforcementReport.of(.employer(npp), bench.connection)?.found
                // Half of the news are older than the fine.
                let sanction = found.flatMap {
                    $0.sanctionFine > .zero && fines % 2 == 1 ? ($0.sanctionFine.amount, $0) : nil
                }
                let paid = months == 0 && fines == 0
                try bench.apply(
                    Make.owed(
                        npp, months, amount, fines: paid ? 0 : fines + (sanction?.0 ?? 0),
                        sanction: paid ? found.map { (0, $0) } : sanction, on: "\(date)"))
            case .applies(let firm, let office):
                applications += 1
                let nib = try Make.nib(firm)
                try bench.apply(
                    try Make.application(
                        "\(applications)", nib: nib, office: "PTSP-\(office)", npp: nil,
                        declared: npps[firm] == nil || office != 1 ? 1 : 2))
                if npps[firm] == nil {
                    try bench.hold(nib, until: "2026-09-20", answer: "NOT_REGISTERED")
                } else if office == 1 {
                    try bench.hold(nib, until: "2026-10-20", answer: "PARTIAL_WORKERS")
                }
            case .registers(let firm): npps[firm] = try bench.employer(firm, nib: try Make.nib(firm))
            case .closes(let firm, let date):
                guard let npp = npps[firm] else { continue }
                let closure = EmployerClosureReported(
                    submissionID: try SubmissionID("close-\(firm)"), npp: npp, lastMonth: date.contributionMonth,
                    reportedOn: date)
                try bench.apply(.report(.closure(closure)))
            }
        }
    }
}

@Suite struct EnforcementRandomTests {
    /// The order of steps that the law gives, each after the deadline of the one before, and offices asked and released.
    private func check(_ bench: EnforcementBench) throws {
        let ladder: [EnforcementStep] = [
            .warning1, .warning2, .fine, .servicesWithheld, .inspector, .prosecutor,
        ]
        let steps = try bench.published.steps()
        for (id, file) in Dictionary(grouping: steps, by: \.caseID) {
            let taken = file.map(\.step).filter { $0 != .lifted }
            // Up the ladder from the first warning, which arrears that join bring again, or from the fine where its
            // payment was taken back.
            var expected: EnforcementStep? = .warning1
            for step in file.map(\.step) {
                let isRestart = step == .warning1 && expected != nil || step == .fine && expected == nil
                #expect(step == expected || isRestart || step == .lifted && expected != .warning1, "\(id.text)")
                expected = step == .lifted ? nil : ladder.drop { $0 != step }.dropFirst().first ?? .lifted
            }
            #expect(!taken.isEmpty)
            for (before, after) in zip(file, file.dropFirst())
            where after.step != .lifted && after.step != .warning1 && before.step != .lifted {
                #expect(before.steppedOn <= after.steppedOn)
                if let deadline = before.deadline, before.step != .servicesWithheld {
                    #expect(deadline < after.steppedOn)
                }
            }
            let isLifted = file.last?.step == .lifted
            let asked = try bench.published.services().filter { $0.caseID == id }
            for (_, words) in Dictionary(grouping: asked, by: \.office) {
                #expect(words.enumerated().allSatisfy { $1.withheld == ($0 % 2 == 0) })
                #expect(!isLifted || words.last?.withheld == false)
            }
            // At most one fine, and one word that cancels it.
            let fines = try bench.published.fines().filter { $0.caseID == id }
            #expect(fines.dropFirst().allSatisfy { $0.amount == .zero } && fines.count <= 2)
        }
        let rows = try bench.rows("SELECT count(*)::text FROM enforcement_step")
        #expect(rows == ["\(steps.count)"])
        // A case that is clear holds nothing any more, and no run is left over.
        let left = try bench.rows(
            """
            SELECT subject::text FROM enforcement WHERE stage = 0 AND (offices <> '' OR breaches <> 0)
            UNION ALL SELECT date::text FROM enforcement_date
            """)
        #expect(left == [])
    }

    @Test(arguments: [UInt64(1), 20_261_102, 77])
    func anyStreamKeepsTheLaw(seed: UInt64) throws {
        let stream = Stream(seed: seed, count: 60)
        let first = try Play(chunk: 200, daily: false)
        try first.run(stream)
        try check(first.bench)
        #expect(try first.bench.published.steps().count > 5)
        // The same again, day by day and case by case: the same rows.
        let second = try Play(chunk: 1, daily: true)
        try second.run(stream)
        #expect(try second.bench.dump() == first.bench.dump())
        #expect(
            second.bench.published.filter(EnforcementBench.isOurs).map(\.kind).sorted()
                == first.bench.published.filter(EnforcementBench.isOurs).map(\.kind).sorted())
    }

    /// The run of the dates and the news of debts at the same time: neither misses the other.
    @Test func runAndNewsAtTheSameTime() throws {
        let setup = try EnforcementBench()
        let npps = try (0..<8).map { try setup.employer($0) }
        try setup.apply(all: npps.map { Make.owed($0, 8, 9_000_000, on: "2026-11-02") })
        let url = setup.url
        let failures = Mutex<[String]>([])
        let told = Mutex<[PublishedEvent]>(setup.published)
        DispatchQueue.concurrentPerform(iterations: 2) { worker in
            do {
                let bench = try EnforcementBench(chunk: 3, url: url, partition: Int32(worker))
                for round in 0..<40 {
                    if worker == 0 {
                        try Self.retrying { try bench.start([Make.date("2026-11-10").adding(days: round * 5)]) }
                    } else {
                        let npp = npps[round % npps.count]
                        let isPaid = round % 3 == 0
                        let input = Make.owed(
                            npp, isPaid ? 0 : 8, isPaid ? 0 : 9_000_000,
                            on: "\(Make.date("2026-11-10").adding(days: round * 5))")
                        try Self.retrying { try bench.apply(input) }
                    }
                }
                told.withLock { $0 += bench.published }
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        let after = try EnforcementBench(url: url)
        try after.start([Make.date("2028-01-01")])
        let all = try after.rows(
            """
            SELECT concat(subject, '/', number) FROM enforcement_step GROUP BY subject, number
            HAVING count(*) FILTER (WHERE step = 'warning_1') <> 1 OR count(*) > count(DISTINCT step)
            """)
        #expect(all == [])
        let ours = told.withLock { $0 }.filter(EnforcementBench.isOurs)
        #expect(Set(ours.map(\.id)).count == ours.count)
    }

    private static func retrying(_ body: () throws -> Void) throws {
        for _ in 0..<20 {
            do { return try body() } catch let error as PostgresError
                where error.kind == .transient || error.kind == .conflict
            { continue }
        }
        try body()
    }
}
