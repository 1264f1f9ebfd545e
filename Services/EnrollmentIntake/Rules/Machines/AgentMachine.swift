/// The life of an agent: the gates, the right to acquire and what hinders it, the end (domain.md 1.2, 1.5).
public enum AgentMachine: StateMachine {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case waiting, refused, active, suspended
        case membershipLapsed = "membership-lapsed"
        case staff, ended, dismissed
    }

    public enum Signal: String, Sendable, Hashable, CaseIterable {
        // Facts of the applicant's file.
        case applied, documented, trained, examPassed, examFailed, signed, registered
        // What the gates say to them.
        case gatesOpen, gatesMet, gatesFailed
        // What hinders an active agent, and what lifts it.
        case suspended, resumed, membershipLapsed, membershipRestored, staffListed, staffLeft
        // What becomes of the agency.
        case ended, reactivated, dismissed
    }

    public static let name = "agent"
    public static let summary = "An agent: gates, the right to acquire, and the end of the agency"
    public static let initial = State.waiting

    public static func move(_ state: State, on signal: Signal) -> Move<State> {
        switch signal {
        case .applied, .documented, .trained, .examPassed, .examFailed, .signed, .registered: fact(state, signal)
        case .gatesOpen, .gatesMet, .gatesFailed: gates(state, signal)
        case .suspended, .membershipLapsed, .staffListed: hindered(state, signal)
        case .resumed, .membershipRestored, .staffLeft: lifted(state, signal)
        case .ended, .reactivated, .dismissed: agency(state, signal)
        }
    }

    /// Whether facts of the file still decide. An active agent has passed the gates with the facts of that time.
    static func isFileOpen(_ state: State) -> Bool { state == .waiting || state == .refused }

    // MARK: Signals

    private static func fact(_ state: State, _ signal: Signal) -> Move<State> {
        if isFileOpen(state) { return Move(state, "kept on file; the gates are looked at") }
        switch (state, signal) {
        case (.dismissed, _): return Move(state, "nothing leads back")
        case (_, .signed): return Move(state, "a longer contract of its wadah renews; one against the rules is refused")
        case (_, .documented): return Move(state, "kept on file")
        default: return Move(state, "the gates are passed: nothing changes")
        }
    }

    private static func gates(_ state: State, _ signal: Signal) -> Move<State> {
        guard isFileOpen(state) else { return Move(state, "the gates are looked at until the activation only") }
        switch signal {
        case .gatesMet: return Move(.active, "activated, with certificate, ID and assignment letter")
        case .gatesFailed: return Move(.refused, "refused with every reason; corrected facts are looked at again")
        default: return Move(.waiting, "waits for what is missing")
        }
    }

    /// Employment at the fund goes before a suspension, and that before a lapse.
    private static func hindered(_ state: State, _ signal: Signal) -> Move<State> {
        switch (state, signal) {
        case (.waiting, _), (.refused, _): Move(state, "kept; hinders once the agent is active")
        case (.ended, _), (.dismissed, _): Move(state, "kept; there is nothing left to hinder")
        case (.staff, _): Move(.staff, "hindered already; counts when the employment is over")
        case (_, .staffListed): Move(.staff, "an employee of the fund acquires nothing")
        case (.suspended, .membershipLapsed): Move(.suspended, "hindered already; counts when the suspension is over")
        case (_, .suspended): Move(.suspended, "acquires nothing from its first to its last day")
        default: Move(.membershipLapsed, "acquires nothing until the own membership is active again")
        }
    }

    private static func lifted(_ state: State, _ signal: Signal) -> Move<State> {
        switch (state, signal) {
        case (.suspended, .resumed), (.membershipLapsed, .membershipRestored), (.staff, .staffLeft):
            Move(.active, "acquires again; whatever else hinders is signalled anew")
        case (.waiting, _), (.refused, _): Move(state, "kept; the agent is not active yet")
        default: Move(state, "was not what hinders")
        }
    }

    private static func agency(_ state: State, _ signal: Signal) -> Move<State> {
        switch (state, signal) {
        case (.dismissed, _): Move(.dismissed, "for good")
        case (_, .dismissed): Move(.dismissed, "all rights are revoked at once, certificate, ID and letter too")
        case (.waiting, _), (.refused, _): Move(state, "kept; counts once the agent is active")
        case (.ended, .reactivated):
            Move(.active, "the wadah asks, six months later at the earliest; what hinders is signalled")
        case (_, .ended): Move(.ended, "acquires nothing until a return")
        default: Move(state, "has not ended")
        }
    }
}

extension AgentMachine {
    /// What hinders, the weakest first.
    enum Hindrance: CaseIterable {
        case membershipLapsed, suspended, staff

        var signal: Signal {
            switch self {
            case .membershipLapsed: .membershipLapsed
            case .suspended: .suspended
            case .staff: .staffListed
            }
        }
        var lift: Signal {
            switch self {
            case .membershipLapsed: .membershipRestored
            case .suspended: .resumed
            case .staff: .staffLeft
            }
        }
        /// The state in which it is what hinders.
        var state: State {
            switch self {
            case .membershipLapsed: .membershipLapsed
            case .suspended: .suspended
            case .staff: .staff
            }
        }
    }

    /// The state when these hindrances hold and no others.
    static func settled(_ state: State, _ holding: Set<Hindrance>) -> State {
        var state = state
        for hindrance in Hindrance.allCases where hindrance.state == state && !holding.contains(hindrance) {
            state = move(state, on: hindrance.lift).state
        }
        for hindrance in Hindrance.allCases where holding.contains(hindrance) {
            state = move(state, on: hindrance.signal).state
        }
        return state
    }
}
