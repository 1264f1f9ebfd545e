/// A submission or a report under its number (`submission_id` of its agent).
public enum SubmissionMachine: StateMachine {
    public enum State: String, Sendable, CaseIterable {
        /// The number has not been seen.
        case new
        /// Waits for the agent's own registration.
        case waiting
        /// Enrolled; of a report: applied.
        case enrolled
        case refused
    }

    public enum Signal: String, Sendable, CaseIterable {
        /// Came in, with nothing against it.
        case valid
        /// Came in with nothing against it but that the agent's own registration is not there yet.
        case validAgentAwaited
        case invalid
        /// The number came again with the same content.
        case repeated
        /// The number came again with other content.
        case contradicted
        /// The agent's registration has come, and nothing stands against the submission.
        case releasedValid
        case releasedInvalid
        /// The waiting days are over.
        case expired
    }

    public static let name = "submission"
    public static let summary = "A submission or report under its number"
    public static let initial = State.new

    public static func move(_ state: State, on signal: Signal) -> Move<State> {
        switch (state, signal) {
        case (.new, .valid): Move(.enrolled, "enrolled, or applied")
        case (.new, .validAgentAwaited): Move(.waiting, "parked; its numbers are set aside")
        case (.new, .invalid): Move(.refused, "SubmissionRefused with every reason at once")
        case (.new, _): Move(.new, "cannot be: the number has not been seen")
        case (.waiting, .releasedValid): Move(.enrolled, "enrolled, in order of arrival")
        case (.waiting, .releasedInvalid): Move(.refused, "SubmissionRefused with every reason at once")
        case (.waiting, .expired): Move(.refused, "SubmissionRefused: AGENT_NOT_ACTIVE")
        case (_, .contradicted): Move(state, "SubmissionRefused: DUPLICATE_SUBMISSION; what was decided stands")
        case (_, .repeated): Move(state, "the same message: its answer is out, or will be")
        case (_, .valid), (_, .validAgentAwaited), (_, .invalid):
            Move(state, "looked at once only: what was decided stands")
        case (.enrolled, _), (.refused, _): Move(state, "decided: nothing waits")
        }
    }
}

extension IntakeState.SubmissionOutcome {
    /// Nil for a number that stays unused.
    init?(_ state: SubmissionMachine.State) {
        switch state {
        case .new: return nil
        case .waiting: self = .waiting
        case .enrolled: self = .enrolled
        case .refused: self = .refused
        }
    }

    var state: SubmissionMachine.State {
        switch self {
        case .waiting: .waiting
        case .enrolled: .enrolled
        case .refused: .refused
        }
    }
}
