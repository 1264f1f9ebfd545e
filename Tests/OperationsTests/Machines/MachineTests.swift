import EnrollmentIntake
import Foundation
import TestSupport
import Testing

@testable import Operations

/// A door: with a state that nothing leaves, and names that drawing languages stumble over.
private enum Door: StateMachine {
    enum State: String, CaseIterable, CustomStringConvertible {
        case shut, open, end
        case lockedTwice = "locked: \"twice\""
        var description: String { rawValue }
    }
    enum Signal: String, CaseIterable { case push, pull, lock, burn }

    static let name = "door"
    static let summary = "A door with a lock."
    static let initial = State.shut

    static func move(_ state: State, on signal: Signal) -> Move<State> {
        switch (state, signal) {
        case (.end, _): Move(state, "nothing | is left")
        case (_, .burn): Move(.end, "burns down")
        case (.shut, .push), (.shut, .pull): Move(.open, "opens")
        case (.shut, .lock): Move(.lockedTwice, "locks")
        case (.open, .push): Move(.shut, "shuts")
        default: Move(state, "nothing happens")
        }
    }
}

@Suite struct MachineTests {
    private let door = MachineTable(Door.self)

    @Test func mermaidIsWellFormed() {
        #expect(
            MachineDrawing(door).mermaid == """
                stateDiagram-v2
                    state "end" as s2_end
                    state "locked   twice " as locked___twice_
                    [*] --> shut
                    shut --> open: push, pull
                    shut --> locked___twice_: lock
                    shut --> s2_end: burn
                    open --> shut: push
                    open --> s2_end: burn
                    locked___twice_ --> s2_end: burn
                    s2_end --> [*]
                """)
    }

    @Test func dotIsWellFormed() {
        #expect(
            MachineDrawing(door).dot == """
                digraph "door" {
                    rankdir=LR;
                    node [shape=box, style=rounded];
                    start_ [shape=point];
                    shut [label="shut"];
                    open [label="open"];
                    s2_end [label="end", peripheries=2];
                    locked___twice_ [label="locked   twice "];
                    start_ -> shut;
                    shut -> open [label="push\\npull"];
                    shut -> locked___twice_ [label="lock"];
                    shut -> s2_end [label="burn"];
                    open -> shut [label="push"];
                    open -> s2_end [label="burn"];
                    locked___twice_ -> s2_end [label="burn"];
                }
                """)
        #expect(MachineDrawing(door).finals == ["end"] && MachineDrawing(door).unreachable.isEmpty)
    }

    @Test func markdownEscapesItsTables() {
        let text = MachineCatalog.markdown([door])
        #expect(text.contains("| end | push |  | nothing \\| is left |"))
        #expect(text.contains("| shut | push | open | opens |"))
        for line in text.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.replacing("\\|", with: "").filter { $0 == "|" }.count == 5)
        }
    }

    /// Every machine of the services: a row for every signal in every state, no state that cannot be come to, notes.
    @Test func machinesAreComplete() {
        let machines = MachineCatalog.all
        #expect(Set(machines.map(\.name)).count == machines.count)
        for machine in machines + [door] {
            #expect(machine.rows.count == machine.states.count * machine.signals.count, "\(machine.name)")
            let pairs = Set(machine.rows.map { [$0.state, $0.signal] })
            #expect(pairs.count == machine.rows.count, "\(machine.name): names of states or signals are not unique")
            #expect(machine.rows.allSatisfy { machine.states.contains($0.next) && !$0.note.isEmpty }, "\(machine.name)")
            #expect(machine.rows.allSatisfy { !$0.note.contains("\n") }, "\(machine.name)")
            #expect(MachineDrawing(machine).unreachable.isEmpty, "\(machine.name)")
            let drawn = MachineDrawing(machine).mermaid.split(separator: "\n")
            #expect(drawn.first == "stateDiagram-v2")
            for line in drawn.dropFirst() {
                let arrow = #/ {4}(\[\*\]|\w+) --> (\[\*\]|\w+)(: [^:]+)?/#
                let alias = #/ {4}state "[^"]*" as \w+/#
                #expect(line.wholeMatch(of: arrow) != nil || line.wholeMatch(of: alias) != nil, "\(line)")
            }
            let dot = MachineDrawing(machine).dot
            #expect(dot.filter { $0 == "\"" }.count.isMultiple(of: 2) && dot.hasSuffix("}"))
        }
    }

    @Test func documentIsCurrent() throws {
        let text = try String(contentsOf: repositoryFile(MachineCatalog.document), encoding: .utf8)
        #expect(text == MachineCatalog.markdown(), "run `make machines`")
    }

    @Test func commandPrintsEveryForm() {
        for format in ["table", "mermaid", "dot", "json", "markdown"] {
            #expect(PerisaiCommand.start(["machines", "--format", format]) == 0)
        }
        #expect(PerisaiCommand.start(["machines", "nothing"]) == 2)
        #expect(PerisaiCommand.start(["machines", "--format", "nothing"]) == 2)
    }
}
