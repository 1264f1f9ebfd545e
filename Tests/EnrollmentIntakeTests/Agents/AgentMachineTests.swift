import PerisaiModels
import Testing

@testable import EnrollmentIntake

@Suite struct AgentMachineTests {
    /// Every signal at every state: an outcome with its note, and no way out of a dismissal.
    @Test func everySignalIsDefinedEverywhere() {
        let table = MachineTable(AgentMachine.self)
        #expect(table.rows.count == AgentMachine.State.allCases.count * AgentMachine.Signal.allCases.count)
        #expect(table.rows.allSatisfy { !$0.note.isEmpty })
        #expect(EnrollmentMachines.all.contains { $0.name == "agent" })
        let ways = table.rows.filter { $0.isMove }
        #expect(Set(ways.map(\.next)).union(["waiting"]) == Set(table.states))
        #expect(!ways.contains { $0.state == "dismissed" })
        // Only the gates make an agent active that was not; only a return, one that has ended.
        let activations = ways.filter { $0.next == "active" }.map { "\($0.state) \($0.signal)" }.sorted()
        #expect(
            activations == [
                "ended reactivated", "membershipLapsed membershipRestored", "refused gatesMet", "staff staffLeft",
                "suspended resumed", "waiting gatesMet",
            ])
    }

    /// Employment goes before a suspension, that before a lapse; whatever is lifted leaves the strongest of the rest.
    @Test func theStrongestHindranceShows() {
        let all: [AgentMachine.Hindrance] = [.staff, .suspended, .membershipLapsed]
        for state in AgentMachine.State.allCases {
            for bits in 0..<8 {
                let holding = Set(all.enumerated().filter { bits & (1 << $0.offset) != 0 }.map(\.element))
                let settled = AgentMachine.settled(state, holding)
                switch state {
                case .waiting, .refused, .ended, .dismissed: #expect(settled == state)
                default: #expect(settled == all.first { holding.contains($0) }?.state ?? .active)
                }
            }
        }
    }

    @Test func stagesAndStates() {
        for stage in [IntakeState.AgentStage.waiting, .active, .refused] {
            #expect(IntakeState.AgentStage(stage.state) == stage)
        }
        #expect(IntakeState.AgentStage(.suspended) == nil)
    }
}
