import PerisaiModels

/// Permit offices: codes, or beginnings of codes followed by "*"; "*" alone is all of them.
public struct OfficePatterns: Sendable, Hashable, ExpressibleByArrayLiteral {
    public var patterns: Set<String>

    public init(_ patterns: some Sequence<String>) { self.patterns = Set(patterns) }
    public init(arrayLiteral elements: String...) { self.init(elements) }

    public func contains(_ office: OfficeCode) -> Bool {
        patterns.contains { $0.hasSuffix("*") ? office.text.hasPrefix($0.dropLast()) : office.text == $0 }
    }
}

/// What permit offices demand; regions differ (domain.md 4.2), so that every demand names its offices.
public struct PermitPolicy: Sendable, Hashable {
    /// Days from the application to the end of a held application's deadline, 1...365. [U]: no source names one; 30 is
    /// the longest that PP 86/2013 Art. 7 gives for what is demanded of a firm.
    public var holdDays = 30
    /// Days before the deadline's last day on which the office is reminded, 0...364; 0: only after it.
    public var reminderDays = 7
    /// Clear only after the first payment (as in Semarang 2018).
    public var firstPaymentOffices: OfficePatterns = []
    /// A statement of readiness is not enough there; elsewhere it is (Sulawesi-Maluku, article 001).
    public var registrationOffices: OfficePatterns = []
    /// Hold a renewal while contributions are in arrears; by default all (Semarang 2018).
    public var arrearsOffices: OfficePatterns = ["*"]
    /// Hold while fewer workers, or less wages, are registered than declared; by default all: an employer registers all
    /// of its workers, with full and correct data (PP 86/2013 Art. 3).
    public var partialOffices: OfficePatterns = ["*"]

    public init() {}

    /// Last day of the deadline of an application that is held from a day on.
    func deadline(from date: CivilDate) -> CivilDate { date.adding(days: max(1, min(365, holdDays))) }

    /// When to remind first: before the last day where there is time for it, else on the day after.
    func firstReminder(from date: CivilDate, until: CivilDate) -> CivilDate {
        let early = until.adding(days: -reminderDays)
        return reminderDays > 0 && early > date ? early : until.adding(days: 1)
    }
}
