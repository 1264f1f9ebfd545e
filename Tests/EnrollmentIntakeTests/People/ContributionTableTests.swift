import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

/// What a participant of each band comes to owe, from the submission through intake to the contribution rule
/// (domain.md 2.2; T18, T19, T21).
@Suite struct ContributionTableTests {
    /// From, JKK + JKM, with JHT, JKK + JKM at -50 %, as printed.
    static let table: [(Int64, Int64, Int64, Int64)] = [
        (0, 16_800, 36_800, 8_400), (1_100_000, 18_800, 42_800, 9_400), (1_300_000, 20_800, 48_800, 10_400),
        (1_500_000, 22_800, 54_800, 11_400), (1_700_000, 24_800, 60_800, 12_400), (1_900_000, 26_800, 66_800, 13_400),
        (2_100_000, 28_800, 72_800, 14_400), (2_300_000, 30_800, 78_800, 15_400), (2_500_000, 32_800, 84_800, 16_400),
        (2_700_000, 36_300, 95_300, 18_150), (3_200_000, 41_300, 110_300, 20_650), (3_700_000, 46_300, 125_300, 23_150),
        (4_200_000, 51_300, 140_300, 25_650), (4_700_000, 56_300, 155_300, 28_150),
        (5_200_000, 61_300, 170_300, 30_650),
        (5_700_000, 66_300, 185_300, 33_150), (6_200_000, 71_300, 200_300, 35_650),
        (6_700_000, 76_300, 215_300, 38_150),
        (7_200_000, 81_300, 230_300, 40_650), (7_700_000, 86_300, 245_300, 43_150),
        (8_200_000, 93_800, 267_800, 46_900),
        (9_200_000, 103_800, 297_800, 51_900), (10_200_000, 113_800, 327_800, 56_900),
        (11_200_000, 123_800, 357_800, 61_900), (12_200_000, 133_800, 387_800, 66_900),
        (13_200_000, 143_800, 417_800, 71_900), (14_200_000, 153_800, 447_800, 76_900),
        (15_200_000, 163_800, 477_800, 81_900), (16_200_000, 173_800, 507_800, 86_900),
        (17_200_000, 183_800, 537_800, 91_900), (18_200_000, 193_800, 567_800, 96_900),
        (19_200_000, 203_800, 597_800, 101_900), (20_200_000, 213_800, 627_800, 106_900),
    ]

    private func total(_ enrolled: ParticipantEnrolled, _ month: String) throws -> Int64 {
        try BPUContribution.of(
            month: Make.month(month), income: enrolled.monthlyIncome, programmes: ProgrammeSet(enrolled.programmes),
            occupation: enrolled.occupation, payer: enrolled.payerKind ?? .own
        ).total.amount
    }

    private func submission(_ number: Int, _ income: Int64, _ programmes: [Programme], on: String) throws
        -> ParticipantSubmitted
    {
        try Make.participant(
            "p-\(number)", nik: try Make.nik(number), programmes: programmes, income: income, on: on)
    }

    @Test func allBandsThroughIntake() throws {
        let bench = try Bench()
        #expect(Self.table.count == 33)
        for (index, band) in Self.table.enumerated() {
            let next = index + 1 < Self.table.count ? Self.table[index + 1].0 - 1 : 900_000_000
            for (offset, income) in [band.0, next].enumerated() {
                for (place, programmes) in [[Programme.jkk, .jkm], [.jkk, .jkm, .jht]].enumerated() {
                    let number = 1_000 + index * 4 + offset * 2 + place
                    let published = try bench.apply(
                        .participant(try submission(number, income, programmes, on: "2018-02-10")))
                    let enrolled = try #require(published.first).read(ParticipantEnrolled.self)
                    #expect(try total(enrolled, "2018-02") == (place == 0 ? band.1 : band.2))
                    if place == 0 { #expect(try total(enrolled, "2026-05") == band.3) }
                    // JHT is never cut.
                    if place == 1 { #expect(try total(enrolled, "2026-05") == band.2 - band.1 + band.3) }
                }
            }
        }
    }

    /// T19 and T21: the cut of PP 50/2025 by occupation group and payer.
    @Test func theTransportDiscount() throws {
        let bench = try Bench()
        func enrolled(_ number: Int, _ occupation: OccupationGroup, _ payer: PayerKind?, jht: Bool = false) throws
            -> ParticipantEnrolled
        {
            var data = try submission(
                number, 1_000_000, jht ? [.jkk, .jkm, .jht] : [.jkk, .jkm], on: "2026-01-10")
            data.occupation = occupation
            data.payerKind = payer
            return try #require(bench.apply(.participant(data)).first).read(ParticipantEnrolled.self)
        }
        let ojol = try enrolled(1, .transport, nil)
        #expect(try total(ojol, "2026-02") == 8_400 && total(ojol, "2027-03") == 8_400)
        #expect(try total(ojol, "2027-04") == 16_800)
        let saver = try enrolled(2, .transport, .own, jht: true)
        #expect(try total(saver, "2026-02") == 28_400 && total(saver, "2027-04") == 36_800)
        let trader = try enrolled(3, .other, .wadah)
        #expect(try total(trader, "2026-03") == 16_800 && total(trader, "2026-04") == 8_400)
        let farmer = try enrolled(4, .other, .apbd)
        #expect(try total(farmer, "2026-05") == 16_800)
        #expect(farmer.payerKind == .apbd)
    }

    /// PP 7/2025: half of JKK for labour-intensive industries from 50 workers on, February to July 2025.
    @Test func labourIntensiveIndustries() throws {
        let bench = try Bench()
        func firm(_ id: String, _ kbli: String, _ workers: ClosedRange<Int>) throws -> EmployerEnrolled {
            var data = try Make.employer(id, niks: try workers.map { try Make.nik($0) }, on: "2025-03-03")
            data.kbli = try KBLI(kbli)
            return try #require(bench.apply(.employer(data)).first).read(EmployerEnrolled.self)
        }
        let textiles = try firm("e-1", "13111", 1...50)
        #expect(textiles.labourIntensive == true)
        // 50 × 2,000,000: JKK 0.12 % and JKM 0.3 %.
        #expect(textiles.monthlyContribution == Rupiah(420_000))
        let small = try firm("e-2", "13111", 101...149)
        #expect(small.labourIntensive == nil && small.monthlyContribution == Rupiah(49 * 10_800))
        let shop = try firm("e-3", "47111", 201...250)
        #expect(shop.labourIntensive == nil && shop.monthlyContribution == Rupiah(540_000))
        // One more and it is; one less again and it is not.
        let grown = try bench.apply(
            try Make.change("c-1", small.npp, joining: [150], from: "2025-04", on: "2025-04-02"))
        let change = try #require(grown.first).read(EmployerChanged.self)
        #expect(change.labourIntensive == true && change.monthlyContribution == Rupiah(420_000))
        let left = try bench.apply(try Make.exit("x-1", 150, npp: small.npp, last: "2025-04", on: "2025-04-20"))
        #expect(try #require(left.first).read(EmployerChanged.self).labourIntensive == nil)
    }
}
