/// What one programme costs, and by which rule.
public struct ContributionLine: Sendable, Hashable {
    public let programme: Programme
    public let amount: Rupiah
    public let regulation: String
}

/// What a BPU participant owes for one contribution month.
public struct BPUContribution: Sendable, Hashable {
    public let month: ContributionMonth
    public let band: BPUBand
    /// In the programmes' order.
    public let lines: [ContributionLine]
    public let breakdown: ContributionBreakdown
    public let total: Rupiah

    /// By monthly income.
    public static func of(
        month: ContributionMonth, income: Rupiah, programmes: ProgrammeSet, occupation: OccupationGroup,
        payer: PayerKind = .own
    ) throws(ContributionFault) -> BPUContribution {
        try of(
            month: month, band: BPUBand.band(for: income, month: month), programmes: programmes,
            occupation: occupation, payer: payer)
    }

    /// By band. JKK and JKM are compulsory, JHT is optional, JP and JKP are not offered (domain.md 2.1).
    public static func of(
        month: ContributionMonth, band: BPUBand, programmes: ProgrammeSet, occupation: OccupationGroup,
        payer: PayerKind = .own
    ) throws(ContributionFault) -> BPUContribution {
        for programme in ProgrammeSet.basic.programmes where !programmes.contains(programme) {
            throw .required(programme)
        }
        for programme in programmes.programmes where !ProgrammeSet.three.contains(programme) {
            throw .notOffered(programme)
        }
        guard let rates = BPURates.table[month] else { throw .noRule(subject: "BPU rates", month: month) }
        let cut = cut(month: month, occupation: occupation, payer: payer)
        var lines: [ContributionLine] = []
        var breakdown = ContributionBreakdown.zero
        for programme in programmes.programmes {
            let line = try line(programme, rates: rates, base: band.base, cut: cut)
            breakdown[programme] = line.amount
            lines.append(line)
        }
        let total = try ContributionFault.checked { () throws(MoneyOverflow) in try breakdown.total() }
        return BPUContribution(month: month, band: band, lines: lines, breakdown: breakdown, total: total)
    }

    private static func cut(
        month: ContributionMonth, occupation: OccupationGroup, payer: PayerKind
    ) -> (rate: Rate, regulation: String)? {
        guard let row = BPUCut.table(occupation).row(for: month), row.value.cut > .zero,
            row.value.coversPublicBudgets || !payer.isPublicBudget
        else { return nil }
        return (row.value.cut, row.regulation)
    }

    private static func line(
        _ programme: Programme, rates: BPURates, base: Rupiah, cut: (rate: Rate, regulation: String)?
    ) throws(ContributionFault) -> ContributionLine {
        try ContributionFault.checked { () throws(MoneyOverflow) in
            if programme == .jht {
                return ContributionLine(
                    programme: programme, amount: try rates.jht.of(base), regulation: "PP 46/2015 jo. 60/2015")
            }
            let full = programme == .jkk ? try rates.jkk.of(base) : rates.jkm
            guard let cut else { return ContributionLine(programme: programme, amount: full, regulation: "PP 44/2015") }
            let rest = Rate(partsPerMillion: Rate.one.partsPerMillion - cut.rate.partsPerMillion)
            return ContributionLine(
                programme: programme, amount: try rest.of(full),
                regulation: "PP 44/2015, cut by \(cut.rate): \(cut.regulation)")
        }
    }
}

/// The days that the contribution of a month protects.
public enum Protection {
    /// First to last day of the month paid for. A reading: the sources show the window of a payment (tgl_efektif,
    /// tgl_expired) but not how it is set (domain.md 2.3).
    public static func period(of month: ContributionMonth) -> ClosedRange<CivilDate> { month.firstDay...month.lastDay }
}
