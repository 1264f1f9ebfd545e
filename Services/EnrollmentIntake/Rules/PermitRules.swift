import PerisaiModels

public enum PermitVerdict: Sendable, Hashable {
    case cleared(ClearanceGround, on: CivilDate)
    case held([MissingCondition], on: CivilDate)
    case outside(on: CivilDate)

    /// What decides whether an answer is another one than the last.
    public var answer: String {
        switch self {
        case .cleared(let ground, _): "cleared:\(ground.rawValue)"
        case .held(let missing, _): "held:\(missing.map(\.code.rawValue).joined(separator: ","))"
        case .outside: "closed:outside"
        }
    }

    public var signal: PermitMachine.Signal {
        switch self {
        case .cleared: .conditionsMet
        case .held: .conditionsMissing
        case .outside: .outside
        }
    }

    public var on: CivilDate {
        switch self {
        case .cleared(_, let date), .held(_, let date), .outside(let date): date
        }
    }
}

/// Whether a permit may be issued (article 001; PP 86/2013; domain.md 4.2).
public enum PermitRules {
    /// Cleared when the firm is registered or has signed that it will register all declared workers, and meets what
    /// its office demands. The date is that of the latest fact.
    public static func evaluate(
        _ application: PermitApplied, firm: PermitFirm, servicesWithheld: Bool, policy: PermitPolicy,
        erasedWorkers: Int = 0
    ) -> PermitVerdict {
        if application.kbli?.isConstruction == true { return .outside(on: application.appliedOn) }
        let texts = PermitConditions(application: application, policy: policy)
        // Whose NIK was erased from the statement at the person's request still counts.
        let listed = Set(application.readiness?.workers ?? []).count + erasedWorkers
        var missing: [MissingCondition] = []
        var date = application.appliedOn
        switch firm {
        case .mismatch: missing.append(texts.mismatch)
        case .registered(let employer):
            date = max(date, employer.enrolledOn)
            missing += partial(application, employer, texts, listed: listed)
            if application.kind == .renewal, policy.arrearsOffices.contains(application.office) {
                date = max(date, employer.arrearsOn ?? date)
                if employer.overdue > .zero { missing.append(texts.arrears(employer)) }
            }
        case .unknown, .doubtful:
            if let gap = readinessGap(application, firm, texts, listed: listed) { missing.append(gap) }
        }
        var ground = firm.employer == nil ? ClearanceGround.readiness : .registered
        if policy.firstPaymentOffices.contains(application.office), firm != .mismatch {
            if let paid = firm.employer?.firstPaidOn {
                date = max(date, paid)
                ground = .firstPayment
            } else {
                missing.append(texts.firstPayment(firm.employer))
            }
        }
        if servicesWithheld { missing.append(texts.servicesWithheld(firm.employer)) }
        return missing.isEmpty ? .cleared(ground, on: date) : .held(missing, on: date)
    }

    /// What an unregistered firm's statement of readiness lacks.
    private static func readinessGap(
        _ application: PermitApplied, _ firm: PermitFirm, _ texts: PermitConditions, listed: Int
    ) -> MissingCondition? {
        guard application.readiness != nil, texts.isReadinessEnough else { return texts.notRegistered(firm) }
        guard listed == 0 || listed < application.workersDeclared else { return nil }
        return texts.workersMissing(listed: listed)
    }

    /// Registered in part: PDS in the prosecutors' words (domain.md 4.3).
    private static func partial(
        _ application: PermitApplied, _ employer: RegisteredEmployer, _ texts: PermitConditions, listed: Int
    ) -> [MissingCondition] {
        guard texts.policy.partialOffices.contains(application.office) else { return [] }
        var missing: [MissingCondition] = []
        if employer.workers < application.workersDeclared {
            // The statement lists them all: those who are missing will be registered, and their wages with them.
            if texts.isReadinessEnough, listed >= application.workersDeclared { return [] }
            missing.append(texts.partialWorkers(employer))
        }
        if let declared = application.wagesDeclared, employer.wages < declared {
            missing.append(texts.partialWages(employer, declared: declared))
        }
        return missing
    }
}
