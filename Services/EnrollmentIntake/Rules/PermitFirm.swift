import PerisaiModels

/// What is known of the firm that applies.
public struct RegisteredEmployer: Sendable, Hashable {
    public var npp: NPP
    public var branch: BranchCode
    public var enrolledOn: CivilDate
    public var firstMonth: ContributionMonth
    public var monthlyContribution: Rupiah
    public var firstPaidOn: CivilDate?
    /// Workers who have not left, and their wages a month.
    public var workers: Int
    public var wages: Rupiah
    /// Contributions and late fines past their due date, and since when this is so.
    public var arrears = Rupiah.zero
    public var lateFines = Rupiah.zero
    public var arrearsOn: CivilDate?

    /// To be paid before a renewal: contributions and fines. A sum that fits no amount is the largest one.
    public var overdue: Rupiah { (try? arrears.adding(lateFines)) ?? Rupiah(.max) }
}

extension RegisteredEmployer {
    init(_ employer: IntakeState.Employer) {
        self.init(
            npp: employer.npp, branch: employer.branch, enrolledOn: employer.enrolledOn,
            firstMonth: employer.firstMonth, monthlyContribution: employer.monthlyContribution,
            firstPaidOn: employer.firstPaidOn, workers: employer.workers, wages: employer.wages,
            arrears: employer.arrears.amount, lateFines: employer.arrears.lateFines, arrearsOn: employer.arrears.on)
    }
}

/// Whom the numbers of an application name.
public enum PermitFirm: Sendable, Hashable {
    /// Why a number that somebody is registered under proves nothing for this applicant.
    public enum Doubt: Sendable, Hashable {
        /// The NPP, or the NPWP, belongs to another NIB: clearing by it would let anybody name a firm in good standing.
        case foreignNPP(NPP)
        case foreignNPWP
        /// Several employers have the NPWP, and nothing tells which of them applies.
        case sharedNPWP
    }

    case registered(RegisteredEmployer)
    /// Nobody is registered under any of the numbers.
    case unknown
    case doubtful(Doubt)
    /// Two of the numbers name two registered firms.
    case mismatch

    public var employer: RegisteredEmployer? {
        if case .registered(let employer) = self { employer } else { nil }
    }

    /// By the NIB, else by the NPP, else by the NPWP if one employer alone has it; open registrations only.
    static func find(
        _ application: PermitApplied, byNIB: IntakeState.Employer?, byNPP: IntakeState.Employer?,
        byNPWP: [IntakeState.Employer]
    ) -> Self {
        let isOurs = { (employer: IntakeState.Employer) in employer.nib == nil || employer.nib == application.nib }
        let named = byNPP.flatMap { isOurs($0) ? $0 : nil }
        if let byNIB, let byNPP, byNIB.npp != byNPP.npp { return .mismatch }
        if let found = byNIB ?? named {
            let isOther = !byNPWP.isEmpty && !byNPWP.contains { $0.npp == found.npp }
            return isOther ? .mismatch : .registered(RegisteredEmployer(found))
        }
        if let byNPP {
            let isOther = !byNPWP.isEmpty && !byNPWP.contains { $0.npp == byNPP.npp }
            return isOther ? .mismatch : .doubtful(.foreignNPP(byNPP.npp))
        }
        guard let only = byNPWP.first else { return .unknown }
        if byNPWP.count > 1 { return .doubtful(.sharedNPWP) }
        return isOurs(only) ? .registered(RegisteredEmployer(only)) : .doubtful(.foreignNPWP)
    }
}
