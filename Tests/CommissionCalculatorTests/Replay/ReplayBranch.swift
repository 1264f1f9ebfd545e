import PerisaiModels
import TestSupport
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// A branch of generated events for the rules of schemes, handovers, limits and reversals; a later month has a third
/// scheme.
struct ReplayBranch {
    typealias Input = Event<CommissionInput>

    struct Passing {
        let payer: PayerNumber
        let handover: Handover
    }

    private(set) var events: [Input] = []
    private(set) var passings: [Passing] = []
    private(set) var third: Scheme = .b
    var generator: SeededGenerator
    private var serial: UInt64 = 0

    static let start = Branch.month(2022, 1)
    /// From its first day on the third scheme applies.
    static let thirdFrom = Branch.month(2022, 6)
    static var months: [ContributionMonth] { (0..<14).map { start.advanced(by: $0) } }

    /// The schemes as published, and the third from its month on.
    var schemes: SchemeTable {
        get throws {
            try SchemeTable(
                Scheme.published.rows.map { row in
                    guard row.through == nil else { return row }
                    return Effective(
                        from: row.from, through: Self.thirdFrom.firstDay.adding(days: -1), regulation: row.regulation,
                        value: row.value)
                } + [Effective(from: Self.thirdFrom.firstDay, through: nil, regulation: "a test", value: third)])
        }
    }

    init(seed: UInt64, participants: Int = 40, employers: Int = 6) throws {
        generator = SeededGenerator(seed: seed)
        // Read back: the steps of A and B have rules of their own.
        third = try SchemeDefinition(randomScheme()).json.withUnsafeBytes { try SchemeDefinition.read(bytes: $0) }
            .scheme
        for number in 1...3 { activate(number) }
        for number in 1...participants { try participant(number) }
        for number in 1...employers { try employer(number) }
        for month in Self.months {
            for day in [2, 3, 19] { add(.dateStarted(BusinessDateStarted(date: month.day(day)))) }
        }
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func key() -> UUID {
        serial += 1
        return UUID(serial, generator.next())
    }

    mutating func add(_ input: CommissionInput) {
        events.append(Event(key: key(), time: .earliest, input: input))
    }

    mutating func day(_ from: ContributionMonth, _ months: Int) -> CivilDate {
        from.advanced(by: number(0...months - 1)).day(number(1...28))
    }

    /// Any scheme that a proposal may bring.
    mutating func randomScheme() -> Scheme {
        var froms = Set((0..<number(0...3)).map { _ in number(1...20) }).sorted()
        if number(0...3) == 0 { froms = [] }
        let tiers = froms.map { from in
            Scheme.Tier(
                from: from,
                reward: number(0...1) == 0
                    ? .flat(Rupiah(Int64(number(0...900_000))))
                    : .each(
                        threeProgrammes: Rupiah(Int64(number(0...3) * 5_000)),
                        twoProgrammes: Rupiah(Int64(number(0...3) * 5_000))))
        }
        var throughs: [Int?] = Set((0..<number(1...3)).map { _ in number(1...40) }).sorted()
        if number(0...1) == 0 { throughs.append(nil) }
        let rates = Set((0..<20).map { _ in Int64(number(0...300_000)) }).shuffled(using: &generator)
        let steps = zip(throughs, rates).map { through, rate in
            Scheme.Step(through: through, rate: Rate(partsPerMillion: rate), rule: .contributionStep)
        }
        let part = Rate(partsPerMillion: Int64(number(0...1_000_000)))
        return Scheme(
            code: "C-22", tiers: tiers, countsWorkers: number(0...1) == 0, steps: steps,
            employer: .init(
                rate: Rate(partsPerMillion: Int64(number(0...200_000))),
                limit: number(0...2) == 0 ? nil : Rupiah(7_000_000), limitIncluded: number(0...1) == 0,
                arrearsMonths: number(0...2) == 0 ? nil : number(0...4)),
            share: number(0...1) == 0 ? .within(agent: part) : .onTop(wadah: part), payee: .owner,
            wadahMinimumAgents: 1, contractYears: 1)
    }

    private mutating func activate(_ number: Int) {
        var data = AgentActivated.sample
        data.agentID = Branch.agent(number)
        data.activatedOn = Self.start.day(1)
        add(.agentActivated(data))
    }

    private mutating func participant(_ number: Int) throws {
        let payer = PayerNumber.participant(Branch.kpj(number))
        for time in 0..<(number % 9 == 0 ? 0 : number % 5 == 0 ? 2 : 1) {
            var data = ParticipantEnrolled.sample
            data.kpj = Branch.kpj(number)
            data.submissionID = try SubmissionID("P-\(number)-\(time)")
            data.agentID = number % 11 == 0 ? nil : Branch.agent(self.number(1...3))
            // Drawn for everybody, so that one enrolment of this month, of an agent, changes nobody else's numbers.
            let drawn = day(Self.start, 8)
            data.enrolledOn = number == 1 ? Branch.month(2022, 5).day(3) : drawn
            // Some have contributed for years, so that their months cross every step.
            data.firstMonth = data.enrolledOn.contributionMonth.advanced(by: -self.number(0...1) * self.number(0...62))
            data.programmes = self.number(0...1) == 0 ? [.jkk, .jkm] : [.jkk, .jkm, .jht]
            data.newlyRegistered = self.number(0...4) != 0
            add(.participantEnrolled(data))
        }
        pass(payer)
        for _ in 0..<self.number(1...5) { pay(payer, Int64(self.number(10_001...90_000))) }
    }

    private mutating func employer(_ number: Int) throws {
        var data = EmployerEnrolled.sample
        data.npp = Branch.npp(number)
        data.submissionID = try SubmissionID("E-\(number)")
        data.agentID = Branch.agent(self.number(1...3))
        data.enrolledOn = day(Self.start, 6)
        data.firstMonth = data.enrolledOn.contributionMonth
        let contributions = [Rupiah(100_000), Rupiah(6_999_999), Rupiah(7_000_000), Rupiah(7_000_001)]
        data.monthlyContribution = contributions[number % 4]
        data.workers = (0..<self.number(1...12)).map { index in
            var one = EnrolledWorker.sample
            one.newlyRegistered = index % 4 != 0
            return one
        }
        add(.employerEnrolled(data))
        pass(.employer(data.npp))
        for _ in 0..<self.number(2...6) { pay(.employer(data.npp), Int64(self.number(900_001...7_000_000))) }
    }

    /// Some payers pass to the branch or another agent, some of them twice.
    private mutating func pass(_ payer: PayerNumber) {
        for _ in 0..<max(0, number(0...5) - 3) {
            let agent = number(0...2) == 0 ? nil : Branch.agent(number(1...3)).text
            passings.append(
                Passing(
                    payer: payer, handover: Handover(passedOn: day(Self.start, 10), agent: agent, event: key())))
        }
    }

    /// A payment, for several months perhaps, with what becomes of it.
    private mutating func pay(_ payer: PayerNumber, _ amount: Int64) {
        var data = ContributionPosted.sample
        data.paymentID = key()
        data.payer = payer
        data.bookedOn = day(Self.start, 9)
        let first = data.bookedOn.contributionMonth.advanced(by: -number(0...5))
        data.allocations = (0..<number(1...4)).map { offset in
            Allocation(
                month: first.advanced(by: offset), amount: Rupiah(amount + Int64(offset)), outstanding: .zero)
        }
        add(.posted(data))
        var taken = data.allocations
        if number(0...3) == 0 {
            let credit = [Allocation(month: first.advanced(by: 9), amount: Rupiah(amount / 3), outstanding: .zero)]
            add(.creditApplied(CreditApplied(payer: payer, allocations: credit, appliedOn: day(first, 4))))
            taken += credit
        }
        if number(0...5) == 0 {
            let released = [Allocation(month: first, amount: Rupiah(amount / 5), outstanding: .zero)]
            add(
                .released(
                    ContributionReleased(
                        payer: payer, allocations: released,
                        releasedOn: data.bookedOn.contributionMonth.next.day(number(1...28)))))
        }
        guard number(0...2) == 0 else { return }
        add(.reversed(reversal(of: data, taken, on: day(data.bookedOn.contributionMonth, 4))))
    }

    func reversal(
        of data: ContributionPosted, _ allocations: [Allocation], on date: CivilDate
    ) -> ContributionReversed {
        ContributionReversed(
            paymentID: data.paymentID, bank: data.bank, reference: data.reference, payer: data.payer,
            amount: data.amount, allocations: allocations, credited: data.credited, bookedOn: date)
    }

    /// All facts, with what was decided about portfolios.
    func facts() throws -> EventFacts {
        var facts = EventFacts()
        for event in events { try facts.add(event.input, event.key) }
        for one in passings { facts.add(one.handover, of: one.payer) }
        return facts
    }
}
