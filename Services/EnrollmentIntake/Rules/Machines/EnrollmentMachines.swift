/// The machines of enrollment-intake; `perisai machines` draws them.
public enum EnrollmentMachines {
    public static let all: [MachineTable] = [
        MachineTable(AgentMachine.self),
        MachineTable(PermitMachine.self),
        MachineTable(MembershipMachine.self),
        MachineTable(SubmissionMachine.self),
        MachineTable(EnforcementMachine.self),
    ]
}
