import EnrollmentIntake
import PerisaiModels

/// Draws a machine's moves: signals that lead from one state to the same other share an arrow.
struct MachineDrawing {
    private struct Arrow {
        let from: String
        let to: String
        var signals: [String]
    }

    private let machine: MachineTable
    private let arrows: [Arrow]
    /// Names that the drawing languages take, by state: letters, digits and underscores.
    private let names: [String: String]

    init(_ machine: MachineTable) {
        self.machine = machine
        var arrows: [Arrow] = []
        for row in machine.rows where row.isMove {
            if let index = arrows.firstIndex(where: { $0.from == row.state && $0.to == row.next }) {
                arrows[index].signals.append(row.signal)
            } else {
                arrows.append(Arrow(from: row.state, to: row.next, signals: [row.signal]))
            }
        }
        self.arrows = arrows
        var names: [String: String] = [:]
        var taken: Set<String> = []
        for (index, state) in machine.states.enumerated() {
            var name = String(state.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            // "end" and the like are words of the languages; two states may differ in a bracket alone.
            let reserved = [
                "end", "state", "note", "direction", "graph", "node", "edge", "subgraph", "strict", "digraph",
            ]
            if reserved.contains(name.lowercased()) || taken.contains(name) || name.first?.isLetter != true {
                name = "s\(index)_\(name)"
            }
            taken.insert(name)
            names[state] = name
        }
        self.names = names
    }

    /// States from which no signal leads away.
    var finals: [String] { machine.states.filter { state in !arrows.contains { $0.from == state } } }

    /// States that no row of signals leads to from the initial one.
    var unreachable: [String] {
        var seen: Set<String> = [machine.initial]
        var open = [machine.initial]
        while let state = open.popLast() {
            for arrow in arrows where arrow.from == state && seen.insert(arrow.to).inserted { open.append(arrow.to) }
        }
        return machine.states.filter { !seen.contains($0) }
    }

    private func name(_ state: String) -> String { names[state] ?? "unknown" }

    /// A `stateDiagram-v2` of Mermaid.
    var mermaid: String {
        var lines = ["stateDiagram-v2"]
        for state in machine.states where name(state) != state {
            lines.append("    state \"\(Self.plain(state))\" as \(name(state))")
        }
        lines.append("    [*] --> \(name(machine.initial))")
        for arrow in arrows {
            let label = arrow.signals.map(Self.plain).joined(separator: ", ")
            lines.append("    \(name(arrow.from)) --> \(name(arrow.to)): \(label)")
        }
        lines += finals.map { "    \(name($0)) --> [*]" }
        return lines.joined(separator: "\n")
    }

    /// A digraph of Graphviz.
    var dot: String {
        var lines = [
            "digraph \"\(Self.plain(machine.name))\" {", "    rankdir=LR;", "    node [shape=box, style=rounded];",
            "    start_ [shape=point];",
        ]
        for state in machine.states {
            let shape = finals.contains(state) ? ", peripheries=2" : ""
            lines.append("    \(name(state)) [label=\"\(Self.plain(state))\"\(shape)];")
        }
        lines.append("    start_ -> \(name(machine.initial));")
        for arrow in arrows {
            let label = arrow.signals.map(Self.plain).joined(separator: "\\n")
            lines.append("    \(name(arrow.from)) -> \(name(arrow.to)) [label=\"\(label)\"];")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("name", machine.name)
        writer.field("summary", machine.summary)
        writer.field("initial", machine.initial)
        writer.field("states", machine.states)
        writer.field("signals", machine.signals)
        writer.name("rows" as StaticString)
        writer.beginArray()
        for row in machine.rows {
            writer.beginObject()
            writer.field("state", row.state)
            writer.field("signal", row.signal)
            writer.field("next", row.next)
            writer.field("moves", row.isMove)
            writer.field("note", row.note)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    /// Without the marks that end a label.
    private static func plain(_ text: String) -> String {
        String(text.map { "\";:\\{}\n".contains($0) ? " " : $0 })
    }
}
