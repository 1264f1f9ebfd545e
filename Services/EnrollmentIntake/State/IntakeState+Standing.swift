import PerisaiModels
import Worker

extension IntakeState {
    mutating func apply(_ event: AgentDocumented, _ outgoing: inout Outgoing) {}
    mutating func apply(_ event: AgentSuspended, _ outgoing: inout Outgoing) {}
    mutating func apply(_ event: AgentResumed, _ outgoing: inout Outgoing) {}
    mutating func apply(_ event: StaffListed, _ outgoing: inout Outgoing) {}
    mutating func reviewStanding(of nik: NIK, on date: CivilDate, _ outgoing: inout Outgoing) {}
}
