import PerisaiModels
import Worker

/// What a simulation has made.
struct SimulatedBranch: Sendable {
    let phases: [SimulatedPhase]
    let statements: [SimulatedStatement]
    let expected: ExpectedFigures
}

/// A branch by seed: what happens in it as events, and what should come of them.
struct BranchSimulation {
    struct Agent {
        let id: AgentID
        let wadah: WadahID
        let person: SimulatedPeople.Person
    }

    struct Payer {
        let agent: Int?
        let isEmployer: Bool
        /// Workers of an employer; 1 for a participant.
        let persons: Int
        let name: String
        let submission: SubmissionID
        /// Participants who pay by NIK; the others, and employers, pay to their virtual account.
        let payingNIK: NIK?
        let nib: NIB?
        let enrolledOn: CivilDate
        var ledger: PayerLedger
        /// Pays before the enrolment: in the month of enrolment, on an earlier day.
        let isLate: Bool
        /// Months paid in advance.
        var paidThrough: ContributionMonth?
    }

    let plan: BranchPlan
    var random: SimulatedRandom
    var people = SimulatedPeople()
    var writer: SimulatedWriter
    var agents: [Agent] = []
    var payers: [Payer] = []
    var phases: [SimulatedPhase] = []
    var expected: ExpectedFigures
    var nextReference = 0
    var nextSubmission = 0
    /// Reversals of the month: banks tell of them after the statement that shows them.
    var reversals = SimulatedPhase("")
    var bankLines: [SimulatedBankLine] = []
    var ordinaryPayments = 0
    var plantedNext: [BankDifferences.Kind] = []

    static let reversalsFile = "4-reversals.jsonl"
    static let clockFile = "5-clock.jsonl"
    static let agentSource = "/agent-app"
    static let programmesTwo: [Programme] = [.jkk, .jkm]
    static let programmesThree: [Programme] = [.jkk, .jkm, .jht]

    /// Makes everything; the same plan gives the same bytes.
    static func run(_ plan: BranchPlan) throws -> (phases: [SimulatedPhase], expected: ExpectedFigures) {
        let branch = try make(plan)
        return (branch.phases, branch.expected)
    }

    /// With the statements of the banks.
    static func make(_ plan: BranchPlan) throws -> SimulatedBranch {
        try plan.validate()
        var simulation = BranchSimulation(plan: plan)
        try simulation.makeAgents()
        let shares = simulation.shares()
        var firms = simulation.firmSizes()
        for index in 0...plan.months {
            let month = plan.start.advanced(by: index)
            if index < plan.months { try simulation.enrol(month, shares, &firms, index) }
            try simulation.pay(month, isLast: index == plan.months)
            try simulation.clock(month)
        }
        try simulation.apply()
        simulation.finish()
        let statements = simulation.makeStatements()
        return SimulatedBranch(
            phases: simulation.phases.filter { $0.count > 0 }.sorted { $0.file < $1.file }, statements: statements,
            expected: simulation.expected)
    }

    private init(plan: BranchPlan) {
        self.plan = plan
        random = SimulatedRandom(seed: plan.seed)
        writer = SimulatedWriter(plan: plan)
        expected = ExpectedFigures(plan: plan)
    }

    var branch: BranchCode { get throws { try BranchCode(plan.branch) } }

    mutating func submissionID() throws -> SubmissionID {
        nextSubmission += 1
        return try SubmissionID("SUB-\(plan.branch)-\(padded(nextSubmission, 7))")
    }

    func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    // MARK: agents

    /// Registers, trains, examines and signs the agents, three or more to a wadah (domain.md 1.2).
    private mutating func makeAgents() throws {
        var phase = SimulatedPhase("00-agents.jsonl")
        let wadahs = max(1, plan.agents / plan.agentsAWadah)
        expected.wadahs = wadahs
        for index in 0..<plan.agents {
            let id = try AgentID("PRS-\(plan.branch)-\(padded(index + 1, 5))")
            let wadah = try WadahID("WDH-\(plan.branch)-\(padded(index % wadahs + 1, 4))")
            let agent = Agent(id: id, wadah: wadah, person: try people.person(&random, regency: plan.regency))
            agents.append(agent)
            expected.agents.append(id.text)
            try enrolParticipant(
                agent.person, agent: nil, on: plan.start.day(2), firstMonth: plan.start.next, isLate: false, to: &phase)
            expected.selfRegistered += 1
            try admit(agent, index, &phase)
        }
        phases.append(phase)
    }

    private mutating func admit(_ agent: Agent, _ index: Int, _ phase: inout SimulatedPhase) throws {
        let applied = AgentApplied(
            agentID: agent.id, wadahID: agent.wadah, branch: try branch, name: agent.person.name, nik: agent.person.nik,
            phone: try people.phone(), bank: index.isMultiple(of: 2) ? .bni : .cimbNiaga,
            accountNumber: try AccountNumber("0\(701_000_000 + index * 13)"), accountHolder: agent.person.name,
            hasDevice: true, appliedOn: plan.start.day(2))
        add(applied, plan.start.day(2), &phase)
        add(AgentTrained(agentID: agent.id, trainedOn: plan.start.day(3)), plan.start.day(3), &phase)
        add(
            AgentExamined(agentID: agent.id, passed: true, examinedOn: plan.start.day(4)), plan.start.day(4), &phase)
        // A contract runs three years at most under scheme A and one under B (domain.md 1.2).
        let years = plan.start.firstDay < Incentives.schemeB ? 3 : 1
        let signed = plan.start.day(5)
        add(
            AgentSigned(
                agentID: agent.id, wadahID: agent.wadah, signedOn: signed,
                contractUntil: signed.adding(months: 12 * years).adding(days: -1)), signed, &phase)
    }

    mutating func add(_ data: some EventData, _ date: CivilDate, _ phase: inout SimulatedPhase, source: String? = nil) {
        let time = writer.moment(date, &random)
        phase.add(
            time, writer.line(data, source: source ?? "\(Self.agentSource)/\(plan.branch)", at: time, &random))
    }

    // MARK: enrolments

    /// How many participants each month brings: the months grow like a launch.
    private func shares() -> [Int] {
        let weights = (0..<plan.months).map { 4 + min($0, 4) }
        let whole = weights.reduce(0, +)
        var left = plan.participants
        return weights.enumerated().map { index, weight in
            let share = index == weights.count - 1 ? left : min(left, plan.participants * weight / whole)
            left -= share
            return share
        }
    }

    /// Workers of each employer: at least one each, and the sum as planned.
    private mutating func firmSizes() -> [Int] {
        guard plan.employers > 0 else { return [] }
        let average = plan.workers / plan.employers
        var sizes = (0..<plan.employers).map { _ in max(1, random.int((average + 1) / 2...max(1, average * 3 / 2))) }
        var difference = plan.workers - sizes.reduce(0, +)
        var index = 0
        while difference != 0 {
            let step = difference > 0 ? 1 : -1
            let size = sizes[index % sizes.count] + step
            if (1...BranchPlan.workersLimit).contains(size) {
                sizes[index % sizes.count] = size
                difference -= step
            }
            index += 1
        }
        return sizes
    }

    private mutating func enrol(
        _ month: ContributionMonth, _ shares: [Int], _ firms: inout [Int], _ index: Int
    ) throws {
        var phase = SimulatedPhase("\(month)-1-enrolments.jsonl")
        var late = SimulatedPhase("\(month)-4-late-enrolments.jsonl")
        for _ in 0..<shares[index] {
            let person = try people.person(&random, regency: plan.regency)
            let agent = random.below(plan.agents)
            // Those who pay first do so from the second month on, when agents are known.
            if index > 0, random.chance(perMille: plan.latePerMille) {
                let day = month.day(random.int(20...month.dayCount))
                try enrolParticipant(person, agent: agent, on: day, firstMonth: month, isLate: true, to: &late)
            } else {
                let day = month.day(random.int(6...month.dayCount))
                try enrolParticipant(person, agent: agent, on: day, firstMonth: month.next, isLate: false, to: &phase)
            }
        }
        let firmsOfMonth = index == plan.months - 1 ? firms.count : min(firms.count, plan.employers / plan.months)
        for _ in 0..<firmsOfMonth {
            try enrolEmployer(workers: firms.removeLast(), month: month, to: &phase)
        }
        phases += [phase, late]
    }

    private mutating func enrolParticipant(
        _ person: SimulatedPeople.Person, agent: Int?, on date: CivilDate, firstMonth: ContributionMonth, isLate: Bool,
        to phase: inout SimulatedPhase
    ) throws {
        let three = random.chance(perMille: 420)
        let programmes = three ? Self.programmesThree : Self.programmesTwo
        let income = Rupiah(Int64(random.int(8...44)) * 100_000)
        let occupation: OccupationGroup = random.chance(perMille: 150) ? .transport : .other
        let submission = ParticipantSubmitted(
            submissionID: try submissionID(), agentID: agent.map { agents[$0].id }, nik: person.nik, name: person.name,
            phone: random.chance(perMille: 800) ? try people.phone() : nil, programmes: programmes,
            monthlyIncome: income, occupation: occupation, branch: try branch, submittedOn: date,
            firstMonth: firstMonth)
        add(submission, date, &phase)
        let set = ProgrammeSet(programmes)
        payers.append(
            Payer(
                agent: agent, isEmployer: false, persons: 1, name: person.name, submission: submission.submissionID,
                payingNIK: isLate || agent == nil || random.chance(perMille: 850) ? person.nik : nil, nib: nil,
                enrolledOn: date,
                ledger: PayerLedger(firstMonth: firstMonth) { month in
                    try BPUContribution.of(month: month, income: income, programmes: set, occupation: occupation).total
                        .amount
                }, isLate: isLate))
        guard let agent else { return }
        expected.participants += 1
        expected.newcomers(agent: agent, month: date.contributionMonth, three: three ? 1 : 0, two: three ? 0 : 1)
    }

    private mutating func enrolEmployer(
        workers count: Int, month: ContributionMonth, to phase: inout SimulatedPhase
    ) throws {
        let date = month.day(random.int(8...month.dayCount))
        let agent = random.below(plan.agents)
        var workers: [SubmittedWorker] = []
        for _ in 0..<count {
            let person = try people.person(&random, regency: plan.regency)
            let phone = random.chance(perMille: 300) ? try people.phone() : nil
            workers.append(
                SubmittedWorker(
                    nik: person.nik, name: person.name, phone: phone, wage: Rupiah(Int64(random.int(20...32)) * 100_000)
                ))
        }
        let risk = random.pick([RiskClass.veryLow, .low, .low, .medium])
        let submission = EmployerSubmitted(
            submissionID: try submissionID(), agentID: agents[agent].id, nib: try people.business(),
            name: people.firmName(&random), phone: try people.phone(), size: .micro, riskClass: risk,
            branch: try branch, workers: workers, submittedOn: date, firstMonth: month)
        add(submission, date, &phase)
        let wages = workers.map(\.wage)
        payers.append(
            Payer(
                agent: agent, isEmployer: true, persons: count, name: submission.name,
                submission: submission.submissionID, payingNIK: nil, nib: submission.nib, enrolledOn: date,
                ledger: PayerLedger(firstMonth: month, isEmployer: true) { month in
                    try PUContribution.of(month: month, wages: wages, riskClass: risk, size: .micro).total.amount
                }, isLate: false))
        expected.employers += 1
        expected.workers += count
        expected.newcomers(agent: agent, month: date.contributionMonth, workers: count)
    }

    private mutating func clock(_ month: ContributionMonth) throws {
        var phase = SimulatedPhase("\(month)-\(Self.clockFile)")
        for date in month.firstDay...min(month.lastDay, plan.lastDate) {
            let event = writer.date(date)
            phase.add(event.time, event.bytes)
            expected.lastDate = date
        }
        phases.append(phase)
    }
}
