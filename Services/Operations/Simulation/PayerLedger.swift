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
        /// Surplus of earlier payments that was counted for months opened on the way.
        var fromCredit: [Part] = []
    }

    let firstMonth: ContributionMonth
    private let price: (ContributionMonth) throws -> Int64
    private var due: [Int64] = []
    private var paid: [Int64] = []
    private(set) var credit: Int64 = 0
    /// The first month has been paid in full once.
    private(set) var isActive = false

    init(firstMonth: ContributionMonth, price: @escaping (ContributionMonth) throws -> Int64) {
        self.firstMonth = firstMonth
        self.price = price
    }

    var outstanding: Int64 { zip(due, paid).reduce(0) { $0 + $1.0 - $1.1 } }

    func price(of month: ContributionMonth) throws -> Int64 { try price(month) }

    /// Opens every month through this one; gives the surplus that is counted for them.
    mutating func open(through month: ContributionMonth) throws -> [Part] {
        var applied: [Part] = []
        while firstMonth.advanced(by: due.count) <= month { applied += try openNext() }
        return applied
    }

    private mutating func openNext() throws -> [Part] {
        due.append(try price(firstMonth.advanced(by: due.count)))
        paid.append(0)
        return applyCredit()
    }

    private mutating func applyCredit() -> [Part] {
        let parts = fill(credit)
        credit -= parts.reduce(0) { $0 + $1.amount }
        return parts
    }

    private mutating func fill(_ amount: Int64) -> [Part] {
        var left = amount
        var parts: [Part] = []
        for index in due.indices where left > 0 && paid[index] < due[index] {
            let part = min(left, due[index] - paid[index])
            paid[index] += part
            left -= part
            parts.append(Part(month: firstMonth.advanced(by: index), amount: part))
            if index == 0, paid[0] == due[0] { isActive = true }
        }
        return parts
    }

    /// Counts a payment; `ahead` is the number of months that it names (payments by NIK), else
    /// 0: months open as far as these reach from the month of booking.
    mutating func post(_ amount: Int64, in month: ContributionMonth, ahead: Int) throws -> Posted {
        var posted = Posted()
        posted.fromCredit = try open(through: month)
        posted.parts = fill(amount)
        var left = amount - posted.parts.reduce(0) { $0 + $1.amount }
        while left > 0, ahead > 0, firstMonth.advanced(by: due.count) <= month.advanced(by: ahead - 1) {
            posted.fromCredit += try openNext()
            let more = fill(left)
            left -= more.reduce(0) { $0 + $1.amount }
            posted.parts += more
        }
        posted.credited = left
        credit += left
        return posted
    }

    /// Takes a payment back that was the last one; gives older surplus that fills the months again.
    mutating func takeBack(_ posted: Posted) -> [Part] {
        for part in posted.parts { paid[firstMonth.distance(to: part.month)] -= part.amount }
        credit -= posted.credited
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
