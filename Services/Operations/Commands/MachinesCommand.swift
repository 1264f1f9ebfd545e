import ArgumentParser
import EnrollmentIntake
import PerisaiModels

struct MachinesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machines", abstract: "Draws the state machines that the services decide by.",
        discussion: "Drawn from the functions that run: every signal in every state, with the next state and a note.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, mermaid, dot, json, markdown }

    @Argument(help: "Only this machine.") var name: String?
    @Option(help: "table, mermaid, dot, json or markdown.") var format = Format.table

    func run() throws {
        let machines = MachineCatalog.all.filter { name == nil || $0.name == name }
        guard !machines.isEmpty || name == nil else {
            throw ValidationError("the machines are " + MachineCatalog.all.map(\.name).joined(separator: ", "))
        }
        switch format {
        case .table: Console.out(machines.map(Self.text).joined(separator: "\n\n"))
        case .mermaid:
            Console.out(machines.map { "%% \($0.name)\n" + MachineDrawing($0).mermaid }.joined(separator: "\n\n"))
        case .dot: Console.out(machines.map { MachineDrawing($0).dot }.joined(separator: "\n"))
        case .markdown: Console.raw(MachineCatalog.markdown(machines))
        case .json:
            var writer = JSONWriter()
            writer.beginArray()
            for machine in machines { MachineDrawing(machine).write(to: &writer) }
            writer.endArray()
            Console.out(writer.text)
        }
    }

    private static func text(_ machine: MachineTable) -> String {
        var table = Table([.init("State"), .init("Signal"), .init("Next"), .init("Note")])
        for row in machine.rows { table.append([row.state, row.signal, row.isMove ? row.next : "", row.note]) }
        return "\(machine.name): \(machine.summary)\nBegins in \(machine.initial).\n\n\(table.text)"
    }
}
