import PerisaiModels
import Worker

extension IntakeState {
    mutating func apply(_ report: Report, lane: Int, _ outgoing: inout Outgoing) throws {}
}
