import PerisaiModels
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// A generated branch spread over three branches, and its results by plain arithmetic, payer by payer.
struct ResultBranch {
    static let branches = ["DPS", "SBY", "MKS"]
    /// The third branch has no place.
    static let regions = ["DPS": Kanwil.banuspa, "SBY": .jawaTimur]

    struct Enrolment {
        let payer: Int64
        let submission: String
        let agent: String?
        let branch: String
        let date: CivilDate
        let firstMonth: ContributionMonth
        let persons: Int64
        let bpu: Int64
        let workers: Int64
        var month: ContributionMonth { date.contributionMonth }
        var isEmployer: Bool { payer >= 200_000_000_000 }
    }

    struct Money {
        let payer: Int64
        let booked: CivilDate
        /// The day whose enrolment earns.
        let earned: CivilDate
        let month: ContributionMonth
        let amount: Int64
    }

    let events: [Branch.Input]
    private(set) var enrolments: [Int64: [Enrolment]] = [:]
    private(set) var money: [Money] = []
    /// Payers passed on: the day, and to whom.
    var handovers: [Int64: (date: CivilDate, agent: String?)] = [:]
    private(set) var paid: [Int64: [ContributionMonth: Int64]] = [:]

    init(seed: UInt64) throws {
        events = try Branch(seed: seed).events.map { event in
            Branch.Input(key: event.key, time: event.time, input: try Self.placed(event.input))
        }
        for event in events { take(event.input) }
        takeMoney()
        for payer in enrolments.keys {
            enrolments[payer]?.sort { ($0.date, $0.submission) < ($1.date, $1.submission) }
        }
        for one in money { paid[one.payer, default: [:]][one.month, default: 0] += one.amount }
    }

    static func branch(ofAgent agent: String) -> String { branches[(Int(agent.dropFirst(3)) ?? 0) % 3] }
    static func wadah(ofAgent agent: String) -> String { "W-\(agent.dropFirst(3))" }

    private static func placed(_ input: CommissionInput) throws -> CommissionInput {
        switch input {
        case .agentActivated(var data):
            data.branch = try BranchCode(branch(ofAgent: data.agentID.text))
            return .agentActivated(data)
        case .participantEnrolled(var data):
            data.branch = try BranchCode(branches[Int(data.kpj.code % 3)])
            return .participantEnrolled(data)
        case .employerEnrolled(var data):
            data.branch = try BranchCode(branches[Int(data.npp.number % 3)])
            return .employerEnrolled(data)
        default: return input
        }
    }

    private mutating func take(_ input: CommissionInput) {
        switch input {
        case .participantEnrolled(let data):
            let payer = PayerNumber.participant(data.kpj).code
            enrolments[payer, default: []].append(
                Enrolment(
                    payer: payer, submission: data.submissionID.text, agent: data.agentID?.text,
                    branch: data.branch.text, date: data.enrolledOn, firstMonth: data.firstMonth, persons: 1,
                    bpu: data.newlyRegistered ? 1 : 0, workers: 0))
        case .employerEnrolled(let data):
            let payer = PayerNumber.employer(data.npp).code
            enrolments[payer, default: []].append(
                Enrolment(
                    payer: payer, submission: data.submissionID.text, agent: data.agentID?.text,
                    branch: data.branch.text, date: data.enrolledOn, firstMonth: data.firstMonth,
                    persons: Int64(data.workers.count), bpu: 0,
                    workers: Int64(data.workers.count(where: \.newlyRegistered))))
        default: break
        }
    }

    private mutating func takeMoney() {
        var posted: [UUID: ContributionPosted] = [:]
        var credits: [Int64: [ContributionMonth: CivilDate]] = [:]
        for event in events {
            if case .posted(let data) = event.input { posted[data.paymentID] = data }
            guard case .creditApplied(let data) = event.input else { continue }
            for one in data.allocations { credits[data.payer.code, default: [:]][one.month] = data.appliedOn }
        }
        for event in events {
            switch event.input {
            case .posted(let data):
                add(data.payer, data.allocations, data.bookedOn, 1) { _ in data.bookedOn }
            case .creditApplied(let data):
                add(data.payer, data.allocations, data.appliedOn, 1) { _ in data.appliedOn }
            case .reversed(let data):
                let original = posted[data.paymentID]
                add(data.payer, data.allocations, data.bookedOn, -1) { month in
                    let isOwn = original?.allocations.contains { $0.month == month } ?? false
                    return isOwn ? original?.bookedOn : credits[data.payer.code]?[month]
                }
            default: break
            }
        }
    }

    private mutating func add(
        _ payer: PayerNumber, _ allocations: [Allocation], _ booked: CivilDate, _ sign: Int64,
        earned: (ContributionMonth) -> CivilDate?
    ) {
        for one in allocations {
            money.append(
                Money(
                    payer: payer.code, booked: booked, earned: earned(one.month) ?? booked, month: one.month,
                    amount: sign * one.amount.amount))
        }
    }

    // MARK: Results

    var payers: [Int64] { enrolments.keys.sorted() }

    func pays(_ payer: Int64, _ month: ContributionMonth) -> Bool { (paid[payer]?[month] ?? 0) > 0 }

    /// The agent who earns from money.
    func earner(_ money: Money) -> String? {
        let known = enrolments[money.payer] ?? []
        return (known.last { $0.date <= money.earned } ?? known.first)?.agent
    }

    /// The enrolment in force at the end of a month, and who looks after it.
    func inForce(_ payer: Int64, _ month: ContributionMonth) -> (enrolment: Enrolment, agent: String?)? {
        guard let enrolment = enrolments[payer]?.last(where: { $0.date <= month.lastDay }) else { return nil }
        if let passed = handovers[payer], passed.date <= month.lastDay, passed.date >= enrolment.date {
            return (enrolment, passed.agent)
        }
        return (enrolment, enrolment.agent)
    }

    /// Where a row of a branch and an agent belongs.
    static func place(_ level: TargetLevel, branch: String?, agent: String?) -> String? {
        switch level {
        case .nation: ""
        case .region: branch.flatMap { regions[$0]?.rawValue }
        case .branch: branch
        case .group: agent.map { Self.branch(ofAgent: $0) }
        case .wadah: agent.map { Self.wadah(ofAgent: $0) }
        }
    }

    func actual(
        _ level: TargetLevel, _ place: String, _ measure: TargetMeasure, _ months: ClosedRange<ContributionMonth>
    ) -> Int64 {
        var sum: Int64 = 0
        func add(_ branch: String?, _ agent: String?, _ value: Int64) {
            if Self.place(level, branch: branch, agent: agent) == place { sum += value }
        }
        for payer in payers {
            for one in enrolments[payer] ?? [] where months.contains(one.month) {
                switch measure {
                case .newBPU: add(one.branch, one.agent, one.bpu)
                case .newPUWorkers: add(one.branch, one.agent, one.workers)
                case .newParticipants: add(one.branch, one.agent, one.bpu + one.workers)
                case .newEmployers:
                    if one.isEmployer, enrolments[payer]?.first?.submission == one.submission {
                        add(one.branch, one.agent, 1)
                    }
                default: break
                }
            }
            guard let now = inForce(payer, months.upperBound) else { continue }
            if measure == .registered { add(now.enrolment.branch, now.agent, now.enrolment.persons) }
            if measure == .activeParticipants, pays(payer, months.upperBound) {
                add(now.enrolment.branch, now.agent, now.enrolment.persons)
            }
        }
        for one in money where measure == .contributions && months.contains(one.booked.contributionMonth) {
            add(enrolments[one.payer]?.last?.branch, level == .group || level == .wadah ? earner(one) : nil, one.amount)
        }
        return sum
    }
}
