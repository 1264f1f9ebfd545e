import PerisaiModels

/// What a payer owes and has paid, month by month, by plain arithmetic: oldest month first, surplus kept and counted for
/// the next month that opens (domain.md 2.3, 3). Written apart from the workers' code, to compare them with.
struct PayerLedger {
    struct Part {
        let month: ContributionMonth
        let amount: Int64
    }

    struct Posted {
        var parts: [Part] = []
        var credited: Int64 = 0
        /// Counted for late fines.
        var fines: [Part] = []
        /// Surplus of earlier payments that was counted for months opened on the way.
        var fromCredit: [Part] = []
    }

    /// What a month's lateness costs an employer, and what is paid of it.
    private struct Fine {
        var amount: Int64 = 0
        var paid: Int64 = 0
    }

    let firstMonth: ContributionMonth
    private let isEmployer: Bool
    private let price: (ContributionMonth) throws -> Int64
    private var due: [Int64] = []
    private var paid: [Int64] = []
    private var lastPaid: [CivilDate?] = []
    private var fines: [Fine] = []
    private(set) var credit: Int64 = 0
    /// The first month has been paid in full once.
    private(set) var isActive = false
    /// The month whose settlement starts cover.
    private var coverIndex = 0

    init(
        firstMonth: ContributionMonth, isEmployer: Bool = false,
        price: @escaping (ContributionMonth) throws -> Int64
    ) {
        self.firstMonth = firstMonth
        self.isEmployer = isEmployer
        self.price = price
    }

    var outstanding: Int64 { zip(due, paid).reduce(0) { $0 + $1.0 - $1.1 } }
    var unpaidFines: Int64 { fines.reduce(0) { $0 + $1.amount - $1.paid } }
    var paidFines: Int64 { fines.reduce(0) { $0 + $1.paid } }

    func price(of month: ContributionMonth) throws -> Int64 { try price(month) }

    private func month(_ index: Int) -> ContributionMonth { firstMonth.advanced(by: index) }

    /// The 15th of the month itself, of the month after for employers, or the next working day (domain.md 2.3, 3).
    private func dueDate(_ index: Int) -> CivilDate {
        let month = isEmployer ? month(index).next : month(index)
        return HolidayCalendar.national.nextWorkingDay(onOrAfter: month.day(15))
    }

    /// Opens every month through this one; gives the surplus that is counted for them.
    mutating func open(through month: ContributionMonth) throws -> [Part] {
        var applied: [Part] = []
        while self.month(due.count) <= month {
            // A membership that has ended opens no months: its fourth month unpaid was the last one (domain.md 2.4).
            if unpaid(before: self.month(due.count).firstDay) > 3 { return applied }
            applied += try openNext()
        }
        return applied
    }

    /// Months unpaid whose due date lies before `date`.
    private func unpaid(before date: CivilDate) -> Int {
        isEmployer ? 0 : due.indices.filter { paid[$0] < due[$0] && dueDate($0) < date }.count
    }

    private mutating func openNext() throws -> [Part] {
        due.append(try price(month(due.count)))
        paid.append(0)
        lastPaid.append(nil)
        fines.append(Fine())
        return applyCredit()
    }

    private mutating func applyCredit() -> [Part] {
        let parts = fill(credit, on: nil)
        credit -= parts.reduce(0) { $0 + $1.amount }
        return parts
    }

    private mutating func fill(_ amount: Int64, on date: CivilDate?) -> [Part] {
        var left = amount
        var parts: [Part] = []
        for index in due.indices where left > 0 && paid[index] < due[index] {
            let part = min(left, due[index] - paid[index])
            paid[index] += part
            left -= part
            let day = date ?? month(index).firstDay
            lastPaid[index] = max(lastPaid[index] ?? day, day)
            parts.append(Part(month: month(index), amount: part))
            if index == coverIndex, paid[index] == due[index] { isActive = true }
        }
        return parts
    }

    /// Counts a payment; `ahead` is the number of months that it names (payments by NIK), else
    /// 0: months open as far as these reach from the month of booking.
    mutating func post(_ amount: Int64, on date: CivilDate, ahead: Int) throws -> Posted {
        let booked = date.contributionMonth
        var posted = Posted()
        posted.fromCredit = try open(through: booked)
        if unpaid(before: date) > 3 { try restart(in: booked) }
        posted.parts = fill(amount, on: date)
        var left = amount - posted.parts.reduce(0) { $0 + $1.amount }
        while left > 0, ahead > 0, month(due.count) <= booked.advanced(by: ahead - 1) {
            posted.fromCredit += try openNext()
            let more = fill(left, on: date)
            left -= more.reduce(0) { $0 + $1.amount }
            posted.parts += more
        }
        assessFines()
        posted.fines = payFines(left)
        left -= posted.fines.reduce(0) { $0 + $1.amount }
        posted.credited = left
        credit += left
        return posted
    }

    /// Old arrears are not collected; membership goes on with the month of booking (domain.md 2.4).
    private mutating func restart(in booked: ContributionMonth) throws {
        for index in due.indices where month(index) < booked { due[index] = paid[index] }
        while month(due.count) < booked {
            due.append(0)
            paid.append(0)
            lastPaid.append(nil)
            fines.append(Fine())
        }
        if month(due.count) == booked { _ = try openNext() }
        if !isActive { coverIndex = firstMonth.distance(to: booked) }
    }

    /// 2 % of the month for each month begun between due date and last instalment (domain.md 3, S23).
    private mutating func assessFines() {
        guard isEmployer else { return }
        for index in due.indices {
            var amount: Int64 = 0
            if paid[index] == due[index], let settled = lastPaid[index], settled > dueDate(index) {
                var months = 1
                while dueDate(index).adding(months: months) < settled { months += 1 }
                amount = Incentives.part(due[index], 20_000 * Int64(months))
            }
            let freed = max(0, fines[index].paid - amount)
            fines[index].amount = amount
            fines[index].paid -= freed
            credit += freed
        }
    }

    private mutating func payFines(_ amount: Int64) -> [Part] {
        var left = amount
        var parts: [Part] = []
        for index in fines.indices where left > 0 && fines[index].paid < fines[index].amount {
            let part = min(left, fines[index].amount - fines[index].paid)
            fines[index].paid += part
            left -= part
            parts.append(Part(month: month(index), amount: part))
        }
        return parts
    }

    /// Takes a payment back that was the last one; gives older surplus that fills the months again.
    mutating func takeBack(_ posted: Posted) -> [Part] {
        for part in posted.parts {
            let index = firstMonth.distance(to: part.month)
            paid[index] -= part.amount
            if paid[index] == 0 { lastPaid[index] = nil }
        }
        for part in posted.fines { fines[firstMonth.distance(to: part.month)].paid -= part.amount }
        credit -= posted.credited
        assessFines()
        return applyCredit()
    }
}

/// The incentive schemes by plain arithmetic (domain.md 1.3, 1.4).
enum Incentives {
    /// First day of scheme B, the default of the settings.
    static let schemeB = ContributionMonth(year: 2022, month: 4)?.firstDay ?? .latest

    /// What a contribution earns, in parts per million.
    static func rate(
        bookedOn month: ContributionMonth, isEmployer: Bool, firstMonth: ContributionMonth, for part: ContributionMonth
    ) -> Int64 {
        if month.firstDay < schemeB || isEmployer { return 75_000 }
        switch max(1, firstMonth.distance(to: part) + 1) {
        case ...24: return 150_000
        case ...60: return 50_000
        default: return 0
        }
    }

    /// What new participants earn.
    static func acquisition(_ month: ContributionMonth, three: Int, two: Int, workers: Int) -> Int64 {
        if month.firstDay < schemeB { return three + two + workers >= 50 ? 500_000 : 0 }
        return three + two >= 25 ? Int64(three) * 15_000 + Int64(two) * 10_000 : 0
    }

    /// Agent's and wadah's part of a total.
    static func shares(_ month: ContributionMonth, total: Int64) -> (agent: Int64, wadah: Int64) {
        if month.firstDay < schemeB {
            let agent = part(total, 900_000)
            return (agent, total - agent)
        }
        return (total, part(total, 100_000))
    }

    /// Half-up to the rupiah, away from zero.
    static func part(_ base: Int64, _ perMillion: Int64) -> Int64 {
        let product = Int128(base) * Int128(perMillion)
        return Int64(truncatingIfNeeded: (product + (product < 0 ? -500_000 : 500_000)) / 1_000_000)
    }
}
