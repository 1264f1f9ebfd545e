/// What moves enforcement.
public enum EnforcementSignal: String, Sendable, Hashable, CaseIterable {
    /// There is a reason to warn: arrears, no registration, or a partial one.
    case breach
    /// Arrears join a case of another breach: they have warnings of their own.
    case arrearsJoined
    /// The last day of the step has gone by.
    case deadlinePassed
    /// Arrears are older than six months.
    case overSixMonths
    /// Services have been withheld for the days set, for something else than arrears.
    case inspectionDue
    /// Something is paid or put right, not all.
    case partlySettled
    /// Nothing is left of what the case is for, the sanction fine included.
    case settled
    /// The sanction fine of a settled case is unpaid again.
    case paymentReversed
    /// The employer has closed.
    case employerClosed
}

/// The ladder of PP 86/2013 Art. 5-10 and what follows it (domain.md 4.1, 4.3). No step is left out, and only settling
/// leads back, or arrears that have not been warned of yet.
public enum EnforcementMachine: StateMachine {
    public static let name = "enforcement"
    public static let summary = "An employer is called to account, until all is settled"
    public static let initial = EnforcementStage.clear

    public static func move(
        _ state: EnforcementStage, on signal: EnforcementSignal
    ) -> Move<EnforcementStage> {
        switch signal {
        case .breach: breach(state)
        case .arrearsJoined:
            state == .clear
                ? Move(.clear, "nothing is under way")
                : Move(.warnedOnce, "warned anew: arrears have warnings of their own (PP 86/2013 Art. 6)")
        case .deadlinePassed: deadlinePassed(state)
        case .overSixMonths: handedOver(state, because: "arrears older than six months")
        case .inspectionDue: handedOver(state, because: "still not registered, or only in part")
        case .partlySettled:
            Move(state, state == .clear ? "nothing is under way" : "the step stands until all is settled")
        case .settled:
            state == .clear
                ? Move(.clear, "nothing is under way") : Move(.clear, "lifted; offices withhold services no longer")
        case .paymentReversed:
            state == .clear
                ? Move(.fined, "reopened: the payment of the sanction fine was taken back")
                : Move(state, "the step stands until all is settled")
        case .employerClosed:
            Move(state, state == .clear ? "nothing is under way" : "what is owed does not end with the employer")
        }
    }

    private static func breach(_ state: EnforcementStage) -> Move<EnforcementStage> {
        state == .clear
            ? Move(.warnedOnce, "first written warning (PP 86/2013 Art. 6)") : Move(state, "joins the case")
    }

    private static func deadlinePassed(_ state: EnforcementStage) -> Move<EnforcementStage> {
        switch state {
        case .clear: Move(.clear, "nothing is under way")
        case .warnedOnce: Move(.warnedTwice, "second and last written warning (PP 86/2013 Art. 6)")
        case .warnedTwice: Move(.fined, "sanction fine of 0.1 % a month (PP 86/2013 Art. 7, 10)")
        case .fined: Move(.servicesWithheld, "TMP2T is asked of the permit offices (PP 86/2013 Art. 8)")
        case .servicesWithheld: Move(.servicesWithheld, "waits until arrears are older than six months")
        case .inspected: Move(.prosecuted, "power of attorney (SKK) to the prosecutor")
        case .prosecuted: Move(.prosecuted, "is with the prosecutor")
        }
    }

    private static func handedOver(_ state: EnforcementStage, because reason: String) -> Move<EnforcementStage> {
        switch state {
        case .clear: Move(.clear, "nothing is under way")
        case .warnedOnce, .warnedTwice, .fined: Move(state, "services are withheld first")
        case .servicesWithheld: Move(.inspected, "handed to the inspectors: \(reason)")
        case .inspected, .prosecuted: Move(state, "is handed over already")
        }
    }
}
