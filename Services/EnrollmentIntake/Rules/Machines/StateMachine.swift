/// What a signal does in a state.
public struct Move<State: Sendable & Hashable>: Sendable, Hashable {
    /// The state afterwards.
    public let state: State
    /// What follows, or why nothing does; one line of English.
    public let note: String

    public init(_ state: State, _ note: String) {
        self.state = state
        self.note = note
    }
}

/// States, signals, and one total function between them: what the service decides by and what is drawn are the same.
public protocol StateMachine: Sendable {
    associatedtype State: Sendable & Hashable & CaseIterable
    associatedtype Signal: Sendable & Hashable & CaseIterable

    /// "permit".
    static var name: String { get }
    static var summary: String { get }
    static var initial: State { get }
    /// Every signal has an outcome in every state.
    static func move(_ state: State, on signal: Signal) -> Move<State>
}

/// A machine as a table, for drawing.
public struct MachineTable: Sendable, Hashable {
    public struct Row: Sendable, Hashable {
        public let state: String
        public let signal: String
        public let next: String
        public let note: String
        /// False where the signal leaves the state as it is.
        public var isMove: Bool { state != next }
    }

    public let name: String
    public let summary: String
    public let initial: String
    public let states: [String]
    public let signals: [String]
    /// States × signals, in that order.
    public let rows: [Row]

    public init<Machine: StateMachine>(_ machine: Machine.Type) {
        name = machine.name
        summary = machine.summary
        initial = "\(machine.initial)"
        states = Machine.State.allCases.map { "\($0)" }
        signals = Machine.Signal.allCases.map { "\($0)" }
        rows = Machine.State.allCases.flatMap { state in
            Machine.Signal.allCases.map { signal in
                let move = machine.move(state, on: signal)
                return Row(state: "\(state)", signal: "\(signal)", next: "\(move.state)", note: move.note)
            }
        }
    }
}
