import PerisaiModels
import Postgres
import Testing

@testable import EnrollmentIntake

/// The machines of memberships and submissions are total, and the code goes where they say.
@Suite struct PeopleMachineTests {
    @Test func everySignalHasAnOutcomeInEveryState() {
        for table in [MachineTable(MembershipMachine.self), MachineTable(SubmissionMachine.self)] {
            #expect(table.rows.count == table.states.count * table.signals.count)
            #expect(table.rows.allSatisfy { table.states.contains($0.next) && !$0.note.isEmpty })
            // Every state but the first is reached.
            #expect(Set(table.rows.filter(\.isMove).map(\.next)).union([table.initial]) == Set(table.states))
            #expect(EnrollmentMachines.all.contains(table))
        }
    }

    @Test func aDecisionStands() {
        for state in [SubmissionMachine.State.enrolled, .refused] {
            for signal in SubmissionMachine.Signal.allCases {
                #expect(SubmissionMachine.move(state, on: signal).state == state)
            }
        }
    }

    @Test func deathIsNeverLeft() {
        for signal in MembershipMachine.Signal.allCases where signal != .erased {
            #expect(MembershipMachine.move(.deceased, on: signal).state == .deceased)
        }
    }

    /// Each membership that can be brought about, each thing that can happen to it: the row afterwards is in the state
    /// that the machine names.
    @Test func theRowsFollowTheMachine() throws {
        for state in MembershipMachine.State.allCases where state != .erased {
            for signal in MembershipMachine.Signal.allCases where signal != .erased {
                let bench = try PeopleBench()
                try bring(bench, to: state)
                #expect(try stored(bench) == state)
                try fire(signal, bench)
                let wanted = MembershipMachine.move(state, on: signal).state
                // A death that nobody has a membership or an employer for is refused.
                let isRefused = state == .unknown && signal == .deathReported
                #expect(try stored(bench) == (isRefused ? .unknown : wanted), "\(state) on \(signal)")
            }
        }
    }

    private func bring(_ bench: PeopleBench, to state: MembershipMachine.State) throws {
        guard state != .unknown else { return }
        _ = try bench.enrol("p-1", 10)
        switch state {
        case .unknown, .awaited, .erased: break
        case .active: _ = try bench.cover(10, .active, on: "2018-03-16")
        case .grace: _ = try bench.cover(10, .grace, on: "2018-03-16")
        case .lapsed: _ = try bench.cover(10, .lapsed, on: "2018-03-16")
        case .returned: _ = try bench.cover(10, .returned, on: "2018-03-16")
        case .exited: _ = try bench.answer(try Make.exit("x-1", 10))
        case .deceased: _ = try bench.answer(try Make.exit("x-1", 10, .death))
        }
    }

    private func fire(_ signal: MembershipMachine.Signal, _ bench: PeopleBench) throws {
        let status: CoverStatus
        switch signal {
        case .submitted:
            _ = try bench.enrol("p-2", 10, agent: "A-2", on: "2018-06-10")
            return
        case .exitReported, .deathReported:
            _ = try bench.answer(try Make.exit("x-2", 10, signal == .deathReported ? .death : .age))
            return
        case .erased: return
        case .coverAwaited: status = .awaited
        case .coverActive: status = .active
        case .coverGrace: status = .grace
        case .coverLapsed: status = .lapsed
        case .coverReturned: status = .returned
        case .coverExited: status = .exited
        }
        guard try stored(bench) != .unknown else { return }
        _ = try bench.cover(10, status, on: "2018-05-16")
    }

    private func stored(_ bench: PeopleBench) throws -> MembershipMachine.State {
        var state = IntakeState(settings: .init())
        let nik = try Make.nik(10)
        try state.readParticipants(
            bench.bench.connection.query(
                LoadStatements.participants, Parameters { $0.append([nik.code]) }))
        return state.membership(of: nik)
    }
}
