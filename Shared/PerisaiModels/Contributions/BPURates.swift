/// The occupation groups that temporary cuts tell apart. Transport: ojek and ojol, angkot and taxi, courier,
/// self-employed logistics driver, becak and bentor, other drivers (PP 50/2025; domain.md 2.5).
public enum OccupationGroup: String, Sendable, Hashable, CaseIterable {
    case transport
    case other
}

/// Whose money a BPU contribution is.
public enum PayerKind: String, JSONChoice {
    case own = "self"
    case donor
    case wadah
    /// A regional government's budget.
    case apbd
    /// The state budget.
    case apbn

    public var isPublicBudget: Bool { self == .apbd || self == .apbn }
}

/// BPU rates of a month, before cuts.
public struct BPURates: Sendable, Hashable {
    /// Share of the band's base.
    public let jkk: Rate
    /// Flat, a month.
    public let jkm: Rupiah
    /// Share of the band's base.
    public let jht: Rate

    public static let table = EffectiveTable<BPURates>(successive: [
        Successive(
            2015, 7, 1, regulation: "PP 44/2015 (JKK, JKM), PP 46/2015 jo. 60/2015 (JHT)",
            BPURates(jkk: .percent(1), jkm: Rupiah(6800), jht: .percent(2)))
    ])
}

/// A temporary cut of JKK and JKM; JHT is savings and is never cut.
public struct BPUCut: Sendable, Hashable {
    /// The part that is not to be paid.
    public let cut: Rate
    /// Whether those whose JKK and JKM come from APBN or APBD have it too.
    public let coversPublicBudgets: Bool

    public static let none = BPUCut(cut: .zero, coversPublicBudgets: true)

    /// Cuts by occupation group (domain.md 2.5). The months of PP 49/2020 are [B].
    public static func table(_ occupation: OccupationGroup) -> EffectiveTable<BPUCut> {
        switch occupation {
        case .transport: transport
        case .other: other
        }
    }

    private static let covid = BPUCut(cut: .percent(99), coversPublicBudgets: true)
    private static let half = BPUCut(cut: .percent(50), coversPublicBudgets: false)

    private static let transport = EffectiveTable<BPUCut>(successive: [
        Successive(2020, 8, 1, regulation: "PP 49/2020", covid),
        Successive(2021, 2, 1, regulation: "PP 49/2020 ended", none),
        Successive(2026, 1, 1, regulation: "PP 50/2025", half),
        Successive(2027, 4, 1, regulation: "PP 50/2025 ended", none),
    ])

    private static let other = EffectiveTable<BPUCut>(successive: [
        Successive(2020, 8, 1, regulation: "PP 49/2020", covid),
        Successive(2021, 2, 1, regulation: "PP 49/2020 ended", none),
        Successive(2026, 4, 1, regulation: "PP 50/2025", half),
        Successive(2027, 1, 1, regulation: "PP 50/2025 ended", none),
    ])
}
