import PerisaiModels
import Testing

@testable import PaymentReconciler

@Suite struct MatchingTests {
    // MARK: Evidence

    @Test("The bank's number again is evidence, with another amount it is not")
    func sameReference() throws {
        let input = try Sample.input(references: ["NONREF", "FT26010001"])
        var candidates = MatchCandidates(payments: [try Sample.known(1, evidence: [.notice, .statement])])
        let decision = Matching.decide(input, candidates)
        #expect(decision.rule == .sameReference)
        #expect(decision.outcome == .evidence(of: Sample.id(1)))
        candidates.payments = [try Sample.known(1, 20_000)]
        let refused = Matching.decide(input, candidates)
        #expect(refused.outcome == .unmatched)
        #expect(refused.rejected.map(\.reason) == ["has another amount"])
        candidates.payments = [try Sample.known(1, bank: .cimbNiaga)]
        #expect(Matching.decide(input, candidates).outcome == .unmatched)
    }

    @Test("Callback and statement line of one payment are one; the second line is another payment")
    func samePayment() throws {
        let account = VirtualAccount(payer: try Sample.person(1))
        let input = try Sample.input(text: "IURAN \(account)")
        let payers = [try Sample.payer(1)]
        func decide(_ known: KnownMoney) -> MatchDecision {
            Matching.decide(input, MatchCandidates(payments: [known], payers: payers))
        }
        let payer = try Sample.person(1)
        #expect(decide(try Sample.known(1, payer: payer)).outcome == .evidence(of: Sample.id(1)))
        #expect(decide(try Sample.known(1, payer: payer)).rule == .samePayment)
        #expect(decide(try Sample.known(1, payer: payer, on: Sample.day(9))).rule == .samePayment)
        #expect(decide(try Sample.known(1, payer: payer, on: Sample.day(8))).rule == .virtualAccount)
        #expect(decide(try Sample.known(1, payer: payer, evidence: [.notice, .statement])).rule == .virtualAccount)
        #expect(decide(try Sample.known(1, payer: Sample.person(2))).rule == .virtualAccount)
        #expect(decide(try Sample.known(1, 16_801, payer: payer)).rejected.map(\.rule) == [.samePayment])
    }

    @Test("A payment that waits under its NIK gets evidence by the NIK, the nearest date first")
    func samePaymentByNIK() throws {
        let candidates = MatchCandidates(payments: [
            try Sample.known(1, nik: Sample.nik, on: Sample.day(10)),
            try Sample.known(2, nik: Sample.nik, on: Sample.day(13)),
        ])
        let decision = Matching.decide(try Sample.input(nik: Sample.nik), candidates)
        #expect(decision.outcome == .evidence(of: Sample.id(2)))
    }

    @Test("The bank's number in the text")
    func referenceInText() throws {
        let input = try Sample.input(text: "SETORAN ft-26010001/MOBILE")
        var candidates = MatchCandidates(payments: [try Sample.known(1, on: Sample.day(5))])
        #expect(Matching.decide(input, candidates).rule == .referenceInText)
        candidates.payments = [try Sample.known(1, on: Sample.day(4))]
        #expect(Matching.decide(input, candidates).outcome == .unmatched)
    }

    @Test("A remark that the bank changed overnight (domain.md 6.3); two equal lines of one kind are two payments")
    func sameRemark() throws {
        let input = try Sample.input(text: "IURAN BUDI WS_OB;0001;INFO")
        func decide(_ known: KnownMoney) -> MatchDecision { Matching.decide(input, MatchCandidates(payments: [known])) }
        #expect(decide(try Sample.known(1, remark: "Iuran budi", evidence: .interim)).rule == .sameRemark)
        #expect(decide(try Sample.known(1, remark: "Iuran budi", evidence: .statement)).outcome == .unmatched)
        #expect(decide(try Sample.known(1, remark: "Iuran budiman", evidence: .interim)).outcome == .unmatched)
        #expect(
            decide(try Sample.known(1, on: Sample.day(11), remark: "Iuran budi", evidence: .interim)).outcome
                == .unmatched)
    }

    // MARK: Numbers

    @Test("Kode iuran, virtual account, NIK, KPJ and NPP name the payer")
    func numbers() throws {
        let payer = try Sample.person(1)
        let candidates = MatchCandidates(payers: [try Sample.payer(1)], payerOfNIK: [Sample.nik: payer])
        let expected = MatchOutcome.post([PayerAmount(payer: payer, amount: 16_800)])
        let kode = KodeIuran(participant: try Sample.kpj(1))
        let cases: [(MatchInput, MatchRule)] = [
            (try Sample.input(kode: kode), .kodeIuran), (try Sample.input(text: "BAYAR \(kode)"), .kodeIuran),
            (try Sample.input(account: VirtualAccount(payer: payer)), .virtualAccount),
            (try Sample.input(text: "\(VirtualAccount(payer: payer))"), .virtualAccount),
            (try Sample.input(nik: Sample.nik, months: 2), .nikMonths),
            (try Sample.input(text: "\(Sample.nik) 2 BLN"), .nikMonths),
            (try Sample.input(text: "KPJ \(try Sample.kpj(1).text)"), .labelledNumber),
            // First hit wins.
            (try Sample.input(text: "KPJ \(try Sample.kpj(1).text) NIK \(Sample.nik) KODE \(kode)"), .kodeIuran),
        ]
        for (input, rule) in cases {
            let decision = Matching.decide(input, candidates)
            #expect(decision.rule == rule)
            #expect(decision.outcome == expected)
            #expect(Matching.decide(input, MatchCandidates()).outcome == .unmatched)
        }
    }

    @Test("A closed employer can pay what it owes; one that owes nothing and one not enrolled are refused")
    func closed() throws {
        let input = try Sample.input(account: VirtualAccount(payer: Sample.person(1)))
        func reason(_ payer: PayerCandidate) -> String? {
            Matching.decide(input, MatchCandidates(payers: [payer])).rejected.first?.reason
        }
        #expect(reason(try Sample.payer(1, nil, [1000], isClosed: true)) == nil)
        #expect(reason(try Sample.payer(1, nil, [], next: 1000, isClosed: true)) == "is closed and owes nothing")
        #expect(reason(try Sample.payer(1, isKnown: false)) == "is not enrolled")
    }

    @Test("A number in the text counts as an employer's kode iuran when its month is open or the text says so")
    func plausibleKode() throws {
        let npp = try NPP("15092870")
        let january = try #require(ContributionMonth(year: 2026, month: 1))
        let kode = try KodeIuran(employer: npp, month: january)
        func decide(_ text: String, _ open: [OpenDue]) throws -> MatchRule {
            let payer = PayerCandidate(payer: .employer(npp), open: open)
            return Matching.decide(try Sample.input(text: text), MatchCandidates(payers: [payer])).rule
        }
        #expect(try decide("TRF \(kode)", [Sample.due(500, 1)]) == .kodeIuran)
        #expect(try decide("TRF \(kode)", [Sample.due(500, 2)]) == .noRule)
        #expect(try decide("KODE IURAN \(kode)", [Sample.due(500, 2)]) == .kodeIuran)
    }

    @Test("A field is believed before the text, and before the name")
    func fieldFirst() throws {
        let candidates = MatchCandidates(
            payers: [try Sample.payer(2)], named: [try Sample.payer(3, "BUDI SANTOSO", [16_800])])
        let input = try Sample.input(
            text: "KPJ \(try Sample.kpj(2).text)", name: "BUDI SANTOSO",
            account: VirtualAccount(payer: Sample.person(1)))
        #expect(Matching.decide(input, candidates).outcome == .unmatched)
    }

    // MARK: Sums

    @Test("One payment for the payers that its text names")
    func manyPayers() throws {
        let text = "KPJ \(try Sample.kpj(1).text), \(try Sample.kpj(2).text), \(try Sample.kpj(3).text)"
        func decide(_ amount: Int64, _ payers: [PayerCandidate]) throws -> MatchDecision {
            Matching.decide(try Sample.input(amount, text: text), MatchCandidates(payers: payers))
        }
        func parts(_ amounts: [(Int, Int64)]) throws -> MatchOutcome {
            .post(try amounts.map { PayerAmount(payer: try Sample.person($0), amount: $1) })
        }
        let payers = [
            try Sample.payer(1, nil, [100, 100]), try Sample.payer(2, nil, [250]),
            try Sample.payer(3, nil, [], next: 40),
        ]
        // All that is open where something is open: payer 3 owes nothing, so the plan of a month each is next.
        #expect(try decide(390, payers).outcome == parts([(1, 100), (2, 250), (3, 40)]))
        #expect(try decide(450, payers).outcome == parts([(1, 200), (2, 250)]))
        #expect(try decide(450, payers).rule == .manyPayers)
        #expect(try decide(451, payers).rejected.last?.reason == "what they owe does not sum to the amount")
        let equal = [try Sample.payer(1, nil, [100]), try Sample.payer(2, nil, [100]), try Sample.payer(3, nil, [100])]
        #expect(try decide(300, equal).outcome == parts([(1, 100), (2, 100), (3, 100)]))
        #expect(try decide(200, equal).rejected.last?.reason == "what they owe sums to the amount in several ways")
        // An amount that no single payer's number may take alone.
        #expect(try decide(300, equal).rule == .manyPayers)
    }

    @Test("Two months for each of the NIKs")
    func manyPayersMonths() throws {
        let second: Int64 = 1_271_215_712_960_003
        let candidates = MatchCandidates(
            payers: [try Sample.payer(1, nil, [16_800, 16_800, 16_800]), try Sample.payer(2, nil, [], next: 36_800)],
            payerOfNIK: [Sample.nik: try Sample.person(1), second: try Sample.person(2)])
        let decision = Matching.decide(
            try Sample.input(107_200, text: "NIK \(Sample.nik), \(second) 2 BLN"), candidates)
        #expect(
            decision.outcome
                == .post([
                    PayerAmount(payer: try Sample.person(1), amount: 33_600),
                    PayerAmount(payer: try Sample.person(2), amount: 73_600),
                ]))
    }

    @Test("Name, amount and date: edges of both tolerances")
    func tolerances() throws {
        let candidates = MatchCandidates(named: [try Sample.payer(1, "BUDI SANTOSO WIBOWO", [16_800])])
        let policy = MatchPolicy(tolerance: 2_500, days: 3)
        func decide(_ amount: Int64, _ day: Int, _ policy: MatchPolicy = policy) throws -> MatchDecision {
            Matching.decide(
                try Sample.input(amount, on: Sample.day(day), name: "Bpk. Budi Santoso"), candidates, policy)
        }
        let part = MatchOutcome.post([PayerAmount(payer: try Sample.person(1), amount: 16_800)])
        for (amount, difference) in [(16_800, 0), (14_300, -2_500), (19_300, 2_500)] as [(Int64, Int64)] {
            let decision = try decide(amount, 12)
            #expect(decision.rule == .nameAmountDate)
            #expect(decision.outcome == part)
            #expect(decision.difference == difference)
        }
        #expect(try decide(14_299, 12).outcome == .unmatched)
        #expect(try decide(19_301, 12).outcome == .unmatched)
        #expect(try decide(16_800, 18).outcome == part)
        #expect(try decide(16_800, 11).outcome == .unmatched)
        #expect(try decide(16_800, 19).rejected.map(\.reason) == ["has its due date more than 3 days apart"])
        #expect(try decide(16_801, 12, MatchPolicy()).outcome == .unmatched)
    }

    @Test("Two payers of one name that fit are refused, and so are two sums of one payer")
    func ambiguousName() throws {
        let input = try Sample.input(16_000, name: "BUDI SANTOSO")
        let policy = MatchPolicy(tolerance: 1_000)
        let two = MatchCandidates(named: [
            try Sample.payer(1, "BUDI SANTOSO", [16_000]), try Sample.payer(2, "BUDI SANTOSO WIBOWO", [16_800]),
        ])
        let decision = Matching.decide(input, two, policy)
        #expect(decision.outcome == .unmatched)
        #expect(decision.rejected.map(\.reason) == Array(repeating: "is one of 2 payers that fit", count: 2))
        let sums = MatchCandidates(named: [try Sample.payer(1, "BUDI SANTOSO", [15_500, 1_000])])
        #expect(Matching.decide(input, sums, policy).rejected.map(\.reason) == ["two of its sums are as near"])
        #expect(Matching.decide(try Sample.input(16_500, name: "BUDI SANTOSO"), sums, policy).difference == 0)
    }

    @Test("Many payments for one due; equal payments are taken from the oldest")
    func manyPayments() throws {
        let payer = try Sample.payer(1, "BUDI SANTOSO", [50_000])
        let input = try Sample.input(20_000, name: "BUDI SANTOSO")
        func decide(_ waiting: [WaitingMoney], _ named: [PayerCandidate]) -> MatchDecision {
            Matching.decide(input, MatchCandidates(named: named, waiting: waiting))
        }
        let waiting = [try Sample.waiting(3, 15_000), try Sample.waiting(1, 15_000), try Sample.waiting(2, 15_000)]
        let decision = decide(waiting, [payer])
        #expect(decision.rule == .manyPayments)
        #expect(decision.outcome == .postTogether(with: [Sample.id(1), Sample.id(2)], payer: payer.payer))
        #expect(decide([try Sample.waiting(1, 30_000, "SITI AMINAH")], [payer]).outcome == .unmatched)
        let several = decide(
            [try Sample.waiting(1, 10_000), try Sample.waiting(2, 20_000), try Sample.waiting(3, 30_000)], [payer])
        #expect(several.outcome == .unmatched)
        #expect(several.rejected.last?.reason == "fit in several ways")
        let twins = decide([try Sample.waiting(1, 30_000)], [payer, try Sample.payer(2, "BUDI SANTOSO", [50_000])])
        #expect(twins.outcome == .unmatched)
    }

    @Test("Many payments for many payers, when there is one way only")
    func manyToMany() throws {
        let named = [try Sample.payer(1, "BUDI SANTOSO", [70]), try Sample.payer(2, "BUDI SANTOSO", [45])]
        let waiting = [try Sample.waiting(1, 80), try Sample.waiting(2, 3)]
        let decision = Matching.decide(
            try Sample.input(35, name: "BUDI SANTOSO"), MatchCandidates(named: named, waiting: waiting))
        #expect(decision.rule == .manyToMany)
        #expect(
            decision.outcome
                == .manyToMany([
                    MatchPair(waiting: Sample.id(1), payer: named[0].payer, amount: 70),
                    MatchPair(waiting: Sample.id(1), payer: named[1].payer, amount: 10),
                    MatchPair(waiting: nil, payer: named[1].payer, amount: 35),
                ]))
        let ambiguous = Matching.decide(
            try Sample.input(35, name: "BUDI SANTOSO"),
            MatchCandidates(named: named + [try Sample.payer(3, "BUDI SANTOSO", [45])], waiting: waiting))
        #expect(ambiguous.rejected.last?.reason == "fit in several ways")
    }

    @Test("A search ends at its limit and then decides nothing")
    func stepLimit() throws {
        let waiting = try (1...20).map { try Sample.waiting($0, Int64(1) << Int64($0)) }
        let named = [
            try Sample.payer(1, "BUDI SANTOSO", [(1 << 21) - 1]), try Sample.payer(2, "BUDI SANTOSO", [(1 << 30) + 1]),
        ]
        let input = try Sample.input(1, name: "BUDI SANTOSO")
        let decision = Matching.decide(input, MatchCandidates(named: named, waiting: waiting))
        #expect(decision.outcome == .unmatched)
        #expect(decision.rejected.suffix(2).map(\.reason) == ["too many sums to try", "too many sums to try"])
        let more = Matching.decide(
            input, MatchCandidates(named: named, waiting: waiting), MatchPolicy(stepLimit: 2_000_000))
        #expect(more.rule == .manyPayments)
        let texts = try (1...29).map { try Sample.kpj($0).text }.joined(separator: ",")
        let payers = try (1...29).map { try Sample.payer($0, nil, [Int64(1000 + $0 * $0)]) }
        let group = Matching.decide(try Sample.input(20_123, text: "KPJ \(texts)"), MatchCandidates(payers: payers))
        #expect(group.outcome == .unmatched)
        #expect(group.rejected.count == MatchPolicy.rejectedLimit)
    }

    @Test("Amounts outside the limits are not matched, and rules keep their numbers and words")
    func limits() throws {
        for amount in [0, -1, Int64.max] {
            let decision = Matching.decide(try Sample.input(amount, name: "BUDI"), MatchCandidates())
            #expect(decision.rejected.count == 1)
        }
        #expect(MatchRule.allCases.map(\.rawValue) == Array(0...12))
        #expect(Matching.rules.map(\.rule) == Array(MatchRule.allCases.dropFirst()))
        #expect(Set(MatchRule.allCases.map(\.name)).count == 13)
        #expect(MatchRule.allCases.allSatisfy { $0.english.hasSuffix(".") && $0.indonesian.hasSuffix(".") })
        #expect(MatchPolicy(tolerance: -1, days: -1, evidenceDays: -1, stepLimit: -1).tolerance == 0)
        #expect(MatchPolicy(tolerance: .max).tolerance == 1_000_000)
    }
}
