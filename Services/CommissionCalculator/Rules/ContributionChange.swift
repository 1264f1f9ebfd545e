import PerisaiModels

/// What an employer's months cost from a month on, after its workers have changed.
public struct ContributionChange: Sendable, Hashable {
    /// Of two changes from one month the one with the higher revision holds.
    public let revision: Int
    public let fromMonth: ContributionMonth
    public let monthlyContribution: Rupiah

    public init(revision: Int, fromMonth: ContributionMonth, monthlyContribution: Rupiah) {
        self.revision = revision
        self.fromMonth = fromMonth
        self.monthlyContribution = monthlyContribution
    }

    init(_ changed: EmployerChanged) {
        self.init(
            revision: changed.revision, fromMonth: changed.fromMonth, monthlyContribution: changed.monthlyContribution)
    }
}

extension PayerEnrolment {
    /// The same enrolment, with the contribution that a month comes to cost: the limit of micro employers holds for
    /// what they pay, not for what they began with (domain.md 1.3).
    func asOf(_ month: ContributionMonth, _ changes: [ContributionChange]) -> PayerEnrolment {
        guard isEmployer, let change = changes.last(where: { $0.fromMonth <= month }) else { return self }
        return PayerEnrolment(
            submission: submission, agent: agent, isEmployer: true, enrolledOn: enrolledOn, firstMonth: firstMonth,
            monthlyContribution: change.monthlyContribution)
    }
}
