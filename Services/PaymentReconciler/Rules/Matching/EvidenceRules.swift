import PerisaiModels

/// The rules that find a payment of which this money is further evidence (domain.md 6.4: same money in a callback and in
/// a statement, one posting, two evidences).
///
/// Of several payments that fit equally one is taken, the nearest in date: each of them gets its own evidence in turn,
/// and no money is posted by it.
enum EvidenceRules {
    /// Bank and the bank's number.
    static func sameReference(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        let references = Set(input.references.map(\.text))
        return choose(.sameReference, input, candidates) { known in
            guard known.bank == input.bank, references.contains(known.reference.text) else { return .unrelated }
            guard known.amount == input.amount else { return .no("has another amount") }
            // A bank may use a number again some day.
            guard abs(known.bookedOn.distance(to: input.bookedOn)) <= policy.days else {
                return .no("was booked on \(known.bookedOn), more than \(policy.days) days apart")
            }
            if let payer = known.payer, let named = input.fieldPayer, payer != named { return .no("has another payer") }
            return .fits
        }
    }

    /// Payer, amount, and a date within `evidenceDays`.
    static func samePayment(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        // A payment for several is no single payer's.
        guard NumberRules.enrolled(in: input, candidates).count <= 1 else { return .rejected([]) }
        let named = NumberRules.named(in: input, candidates)
        return choose(.samePayment, input, candidates) { known in
            let isSame =
                known.payer.map(named.payers.contains) == true || known.nik.map(named.niks.contains) == true
            guard known.bank == input.bank, isSame else { return .unrelated }
            return check(known, input, days: policy.evidenceDays)
        }
    }

    /// The text mentions the bank's number.
    static func referenceInText(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy)
        -> RuleResult
    {
        guard let remittance = input.remittance else { return .rejected([]) }
        return choose(.referenceInText, input, candidates) { known in
            guard known.bank == input.bank, remittance.mentions(known.reference) else { return .unrelated }
            return check(known, input, days: policy.days)
        }
    }

    /// The pair of a remark on the day and the day after (domain.md 6.3): equal core, booked on the same day.
    static func sameRemark(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        guard let key = input.remittance?.remarkKey else { return .rejected([]) }
        return choose(.sameRemark, input, candidates) { known in
            guard known.bank == input.bank, known.remarkKey == key else { return .unrelated }
            return check(known, input, days: 0)
        }
    }

    private enum Verdict {
        case unrelated
        case no(String)
        case fits
    }

    private static func check(_ known: KnownMoney, _ input: MatchInput, days: Int) -> Verdict {
        guard known.amount == input.amount else { return .no("has another amount") }
        guard abs(known.bookedOn.distance(to: input.bookedOn)) <= days else {
            return .no("was booked on \(known.bookedOn), more than \(days) days apart")
        }
        guard known.evidence.isDisjoint(with: input.kind) else {
            return .no("has evidence of this kind (\(input.kind.name)) already")
        }
        return .fits
    }

    private static func choose(
        _ rule: MatchRule, _ input: MatchInput, _ candidates: MatchCandidates, _ judge: (KnownMoney) -> Verdict
    ) -> RuleResult {
        var best: (known: KnownMoney, rank: (Int, Int))?
        var rejected: [RejectedCandidate] = []
        for known in candidates.payments {
            switch judge(known) {
            case .unrelated: continue
            case .no(let reason):
                let bank = known.bank.bankName ?? "bank \(known.bank.text)"
                rejected.append(RejectedCandidate(rule, "payment \(known.reference.text) of \(bank)", reason))
            case .fits:
                // The one that the text names goes first.
                let rank = (
                    input.remittance?.mentions(known.reference) == true ? 0 : 1,
                    abs(known.bookedOn.distance(to: input.bookedOn))
                )
                if best.map({ rank < $0.rank }) ?? true { best = (known, rank) }
            }
        }
        return best.map { .hit(.evidence(of: $0.known.id), rejected: rejected) } ?? .rejected(rejected)
    }
}
