import PerisaiModels
import Postgres
import Worker

/// Who is paid how much through a month, and who is not and why. Nothing is stored.
public struct PayoutPlan: Sendable {
    /// Somebody whose balance an instruction pays.
    public struct Item: Sendable, Hashable {
        public let owner: Owner
        public let gross: Rupiah
        public let tax: Rupiah
    }

    /// One transfer by the bank.
    public struct Instruction: Sendable, Hashable {
        public let payee: Owner
        public let account: PayeeAccount
        public let items: [Item]
        public let gross: Rupiah
        public let tax: Rupiah
        public let taxKind: TaxKind
    }

    public struct Refusal: Sendable, Hashable {
        public let owner: Owner
        public let amount: Rupiah
        public let code: PayoutRefusalCode
        public let reason: String
    }

    /// Most owners of one run.
    public static let limit = 100_000

    public let month: ContributionMonth
    public let date: CivilDate
    public private(set) var instructions: [Instruction] = []
    public private(set) var refusals: [Refusal] = []

    public var isEmpty: Bool { instructions.isEmpty && refusals.isEmpty }
    public var gross: Rupiah { get throws(MoneyOverflow) { try Rupiah.sum(of: instructions.map(\.gross)) } }
    public var tax: Rupiah { get throws(MoneyOverflow) { try Rupiah.sum(of: instructions.map(\.tax)) } }

    /// What a run would do on a day. The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` where no policy or scheme applies, or too many are owed.
    public init(month: ContributionMonth, on date: CivilDate, connection: Connection) throws {
        self.month = month
        self.date = date
        let rules = try PayoutRules(on: date, connection)
        let owed = try PayoutPlanStore.owed(through: month, connection)
        guard owed.count <= Self.limit else { throw DeskError("month: more than \(Self.limit) are owed something") }
        let payees = try PayoutPlanStore.payees(
            Set(owed.compactMap { $0.payee }), month: month, on: date, connection)
        var groups: [Owner: [PayoutPlanStore.Owed]] = [:]
        for one in owed {
            guard !one.isDismissed else {
                refuse([one], (.dismissed, "agent: dismissed, all rights are revoked"))
                continue
            }
            guard let payee = one.payee else {
                refuse([one], (.noWadah, "wadah: the agent belongs to none, and the scheme pays to the wadah"))
                continue
            }
            groups[payee, default: []].append(one)
        }
        for (owner, group) in groups.sorted(by: { $0.key < $1.key }) {
            try plan(group, to: payees[owner] ?? PayoutGate.Payee(owner: owner, hasContract: false), rules)
        }
        try mergeRefusals()
    }

    /// In order of their owners: of one who is owed by two schemes there is one refusal, with both reasons.
    private mutating func mergeRefusals() throws(MoneyOverflow) {
        var merged: [Refusal] = []
        for one in refusals.sorted(by: { ($0.owner, $0.reason) < ($1.owner, $1.reason) }) {
            guard let last = merged.last, last.owner == one.owner else {
                merged.append(one)
                continue
            }
            merged[merged.count - 1] = Refusal(
                owner: one.owner, amount: try last.amount.adding(one.amount), code: last.code,
                reason: last.reason == one.reason ? one.reason : last.reason + "; " + one.reason)
        }
        refusals = merged
    }

    private mutating func plan(_ group: [PayoutPlanStore.Owed], to payee: PayoutGate.Payee, _ rules: PayoutRules) throws
    {
        if let refusal = rules.gate.refusal(payee, into: payee.account) { return refuse(group, refusal) }
        guard let account = payee.account else { return }
        let sum = try Rupiah.sum(of: group.map(\.amount))
        guard sum >= rules.minimum else {
            let reason = "amount: \(sum) to \(payee.owner.id) is below the policy's minimum of \(rules.minimum)"
            return refuse(group, (.belowMinimum, reason))
        }
        var items: [Item] = []
        for one in group {
            let tax = try rules.tax(of: one.amount, for: one.owner, paidTo: payee)
            guard tax < one.amount else {
                refuse([one], (.taxTakesAll, "tax: \(tax) of \(one.amount) would be withheld"))
                continue
            }
            items.append(Item(owner: one.owner, gross: one.amount, tax: tax))
        }
        guard !items.isEmpty else { return }
        instructions.append(
            Instruction(
                payee: payee.owner, account: account, items: items, gross: try Rupiah.sum(of: items.map(\.gross)),
                tax: try Rupiah.sum(of: items.map(\.tax)), taxKind: rules.taxKind(paidTo: payee)))
    }

    private mutating func refuse(_ group: [PayoutPlanStore.Owed], _ refusal: PayoutGate.Refusal) {
        for one in group {
            refusals.append(Refusal(owner: one.owner, amount: one.amount, code: refusal.code, reason: refusal.reason))
        }
    }
}

/// Policy and tax of a day.
struct PayoutRules {
    let gate: PayoutGate
    let minimum: Rupiah
    private let tax: TaxRule

    /// - Throws: `DeskError` where no policy or tax rule applies.
    init(on date: CivilDate, _ connection: Connection) throws {
        guard let policy = try EffectiveRows.payoutPolicies(on: connection)[date] else {
            throw DeskError("payout policy: none applies on \(date)")
        }
        guard let tax = try EffectiveRows.taxes(on: connection)[date] else {
            throw DeskError("tax rule: none applies on \(date)")
        }
        gate = PayoutGate(partnerBanks: policy.partnerBanks)
        minimum = policy.minimum
        self.tax = tax
    }

    /// A wadah that is a legal entity is taxed itself and withholds for its agents; through another one each agent is
    /// taxed (domain.md 9). Agents have a NIK, and a NIK is a tax number (PMK 112/2022); of wadah none is asked for.
    private func taxed(_ owner: Owner, paidTo payee: PayoutGate.Payee) -> TaxPayee {
        payee.owner.kind == .wadah && payee.legalEntity
            ? TaxPayee(kind: .wadah, legalEntity: true, hasTaxNumber: true)
            : TaxPayee(kind: owner.kind, legalEntity: false, hasTaxNumber: true)
    }

    func tax(of gross: Rupiah, for owner: Owner, paidTo payee: PayoutGate.Payee) throws -> Rupiah {
        try tax.withheld(gross: gross, from: taxed(owner, paidTo: payee))
    }

    func taxKind(paidTo payee: PayoutGate.Payee) -> TaxKind { tax.kind(for: taxed(payee.owner, paidTo: payee)) }
}
