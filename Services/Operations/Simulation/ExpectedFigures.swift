import PerisaiModels

/// What should come of a simulated branch, added up while its events are made, by plain arithmetic.
struct ExpectedFigures {
    struct Permits {
        var applied = 0
        /// In the end, with those that were held first.
        var cleared = 0
        var clearedByReadiness = 0
        /// Held first, where the answers keep the order of the files.
        var releasedAfterHold = 0
        var held = 0
        var withdrawn = 0
    }

    /// One agent's month; nil: payers without an agent.
    struct Key: Hashable, Comparable {
        let agent: Int?
        let month: ContributionMonth

        static func < (left: Key, right: Key) -> Bool {
            (left.month, left.agent ?? -1) < (right.month, right.agent ?? -1)
        }
    }

    struct Month {
        var newThree = 0
        var newTwo = 0
        var newWorkers = 0
        /// Payments posted, surplus with them, and those taken back.
        var payments = 0
        var received: Int64 = 0
        var reversals = 0
        var reversed: Int64 = 0
        /// What counts for contribution months, by rate in parts per million: postings and surplus applied, less what
        /// was taken back.
        var bases: [Int64: Int64] = [:]

        var contributions: Int64 { bases.values.reduce(0, +) }
    }

    /// What the comparison of a bank's notices with its statements should find.
    struct Bank {
        struct Count {
            var payments = 0
            var amount: Int64 = 0

            mutating func add(_ amount: Int64) {
                payments += 1
                self.amount += amount
            }
        }

        var statements = 0
        var lines = 0
        var confirmed = Count()
        var noticeOnly = Count()
        var statementOnly = Count()
        /// Of those confirmed.
        var dateDiffers = Count()
    }

    let plan: BranchPlan
    var agents: [String] = []
    var wadahs = 0
    var selfRegistered = 0
    var participants = 0
    var employers = 0
    var workers = 0
    var permits = Permits()
    var paymentEvents = 0
    var duplicates = 0
    var releasedFromSuspense = 0
    var suspensePayments = 0
    var suspenseAmount: Int64 = 0
    var activePayers = 0
    var activePersons = 0
    var outstanding: Int64 = 0
    var credit: Int64 = 0
    /// Late fines of employers: received, and still due.
    var fines: Int64 = 0
    var unpaidFines: Int64 = 0
    var lastDate: CivilDate
    var banks: [BankCode: Bank] = [:]
    private(set) var kinds: [PaymentMix.Kind: Int] = [:]
    private(set) var months: [Key: Month] = [:]

    init(plan: BranchPlan) {
        self.plan = plan
        lastDate = plan.start.firstDay
    }

    /// Persons that agents have enrolled.
    var persons: Int { participants + workers }

    /// Part of the target reached, in tenths of a percent, half-up; nil without a target.
    var reachedPerMille: Int? {
        guard let target = plan.target?.persons, target > 0 else { return nil }
        return (persons * 2_000 + target) / (2 * target)
    }

    mutating func newcomers(agent: Int, month: ContributionMonth, three: Int = 0, two: Int = 0, workers: Int = 0) {
        months[Key(agent: agent, month: month), default: Month()].newThree += three
        months[Key(agent: agent, month: month), default: Month()].newTwo += two
        months[Key(agent: agent, month: month), default: Month()].newWorkers += workers
    }

    mutating func suspense(_ amount: Int64) {
        kinds[.unknown, default: 0] += 1
        suspensePayments += 1
        suspenseAmount += amount
    }

    mutating func posted(
        _ agent: Int?, _ month: ContributionMonth, _ payer: BranchSimulation.Payer, _ amount: Int64,
        _ posted: PayerLedger.Posted, _ kind: PaymentMix.Kind
    ) {
        kinds[kind, default: 0] += 1
        let key = Key(agent: agent, month: month)
        months[key, default: Month()].payments += 1
        months[key, default: Month()].received += amount
        count(posted.parts, key, payer, 1)
        credited(agent, month, payer, posted.fromCredit)
    }

    mutating func reversed(
        _ agent: Int?, _ month: ContributionMonth, _ payer: BranchSimulation.Payer, _ amount: Int64,
        _ posted: PayerLedger.Posted, _ refilled: [PayerLedger.Part]
    ) {
        let key = Key(agent: agent, month: month)
        months[key, default: Month()].reversals += 1
        months[key, default: Month()].reversed += amount
        count(posted.parts, key, payer, -1)
        credited(agent, month, payer, refilled)
    }

    /// Surplus counted for months that have opened.
    mutating func credited(
        _ agent: Int?, _ month: ContributionMonth, _ payer: BranchSimulation.Payer, _ parts: [PayerLedger.Part]
    ) {
        if !parts.isEmpty { count(parts, Key(agent: agent, month: month), payer, 1) }
    }

    private mutating func count(
        _ parts: [PayerLedger.Part], _ key: Key, _ payer: BranchSimulation.Payer, _ sign: Int64
    ) {
        for part in parts {
            let rate = Incentives.rate(
                bookedOn: key.month, isEmployer: payer.isEmployer, firstMonth: payer.ledger.firstMonth, for: part.month)
            months[key, default: Month()].bases[rate, default: 0] += sign * part.amount
        }
    }

    /// The incentive of an agent's month.
    func incentive(_ key: Key) -> (acquisition: Int64, contribution: Int64, agent: Int64, wadah: Int64) {
        guard key.agent != nil, let month = months[key] else { return (0, 0, 0, 0) }
        let acquisition = Incentives.acquisition(
            key.month, three: month.newThree, two: month.newTwo, workers: month.newWorkers)
        let contribution = month.bases.reduce(Int64(0)) { $0 + Incentives.part($1.value, $1.key) }
        let shares = Incentives.shares(key.month, total: acquisition + contribution)
        return (acquisition, contribution, shares.agent, shares.wadah)
    }
}
