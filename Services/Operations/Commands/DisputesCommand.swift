import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

import struct Foundation.UUID

struct DisputesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disputes",
        abstract: "Lines of statements that agents do not agree with.",
        discussion: """
            An open dispute holds its line: no payout takes it. One person proposes how it ends, another approves it \
            (perisai commissions approve); a correction is posted to the balance and paid with the next payout.
            """,
        subcommands: [Open.self, List.self, Decide.self])

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in a dispute; the line is held.",
            discussion: """
                perisai disputes open AGENT MONTH --event EVENT [--line N] --reason TEXT   money of an event
                perisai disputes open AGENT MONTH --newcomer EVENT --reason TEXT           a new participant
                perisai disputes open AGENT MONTH --missing --reason TEXT                  what is not shown
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The agent's id.") var agent: String
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Option(help: "The line's event.") var event: String?
        @Option(help: "The allocation in the event, from 0.") var line: Int16 = 0
        @Option(help: "The event of a new participant's enrolment.") var newcomer: String?
        @Flag(help: "Something that the statement does not show.") var missing = false
        @Option(help: "Why, without a NIK.") var reason: String

        func target() throws -> DisputeDesk.Target {
            func id(_ text: String) throws -> UUID {
                guard let id = UUID(uuidString: text) else { throw ValidationError("\(text) is no event's id") }
                return id
            }
            switch (event, newcomer, missing) {
            case (let event?, nil, false):
                guard line >= 0 else { throw ValidationError("--line counts from 0") }
                return .contribution(event: try id(event), line: line)
            case (nil, let newcomer?, false): return .newcomer(event: try id(newcomer))
            case (nil, nil, true): return .missing
            default: throw ValidationError("give one of --event, --newcomer and --missing")
            }
        }

        func validate() throws {
            _ = try target()
            do { _ = try AgentID(agent) } catch { throw ValidationError("\(error)") }
            _ = try wrongUse { try DeskReason(reason) }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let id = try DisputeDesk(connection).open(
                target(), agent: AgentID(agent), month: month, reason: DeskReason(reason), by: actor.name())
            Console.out("dispute \(id.text) is open: perisai disputes decide \(id.text) upheld|corrected")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Open disputes, the latest first.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only of this agent.") var agent: String?
        @Flag(help: "Those that are decided too.") var all = false
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            do { _ = try agent.map { try AgentID($0) } } catch { throw ValidationError("\(error)") }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            var table = Table([
                .init("Dispute", "dispute_id"), .init("Agent"), .init("Month"), .init("State"),
                .init("Amount", number: true), .init("Held", number: true), .init("Correction", number: true),
                .init("Event"), .init("Line", number: true), .init("Opened by"), .init("Decided on"), .init("Reason"),
            ])
            let agent = try agent.map { try AgentID($0) }
            for one in try DisputeSummary.list(agent: agent, all: all, on: connection) {
                table.append([
                    one.id.text, one.agent, one.month.description, one.state, "\(one.agentAmount.amount)",
                    one.state == "held" ? "\(one.agentHeld.amount)" : "0", "\(one.correction.amount)",
                    one.event?.text ?? "",
                    one.line.map(String.init) ?? "", one.openedBy, one.decidedOn?.description ?? "", one.reason,
                ])
            }
            table.print(json: json)
        }
    }

    struct Decide: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes how a dispute ends: upheld (the line stands) or corrected (by --amount).")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The dispute's id, or its first 8 digits and more.") var dispute: String
        @Argument(help: "upheld or corrected.") var verdict: String
        @Option(help: "Of corrected: rupiah of the total, before agent and wadah share it; negative takes back.")
        var amount: Int64?
        @Option(help: "Why, without a NIK.") var reason: String

        func validate() throws {
            guard let known = DisputeVerdict(rawValue: verdict) else {
                throw ValidationError("the verdict must be upheld or corrected")
            }
            guard (known == .corrected) == (amount.map { $0 != 0 } ?? false) else {
                throw ValidationError("--amount is for corrected alone, and not zero there")
            }
            _ = try wrongUse { try (IdentifierPrefix(dispute), DeskReason(reason)) }
        }

        func run() throws {
            let connection = try database.commissions()
            let id = try DisputeSummary.id(IdentifierPrefix(dispute), on: connection)
            connection.close()
            let action = DisputeAction(
                dispute: id, verdict: DisputeVerdict(rawValue: verdict) ?? .upheld, correction: Rupiah(amount ?? 0))
            try database.propose(action, reason: DeskReason(reason), by: actor.name())
        }
    }
}
