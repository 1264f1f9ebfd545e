import PerisaiModels

/// The rules that know the payer by a number. A field of the evidence is believed before its text, and a text that names
/// several known payers is left to the rule for many payers.
enum NumberRules {
    static func kodeIuran(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        if let kode = input.kodeIuran {
            guard let payer = kode.payer else {
                return .rejected([RejectedCandidate(.kodeIuran, "kode iuran \(kode)", "can be no payer's")])
            }
            return take(payer, .kodeIuran, input, candidates)
        }
        let text = input.remittance
        var rejected: [RejectedCandidate] = []
        let payers = (text?.kodeIuran ?? []).compactMap { kode -> PayerNumber? in
            guard let payer = kode.payer else { return nil }
            if isPlausible(kode, payer, text, candidates) { return payer }
            rejected.append(RejectedCandidate(.kodeIuran, "kode iuran \(kode)", "names a month that is not open"))
            return nil
        }
        return takeFromText(payers, .kodeIuran, input, candidates, rejected)
    }

    static func virtualAccount(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy)
        -> RuleResult
    {
        if let account = input.virtualAccount, input.kodeIuran?.payer == nil {
            if let payer = account.payer { return take(payer, .virtualAccount, input, candidates) }
            guard input.remittance?.virtualAccounts.isEmpty == false else {
                return .rejected(
                    [RejectedCandidate(.virtualAccount, "virtual account \(account)", "is not of our numbering")])
            }
        }
        let payers = input.remittance?.virtualAccounts.compactMap(\.payer) ?? []
        return takeFromText(payers, .virtualAccount, input, candidates)
    }

    static func nikMonths(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        if let nik = input.nik, input.fieldPayer == nil {
            guard let payer = candidates.payerOfNIK[nik] else { return .rejected([unknown(nik: nik)]) }
            return take(payer, .nikMonths, input, candidates)
        }
        var rejected: [RejectedCandidate] = []
        let payers = (input.remittance?.niks ?? []).compactMap { nik -> PayerNumber? in
            let payer = candidates.payerOfNIK[nik.code]
            if payer == nil { rejected.append(unknown(nik: nik.code)) }
            return payer
        }
        return takeFromText(payers, .nikMonths, input, candidates, rejected)
    }

    static func labelledNumber(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy)
        -> RuleResult
    {
        takeFromText(input.remittance?.payers ?? [], .labelledNumber, input, candidates)
    }

    // MARK: Who is named

    /// All that the evidence names, enrolled or not: by its fields, or else by its text.
    static func named(in input: MatchInput, _ candidates: MatchCandidates) -> (
        payers: Set<PayerNumber>, niks: Set<Int64>
    ) {
        if let payer = input.fieldPayer { return ([payer], []) }
        let niks = input.nik.map { [$0] } ?? (input.remittance?.niks.map(\.code) ?? [])
        var payers = Set(niks.compactMap { candidates.payerOfNIK[$0] })
        if input.nik == nil, let text = input.remittance {
            payers.formUnion(text.payers)
            payers.formUnion(text.virtualAccounts.compactMap(\.payer))
            for kode in text.kodeIuran {
                if let payer = kode.payer, isPlausible(kode, payer, text, candidates) { payers.insert(payer) }
            }
        }
        return (payers, Set(niks))
    }

    /// The enrolled payers among them, in order.
    static func enrolled(in input: MatchInput, _ candidates: MatchCandidates) -> [PayerCandidate] {
        named(in: input, candidates).payers.sorted().compactMap { payer in
            candidates.payer(payer).flatMap { $0.isKnown ? $0 : nil }
        }
    }

    /// A number in the text may be some bank's own. It counts as an employer's kode iuran when the text says so, or when
    /// its month is open.
    private static func isPlausible(
        _ kode: KodeIuran, _ payer: PayerNumber, _ text: RemittanceText?, _ candidates: MatchCandidates
    ) -> Bool {
        guard let month = kode.month, text?.labelledKodeIuran.contains(kode) != true,
            let candidate = candidates.payer(payer), candidate.isKnown
        else { return true }
        return candidate.next?.month == month || candidate.open.contains { $0.month == month }
    }

    // MARK: Taking

    private static func unknown(nik: Int64) -> RejectedCandidate {
        RejectedCandidate(.nikMonths, "NIK \(MatchInput.masked(nik: nik))", "belongs to no enrolled payer")
    }

    private static func takeFromText(
        _ payers: [PayerNumber], _ rule: MatchRule, _ input: MatchInput, _ candidates: MatchCandidates,
        _ rejected: [RejectedCandidate] = []
    ) -> RuleResult {
        guard !input.isNamedByField else { return .rejected([]) }
        let known = Set(payers).sorted().filter { candidates.payer($0)?.isKnown == true }
        guard let payer = known.first else {
            return .rejected(
                rejected + Set(payers).sorted().map { RejectedCandidate(rule, $0.description, "is not enrolled") })
        }
        guard enrolled(in: input, candidates).count == 1 else {
            return .rejected(
                rejected
                    + known.map { RejectedCandidate(rule, $0.description, "is one of several that the text names") })
        }
        return take(payer, rule, input, candidates, rejected)
    }

    private static func take(
        _ payer: PayerNumber, _ rule: MatchRule, _ input: MatchInput, _ candidates: MatchCandidates,
        _ rejected: [RejectedCandidate] = []
    ) -> RuleResult {
        guard let candidate = candidates.payer(payer), candidate.isKnown else {
            return .rejected(rejected + [RejectedCandidate(rule, payer.description, "is not enrolled")])
        }
        guard !candidate.isClosed || !candidate.open.isEmpty else {
            return .rejected(rejected + [RejectedCandidate(rule, payer.description, "is closed and owes nothing")])
        }
        return .hit(.post([PayerAmount(payer: payer, amount: input.amount)]), rejected: rejected)
    }
}
