import PerisaiModels
import Worker

extension IntakeState {
    mutating func enforce(arrearsOf npp: NPP, on date: CivilDate, _ outgoing: inout Outgoing) {}
    /// The subject no longer stands in this breach.
    mutating func settle(
        _ breach: EnforcementBreach, of subject: EnforcementSubject, on date: CivilDate, _ outgoing: inout Outgoing
    ) {}
    /// Whether permit offices are asked to withhold services (TMP2T).
    func withholdsServices(npp: NPP?, nib: NIB?) -> Bool { false }
}
