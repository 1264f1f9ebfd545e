import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels
import Postgres
import Worker

extension CommissionsCommand {
    struct WhatIf: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "what-if",
            abstract: "Runs a draft scheme over closed months and shows what it would change; nothing is stored.",
            discussion: """
                The draft is the JSON of a scheme, alone or under "scheme" or "definition" as it is proposed. All that \
                was booked in the months earns under it, in place of the schemes in force.
                """)

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The draft, a JSON file.", completion: .file()) var draft: String
        @Option(help: "First month, YYYY-MM.") var from: ContributionMonth
        @Option(help: "Last month (default: the last closed one).") var through: ContributionMonth?
        @Option(name: .customLong("by"), help: "agent, wadah, branch or total.") var group = WhatIfResult.Group.wadah
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        func validate() throws {
            if json, csv { throw ValidationError("--json or --csv, not both") }
            if let through, through < from { throw ValidationError("--through lies before --from") }
        }

        func run() throws {
            let draft = try Self.read(draft)
            let connection = try database.connect(
                schema: CommissionCalculatorService().schema, statementTimeout: .seconds(3_600))
            defer { connection.close() }
            var line = ProgressLine("what if", total: nil)
            let result = try CommissionCalculator.WhatIf(draft: draft, from: from, through: through).run(
                on: connection, progress: { line.update(done: $0, records: $0) })
            Console.endProgress()
            let table = try Self.table(result, group)
            if json {
                Console.out(Self.json(result, draft, table))
            } else if csv {
                Console.raw(table.csv)
            } else {
                Console.out(
                    "scheme \(draft.scheme.code) (draft) over \(result.from) to \(result.through), "
                        + "\(result.contributions) contributions; rupiah")
                Console.out(table.text)
            }
        }

        static func read(_ path: String) throws -> SchemeDraft {
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw OperationsError("\(path) cannot be read")
            }
            defer { try? handle.close() }
            let bytes = try handle.read(upToCount: SchemeDraft.byteLimit + 1) ?? Data()
            do {
                return try bytes.withUnsafeBytes { try SchemeDraft($0) }
            } catch {
                throw OperationsError("\(path): \(error)")
            }
        }

        private static let figures: [(title: String, name: String, of: @Sendable (WhatIfFigures) throws -> Rupiah)] = [
            ("Acquisition", "acquisition", { $0.acquisition }), ("Contribution", "contribution", { $0.contribution }),
            ("Agent", "agent_share", { $0.agentShare }), ("Wadah", "wadah_share", { $0.wadahShare }),
        ]

        /// The last row is the total.
        static func table(_ result: WhatIfResult, _ group: WhatIfResult.Group) throws -> Table {
            var columns = [Table.Column(group.rawValue.capitalized, "name")]
            for figure in figures {
                columns += [
                    .init(figure.title, "\(figure.name)_now", number: true),
                    .init("draft", "\(figure.name)_draft", number: true),
                    .init("change", "\(figure.name)_difference", number: true),
                ]
            }
            columns.append(.init("Cost change", "cost_difference", number: true))
            var table = Table(columns)
            func append(_ name: String, _ row: WhatIfResult.Row) throws {
                var cells = [name]
                for figure in figures {
                    cells += try [row.now, row.draft, row.difference].map { "\(try figure.of($0).amount)" }
                }
                table.append(cells + ["\(try row.difference.cost.amount)"])
            }
            for (name, row) in result.rows(by: group) { try append(name, row) }
            if group != .total { try append("total", result.total) }
            return table
        }

        static func json(_ result: WhatIfResult, _ draft: SchemeDraft, _ table: Table) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("scheme", draft.scheme.code)
            writer.field("from", result.from)
            writer.field("through", result.through)
            writer.field("contributions", result.contributions)
            writer.name("rows")
            table.write(to: &writer)
            writer.endObject()
            return writer.text
        }
    }
}

extension WhatIfResult.Group: ExpressibleByArgument {}
