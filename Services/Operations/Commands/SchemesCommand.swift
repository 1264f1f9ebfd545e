import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels
import Worker

struct SchemesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schemes",
        abstract: "Incentive schemes, tax rules and payout policies, by the days on which they apply.",
        discussion: """
            A new row is a file (docs/examples/schemes), checked, proposed by one person and approved by another \
            (perisai commissions approve). It starts where nothing is computed yet and never changes what was.
            """,
        subcommands: [List.self, Show.self, Check.self, Propose.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All rows, by kind and first day.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only scheme, tax or payout.") var kind: RowKindArgument?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            var table = Table([
                .init("Kind"), .init("Code"), .init("Valid from"), .init("Valid until"), .init("Regulation"),
                .init("Proposed by"), .init("Approved by"), .init("Proposal", "proposal_id"),
            ])
            for row in try EffectiveRow.list(kind?.kind, on: connection) {
                table.append([
                    row.kind.name, row.code, row.validFrom.description, row.validUntil?.description ?? "",
                    row.regulation, row.proposedBy ?? "", row.approvedBy ?? "", row.proposal?.text ?? "",
                ])
            }
            table.print(json: json)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a file of a row to propose, all of it; needs no database.")

        @Argument(help: "A JSON file; - reads standard input.", completion: .file(extensions: ["json"])) var file:
            String

        func run() throws {
            let action = try SchemesCommand.action(file)
            Console.out("\(action.subject) is well formed, from \(action.validFrom):")
            for line in SchemeText.lines(action) { Console.out("  " + line) }
        }
    }

    struct Propose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes the row of a file: it applies from its first day once someone else approves it.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "A JSON file; - reads standard input.", completion: .file(extensions: ["json"])) var file:
            String
        @Option(help: "Why, without a NIK.") var reason: String

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            try database.propose(SchemesCommand.action(file), reason: DeskReason(reason), by: actor.name())
        }
    }

    /// The row that a file proposes; its faults are printed and end the command.
    static func action(_ file: String) throws -> EffectiveRowAction {
        let handle: FileHandle
        if file == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: file) else { throw DeskError("\(file): cannot be read") }
            handle = opened
        }
        let bytes: Data
        do { bytes = try handle.read(upToCount: EffectiveRowAction.fileLimit + 1) ?? Data() } catch {
            throw DeskError("\(file): cannot be read: it is no file, or no longer there")
        }
        do { return try EffectiveRowAction.read(file: [UInt8](bytes)) } catch let error as DefinitionFaults {
            for fault in error.faults { Console.note("\(file): \(fault)") }
            throw ExitCode.failure
        }
    }
}

/// scheme, tax or payout.
struct RowKindArgument: ExpressibleByArgument {
    let kind: EffectiveKind

    init?(argument: String) {
        guard let kind = EffectiveKind.allCases.first(where: { $0.name == argument }) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { EffectiveKind.allCases.map(\.name) }
}
