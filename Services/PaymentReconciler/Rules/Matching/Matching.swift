import PerisaiModels

import struct Foundation.UUID

/// A part of the money for one payer, in rupiah.
struct PayerAmount: Sendable, Hashable {
    let payer: PayerNumber
    let amount: Int64
}

/// A part of one payment for one payer, in rupiah.
struct MatchPair: Sendable, Hashable {
    /// A waiting payment; nil for the money that is being matched.
    let waiting: UUID?
    let payer: PayerNumber
    let amount: Int64
}

enum MatchOutcome: Sendable, Hashable {
    /// The money is that of a known payment: nothing is posted.
    case evidence(of: UUID)
    /// For one payer or several; with the decision's difference the parts sum to the amount.
    case post([PayerAmount])
    /// This money and all of these waiting payments are for one payer.
    case postTogether(with: [UUID], payer: PayerNumber)
    /// Every rupiah of this money and of the waiting payments that are named.
    case manyToMany([MatchPair])
    case unmatched
}

/// A candidate that was looked at and not taken, and why. Holds no NIK in clear.
struct RejectedCandidate: Sendable, Hashable {
    let rule: MatchRule
    let what: String
    let reason: String

    init(_ rule: MatchRule, _ what: String, _ reason: String) {
        self.rule = rule
        self.what = NIK.hidden(in: what)
        self.reason = reason
    }
}

enum RuleResult: Sendable {
    /// `difference`: rupiah that came beyond the parts; negative when the parts are more than what came.
    case hit(MatchOutcome, difference: Int64 = 0, rejected: [RejectedCandidate] = [])
    /// Empty when the rule has nothing to look at.
    case rejected([RejectedCandidate])
}

/// How money was matched: what is stored, and what `perisai explain payment` tells from.
struct MatchDecision: Sendable, Hashable {
    let rule: MatchRule
    let outcome: MatchOutcome
    /// Rupiah that came beyond the parts of `post`, negative when less came: within the tolerance, for an account of
    /// its own.
    let difference: Int64
    /// By the rules before and by this one; at most `MatchPolicy.rejectedLimit`.
    let rejected: [RejectedCandidate]
    let inputs: [MatchFact]
}

/// The matching of money with payments and payers: the first rule that hits decides.
enum Matching {
    typealias Rule = @Sendable (MatchInput, MatchCandidates, MatchPolicy) -> RuleResult

    static let rules: [(rule: MatchRule, apply: Rule)] = [
        (.sameReference, EvidenceRules.sameReference),
        (.samePayment, EvidenceRules.samePayment),
        (.referenceInText, EvidenceRules.referenceInText),
        (.sameRemark, EvidenceRules.sameRemark),
        (.kodeIuran, NumberRules.kodeIuran),
        (.virtualAccount, NumberRules.virtualAccount),
        (.nikMonths, NumberRules.nikMonths),
        (.labelledNumber, NumberRules.labelledNumber),
        (.manyPayers, SumRules.manyPayers),
        (.nameAmountDate, SumRules.nameAmountDate),
        (.manyPayments, SumRules.manyPayments),
        (.manyToMany, SumRules.manyToMany),
    ]

    static func decide(
        _ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy = MatchPolicy()
    ) -> MatchDecision {
        let candidates = candidates.ordered()
        var rejected: [RejectedCandidate] = []
        guard (1...MatchPolicy.amountLimit).contains(input.amount) else {
            return MatchDecision(
                rule: .noRule, outcome: .unmatched, difference: 0,
                rejected: [RejectedCandidate(.noRule, "amount", "must be 1 to \(MatchPolicy.amountLimit) rupiah")],
                inputs: input.facts)
        }
        for (rule, apply) in rules {
            switch apply(input, candidates, policy) {
            case .hit(let outcome, let difference, let more):
                return MatchDecision(
                    rule: rule, outcome: outcome, difference: difference, rejected: bounded(rejected + more),
                    inputs: input.facts)
            case .rejected(let more): rejected = bounded(rejected + more)
            }
        }
        return MatchDecision(
            rule: .noRule, outcome: .unmatched, difference: 0, rejected: rejected, inputs: input.facts)
    }

    private static func bounded(_ rejected: [RejectedCandidate]) -> [RejectedCandidate] {
        Array(rejected.prefix(MatchPolicy.rejectedLimit))
    }
}
