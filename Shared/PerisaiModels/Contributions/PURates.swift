/// Work-accident risk of an employer's business (PP 44/2015; class list PP 82/2019 Annex I).
public enum RiskClass: Int, Sendable, Hashable, CaseIterable, Comparable {
    case veryLow = 1
    case low, medium, high, veryHigh

    public static func < (left: RiskClass, right: RiskClass) -> Bool { left.rawValue < right.rawValue }
}

/// Size of an employer (PP 7/2021) and the programmes that it owes its workers (Perpres 109/2013 Art. 6).
public enum EmployerSize: String, Sendable, Hashable, CaseIterable {
    /// Capital to 1 billion or sales to 2 billion a year.
    case micro
    /// Capital to 5 billion or sales to 15 billion a year.
    case small
    case medium
    case large

    /// The least that the size owes; JKP comes on top for those who are eligible (PP 37/2021).
    public var programmes: ProgrammeSet {
        switch self {
        case .micro: .basic
        case .small: .three
        case .medium, .large: [.jkk, .jkm, .jht, .jp]
        }
    }
}

/// PU rates of a month. JKP costs nothing extra: its part is taken out of JKK (and, before PP 6/2025, of JKM).
public struct PURates: Sendable, Hashable {
    /// By risk class, from very low to very high.
    private let jkkByClass: [Rate]
    public let jkm: Rate
    public let jhtEmployer: Rate
    public let jhtWorker: Rate
    public let jpEmployer: Rate
    public let jpWorker: Rate
    /// Part of JKK that goes to JKP; nil before JKP existed.
    public let jkpFromJKK: Rate?
    /// Part of JKM that goes to JKP.
    public let jkpFromJKM: Rate

    init(jkpFromJKK: Rate?, jkpFromJKM: Rate) {
        jkkByClass = [2400, 5400, 8900, 12_700, 17_400].map { Rate(partsPerMillion: $0) }
        jkm = Rate(partsPerMillion: 3000)
        jhtEmployer = Rate(partsPerMillion: 37_000)
        jhtWorker = .percent(2)
        jpEmployer = .percent(2)
        jpWorker = .percent(1)
        self.jkpFromJKK = jkpFromJKK
        self.jkpFromJKM = jkpFromJKM
    }

    /// The whole JKK rate, JKP's part included.
    public func jkk(_ risk: RiskClass) -> Rate { jkkByClass[risk.rawValue - 1] }

    /// Rates by month (domain.md 3). That the recompositions begin with the month of promulgation (February 2021,
    /// February 2025) is [B].
    public static let table = EffectiveTable<PURates>(successive: [
        Successive(
            2015, 7, 1, regulation: "PP 44/2015, PP 45/2015, PP 46/2015", PURates(jkpFromJKK: nil, jkpFromJKM: .zero)),
        Successive(
            2021, 2, 1, regulation: "PP 37/2021",
            PURates(jkpFromJKK: Rate(partsPerMillion: 1400), jkpFromJKM: Rate(partsPerMillion: 1000))),
        Successive(
            2025, 2, 1, regulation: "PP 6/2025",
            PURates(jkpFromJKK: Rate(partsPerMillion: 1400), jkpFromJKM: .zero)),
    ])

    /// The JKK discount of labour-intensive industries with at least `labourIntensiveWorkers` workers. The six months
    /// from February 2025 are [B].
    public static let labourIntensiveCut = EffectiveTable<Rate>(successive: [
        Successive(2025, 2, 1, regulation: "PP 7/2025", .percent(50)),
        Successive(2025, 8, 1, regulation: "PP 7/2025 ended", .zero),
    ])

    public static let labourIntensiveWorkers = 50
}

/// The highest wage that JP is computed from (PP 45/2015 Art. 29).
public enum JPCap {
    /// Published caps, from 1 March each year (domain.md 3).
    public static let table = EffectiveTable<Rupiah>(
        successive: [
            (2015, 7_000_000), (2016, 7_335_300), (2017, 7_703_500), (2018, 8_094_000), (2019, 8_512_400),
            (2020, 8_939_700), (2021, 8_754_600), (2022, 9_077_600), (2023, 9_559_600), (2024, 10_042_300),
            (2025, 10_547_400), (2026, 11_086_300),
        ].map { (year: Int, cap: Int64) in
            Successive(year, year == 2015 ? 7 : 3, 1, regulation: "PP 45/2015 Art. 29, cap of \(year)", Rupiah(cap))
        })

    /// The next cap: the last one × (1 + growth of the economy), down to 100 rupiah, as all published caps are.
    public static func next(after cap: Rupiah, growth: Rate) throws(MoneyOverflow) -> Rupiah {
        try Rate.one.adding(growth).of(cap, rounding: .floorTo100)
    }
}
