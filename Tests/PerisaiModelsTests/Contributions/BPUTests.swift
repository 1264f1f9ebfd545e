import PerisaiModels
import Testing

@Suite struct BPUTests {
    private func total(
        _ income: Int64, _ programmes: ProgrammeSet, _ text: String, _ occupation: OccupationGroup = .other,
        _ payer: PayerKind = .own
    ) throws -> Int64 {
        try BPUContribution.of(
            month: month(text), income: Rupiah(income), programmes: programmes, occupation: occupation, payer: payer
        ).total.amount
    }

    /// The table of domain.md 2.2 as printed: from, to, base, JKK, JKK+JKM, JHT, three programmes, JKK+JKM halved.
    static let printed: [[Int64]] =
        [
            [0, 1_099_000, 1_000_000, 10_000, 16_800, 20_000, 36_800, 8_400],
            [1_100_000, 1_299_000, 1_200_000, 12_000, 18_800, 24_000, 42_800, 9_400],
            [1_300_000, 1_499_000, 1_400_000, 14_000, 20_800, 28_000, 48_800, 10_400],
            [1_500_000, 1_699_000, 1_600_000, 16_000, 22_800, 32_000, 54_800, 11_400],
            [1_700_000, 1_899_000, 1_800_000, 18_000, 24_800, 36_000, 60_800, 12_400],
            [1_900_000, 2_099_000, 2_000_000, 20_000, 26_800, 40_000, 66_800, 13_400],
            [2_100_000, 2_299_000, 2_200_000, 22_000, 28_800, 44_000, 72_800, 14_400],
            [2_300_000, 2_499_000, 2_400_000, 24_000, 30_800, 48_000, 78_800, 15_400],
            [2_500_000, 2_699_000, 2_600_000, 26_000, 32_800, 52_000, 84_800, 16_400],
            [2_700_000, 3_199_000, 2_950_000, 29_500, 36_300, 59_000, 95_300, 18_150],
            [3_200_000, 3_699_000, 3_450_000, 34_500, 41_300, 69_000, 110_300, 20_650],
            [3_700_000, 4_199_000, 3_950_000, 39_500, 46_300, 79_000, 125_300, 23_150],
            [4_200_000, 4_699_000, 4_450_000, 44_500, 51_300, 89_000, 140_300, 25_650],
            [4_700_000, 5_199_000, 4_950_000, 49_500, 56_300, 99_000, 155_300, 28_150],
            [5_200_000, 5_699_000, 5_450_000, 54_500, 61_300, 109_000, 170_300, 30_650],
            [5_700_000, 6_199_000, 5_950_000, 59_500, 66_300, 119_000, 185_300, 33_150],
            [6_200_000, 6_699_000, 6_450_000, 64_500, 71_300, 129_000, 200_300, 35_650],
            [6_700_000, 7_199_000, 6_950_000, 69_500, 76_300, 139_000, 215_300, 38_150],
            [7_200_000, 7_699_000, 7_450_000, 74_500, 81_300, 149_000, 230_300, 40_650],
            [7_700_000, 8_199_000, 7_950_000, 79_500, 86_300, 159_000, 245_300, 43_150],
            [8_200_000, 9_199_000, 8_700_000, 87_000, 93_800, 174_000, 267_800, 46_900],
        ]
        + (0...10).map { (step: Int64) in
            [
                9_200_000 + step * 1_000_000, 10_199_000 + step * 1_000_000, 9_700_000 + step * 1_000_000,
                97_000 + step * 10_000, 103_800 + step * 10_000, 194_000 + step * 20_000, 297_800 + step * 30_000,
                51_900 + step * 5_000,
            ]
        } + [[20_200_000, .max, 20_700_000, 207_000, 213_800, 414_000, 627_800, 106_900]]

    @Test func everyBand() throws {
        #expect(Self.printed.count == 33)
        let (full, halved) = (try month("2025-06"), try month("2026-06"))
        for (index, row) in Self.printed.enumerated() {
            for income in [row[0], row[1]] {
                let band = try BPUBand.band(for: Rupiah(income), month: full)
                #expect(band.number == index + 1 && band.base.amount == row[2])
                let three = try BPUContribution.of(
                    month: full, income: Rupiah(income), programmes: .three, occupation: .other)
                #expect(three.lines.map(\.amount.amount) == [row[3], 6800, row[5]])
                #expect(three.total.amount == row[6] && three.breakdown.adds(upTo: three.total))
                let two = try BPUContribution.of(month: full, band: band, programmes: .basic, occupation: .other)
                #expect(two.total.amount == row[4])
                let cut = try BPUContribution.of(month: halved, band: band, programmes: .basic, occupation: .other)
                #expect(cut.total.amount == row[7])
            }
            if index > 0 {
                #expect(try BPUBand.band(for: Rupiah(row[0] - 1), month: full).number == index, "half-open")
            }
        }
    }

    @Test func t18PublishedTotals() throws {
        #expect(
            try [1_000_000, 2_700_000, 20_200_000].map { try total($0, .basic, "2025-01") } == [
                16_800, 36_300, 213_800,
            ])
        #expect(
            try [1_000_000, 2_700_000, 20_200_000].map { try total($0, .three, "2025-01") } == [
                36_800, 95_300, 627_800,
            ])
    }

    @Test func t19Ojol() throws {
        #expect(try total(1_000_000, .basic, "2026-02", .transport) == 8_400)
        #expect(try total(1_000_000, .basic, "2027-04", .transport) == 16_800)
        #expect(try total(1_000_000, .three, "2026-02", .transport) == 28_400)
        #expect(try total(1_000_000, .three, "2027-04", .transport) == 36_800)
    }

    @Test func cutWindows() throws {
        let transport = try ["2025-12", "2026-01", "2027-03", "2027-04"].map { try total(0, .basic, $0, .transport) }
        #expect(transport == [16_800, 8_400, 8_400, 16_800])
        let other = try ["2026-03", "2026-04", "2026-12", "2027-01"].map { try total(0, .basic, $0) }
        #expect(other == [16_800, 8_400, 8_400, 16_800])
        let covid = try ["2020-07", "2020-08", "2021-01", "2021-02"].map { try total(0, .basic, $0) }
        #expect(covid == [16_800, 168, 168, 16_800])
        #expect(try total(0, .three, "2020-08") == 20_168, "JHT is never cut")
    }

    @Test func t21PublicBudgetsHaveNoCut() throws {
        #expect(try total(1_000_000, .basic, "2026-05", .other, .apbd) == 16_800)
        #expect(try total(1_000_000, .basic, "2026-05", .transport, .apbn) == 16_800)
        #expect(try total(1_000_000, .basic, "2026-05", .other, .donor) == 8_400)
        let cut = try BPUContribution.of(
            month: month("2026-05"), income: .zero, programmes: .three, occupation: .other)
        #expect(cut.lines[0].regulation.contains("PP 50/2025") && !cut.lines[2].regulation.contains("50/2025"))
    }

    @Test func refusals() throws {
        #expect(throws: ContributionFault.required(.jkm)) { try total(0, .jkk, "2026-01") }
        #expect(throws: ContributionFault.notOffered(.jp)) { try total(0, [.jkk, .jkm, .jp], "2026-01") }
        #expect(throws: ContributionFault.negative(field: "income")) { try total(-1, .basic, "2026-01") }
        #expect(throws: ContributionFault.noRule(subject: "BPU bands", month: try month("2015-06"))) {
            try total(0, .basic, "2015-06")
        }
    }

    @Test func protectionIsTheMonthPaidFor() throws {
        #expect(try Protection.period(of: month("2026-02")) == day("2026-02-01")...day("2026-02-28"))
    }

    @Test func programmeSets() throws {
        #expect(ProgrammeSet(parsing: "JKK,JKM") == .basic)
        #expect(ProgrammeSet.three.description == "JKK,JKM,JHT")
        for text in ["", "JKK,", "jkk", "JKK,JKK", "JKK JKM"] { #expect(ProgrammeSet(parsing: text) == nil, "\(text)") }
        for raw in UInt8(1)...31 {
            let set = ProgrammeSet(rawValue: raw)
            #expect(ProgrammeSet(parsing: set.description) == set && ProgrammeSet(set.programmes) == set)
        }
    }
}
