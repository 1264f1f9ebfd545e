import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

/// domain.md T34 and T35, and the bounds between brackets.
@Suite struct TaxRuleTests {
    private let person = TaxPayee(kind: .agent, legalEntity: false, hasTaxNumber: true)
    private let unnumbered = TaxPayee(kind: .agent, legalEntity: false, hasTaxNumber: false)
    private let entity = TaxPayee(kind: .wadah, legalEntity: true, hasTaxNumber: true)
    private let club = TaxPayee(kind: .wadah, legalEntity: false, hasTaxNumber: true)

    private func tax(_ rule: TaxRule, _ gross: Int64, _ payee: TaxPayee) throws -> Int64 {
        try rule.withheld(gross: Rupiah(gross), from: payee).amount
    }

    @Test func t34() throws {
        #expect(try tax(TaxRule(.pph21), 600_000_000, person) == 44_000_000)
    }

    /// 85.441,25 is rounded once: with the surcharge 102.529,5 becomes 102.530, not 1,2 times the rounded 85.441.
    @Test func t35() throws {
        #expect(try tax(TaxRule(.pph21), 3_417_650, person) == 85_441)
        #expect(try tax(TaxRule(.pph21), 3_417_650, unnumbered) == 102_530)
    }

    @Test(
        arguments: [
            (0, 0), (1, 0), (20, 1), (19, 0), (120_000_000, 3_000_000), (120_000_002, 3_000_000),
            (500_000_000, 31_500_000), (1_000_000_000, 94_000_000), (10_000_000_000, 1_444_000_000),
            (10_000_002_000, 1_444_000_350),
        ] as [(Int64, Int64)])
    func brackets(_ gross: Int64, _ expected: Int64) throws {
        #expect(try tax(TaxRule(.pph21), gross, person) == expected)
    }

    @Test func whoPaysWhat() throws {
        for (kind, taxes) in [
            (TaxKind.none, [0, 0, 0]), (.pph21, [25_000, 0, 25_000]), (.pph23, [0, 20_000, 0]),
            (.byPayee, [25_000, 20_000, 25_000]),
        ] {
            let rule = TaxRule(kind)
            #expect(try [person, entity, club].map { try tax(rule, 1_000_000, $0) } == taxes.map(Int64.init))
            for payee in [person, entity, club] {
                #expect(rule.kind(for: payee) != .byPayee)
                #expect(try (rule.kind(for: payee) == .none) == (tax(rule, 1_000_000, payee) == 0))
            }
        }
        // What an entity without NPWP pays more is data.
        let strict = TaxRule(.pph23, pph23: .init(rate: .percent(2), withoutNumber: .one))
        let payee = TaxPayee(kind: .wadah, legalEntity: true, hasTaxNumber: false)
        #expect(try tax(strict, 1_000_000, payee) == 40_000)
        #expect(try tax(TaxRule(.pph23), 1_000_025, payee) == 20_001)
        #expect(try tax(TaxRule(.pph23), 1_000_024, payee) == 20_000)
    }

    @Test func extremes() throws {
        #expect(throws: TaxRule.NegativeGross.self) { try tax(TaxRule(.pph21), -1, person) }
        let most = try tax(TaxRule(.pph21), .max, unnumbered)
        #expect(most > 0 && most < .max / 2)
        #expect(try tax(TaxRule(.pph23), .max, entity) == 184_467_440_737_095_516)
    }

    /// Of any rule that can be written something is left of each payment, and more gross is never less net.
    @Test func somethingIsAlwaysLeft() throws {
        var generator = SeededGenerator("somethingIsAlwaysLeft")
        var tried = 0
        for _ in 0..<2_000 {
            let rule = SchemesRandom.tax(&generator)
            guard TaxDefinition(rule).faults.isEmpty else { continue }
            tried += 1
            var last: Int64 = 0
            for gross in [1, 2, 3, 10, 999, 60_000_001, 9_000_000_000] as [Int64] {
                for payee in [person, unnumbered, entity] { #expect(try tax(rule, gross, payee) < gross) }
                let net = gross - (try tax(rule, gross, unnumbered))
                #expect(net >= last)
                last = net
            }
        }
        #expect(tried > 300)
    }
}
