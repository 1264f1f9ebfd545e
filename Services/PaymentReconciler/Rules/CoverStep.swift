import PerisaiModels

/// What a run finds of a payer's past months, and what it makes of that.
struct CoverFacts: Sendable, Equatable {
    var status: PayerAccount.Status
    /// As last told.
    var toldMonths: Int
    /// Unpaid months whose due date lies before the run's date.
    var unpaidMonths: Int
    /// The first month has never been settled: there is no cover yet that could be in grace.
    var isAwaited: Bool
}

extension CoverRules {
    /// The status and unpaid months to tell, nil where nothing has changed.
    ///
    /// A participant who has never settled a month owes nothing and is told nothing, until after as many months as cover
    /// would last the enrolment lapses too: otherwise its months would be opened for ever. Nothing here wakes a lapsed
    /// or an exited payer: only a payment or an enrolment does.
    static func step(_ facts: CoverFacts) -> (status: PayerAccount.Status, unpaidMonths: Int)? {
        guard facts.status != .lapsed, facts.status != .exited else { return nil }
        let next: (PayerAccount.Status, Int)
        if isLapsed(unpaidMonths: facts.unpaidMonths) {
            next = (.lapsed, facts.unpaidMonths)
        } else if facts.unpaidMonths == 0 || facts.isAwaited {
            next = (facts.status == .grace ? .usual : facts.status, 0)
        } else {
            next = (.grace, facts.unpaidMonths)
        }
        return next == (facts.status, facts.toldMonths) ? nil : next
    }

    /// The first date after `last`, and not after `date`, on which a due date of BPU or PU has passed. Without a run
    /// before it is the newest such date: what was missed before any run cannot be told in steps.
    static func nextRun(after last: CivilDate?, through date: CivilDate) -> CivilDate? {
        guard let last else {
            let newest = runDates(date.contributionMonth.advanced(by: -3)...date.contributionMonth)
            return newest.last { $0 <= date }
        }
        guard last < date else { return nil }
        // Due dates of a month lie in it (BPU) or in the next (PU): four months hold the next one after any date.
        var month = last.contributionMonth.advanced(by: -2)
        while month <= date.contributionMonth {
            let found = runDates(month...month.advanced(by: 4)).first { $0 > last }
            if let found { return found <= date ? found : nil }
            month = month.advanced(by: 4)
        }
        return nil
    }

    /// The days after the due dates of these months, in order. Months before the first rule have none.
    private static func runDates(_ months: ClosedRange<ContributionMonth>) -> [CivilDate] {
        months.flatMap { month in
            [try? DueDate.bpu(month), try? DueDate.pu(month)].compactMap { $0?.adding(days: 1) }
        }.sorted()
    }
}
