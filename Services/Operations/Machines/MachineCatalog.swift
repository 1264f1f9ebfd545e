import EnrollmentIntake

/// The state machines that the services decide by.
enum MachineCatalog {
    static let all: [MachineTable] = EnrollmentMachines.all
    /// The file that `make machines` writes.
    static let document = "docs/machines.md"

    /// Every machine as Markdown, for `document`.
    static func markdown(_ machines: [MachineTable] = all) -> String {
        var parts = [
            """
            # State machines

            Written by `make machines` from the functions that the services decide by; a test compares this file with
            them. Every signal has an outcome in every state. The drawings show the moves alone; in the tables, a signal
            that leaves the state as it is stands without a next state. `perisai machines` prints the same for a terminal,
            as Mermaid, for Graphviz or as JSON.
            """
        ]
        for machine in machines {
            parts.append(
                "## \(machine.name)\n\n\(machine.summary)\n\n```mermaid\n\(MachineDrawing(machine).mermaid)\n```\n\n"
                    + table(machine))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func table(_ machine: MachineTable) -> String {
        var lines = ["| State | Signal | Next | Note |", "|---|---|---|---|"]
        for row in machine.rows {
            let next = row.isMove ? cell(row.next) : ""
            lines.append("| \(cell(row.state)) | \(cell(row.signal)) | \(next) | \(cell(row.note)) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
