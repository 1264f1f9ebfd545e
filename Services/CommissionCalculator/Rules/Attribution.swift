import PerisaiModels

import struct Foundation.UUID

/// The rule by which money earns or new participants count; the raw value is what is stored.
public enum AccrualRule: Int16, Sendable, Hashable, CaseIterable, Comparable {
    case acquisition = 0
    case contribution = 1
    case contributionFirst24 = 2
    case contributionTo60 = 3
    /// After the last month that earns: kept at rate zero, so that an agent sees why.
    case beyond = 4
    /// A step of a scheme whose steps are not those of A or B.
    case contributionStep = 5

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The rule on a statement; nil where nothing is earned.
    public var statementRule: StatementRule? {
        switch self {
        case .acquisition: .acquisition
        case .contribution: .contribution
        case .contributionFirst24: .contributionFirst24
        case .contributionTo60: .contributionTo60
        case .contributionStep: .contributionStep
        case .beyond: nil
        }
    }
}

/// Who earns from a movement of money, and at which rate.
public struct Attribution: Sendable, Hashable {
    public let agent: String
    public let scheme: String
    public let rule: AccrualRule
    public let rate: Rate

    public init(agent: String, scheme: String, rule: AccrualRule, rate: Rate) {
        self.agent = agent
        self.scheme = scheme
        self.rule = rule
        self.rate = rate
    }
}

/// One enrolment of a payer; an agent may be missing (self registration).
public struct PayerEnrolment: Sendable, Hashable {
    public let submission: String
    public let agent: String?
    public let isEmployer: Bool
    public let enrolledOn: CivilDate
    public let firstMonth: ContributionMonth
    /// Of an employer: its contribution a month when enrolled; nil where it is not known, which no limit refuses.
    public let monthlyContribution: Rupiah?

    public init(
        submission: String, agent: String?, isEmployer: Bool, enrolledOn: CivilDate, firstMonth: ContributionMonth,
        monthlyContribution: Rupiah? = nil
    ) {
        self.submission = submission
        self.agent = agent
        self.isEmployer = isEmployer
        self.enrolledOn = enrolledOn
        self.firstMonth = firstMonth
        self.monthlyContribution = monthlyContribution
    }
}

/// Somebody else looks after a payer from a day on: nobody (the branch), or another agent.
public struct Handover: Sendable, Hashable {
    public let passedOn: CivilDate
    public let agent: String?
    public let event: UUID

    public init(passedOn: CivilDate, agent: String?, event: UUID) {
        self.passedOn = passedOn
        self.agent = agent
        self.event = event
    }
}

extension EffectiveTable where Value == Scheme {
    /// What money booked on a day for a contribution month earns an agent; nil without scheme.
    ///
    /// The scheme is that of the day of booking. Contribution months count from the enrolment's first month, also for
    /// participants who were active when B took effect; who enrols again is counted from that acquisition
    /// (Perdir 13/PERDIR.02/042022, domain.md 1.4 "Counting months"). Arrears from before count as month 1.
    public func attribution(
        of enrolment: PayerEnrolment, to agent: String, bookedOn: CivilDate, contributionMonth: ContributionMonth
    ) -> Attribution? {
        guard let scheme = self[bookedOn] else { return nil }
        func earning(_ rule: AccrualRule, _ rate: Rate) -> Attribution {
            Attribution(agent: agent, scheme: scheme.code, rule: rule, rate: rate)
        }
        if enrolment.isEmployer {
            return scheme.employer.earns(enrolment, bookedOn, contributionMonth)
                ? earning(.contribution, scheme.employer.rate) : earning(.beyond, .zero)
        }
        let number = max(1, enrolment.firstMonth.distance(to: contributionMonth) + 1)
        for step in scheme.steps where step.through.map({ number <= $0 }) ?? true {
            return earning(step.rule, step.rate)
        }
        return earning(.beyond, .zero)
    }
}

extension Scheme.EmployerRule {
    /// Whether contributions of an employer for a month, booked on a day, earn: a micro employer, and not too far in
    /// arrears (domain.md 1.3, 1.4).
    func earns(_ enrolment: PayerEnrolment, _ bookedOn: CivilDate, _ month: ContributionMonth) -> Bool {
        if let enrolledBefore, enrolment.enrolledOn >= enrolledBefore { return false }
        if let limit, let contribution = enrolment.monthlyContribution {
            guard contribution < limit || limitIncluded && contribution == limit else { return false }
        }
        guard let arrearsMonths, let due = try? DueDate.pu(month) else { return true }
        return bookedOn <= due.adding(months: arrearsMonths)
    }
}
