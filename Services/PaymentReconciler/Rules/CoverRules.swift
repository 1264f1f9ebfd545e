import PerisaiModels

/// How long a participant may be unpaid (Perdir 22/PERDIR.02/072022, S03b; domain.md 2.4).
///
/// A month is unpaid when its due date has passed and money is missing. Payments fill the oldest month first, so the
/// unpaid months are always consecutive, and counting them is enough.
enum CoverRules {
    /// Months that may be settled late: with one more unpaid, membership ends. A policy setting of DESIGN: "more than 3
    /// consecutive months unpaid".
    static let graceMonths = 3

    /// The newest month whose due date lies before `date`, for participants (BPU) and for employers (PU).
    static func newestPastDue(_ payer: PayerNumber, on date: CivilDate) -> ContributionMonth? {
        newestPastDue(isEmployer: payer.npp != nil, on: date)
    }

    static func newestPastDue(isEmployer: Bool, on date: CivilDate) -> ContributionMonth? {
        // A due date lies in its month (BPU) or the next (PU), and is moved by a few days at most.
        var month = date.contributionMonth
        for _ in 0..<4 {
            guard let due = dueDate(isEmployer: isEmployer, month) else { return nil }
            if due < date { return month }
            month = month.advanced(by: -1)
        }
        return nil
    }

    static func dueDate(_ payer: PayerNumber, _ month: ContributionMonth) -> CivilDate? {
        dueDate(isEmployer: payer.npp != nil, month)
    }

    private static func dueDate(isEmployer: Bool, _ month: ContributionMonth) -> CivilDate? {
        isEmployer ? try? DueDate.pu(month) : try? DueDate.bpu(month)
    }

    /// Consecutive unpaid months on a date. `dues`: the open ones.
    static func unpaidMonths(_ dues: [Due], of payer: PayerNumber, on date: CivilDate) -> Int {
        // The due dates are asked for only where a month could be past due at all: the hot path pays in time.
        let newest = date.contributionMonth
        return dues.reduce(0) { count, due in
            guard due.outstanding > 0, due.month <= newest, let dueDate = dueDate(payer, due.month), dueDate < date
            else { return count }
            return count + 1
        }
    }

    /// Membership has ended (berakhir kepesertaan).
    static func isLapsed(unpaidMonths: Int) -> Bool { unpaidMonths > graceMonths }

    /// In grace: the last day on which arrears can be settled: the due date of the month after the last grace month.
    static func payableUntil(unpaidSince: ContributionMonth) -> CivilDate? {
        try? DueDate.bpu(unpaidSince.advanced(by: graceMonths))
    }
}
