import PerisaiModels
import TestSupport
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// A small branch of generated events, and the figures that must come out, computed apart from the worker's state.
struct Branch {
    typealias Input = Event<CommissionInput>

    struct AgentMonth: Hashable, Comparable {
        let agent: String
        let month: ContributionMonth
        static func < (left: Self, right: Self) -> Bool { (left.agent, left.month) < (right.agent, right.month) }
    }

    private(set) var events: [Input] = []
    private var generator: SeededGenerator
    private var serial: UInt64 = 0
    private var enrolments: [Int64: [PayerEnrolment]] = [:]
    private var newcomers: [AgentMonth: Newcomers] = [:]
    private var bases: [AgentMonth: [LineKey: LineFigures]] = [:]
    private let start: ContributionMonth

    private static func must<Value>(_ value: Value?, _ what: String = #function) -> Value {
        guard let value else { preconditionFailure("test data: \(what)") }
        return value
    }

    static func agent(_ number: Int) -> AgentID { must(try? AgentID("AG-\(number)")) }
    static func kpj(_ number: Int) -> KPJ { must(try? KPJ(code: 22_020_000_000 + Int64(number))) }
    static func npp(_ number: Int) -> NPP { must(try? NPP(number: 10_000_000 + Int64(number))) }
    static func month(_ year: Int, _ month: Int) -> ContributionMonth {
        must(ContributionMonth(year: year, month: month))
    }

    init(seed: UInt64, participants: Int = 70, employers: Int = 4) {
        generator = SeededGenerator(seed: seed)
        start = Self.month(2022, 1)
        for number in 1...3 { activate(number) }
        for number in 1...participants { participant(number) }
        for number in 1...employers { employer(number) }
        for offset in 0..<8 {
            for day in [1, 3, 17] { date(start.advanced(by: offset).day(day)) }
        }
    }

    private mutating func key() -> UUID {
        serial += 1
        return UUID(serial, generator.next())
    }

    private mutating func add(_ input: CommissionInput) {
        let key = key()
        events.append(Event(key: key, time: Self.must(Instant(microseconds: 1_640_995_200_000_000)), input: input))
    }

    mutating func date(_ date: CivilDate) { add(.dateStarted(BusinessDateStarted(date: date))) }

    private mutating func activate(_ number: Int) {
        var data = AgentActivated.sample
        data.agentID = Self.agent(number)
        data.wadahID = Self.must(try? WadahID("W-\(number)"))
        data.activatedOn = start.day(1)
        add(.agentActivated(data))
    }

    private mutating func day(_ from: ContributionMonth, _ months: Int) -> CivilDate {
        from.advanced(by: Int.random(in: 0..<months, using: &generator)).day(Int.random(in: 1...28, using: &generator))
    }

    private mutating func participant(_ number: Int) {
        let payer = PayerNumber.participant(Self.kpj(number))
        // One in ten is never enrolled; one in ten enrols again with another agent.
        let times = number % 10 == 0 ? 0 : number % 10 == 1 ? 2 : 1
        for time in 0..<times {
            var data = ParticipantEnrolled.sample
            data.kpj = Self.kpj(number)
            data.submissionID = Self.must(try? SubmissionID("P-\(number)-\(time)"))
            data.agentID = number % 7 == 0 ? nil : Self.agent((number + time) % 3 + 1)
            // Most in one month, so that an agent crosses the threshold of B.
            data.enrolledOn = number % 4 == 0 ? day(start, 5) : Self.month(2022, 4 - time).day(number % 28 + 1)
            data.firstMonth = data.enrolledOn.contributionMonth
            data.programmes = number % 2 == 0 ? [.jkk, .jkm] : [.jkk, .jkm, .jht]
            data.newlyRegistered = number % 5 != 0
            add(.participantEnrolled(data))
            let counted = data.newlyRegistered ? 1 : 0
            remember(
                payer, data.submissionID.text, data.agentID, data.enrolledOn,
                Newcomers(threeProgrammes: number % 2 == 0 ? 0 : counted, twoProgrammes: number % 2 == 0 ? counted : 0))
        }
        pay(payer, Int64(16_800 + number * 37))
    }

    private mutating func employer(_ number: Int) {
        var data = EmployerEnrolled.sample
        data.npp = Self.npp(number)
        data.submissionID = Self.must(try? SubmissionID("E-\(number)"))
        data.agentID = Self.agent(number % 3 + 1)
        data.enrolledOn = day(start, 5)
        data.firstMonth = data.enrolledOn.contributionMonth
        let worker = EnrolledWorker.sample
        data.workers = (0..<20).map { index in
            var one = worker
            one.newlyRegistered = index % 4 != 0
            return one
        }
        add(.employerEnrolled(data))
        remember(.employer(data.npp), data.submissionID.text, data.agentID, data.enrolledOn, Newcomers(workers: 15))
        pay(.employer(data.npp), Int64(1_234_567 + number))
    }

    private mutating func remember(
        _ payer: PayerNumber, _ submission: String, _ agent: AgentID?, _ date: CivilDate, _ new: Newcomers
    ) {
        enrolments[payer.code, default: []].append(
            PayerEnrolment(
                submission: submission, agent: agent?.text, isEmployer: payer.npp != nil, enrolledOn: date,
                firstMonth: date.contributionMonth))
        guard let agent else { return }
        let slot = AgentMonth(agent: agent.text, month: date.contributionMonth)
        newcomers[slot] = newcomers[slot, default: Newcomers()].adding(new)
    }

    /// Four months' payments: some for two months, some with surplus that is applied later, some reversed.
    private mutating func pay(_ payer: PayerNumber, _ amount: Int64) {
        for offset in 0..<4 {
            let month = start.advanced(by: offset + 1)
            let booked = day(month, 2)
            let kind = Int.random(in: 0..<8, using: &generator)
            var data = ContributionPosted.sample
            data.paymentID = key()
            data.payer = payer
            data.bookedOn = booked
            data.allocations = [allocation(month, amount)]
            data.credited = .zero
            if kind == 0 { data.allocations.append(allocation(month.next, amount / 2)) }
            data.credited = kind == 1 ? Rupiah(amount / 3) : .zero
            add(.posted(data))
            book(payer, data.allocations, booked, as: booked, sign: 1)
            var taken = data.allocations
            var creditDate: CivilDate?
            let creditMonth = start.advanced(by: 12 + offset)
            if kind == 1 {
                let applied = day(month.next, 2)
                let credit = [allocation(creditMonth, amount / 3)]
                add(.creditApplied(CreditApplied(payer: payer, allocations: credit, appliedOn: applied)))
                book(payer, credit, applied, as: applied, sign: 1)
                taken += credit
                creditDate = applied
            }
            if kind == 2 || (kind == 1 && amount % 2 == 0) {
                let reversedOn = day(booked.contributionMonth, 3)
                var reversal = ContributionReversed.sample
                reversal.paymentID = data.paymentID
                reversal.payer = payer
                reversal.allocations = taken
                reversal.bookedOn = reversedOn
                add(.reversed(reversal))
                book(payer, data.allocations, reversedOn, as: booked, sign: -1)
                if let creditDate {
                    book(payer, [allocation(creditMonth, amount / 3)], reversedOn, as: creditDate, sign: -1)
                }
            }
        }
    }

    private func allocation(_ month: ContributionMonth, _ amount: Int64) -> Allocation {
        Allocation(month: month, amount: Rupiah(amount), outstanding: .zero)
    }

    private mutating func book(
        _ payer: PayerNumber, _ allocations: [Allocation], _ booked: CivilDate, as original: CivilDate, sign: Int64
    ) {
        let known = (enrolments[payer.code] ?? []).sorted { $0.enrolledOn < $1.enrolledOn }
        guard let enrolment = known.last(where: { $0.enrolledOn <= original }) ?? known.first else { return }
        for allocation in allocations {
            guard
                let earned = Scheme.published.attribution(
                    of: enrolment, to: enrolment.agent ?? "", bookedOn: original,
                    contributionMonth: allocation.month), enrolment.agent != nil, earned.rate != .zero
            else { continue }
            let slot = AgentMonth(agent: earned.agent, month: booked.contributionMonth)
            let line = LineKey(scheme: earned.scheme, rule: earned.rule, unit: earned.rate.partsPerMillion)
            bases[slot, default: [:]][line, default: LineFigures()].count += 1
            let sum = bases[slot]?[line]?.base.amount ?? 0
            bases[slot]?[line]?.base = Rupiah(sum + sign * allocation.amount.amount)
        }
    }

    /// The figures of every agent and month.
    func expected() throws -> [AgentMonth: StatementFigures] {
        var all: [AgentMonth: StatementFigures] = [:]
        for slot in Set(newcomers.keys).union(bases.keys) {
            let scheme = Self.must(Scheme.published[slot.month])
            let figures = try scheme.statement(
                newcomers: newcomers[slot] ?? Newcomers(), contributions: bases[slot] ?? [:], others: [.a, .b])
            if !figures.isEmpty { all[slot] = figures }
        }
        return all
    }
}
