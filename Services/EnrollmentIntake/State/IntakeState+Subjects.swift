import PerisaiModels
import Worker

extension IntakeState {
    mutating func apply(_ event: SubjectCorrectionAsked, _ outgoing: inout Outgoing) {}
    mutating func apply(_ event: SubjectErasureAsked, _ outgoing: inout Outgoing) {}
}
