/// What one programme costs for one worker, or for all of an employer's.
public struct PULine: Sendable, Hashable {
    public let programme: Programme
    public var employer: Rupiah
    public var worker: Rupiah

    /// Employer's and worker's share together.
    public func amount() throws(MoneyOverflow) -> Rupiah { try employer.adding(worker) }
}

/// What an employer owes for one contribution month. Each share of each worker is rounded half-up to the rupiah, and
/// the totals are sums of rounded shares, so that the list of workers always adds up to the bill.
public struct PUContribution: Sendable, Hashable {
    public static let workerLimit = 1_000_000

    public let month: ContributionMonth
    /// Lines of each worker, in the order of the wages.
    public let workers: [[PULine]]
    /// Sums by programme.
    public let lines: [PULine]
    public let breakdown: ContributionBreakdown
    public let total: Rupiah
    public let regulation: String

    /// With the programmes that the employer's size owes.
    public static func of(
        month: ContributionMonth, wages: [Rupiah], riskClass: RiskClass, size: EmployerSize,
        labourIntensive: Bool = false
    ) throws(ContributionFault) -> PUContribution {
        try of(
            month: month, wages: wages, riskClass: riskClass, programmes: size.programmes,
            labourIntensive: labourIntensive)
    }

    /// `wages` are monthly: basic and fixed allowances. JKK and JKM are compulsory. JKP before February 2021 is
    /// refused.
    public static func of(
        month: ContributionMonth, wages: [Rupiah], riskClass: RiskClass, programmes: ProgrammeSet,
        labourIntensive: Bool = false
    ) throws(ContributionFault) -> PUContribution {
        guard wages.count <= workerLimit else { throw .tooManyWorkers(limit: workerLimit) }
        for programme in ProgrammeSet.basic.programmes where !programmes.contains(programme) {
            throw .required(programme)
        }
        let tariff = try PUTariff(
            month: month, riskClass: riskClass, programmes: programmes,
            discounted: labourIntensive && wages.count >= PURates.labourIntensiveWorkers)
        var workers: [[PULine]] = []
        workers.reserveCapacity(wages.count)
        for wage in wages { workers.append(try tariff.lines(wage: wage)) }
        return try ContributionFault.checked { () throws(MoneyOverflow) in
            var sums = tariff.shares.map { PULine(programme: $0.programme, employer: .zero, worker: .zero) }
            for lines in workers {
                for (index, line) in lines.enumerated() {
                    sums[index].employer = try sums[index].employer.adding(line.employer)
                    sums[index].worker = try sums[index].worker.adding(line.worker)
                }
            }
            var breakdown = ContributionBreakdown.zero
            for line in sums { breakdown[line.programme] = try line.amount() }
            return PUContribution(
                month: month, workers: workers, lines: sums, breakdown: breakdown, total: try breakdown.total(),
                regulation: tariff.regulation)
        }
    }
}

/// The rates that one employer's workers have in one month.
struct PUTariff {
    struct Share {
        let programme: Programme
        let employer: Rate
        let worker: Rate
        let cap: Rupiah?
    }

    /// In the programmes' order.
    let shares: [Share]
    let regulation: String

    init(
        month: ContributionMonth, riskClass: RiskClass, programmes: ProgrammeSet, discounted: Bool
    ) throws(ContributionFault) {
        guard let row = PURates.table.row(for: month) else { throw .noRule(subject: "PU rates", month: month) }
        let rates = row.value
        if programmes.contains(.jkp), rates.jkpFromJKK == nil { throw .noRule(subject: "JKP", month: month) }
        let withJKP = programmes.contains(.jkp)
        let discount = discounted ? PURates.labourIntensiveCut.row(for: month) : nil
        // The published discounted rates (0,12 % ...) are half of the whole JKK. JKP's part out of JKK is halved with
        // it: a full 0,14 % would not fit into 0,12 % (a reading; PP 7/2025 was not seen in full).
        let kept = 1_000_000 - (discount?.value.partsPerMillion ?? 0)
        let jkpFromJKK = withJKP ? rates.jkpFromJKK?.partsPerMillion ?? 0 : 0
        let jkpFromJKM = withJKP ? rates.jkpFromJKM.partsPerMillion : 0
        let jkk = Rate(partsPerMillion: (rates.jkk(riskClass).partsPerMillion - jkpFromJKK) * kept / 1_000_000)
        let jkm = Rate(partsPerMillion: rates.jkm.partsPerMillion - jkpFromJKM)
        let jkp = Rate(partsPerMillion: jkpFromJKK * kept / 1_000_000 + jkpFromJKM)
        let cap = JPCap.table[month]
        shares = programmes.programmes.map { programme in
            switch programme {
            case .jkk: Share(programme: .jkk, employer: jkk, worker: .zero, cap: nil)
            case .jkm: Share(programme: .jkm, employer: jkm, worker: .zero, cap: nil)
            case .jht: Share(programme: .jht, employer: rates.jhtEmployer, worker: rates.jhtWorker, cap: nil)
            case .jp: Share(programme: .jp, employer: rates.jpEmployer, worker: rates.jpWorker, cap: cap)
            case .jkp: Share(programme: .jkp, employer: jkp, worker: .zero, cap: nil)
            }
        }
        let cut = discount.flatMap { $0.value > .zero ? $0.regulation : nil }
        regulation = row.regulation + (cut.map { ", " + $0 } ?? "")
    }

    func lines(wage: Rupiah) throws(ContributionFault) -> [PULine] {
        guard !wage.isNegative else { throw .negative(field: "wage") }
        return try ContributionFault.checked { () throws(MoneyOverflow) in
            var lines: [PULine] = []
            lines.reserveCapacity(shares.count)
            for share in shares {
                let base = share.cap.map { min($0, wage) } ?? wage
                lines.append(
                    PULine(
                        programme: share.programme, employer: try share.employer.of(base),
                        worker: try share.worker.of(base)))
            }
            return lines
        }
    }
}
