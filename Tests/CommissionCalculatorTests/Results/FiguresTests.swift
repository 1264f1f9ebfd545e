import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

struct FiguresTests {
    /// T38, article 000 and its disagreements, article 004, domain.md 7.
    @Test func sharesOfTheArticles() {
        #expect(Percent(956_000_000_000, of: 814_000_000_000)?.description == "117.4")
        #expect(Percent(2_723, of: 7_200)?.description == "37.8")
        #expect(Percent(2_723, of: 24_000)?.description == "11.3")
        #expect(Percent(100_000, of: 820_000)?.description == "12.2")
        #expect(Percent(99_999, of: 820_000)?.tenths == 122)
        #expect(Percent(30_640_000, of: 92_000_000)?.description == "33.3")
        #expect(Percent(49_000_000, of: 92_000_000)?.description == "53.3")
    }

    /// T38, T39, T40.
    @Test func targetsThatFollowFromOthers() {
        #expect(TargetArithmetic.growth(of: 956_000_000_000, by: .percent(15)) == 1_099_400_000_000)
        #expect(TargetArithmetic.growth(of: 30_500_000, by: Rate(partsPerMillion: 147_500)) == 34_998_750)
        #expect(TargetArithmetic.share(.percent(30), of: 24_000) == 7_200)
        #expect(TargetArithmetic.share(.percent(50), of: 3) == 2)
        #expect(TargetArithmetic.growth(of: .max, by: .percent(1)) == nil)
    }

    /// T41 and the goal of article 003, in both readings.
    @Test func retentionOfArticle003() {
        let growth = RetentionRatio(reading: .growth, place: "", first: 21_000_000, second: 34_500_000 - 30_500_000)
        #expect(growth.ratio?.description == "5.25")
        #expect(Ratio.second(of: 21_000_000, at: 3) == 7_000_000)
        #expect(RetentionRatio(reading: .cohort, place: "", first: 5, second: 1).ratio?.description == "5.00")
        // Where more leave than come there is no such ratio.
        #expect(Ratio(21_000_000, to: 0) == nil)
        #expect(Ratio(21_000_000, to: -4_000_000) == nil)
        #expect(RetentionReading.growth.definition != RetentionReading.cohort.definition)
    }

    /// Article 002: 30.5 active and 20.2 inactive of 50.7 million; article 004.
    @Test func coverageInBothDefinitions() {
        let nation = Coverage(registered: 50_700_000, active: 30_500_000)
        #expect(nation.inactive == 20_200_000)
        #expect(nation.activeOfRegistered?.description == "60.2")
        #expect(nation.activeOfPotential == nil && nation.gap == nil)
        let branch = Coverage(registered: 100_000, active: 60_000, potential: 820_000)
        #expect(branch.gap == 720_000)
        #expect(branch.registeredOfPotential?.description == "12.2")
        #expect(branch.activeOfPotential?.description == "7.3")
    }

    @Test func sharesRoundHalfUpAndMirror() {
        #expect(Percent(1, of: 2_000)?.description == "0.1")
        #expect(Percent(1, of: 2_001)?.description == "0.0")
        #expect(Percent(-1, of: 2_000)?.description == "-0.1")
        #expect(Percent(1, of: 0) == nil)
        #expect(Percent(1, of: -1) == nil)
        #expect(Percent(.max, of: 1) == nil)
        #expect(Percent(.max, of: .max)?.description == "100.0")
        var generator = SeededGenerator("percent")
        for _ in 0..<1_000 {
            let whole = Int64.random(in: 1...1_000_000_000_000, using: &generator)
            let part = Int64.random(in: 0...whole, using: &generator)
            let tenths = Percent(part, of: whole)?.tenths ?? -1
            #expect(abs(Int128(tenths) * Int128(whole) - Int128(part) * 1_000) * 2 <= Int128(whole))
        }
    }

    @Test func ranksOfEqualsAreEqual() {
        #expect(Ranking.ranks([5, 9, nil, 9, 1] as [Int?]) == [3, 1, nil, 1, 4])
        #expect(Ranking.ranks([] as [Int?]) == [])
    }

    @Test func elevenRegions() {
        #expect(Kanwil.allCases.count == 11)
        #expect(Kanwil(named: "banuspa") == .banuspa && Kanwil(named: "Bali") == nil)
    }
}
