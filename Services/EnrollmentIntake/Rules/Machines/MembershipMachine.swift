import PerisaiModels

/// A person's BPU membership: what a submission, an exit or the reconciler's word on cover does to it (domain.md 1.6,
/// 2.4; Perdir 22/PERDIR.02/072022).
public enum MembershipMachine: StateMachine {
    public enum State: String, Sendable, CaseIterable {
        /// Never enrolled in BPU.
        case unknown
        /// Enrolled; no word on cover yet.
        case awaited
        case active
        /// One to three consecutive months unpaid.
        case grace
        /// More than three: the membership has ended (berakhir kepesertaan).
        case lapsed
        /// Active again after an end, by paying.
        case returned
        /// Left: claim, age, end of contract.
        case exited
        /// Left by death.
        case deceased
        /// The person's data were erased; the registry knows only that there was a membership.
        case erased
    }

    public enum Signal: String, Sendable, CaseIterable {
        case submitted
        case coverAwaited, coverActive, coverGrace, coverLapsed, coverReturned, coverExited
        case exitReported
        case deathReported
        case erased
    }

    public static let name = "membership"
    public static let summary = "A person's BPU membership"
    public static let initial = State.unknown

    public static func move(_ state: State, on signal: Signal) -> Move<State> {
        switch signal {
        case .submitted: submitted(state)
        case .exitReported: exitReported(state)
        case .deathReported: deathReported(state)
        case .erased: erased(state)
        case .coverAwaited, .coverActive, .coverGrace, .coverLapsed, .coverReturned, .coverExited: cover(state, signal)
        }
    }

    private static func submitted(_ state: State) -> Move<State> {
        switch state {
        case .unknown: Move(.awaited, "enrolled, with a new KPJ or that of the wage earner")
        case .lapsed, .exited: Move(.awaited, "enrolled again with the same KPJ; the new agent holds it from now on")
        case .erased: Move(.awaited, "enrolled again with the KPJ that the registry kept; not new")
        case .awaited, .active, .grace, .returned:
            Move(state, "refused: ALREADY_ENROLLED, or CLAIMED_BY_ANOTHER_AGENT where another agent holds it")
        case .deceased: Move(state, "refused: PARTICIPANT_DECEASED")
        }
    }

    private static func exitReported(_ state: State) -> Move<State> {
        switch state {
        case .awaited, .active, .grace, .lapsed, .returned: Move(.exited, "ParticipantExited")
        case .exited, .deceased: Move(state, "refused: EXITED_ALREADY")
        case .unknown, .erased: Move(state, "refused: NOT_ENROLLED")
        }
    }

    private static func deathReported(_ state: State) -> Move<State> {
        switch state {
        case .awaited, .active, .grace, .lapsed, .returned:
            Move(.deceased, "ParticipantExited; leaves every employer too")
        case .exited: Move(.deceased, "ParticipantExited with the month of the earlier exit: nobody returns any more")
        case .unknown: Move(.deceased, "a wage earner leaves every employer; refused NOT_ENROLLED where there is none")
        case .deceased: Move(state, "refused: EXITED_ALREADY")
        case .erased: Move(state, "refused: NOT_ENROLLED")
        }
    }

    private static func erased(_ state: State) -> Move<State> {
        switch state {
        case .unknown: Move(state, "there is no membership to remember")
        case .lapsed, .exited, .deceased: Move(.erased, "the registry keeps the KPJ under a keyed hash")
        case .erased: Move(state, "erased before")
        case .awaited, .active, .grace, .returned:
            Move(state, "refused: data of a membership that runs are needed to serve it")
        }
    }

    private static func cover(_ state: State, _ signal: Signal) -> Move<State> {
        switch state {
        case .unknown, .erased: return Move(state, "there is no membership")
        case .deceased: return Move(state, "stays ended")
        case .exited:
            return signal == .coverReturned
                ? Move(.returned, "a payment has begun the membership again") : Move(state, "stays ended")
        case .awaited, .active, .grace, .lapsed, .returned: break
        }
        return switch signal {
        case .coverAwaited: Move(.awaited, "enrolled, nothing settled yet")
        case .coverActive: Move(.active, "the arrears are settled")
        case .coverGrace: Move(.grace, "one to three months unpaid")
        case .coverLapsed: Move(.lapsed, "more than three months unpaid: the NIK may be enrolled anew, by any agent")
        case .coverReturned: Move(.returned, "a payment has begun the membership again")
        case .coverExited: Move(.exited, "the reconciler has ended it")
        default: Move(state, "no word on cover")
        }
    }
}

extension MembershipMachine.Signal {
    init(_ status: CoverStatus) {
        self =
            switch status {
            case .awaited: .coverAwaited
            case .active: .coverActive
            case .grace: .coverGrace
            case .lapsed: .coverLapsed
            case .returned: .coverReturned
            case .exited: .coverExited
            }
    }
}

extension MembershipMachine.State {
    init(_ status: CoverStatus) {
        self =
            switch status {
            case .awaited: .awaited
            case .active: .active
            case .grace: .grace
            case .lapsed: .lapsed
            case .returned: .returned
            case .exited: .exited
            }
    }
}

extension IntakeState.Participant {
    /// The state of the BPU membership as the row holds it.
    var membership: MembershipMachine.State {
        if let exit { return exit.reason == .death ? .deceased : .exited }
        guard bpuOn != nil else { return .unknown }
        return cover.map { MembershipMachine.State($0) } ?? .awaited
    }
}

extension IntakeState {
    /// Where a person's BPU membership stands.
    func membership(of nik: NIK) -> MembershipMachine.State {
        let state = participants[nik]?.membership ?? .unknown
        return state == .unknown && erased[nik]?.bpuOn != nil ? .erased : state
    }
}
