/// An income band of the BPU contribution table (PP 44/2015 Annex II): JKK and JHT are shares of its base.
///
/// The printed bands leave gaps of 1.000 rupiah; here a band runs from its first income to the next band's, that one
/// excluded (domain.md 2.2 [I]).
public struct BPUBand: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1...33.
    public let number: Int
    /// Lowest monthly income.
    public let from: Rupiah
    /// Income that contributions are computed from.
    public let base: Rupiah

    public static func < (left: BPUBand, right: BPUBand) -> Bool { left.number < right.number }
    public var description: String { "band \(number) from \(from), base \(base)" }

    /// The bands by date, in order of income.
    public static let table = EffectiveTable<[BPUBand]>(successive: [
        Successive(2015, 7, 1, regulation: "PP 44/2015 Annex II", annexII)
    ])

    /// The band of a monthly income.
    public static func band(
        for income: Rupiah, month: ContributionMonth
    ) throws(ContributionFault) -> BPUBand {
        guard !income.isNegative else { throw .negative(field: "income") }
        guard let band = table[month]?.last(where: { $0.from <= income }) else {
            throw .noRule(subject: "BPU bands", month: month)
        }
        return band
    }

    /// The band by its number, 1...33.
    public static func band(
        number: Int, month: ContributionMonth
    ) throws(ContributionFault) -> BPUBand {
        guard let band = table[month]?.first(where: { $0.number == number }) else {
            throw .noRule(subject: "BPU band number", month: month)
        }
        return band
    }

    /// First income and base, in thousands of rupiah.
    private static let annexII: [BPUBand] = [
        (0, 1_000), (1_100, 1_200), (1_300, 1_400), (1_500, 1_600), (1_700, 1_800), (1_900, 2_000), (2_100, 2_200),
        (2_300, 2_400), (2_500, 2_600), (2_700, 2_950), (3_200, 3_450), (3_700, 3_950), (4_200, 4_450),
        (4_700, 4_950), (5_200, 5_450), (5_700, 5_950), (6_200, 6_450), (6_700, 6_950), (7_200, 7_450),
        (7_700, 7_950), (8_200, 8_700), (9_200, 9_700), (10_200, 10_700), (11_200, 11_700), (12_200, 12_700),
        (13_200, 13_700), (14_200, 14_700), (15_200, 15_700), (16_200, 16_700), (17_200, 17_700), (18_200, 18_700),
        (19_200, 19_700), (20_200, 20_700),
    ].enumerated().map { (index, band: (Int64, Int64)) in
        BPUBand(number: index + 1, from: Rupiah(band.0 * 1000), base: Rupiah(band.1 * 1000))
    }
}
