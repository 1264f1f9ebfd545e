import PerisaiModels
import TestSupport
import Testing

@testable import PaymentReconciler

/// What must hold for every input.
@Suite struct MatchingPropertyTests {
    struct Case {
        let input: MatchInput
        let candidates: MatchCandidates
        let policy: MatchPolicy
    }

    static let names = ["BUDI SANTOSO", "BUDI SANTOSO WIBOWO", "SITI AMINAH"]
    static let niks = [Sample.nik, 1_271_215_712_960_003]

    static func make(_ random: inout SeededGenerator) throws -> Case {
        func chance(_ percent: Int, _ random: inout SeededGenerator) -> Bool {
            Int.random(in: 0..<100, using: &random) < percent
        }
        let amounts: [Int64] = [100, 200, 300, 500, 700]
        func amount(_ random: inout SeededGenerator) -> Int64 { amounts.randomElement(using: &random) ?? 100 }
        let payers = try (1...5).map { number in
            try Sample.payer(
                number, names.randomElement(using: &random),
                (0..<Int.random(in: 0...3, using: &random)).map { _ in amount(&random) },
                next: chance(50, &random) ? amount(&random) : nil, isKnown: chance(85, &random),
                isClosed: chance(10, &random))
        }
        var texts: [String] = []
        for number in 1...5 where chance(15, &random) { texts.append("KPJ \(try Sample.kpj(number).text)") }
        for nik in niks where chance(20, &random) { texts.append("NIK \(nik)") }
        if chance(10, &random) { texts.append("FT26010001") }
        if chance(20, &random) { texts.append("2 BLN") }
        if chance(10, &random) { texts.append("IURAN JANUARI WS_OB;1;2") }
        let payments = try (1...6).map { number in
            try Sample.known(
                number, amount(&random), reference: chance(10, &random) ? String(Sample.nik) : nil,
                payer: chance(60, &random) ? Sample.person(Int.random(in: 1...5, using: &random)) : nil,
                nik: niks.randomElement(using: &random), on: Sample.day(Int.random(in: 8...16, using: &random)),
                remark: chance(30, &random) ? "IURAN JANUARI" : nil,
                evidence: [.notice, .interim, .statement].randomElement(using: &random) ?? .notice)
        }
        let waiting = try (10..<10 + Int.random(in: 1...6, using: &random)).map {
            try Sample.waiting($0, amount(&random), names.randomElement(using: &random) ?? "")
        }
        let input = try Sample.input(
            amount(&random) * Int64.random(in: 1...4, using: &random), kind: chance(70, &random) ? .statement : .notice,
            text: chance(60, &random) ? texts.joined(separator: " ") : nil,
            name: chance(80, &random) ? names.randomElement(using: &random) : nil,
            references: chance(20, &random) ? [String(Sample.nik)] : [],
            account: chance(10, &random) ? VirtualAccount(payer: Sample.person(1)) : nil,
            nik: chance(10, &random) ? niks.randomElement(using: &random) : nil)
        return Case(
            input: input,
            candidates: MatchCandidates(
                payments: chance(40, &random) ? payments : [], payers: payers,
                payerOfNIK: [niks[0]: try Sample.person(1), niks[1]: try Sample.person(2)], named: payers,
                waiting: waiting),
            policy: MatchPolicy(tolerance: chance(50, &random) ? 50 : 0))
    }

    @Test("No decision invents money or loses any")
    func money() throws {
        var random = SeededGenerator("matching money")
        var rules: [MatchRule: Int] = [:]
        for _ in 0..<4_000 {
            let test = try Self.make(&random)
            let decision = Matching.decide(test.input, test.candidates, test.policy)
            rules[decision.rule, default: 0] += 1
            #expect(abs(decision.difference) <= test.policy.tolerance)
            switch decision.outcome {
            case .evidence(let id):
                #expect(test.candidates.payments.contains { $0.id == id && $0.amount == test.input.amount })
            case .post(let parts):
                #expect(parts.reduce(decision.difference) { $0 + $1.amount } == test.input.amount)
                #expect(Set(parts.map(\.payer)).count == parts.count)
                #expect(parts.allSatisfy { $0.amount > 0 })
            case .postTogether(let ids, let payer):
                let sum = test.candidates.waiting.filter { ids.contains($0.id) }.reduce(test.input.amount) {
                    $0 + $1.amount
                }
                let owed = test.candidates.named.first { $0.payer == payer }?.payable(upTo: .max).map(\.amount) ?? []
                #expect(owed.contains(sum))
                #expect(Set(ids).count == ids.count)
            case .manyToMany(let pairs):
                for (id, part) in Dictionary(grouping: pairs, by: \.waiting) {
                    let whole = id.flatMap { id in test.candidates.waiting.first { $0.id == id }?.amount }
                    #expect(part.reduce(0) { $0 + $1.amount } == whole ?? test.input.amount)
                }
                for (payer, part) in Dictionary(grouping: pairs, by: \.payer) {
                    let owed =
                        test.candidates.named.first { $0.payer == payer }?.payable(upTo: .max).map(\.amount) ?? []
                    #expect(owed.contains(part.reduce(0) { $0 + $1.amount }))
                }
                #expect(pairs.contains { $0.waiting == nil })
            case .unmatched: #expect(decision.rule == .noRule)
            }
        }
        print("rules met: \(rules.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" })")
    }

    @Test("Neither the order of candidates nor one that is unrelated changes a decision")
    func order() throws {
        var random = SeededGenerator("matching order")
        for _ in 0..<2_000 {
            let test = try Self.make(&random)
            let decision = Matching.decide(test.input, test.candidates, test.policy)
            var other = test.candidates
            other.payments.shuffle(using: &random)
            other.payers.shuffle(using: &random)
            other.named.shuffle(using: &random)
            other.waiting.shuffle(using: &random)
            #expect(Matching.decide(test.input, other, test.policy) == decision)
            other.payments.insert(
                try Sample.known(99, test.input.amount, reference: "UNRELATED1234", payer: Sample.person(99)), at: 0)
            other.payers.insert(try Sample.payer(99, nil, [test.input.amount]), at: 0)
            other.named.insert(try Sample.payer(98, "JOKO WIDAGDO", [test.input.amount]), at: 0)
            other.waiting.insert(try Sample.waiting(97, 100, "JOKO WIDAGDO"), at: 0)
            #expect(Matching.decide(test.input, other, test.policy) == decision)
        }
    }

    @Test("A NIK is never in clear in what a decision keeps")
    func secrecy() throws {
        var random = SeededGenerator("matching secrecy")
        for _ in 0..<2_000 {
            let test = try Self.make(&random)
            let decision = Matching.decide(test.input, test.candidates, test.policy)
            let texts = decision.inputs.map(\.value) + decision.rejected.flatMap { [$0.what, $0.reason] }
            for nik in Self.niks { #expect(!texts.contains { $0.contains(String(nik)) }) }
            #expect(decision.rejected.count <= MatchPolicy.rejectedLimit)
        }
    }
}
