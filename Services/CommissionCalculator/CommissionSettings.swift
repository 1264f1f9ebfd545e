import PerisaiModels

/// What operations may set of the commission calculator.
public struct CommissionSettings: Sendable {
    /// Incentive schemes by day.
    public var schemes: SchemeTable
    /// Day of the following month on which a month is closed, 1...28. Statements are due by the 5th (domain.md 1.4).
    public var closingDay: Int
    /// Agents closed in one transaction, 1...5,000.
    public var agentsPerChunk: Int

    public init(schemes: SchemeTable = Scheme.published, closingDay: Int = 3, agentsPerChunk: Int = 500) {
        self.schemes = schemes
        self.closingDay = min(28, max(1, closingDay))
        self.agentsPerChunk = min(5_000, max(1, agentsPerChunk))
    }

    /// The last month that is closed on a business date.
    func lastClosed(on date: CivilDate) -> ContributionMonth {
        let month = date.contributionMonth
        return date.day >= closingDay ? month.previous : month.previous.previous
    }
}
