import PerisaiModels

/// What a payer's contribution is computed from, month by month (rates are effective-dated).
enum PayerTerms: Sendable, Hashable {
    /// BPU: domain.md 2.1 and 2.2.
    case participant(income: Rupiah, programmes: ProgrammeSet, occupation: OccupationGroup, payer: PayerKind = .own)
    /// PU: domain.md 3.
    case employer(
        wages: [Rupiah], programmes: ProgrammeSet, riskClass: RiskClass, labourIntensive: Bool = false)

    init(_ enrolled: ParticipantEnrolled) {
        self = .participant(
            income: enrolled.monthlyIncome, programmes: ProgrammeSet(enrolled.programmes),
            occupation: enrolled.occupation, payer: enrolled.payerKind ?? .own)
    }

    init(_ enrolled: EmployerEnrolled) {
        self = .employer(
            wages: enrolled.workers.map(\.wage), programmes: ProgrammeSet(enrolled.programmes),
            riskClass: enrolled.riskClass, labourIntensive: enrolled.labourIntensive ?? false)
    }

    init(_ changed: EmployerChanged) {
        self = .employer(
            wages: changed.wages, programmes: ProgrammeSet(changed.programmes), riskClass: changed.riskClass,
            labourIntensive: changed.labourIntensive ?? false)
    }

    /// Rupiah due for the month.
    func contribution(for month: ContributionMonth) throws(ContributionFault) -> Int64 {
        switch self {
        case .participant(let income, let programmes, let occupation, let payer):
            try BPUContribution.of(
                month: month, income: income, programmes: programmes, occupation: occupation, payer: payer
            ).total.amount
        case .employer(let wages, let programmes, let riskClass, let labourIntensive):
            try PUContribution.of(
                month: month, wages: wages, riskClass: riskClass, programmes: programmes,
                labourIntensive: labourIntensive
            ).total.amount
        }
    }
}
