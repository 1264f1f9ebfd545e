import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import class Foundation.Thread
import struct Foundation.UUID

@testable import CommissionCalculator

/// One cluster for all tests of this module.
private enum Cluster {
    static let shared = Result { try PrivatePostgres(settings: ["fsync": "off"]) }
}

/// The service on a database of its own.
private final class Bench {
    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>
    private(set) var issued: [StatementIssued] = []

    convenience init(_ name: String, chunk: Int = 2) throws {
        try self.init(url: Cluster.shared.get().createDatabase(name), chunk: chunk)
    }

    init(url: String, chunk: Int = 2) throws {
        let service = CommissionCalculatorService(settings: CommissionSettings(agentsPerChunk: chunk))
        connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
    }

    /// Applies one batch and then the work that it started.
    func apply(_ events: [Branch.Input], works: Bool = true) throws {
        #expect(try applier.apply(events).isEmpty)
        guard works else { return }
        for event in try applier.work() where event.type != MonthClosed.type {
            #expect(event.type == StatementIssued.type)
            issued.append(try event.data.withUnsafeBytes { try StatementIssued.read(bytes: $0) })
        }
    }

    /// A date after all others, so that everything is issued.
    func settle() throws {
        for (number, day) in [(1, 10), (2, 11)] {
            let date = Branch.month(2023, 1).day(day)
            let time = try #require(Instant(microseconds: 0))
            try apply([
                Event(
                    key: UUID(.max, UInt64(number)), time: time, input: .dateStarted(BusinessDateStarted(date: date)))
            ])
        }
    }

    /// The sums of all issued statements, zero lines left out.
    func sums() throws -> [Branch.AgentMonth: [String: Int64]] {
        var sums: [Branch.AgentMonth: [String: Int64]] = [:]
        for statement in issued {
            let slot = Branch.AgentMonth(agent: statement.agentID.text, month: statement.month)
            func add(_ name: String, _ amount: Int64) { sums[slot, default: [:]][name, default: 0] += amount }
            add("new", Int64(statement.newParticipants))
            add("total", statement.total.rupiah.amount)
            add("agent", statement.agentShare.rupiah.amount)
            add("wadah", statement.wadahShare.rupiah.amount)
            add("contributions", statement.contributions.rupiah.amount)
            for line in statement.lines { add(line.label, line.amount.rupiah.amount) }
        }
        return sums.mapValues { $0.filter { $0.value != 0 } }.filter { !$0.value.isEmpty }
    }

    /// Base by movement and who earns from it, taken-back attributions netted out.
    func attributions() throws -> Set<String> {
        let rows = try connection.query(
            Statement(
                "test_net",
                """
                SELECT concat_ws('|', payer, event_key, line, month, agent_id, scheme, rule, rate_ppm, sum(base))
                FROM accrual WHERE agent_id IS NOT NULL
                GROUP BY payer, event_key, line, month, agent_id, scheme, rule, rate_ppm HAVING sum(units) <> 0
                """))
        return Set(try (0..<rows.rowCount).map { try rows.text($0, 0) })
    }

    func number(_ sql: String) throws -> Int64 {
        try connection.query(Statement("test \(sql)", sql)).int64(0, 0)
    }
}

@Suite(.serialized) struct StoreTests {
    private func expected(_ branch: Branch) throws -> [Branch.AgentMonth: [String: Int64]] {
        try branch.expected().mapValues { figures in
            var sums = [
                "new": Int64(figures.newParticipants), "total": try figures.total.amount,
                "agent": figures.agentShare.amount, "wadah": figures.wadahShare.amount,
                "contributions": try figures.contributions.amount,
            ]
            for (key, line) in figures.lines { sums[Scheme.published.label(of: key), default: 0] += line.amount.amount }
            return sums.filter { $0.value != 0 }
        }.filter { !$0.value.isEmpty }
    }

    @Test func anyOrderAnyBatchesEachTwice() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        let branch = Branch(seed: seed)
        let wanted = try expected(branch)
        #expect(wanted.count > 10)
        var generator = SeededGenerator(seed: seed ^ 1)

        let whole = try Bench("whole")
        try whole.apply(branch.events)
        try whole.settle()
        #expect(try whole.sums() == wanted)
        let attributions = try whole.attributions()

        for run in 0..<3 {
            let bench = try Bench("shuffled\(run)", chunk: run == 0 ? 1 : 500)
            // Each event twice, in any order over all topics, in batches of any size.
            var rest = (branch.events + branch.events).shuffled(using: &generator)[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...(run == 1 ? 400 : 40), using: &generator)
                try bench.apply(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            try bench.settle()
            #expect(try bench.sums() == wanted)
            #expect(try bench.attributions() == attributions)
            #expect(try bench.number("SELECT count(*) FROM touched") == 0)
            let count = bench.issued.count
            try bench.apply(branch.events)
            try bench.settle()
            #expect(bench.issued.count == count)
        }
    }

    /// Enrolments and payments of the same payers decided at the same time by two workers: neither misses the other.
    @Test func twoWorkersAtOnce() async throws {
        let branch = Branch(seed: 11)
        let first = try Bench("together", chunk: 3)
        let url = first.connection.settings.url
        let payments = branch.events.filter { $0.input.isMoney }
        let others = branch.events.filter { !$0.input.isMoney }
        let done = AsyncStream<String?>.makeStream()
        let thread = Thread {
            do {
                let second = try Bench(url: url)
                for start in stride(from: 0, to: payments.count, by: 7) {
                    try second.apply(Array(payments[start..<min(start + 7, payments.count)]), works: false)
                }
                done.continuation.yield(nil)
            } catch { done.continuation.yield("\(error)") }
            done.continuation.finish()
        }
        thread.start()
        for start in stride(from: 0, to: others.count, by: 3) {
            try first.apply(Array(others[start..<min(start + 3, others.count)]))
        }
        for await fault in done.stream { #expect(fault == nil) }
        try first.settle()
        #expect(try first.sums() == expected(branch))
    }

    @Test func singleEvents() throws {
        let branch = Branch(seed: 7, participants: 30, employers: 2)
        let bench = try Bench("single")
        for event in branch.events { try bench.apply([event]) }
        try bench.settle()
        #expect(try bench.sums() == expected(branch))
    }

    private func event(_ number: UInt64, _ input: CommissionInput) throws -> Branch.Input {
        Event(key: UUID(number, 99), time: try #require(Instant(microseconds: 0)), input: input)
    }

    private func activated() -> AgentActivated {
        var agent = AgentActivated.sample
        agent.agentID = Branch.agent(1)
        return agent
    }

    private func enrolled(_ number: Int, _ date: CivilDate, new: Bool = true) throws -> ParticipantEnrolled {
        var data = ParticipantEnrolled.sample
        data.kpj = Branch.kpj(number)
        data.submissionID = try SubmissionID("S-\(number)")
        data.agentID = Branch.agent(1)
        data.programmes = [.jkk, .jkm, .jht]
        data.newlyRegistered = new
        data.enrolledOn = date
        data.firstMonth = date.contributionMonth
        return data
    }

    private func posted(_ number: Int, _ date: CivilDate, _ amount: Int64 = 36_800) -> ContributionPosted {
        var data = ContributionPosted.sample
        data.paymentID = UUID(1, UInt64(number))
        data.payer = .participant(Branch.kpj(number))
        data.allocations = [Allocation(month: date.contributionMonth, amount: Rupiah(amount), outstanding: .zero)]
        data.credited = Rupiah(5_000)
        data.bookedOn = date
        return data
    }

    private func reversal(of data: ContributionPosted, on date: CivilDate) -> ContributionReversed {
        ContributionReversed(
            paymentID: data.paymentID, bank: data.bank, reference: data.reference, payer: data.payer,
            amount: data.amount, allocations: data.allocations, credited: data.credited, bookedOn: date)
    }

    private func date(_ month: Int, _ day: Int) -> CivilDate { Branch.month(2022, month).day(day) }

    /// T16, T13 and the closing day, and a correction that crosses the threshold.
    @Test func knownNIKsDoNotCountAndLateEventsMakeOneCorrection() throws {
        let bench = try Bench("close")
        var events = [try event(0, .agentActivated(activated()))]
        for number in 1...26 {
            events.append(
                try event(UInt64(number), .participantEnrolled(enrolled(number, date(5, 2), new: number > 2))))
            events.append(try event(UInt64(100 + number), .posted(posted(number, date(5, 3)))))
        }
        try bench.apply(events)
        try bench.apply([try event(200, .dateStarted(BusinessDateStarted(date: date(6, 2))))])
        #expect(bench.issued.isEmpty)
        try bench.apply([try event(201, .dateStarted(BusinessDateStarted(date: date(6, 3))))])
        let first = try #require(bench.issued.first)
        #expect(bench.issued.count == 1 && first.sequence == 0 && first.issuedOn == date(6, 3))
        #expect(first.newParticipants == 24 && first.scheme == "B")
        #expect(first.total.rupiah.amount == 26 * 5_520)

        // Two late enrolments in two batches: one correction, at the next date, that brings the acquisition of all 26.
        for number in 27...28 {
            try bench.apply([try event(UInt64(number), .participantEnrolled(enrolled(number, date(5, 31))))])
        }
        #expect(bench.issued.count == 1)
        try bench.apply([try event(202, .dateStarted(BusinessDateStarted(date: date(6, 4))))])
        let second = try #require(bench.issued.last)
        #expect(bench.issued.count == 2 && second.sequence == 1 && second.issuedOn == date(6, 4))
        #expect(second.newParticipants == 2)
        #expect(second.total.rupiah.amount == 26 * 15_000)
        #expect(second.wadahShare.rupiah.amount == 39_000)

        let lines = try AgentStatement.lines(
            agent: Branch.agent(1), month: Branch.month(2022, 5), connection: bench.connection)
        #expect(lines.count == 26 + 26)
        let sum = try lines.reduce(MicroRupiah.zero) { try $0.adding($1.amount) }
        #expect(try sum.roundedHalfUp().amount == 26 * 5_520 + 26 * 15_000)
        #expect(lines.filter { $0.sequence == 1 }.count == 2)
    }

    @Test func paymentThenReversalLeavesZero() throws {
        let bench = try Bench("reversal")
        let payment = posted(1, date(3, 20))
        try bench.apply([
            try event(0, .agentActivated(activated())),
            try event(1, .participantEnrolled(enrolled(1, date(3, 1), new: false))), try event(2, .posted(payment)),
        ])
        try bench.apply([try event(3, .dateStarted(BusinessDateStarted(date: date(4, 3))))])
        #expect(bench.issued.last?.total.rupiah.amount == 2_760)
        // Taken back in the time of scheme B at the rate and shares of A that paid it.
        try bench.apply([try event(4, .reversed(reversal(of: payment, on: date(4, 20))))])
        try bench.apply([try event(5, .dateStarted(BusinessDateStarted(date: date(5, 3))))])
        let last = try #require(bench.issued.last)
        #expect(last.month == Branch.month(2022, 4) && last.sequence == 0 && last.scheme == "B")
        #expect(last.total.rupiah.amount == -2_760)
        #expect(last.agentShare.rupiah.amount == -2_484 && last.wadahShare.rupiah.amount == -276)
    }

    @Test func payersNotKnownYetAreParked() throws {
        let bench = try Bench("parked")
        let payment = posted(1, date(5, 20))
        try bench.apply([try event(1, .reversed(reversal(of: posted(2, date(5, 1)), on: date(5, 21))))])
        try bench.apply([try event(2, .posted(payment)), try event(3, .posted(posted(2, date(5, 1))))])
        try bench.apply([try event(4, .dateStarted(BusinessDateStarted(date: date(6, 3))))])
        #expect(bench.issued.isEmpty)
        for number in 1...2 {
            try bench.apply([
                try event(UInt64(10 + number), .participantEnrolled(enrolled(number, date(5, 1), new: false)))
            ])
        }
        // The agent's own event comes last of all.
        try bench.apply([try event(5, .dateStarted(BusinessDateStarted(date: date(6, 4))))])
        #expect(bench.issued.isEmpty)
        try bench.apply([try event(6, .agentActivated(activated()))])
        try bench.apply([try event(7, .dateStarted(BusinessDateStarted(date: date(6, 5))))])
        #expect(bench.issued.count == 1)
        #expect(bench.issued.last?.total.rupiah.amount == 5_520)
        // Surplus earns nothing before it is applied to a month.
        #expect(bench.issued.last?.contributions.rupiah.amount == 36_800)
        #expect(try bench.number("SELECT count(*) FROM accrual WHERE units < 0") == 0)
    }
}

extension CommissionInput {
    /// Comes on the topic of contributions.
    fileprivate var isMoney: Bool {
        switch self {
        case .posted, .reversed, .creditApplied: true
        default: false
        }
    }
}
