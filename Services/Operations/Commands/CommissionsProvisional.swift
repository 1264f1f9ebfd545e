import ArgumentParser
import CommissionCalculator
import PerisaiModels

extension CommissionsCommand {
    struct Provisional: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a month comes to for each agent by all that is known now, in statements or not.",
            discussion: """
                New participants stand beside the tier's threshold ("18 of 25"). The difference is what a close would \
                issue now. An agent without wadah is not activated yet: its rows wait.
                """)

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Option(help: "Only this agent.") var agent: String?
        @Option(help: "Only agents of this branch.") var branch: String?
        @Flag(help: "Print JSON, with the lines by rule and rate.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        private func filter() throws -> (AgentID?, BranchCode?) {
            do { return (try agent.map { try AgentID($0) }, try branch.map { try BranchCode($0) }) } catch {
                throw ValidationError("\(error)")
            }
        }

        func validate() throws {
            _ = try filter()
            guard !(json && csv) else { throw ValidationError("give --json or --csv, not both") }
        }

        func run() throws {
            let connection = try database.connect(
                schema: CommissionCalculatorService().schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            let (agent, branch) = try filter()
            let all = try CommissionCalculator.Provisional.of(month, agent: agent, branch: branch, on: connection)
            if json { return try Self.printJSON(all) }
            guard !all.isEmpty else { throw OperationsError("nothing counts in \(month) yet") }
            if csv { return try Self.printCSV(all) }
            var table = Table(Self.columns)
            for one in all { table.append(try Self.cells(one)) }
            table.print(json: false)
        }

        private static let columns: [Table.Column] = [
            .init("Agent"), .init("Wadah"), .init("Branch"), .init("Scheme"), .init("New", "new_participants"),
            .init("Acquisition", number: true), .init("Contributions", number: true),
            .init("Incentive", number: true), .init("Total", number: true),
            .init("Agent's", "agent_share", number: true),
            .init("Wadah's", "wadah_share", number: true), .init("Issued", number: true),
            .init("Difference", number: true), .init("By rule"),
        ]

        private static func cells(_ one: CommissionCalculator.Provisional) throws -> [String] {
            let parts = try one.parts
            let rules = one.figures.lines.filter { $0.key.rule != .acquisition }.sorted { $0.key < $1.key }.map {
                "\($0.scheme) \(Rate(partsPerMillion: $0.unit)) of \($1.base.amount) = \($1.amount.amount)"
            }
            return [
                one.agent, one.wadah ?? "", one.branch ?? "", one.scheme,
                one.threshold.map { "\(one.newParticipants) of \($0)" } ?? "\(one.newParticipants)",
                "\(parts.acquisition.amount)", "\(try one.figures.contributions.amount)",
                "\(parts.contribution.amount)", "\(try one.figures.total.amount)", "\(one.figures.agentShare.amount)",
                "\(one.figures.wadahShare.amount)", "\(try one.issued.total.amount)",
                "\(try one.difference.total.amount)", rules.joined(separator: "; "),
            ]
        }

        private static func printCSV(_ all: [CommissionCalculator.Provisional]) throws {
            var file = CSVText(["month", "threshold"] + columns.map(\.name))
            for one in all {
                var cells = try cells(one)
                cells[4] = "\(one.newParticipants)"
                file.append(["\(one.month)", one.threshold.map(String.init) ?? ""] + cells)
            }
            Console.raw(file.text)
        }

        private static func printJSON(_ all: [CommissionCalculator.Provisional]) throws {
            var writer = JSONWriter(capacity: 65_536)
            func number(_ name: StaticString, _ value: Int64) {
                writer.name(name)
                writer.integer(value)
            }
            writer.beginArray()
            for one in all {
                writer.beginObject()
                for (name, text) in [
                    ("agent_id", one.agent), ("wadah_id", one.wadah), ("branch", one.branch), ("scheme", one.scheme),
                    ("month", one.month.description),
                ] {
                    writer.name(name)
                    if let text { writer.string(text) } else { writer.null() }
                }
                number("new_participants", Int64(one.newParticipants))
                if let threshold = one.threshold { number("threshold", Int64(threshold)) }
                writer.name("lines")
                writer.beginArray()
                for (key, line) in one.figures.lines.sorted(by: { $0.key < $1.key }) {
                    writer.beginObject()
                    writer.name("scheme")
                    writer.string(key.scheme)
                    writer.name("rule")
                    writer.string(key.rule.statementRule?.rawValue ?? "none")
                    number(key.rule == .acquisition ? "unit" : "rate_ppm", key.unit)
                    number("count", Int64(line.count))
                    number("base", line.base.amount)
                    number("amount", line.amount.amount)
                    writer.endObject()
                }
                writer.endArray()
                number("total", try one.figures.total.amount)
                number("agent_share", one.figures.agentShare.amount)
                number("wadah_share", one.figures.wadahShare.amount)
                number("issued", try one.issued.total.amount)
                number("difference", try one.difference.total.amount)
                writer.endObject()
            }
            writer.endArray()
            Console.out(writer.text)
        }
    }
}
