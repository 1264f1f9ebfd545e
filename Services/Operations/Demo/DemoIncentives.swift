import CommissionCalculator
import Foundation
import PerisaiModels
import Postgres
import Worker

/// Incentives in the demo: wadah under contract, months closed by two persons, recomputed from the facts, and paid.
struct DemoIncentives {
    let plan: BranchPlan
    let wadahs: Int
    /// Those that agents have enrolled, computed apart.
    let persons: Int
    let desk: IncentiveDesk
    /// Labels and values for the report.
    private(set) var lines: [(label: String, value: String)] = []
    /// What is not as it must be.
    private(set) var differences: [String] = []

    init(_ expected: ExpectedFigures, _ desk: IncentiveDesk) {
        plan = expected.plan
        wadahs = expected.wadahs
        persons = expected.persons
        self.desk = desk
    }

    /// Contracts of the wadah, and the account that incentives are paid from: once a business date has started.
    func prepare() throws {
        for number in 1...max(1, wadahs) {
            let id = "WDH-\(plan.branch)-\(String(format: "%04d", number))"
            let name = "Perkumpulan Perisai \(number)"
            try desk.decide(
                WadahAction(
                    wadah: WadahID(id), name: name, branch: BranchCode(plan.branch), isLegalEntity: false, bank: .bni,
                    account: AccountNumber("0\(801_000_000 + number * 17)"), holder: name, from: plan.start.firstDay,
                    until: plan.start.advanced(by: 36).firstDay.adding(days: -1)),
                reason: "the contract of the demo")
        }
        let debtor = PayoutPolicy.Debtor(
            name: "BPJS KETENAGAKERJAAN", bank: .bni, account: try AccountNumber("0000123456"), bic: "BNINIDJA")
        try desk.decide(
            EffectiveRowAction(
                .payout, code: "DEMO", from: plan.lastDate.contributionMonth.firstDay, ends: "2018",
                regulation: "the demo: an account that is made up",
                payout: PayoutPolicyDefinition(
                    PayoutPolicy(partnerBanks: [.cimbNiaga, .bni], debtor: debtor, minimum: Rupiah(1)))),
            reason: "the account that pays in the demo")
    }

    /// Recomputes every closed month, and orders the payout of them all.
    mutating func finish() throws {
        let months = (0..<plan.months).map { plan.start.advanced(by: $0) }
        let schemes = try EffectiveRows.schemes(on: desk.connection)
        var contributions = 0
        for month in months {
            let result = try Replay(month: month, schemes: schemes).run(on: desk.connection)
            contributions += result.contributions
            differences += result.differences.map { "replay of \(month): \($0)" }
        }
        lines.append(("Months closed", "\(months.count), each by two persons"))
        lines.append(
            (
                "Months recomputed",
                "\(contributions) movements of money, "
                    + (differences.isEmpty ? "all lines equal" : "\(differences.count) differ: see below")
            ))
        guard let last = months.last else { return }
        try pay(through: last)
        try reach(through: last)
    }

    /// The target of the agents as a part of the branch's, and how far they have come: the same as
    /// `perisai report targets`.
    private mutating func reach(through month: ContributionMonth) throws {
        guard let target = plan.target else { return }
        func key(_ level: TargetLevel) -> TargetKey {
            TargetKey(
                level: level, place: plan.branch, measure: .newParticipants, first: plan.start,
                last: plan.start.advanced(by: 11), source: "article 000")
        }
        let share = Rate(partsPerMillion: Int64(target.persons) * 1_000_000 / Int64(target.branch))
        let branch = Target(
            key: key(.branch), amount: .value(Int64(target.branch)), definition: "the branch's target of the year")
        let group = Target(
            key: key(.group),
            amount: .share(share, level: .branch, place: plan.branch, measure: .newParticipants),
            definition: "the agents' share of it")
        _ = try TargetStore(desk.connection).store([branch, group], by: OperatorName("ani"))
        let filter = TargetFilter(level: .group, place: plan.branch)
        for result in try TargetReport.make(filter, through: month, on: desk.connection) {
            lines.append(
                (
                    "Target of the agents",
                    "\(result.actual) of \(result.amount) persons, "
                        + "\(result.reached.map { "\($0) %" } ?? "no share"), \(result.gap) to go"
                ))
            guard result.actual != persons || result.amount != target.persons else { continue }
            differences.append("target: \(result.actual) of \(result.amount), not \(persons) of \(target.persons)")
        }
    }

    private mutating func pay(through month: ContributionMonth) throws {
        let run = try desk.decide(PayoutAction(month: month), reason: "incentives are paid by the 5th")
        let file = try PayoutFile(run: run, on: desk.connection)
        let net = try Rupiah.sum(of: file.lines.map(\.net))
        lines.append(("Payout ordered", "\(file.lines.count) instructions, \(net.formatted)"))
        let refused = try PayoutRegister(desk.connection).refusals(run: run)
        if !refused.isEmpty { lines.append(("Payout refused", "\(refused.count)")) }
        // Nobody is owed more than what was ordered, unless it was refused or is below zero.
        let owed = try desk.connection.query(Self.payable).int64(0, 0)
        guard refused.isEmpty, owed > 0 else { return }
        differences.append("payout: \(Rupiah(owed).formatted) is still payable")
    }

    private static let payable = Statement(
        "demo_payable", "SELECT coalesce(sum(amount), 0)::int8 FROM balance WHERE account = 'payable' AND amount > 0")
}
