import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels

extension StatementFormat: ExpressibleByArgument {}

extension CommissionsCommand {
    struct StatementDocument: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "statement",
            abstract: "Prints the statement of an agent or a wadah: text, JSON, CSV or an A4 page, in Indonesian.",
            discussion: """
                An agent's statement comes with its corrections, each line with its rule, rate row, events and payments. \
                The same stored rows give the same bytes.
                """)

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "AGENT MONTH, or MONTH alone with --wadah; the month is YYYY-MM.") var of: [String]
        @Option(help: "The statement of this wadah.") var wadah: String?
        @Option(help: "Only this one: 0 for the statement, then its corrections.") var sequence: Int?
        @Option(help: "text, json, csv or html.") var format = StatementFormat.text
        @Option(help: "Write into this new file.") var out: String?

        enum Subject: Equatable {
            case agent(AgentID)
            case wadah(WadahID)
        }

        func subject() throws -> (Subject, ContributionMonth) {
            guard of.count == (wadah == nil ? 2 : 1) else {
                throw ValidationError("give AGENT and MONTH, or --wadah and MONTH")
            }
            guard let month = ContributionMonth(parsing: of[of.count - 1]) else {
                throw ValidationError("the month must be YYYY-MM")
            }
            do {
                if let wadah { return (.wadah(try WadahID(wadah)), month) }
                return (.agent(try AgentID(of[0])), month)
            } catch { throw ValidationError("\(error)") }
        }

        func validate() throws {
            _ = try subject()
            guard sequence.map({ $0 >= 0 }) ?? true else { throw ValidationError("--sequence must be 0 or more") }
            guard sequence == nil || wadah == nil else { throw ValidationError("--sequence is for an agent alone") }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let (subject, month) = try subject()
            let text =
                switch subject {
                case .agent(let agent):
                    try StatementReader.agent(agent, month, sequence: sequence, on: connection).rendered(format)
                case .wadah(let wadah): try StatementReader.wadah(wadah, month, on: connection).rendered(format)
                }
            guard let out else { return Console.raw(text) }
            do { try Data(text.utf8).write(to: URL(fileURLWithPath: out), options: .withoutOverwriting) } catch {
                throw OperationsError("\(out) cannot be written: \(error.localizedDescription)")
            }
            Console.note("written to \(out)")
        }
    }
}
