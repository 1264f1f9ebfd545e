import PerisaiModels

/// Deadlines, fine and grounds of enforcement (PP 86/2013 Art. 5-10, S50, S51; domain.md 4.1, 4.3).
public enum EnforcementRules {
    /// For each month of contributions due (PP 86/2013 Art. 7).
    public static let fineRate = Rate(basisPoints: 10)
    /// Days that count as a month of the fine, begun ones too.
    static let daysOfMonth = 30

    /// The fine on contributions due, rounded once to the rupiah. Nothing is due where contributions are not known.
    public static func fine(on contributions: Rupiah, days: Int) throws(MoneyOverflow) -> Rupiah {
        guard contributions > .zero, days > 0 else { return .zero }
        let months = (days + daysOfMonth - 1) / daysOfMonth
        return try fineRate.multiplied(by: Int64(months)).of(contributions)
    }

    /// Last day of a step that is taken on `date`; nil where the next one waits for something else than a date.
    static func deadline(
        of found: EnforcementCase, from date: CivilDate, _ settings: EnrollmentSettings
    ) -> CivilDate? {
        switch found.stage {
        case .clear: nil
        case .warnedOnce, .warnedTwice: settings.holidays.adding(workingDays: settings.warningDays, to: date)
        // The fine runs from the end of the second warning: its first day is the day of the step.
        case .fined: date.adding(days: settings.sanctionFineDays - 1)
        case .servicesWithheld: inspection(of: found, from: date, settings)
        case .inspected: date.adding(days: settings.prosecutionDays)
        case .prosecuted: date.adding(days: settings.prosecutorCallDays)
        }
    }

    /// Arrears older than six months go to the inspectors at once (S49), younger ones wait for that; whoever is not
    /// registered, or only in part, has some days more.
    static func inspection(
        of found: EnforcementCase, from date: CivilDate, _ settings: EnrollmentSettings
    ) -> CivilDate? {
        if isOld(found, settings) { return date }
        return found.breaches == [.arrears] ? nil : date.adding(days: settings.inspectionDays)
    }

    static func isOld(_ found: EnforcementCase, _ settings: EnrollmentSettings) -> Bool {
        found.breaches.contains(.arrears) && found.unpaidMonths > settings.inspectionMonths
    }

    /// What a deadline that has gone by means.
    static func signal(of found: EnforcementCase, _ settings: EnrollmentSettings) -> EnforcementSignal {
        guard found.stage == .servicesWithheld else { return .deadlinePassed }
        if isOld(found, settings) { return .overSixMonths }
        return found.breaches == [.arrears] ? .deadlinePassed : .inspectionDue
    }
}

extension EnforcementStage {
    /// The step that leads to the stage.
    public var step: EnforcementStep {
        switch self {
        case .clear: .lifted
        case .warnedOnce: .warning1
        case .warnedTwice: .warning2
        case .fined: .fine
        case .servicesWithheld: .servicesWithheld
        case .inspected: .inspector
        case .prosecuted: .prosecutor
        }
    }
}

extension EnforcementStep {
    /// The regulation and its article, as the step's letter names it. Permenaker 4/2018 is about imposing and lifting
    /// TMP2T (its articles were not seen, S55).
    public var legalGround: String {
        switch self {
        case .warning1, .warning2: "PP 86/2013 Pasal 6"
        case .fine: "PP 86/2013 Pasal 7 dan Pasal 10"
        case .servicesWithheld: "PP 86/2013 Pasal 8; Permenaker 4/2018"
        case .inspector: "UU 24/2011 Pasal 11"
        case .prosecutor: "UU 16/2004 Pasal 30 ayat (2); Inpres 2/2021"
        case .lifted: "PP 86/2013 Pasal 5 sampai dengan Pasal 10"
        }
    }
}
