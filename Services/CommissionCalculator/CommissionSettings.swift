import PerisaiModels

/// What operations may set of the commission calculator.
public struct CommissionSettings: Sendable {
    /// Who lets a month be closed.
    public enum Closing: String, Sendable, CaseIterable {
        /// Two persons, by `perisai commissions close`.
        case approved
        /// The business date alone.
        case automatic
    }

    /// When a month of an agent is idle (domain.md 1.5, 10).
    public enum IdleMonth: String, Sendable, CaseIterable {
        /// No acquisition and no contribution received.
        case neither
        /// No acquisition, whatever was received.
        case acquisition
        /// No month: agencies do not end by themselves.
        case never
    }

    /// Who looks after the participants of an agency that has ended (domain.md 1.5 [U]).
    public enum Portfolio: String, Sendable, CaseIterable {
        case branch
        /// The agent still earns from them.
        case keep
    }

    public var closing: Closing
    /// Day of the following month on which a month is closed by the business date alone, 1...28; two persons choose the
    /// day themselves. Statements are due by the 5th (domain.md 1.4).
    public var closingDay: Int
    /// Agents closed in one transaction, 1...5,000.
    public var agentsPerChunk: Int
    public var idleMonth: IdleMonth
    public var portfolio: Portfolio

    public init(
        closing: Closing = .automatic, closingDay: Int = 3, agentsPerChunk: Int = 500, idleMonth: IdleMonth = .never,
        portfolio: Portfolio = .branch
    ) {
        self.idleMonth = idleMonth
        self.portfolio = portfolio
        self.closing = closing
        self.closingDay = min(28, max(1, closingDay))
        self.agentsPerChunk = min(5_000, max(1, agentsPerChunk))
    }

    /// The last month that can be closed on a business date.
    public func lastClosable(on date: CivilDate) -> ContributionMonth {
        let month = date.contributionMonth
        return date.day >= closingDay ? month.previous : month.previous.previous
    }
}
