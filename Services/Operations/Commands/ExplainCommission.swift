import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels

extension ExplainCommand {
    struct Commission: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "How an agent's incentive of a month comes about: scheme, participants, rates, corrections, money.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The agent's id.") var agent: String
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Option(help: "Only the lines of this event, as the statement names it.") var line: String?
        @Flag(help: "Print JSON.") var json = false

        private func input() throws -> (AgentID, UUID?) {
            let event = try line.map { text in
                guard let id = UUID(uuidString: text) else {
                    throw ValidationError("--line must be an event as the statement names it")
                }
                return id
            }
            do { return (try AgentID(agent), event) } catch { throw ValidationError("\(error)") }
        }

        func validate() throws { _ = try input() }

        func run() throws {
            let connection = try database.connect(
                schema: CommissionCalculatorService().schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            let (agent, event) = try input()
            let story = try CommissionStory(agent, month, event: event, on: connection)
            if json { Self.printJSON(story) } else { Self.printText(story) }
        }

        private static let headings = [
            ("scheme", "Scheme"), ("line", "Lines"), ("participants", "New participants"),
            ("contributions", "Contributions"), ("reversals", "Reversals"), ("passed", "Who looks after payers"),
            ("statements", "Statements"), ("shares", "Shares"), ("disputes", "Disputes"), ("money", "Money"),
        ]

        private static func printText(_ story: CommissionStory) {
            Console.out("Agent \(story.agent) in \(story.month)")
            for (topic, heading) in headings {
                let lines = story.lines.filter { $0.topic == topic }
                guard !lines.isEmpty else { continue }
                Console.out("\n\(heading)")
                for line in lines { Console.out("  \(line.text)") }
            }
        }

        private static func printJSON(_ story: CommissionStory) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("agent_id")
            writer.string(story.agent.text)
            writer.name("month")
            writer.string(story.month.description)
            writer.name("story")
            writer.beginArray()
            for line in story.lines {
                writer.beginObject()
                writer.name("topic")
                writer.string(line.topic)
                writer.name("text")
                writer.string(line.text)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            Console.out(writer.text)
        }
    }
}
