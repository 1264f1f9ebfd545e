import PerisaiModels
import TestSupport
import Testing

@Suite struct PUTests {
    private let five: ProgrammeSet = [.jkk, .jkm, .jht, .jp, .jkp]

    @Test func t27BillOf2022() throws {
        let published = ContributionBreakdown(
            jkk: Rupiah(1082), jkm: Rupiah(2166), jht: Rupiah(61_688), jp: Rupiah(32_467), jkp: Rupiah(2597))
        #expect(published.adds(upTo: Rupiah(100_000)))
        // The wage that the bill's JP of 3 % follows from; the rest agrees to the rounding of the biller's test data.
        let bill = try PUContribution.of(
            month: month("2022-01"), wages: [Rupiah(1_082_233)], riskClass: .veryLow, programmes: five)
        for programme in Programme.allCases {
            #expect((bill.breakdown[programme].amount - published[programme].amount).magnitude <= 2, "\(programme)")
        }
        #expect(bill.breakdown.adds(upTo: bill.total))
    }

    @Test func t28BreakdownThatDoesNotAddUp() throws {
        let bill = ContributionBreakdown(
            jkk: Rupiah(67_104), jkm: Rupiah(84_130), jht: Rupiah(1_617_477), jp: Rupiah(1000), jkp: Rupiah(1000))
        #expect(try bill.total() == Rupiah(1_770_711) && !bill.adds(upTo: Rupiah(99_000)))
        #expect(!ContributionBreakdown(jkk: Rupiah(-1), jkm: Rupiah(1)).adds(upTo: .zero))
        #expect(!ContributionBreakdown(jkk: .maximum, jkm: Rupiah(1)).adds(upTo: .minimum))
    }

    @Test func t30JPCap() throws {
        #expect(try JPCap.next(after: Rupiah(8_512_400), growth: Rate(basisPoints: 502)) == Rupiah(8_939_700))
        #expect(try JPCap.next(after: Rupiah(9_559_600), growth: Rate(basisPoints: 505)) == Rupiah(10_042_300))
        #expect(try JPCap.table[month("2026-02")] == Rupiah(10_547_400))
        #expect(try JPCap.table[month("2026-03")] == Rupiah(11_086_300))
        #expect(try JPCap.table[month("2015-06")] == nil)
    }

    @Test func ratesByMonth() throws {
        let wage = [Rupiah(10_000_000)]
        func amounts(_ text: String, _ risk: RiskClass, _ programmes: ProgrammeSet) throws -> [Int64] {
            let bill = try PUContribution.of(
                month: month(text), wages: wage, riskClass: risk, programmes: programmes)
            return try bill.lines.map { try $0.amount().amount }
        }
        #expect(try amounts("2019-01", .veryLow, [.jkk, .jkm, .jht, .jp]) == [24_000, 30_000, 570_000, 242_820])
        #expect(try amounts("2022-06", .veryHigh, five) == [160_000, 20_000, 570_000, 272_328, 24_000])
        #expect(try amounts("2026-06", .low, five) == [40_000, 30_000, 570_000, 300_000, 14_000])
        #expect(throws: ContributionFault.noRule(subject: "JKP", month: try month("2021-01"))) {
            try amounts("2021-01", .low, five)
        }
        #expect(throws: ContributionFault.required(.jkk)) { try amounts("2022-01", .low, .jht) }
    }

    @Test func recompositionDoesNotChangeTheBill() throws {
        for risk in RiskClass.allCases {
            for text in ["2022-06", "2025-03", "2026-06"] {
                let wages = [Rupiah](repeating: Rupiah(5_000_000), count: 50)
                for intensive in [false, true] {
                    let with = try PUContribution.of(
                        month: month(text), wages: wages, riskClass: risk, programmes: five, labourIntensive: intensive)
                    let without = try PUContribution.of(
                        month: month(text), wages: wages, riskClass: risk, programmes: five.subtracting(.jkp),
                        labourIntensive: intensive)
                    #expect(with.total == without.total)
                }
            }
        }
    }

    @Test func labourIntensiveDiscount() throws {
        let wages = [Rupiah](repeating: Rupiah(10_000_000), count: 50)
        func jkk(_ text: String, _ wages: [Rupiah]) throws -> [Int64] {
            try RiskClass.allCases.map {
                try PUContribution.of(
                    month: month(text), wages: wages, riskClass: $0, size: .micro, labourIntensive: true
                ).workers[0][0].employer.amount
            }
        }
        #expect(try jkk("2025-03", wages) == [12_000, 27_000, 44_500, 63_500, 87_000])
        #expect(try jkk("2025-03", Array(wages.dropLast())) == [24_000, 54_000, 89_000, 127_000, 174_000])
        #expect(try jkk("2025-08", wages) == [24_000, 54_000, 89_000, 127_000, 174_000])
    }

    @Test func sizesOweTheirProgrammes() {
        #expect(EmployerSize.micro.programmes == .basic && EmployerSize.small.programmes == .three)
        #expect(EmployerSize.medium.programmes == [.jkk, .jkm, .jht, .jp])
        #expect(EmployerSize.large.programmes == EmployerSize.medium.programmes)
    }

    @Test func workersAddUpToTheBill() throws {
        var random = SeededGenerator("workersAddUpToTheBill")
        for _ in 0..<50 {
            let wages = (0..<40).map { _ in Rupiah(Int64.random(in: 0...30_000_000, using: &random)) }
            let bill = try PUContribution.of(
                month: month("2026-06"), wages: wages, riskClass: .medium, programmes: five)
            let sum = try Rupiah.sum(of: bill.workers.joined().map { try $0.amount() })
            #expect(sum == bill.total && bill.breakdown.adds(upTo: bill.total))
        }
        #expect(throws: ContributionFault.overflow) {
            try PUContribution.of(
                month: month("2026-06"), wages: [Rupiah](repeating: .maximum, count: 20), riskClass: .low, size: .small)
        }
        #expect(throws: ContributionFault.negative(field: "wage")) {
            try PUContribution.of(month: month("2026-06"), wages: [Rupiah(-1)], riskClass: .low, size: .small)
        }
    }
}
