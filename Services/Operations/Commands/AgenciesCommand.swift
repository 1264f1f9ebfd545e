import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct AgenciesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agencies",
        abstract:
            "The life of agencies: warnings, ends, returns, who looks after participants (gates: perisai agents).",
        discussion: """
            Three idle months in a row end an agency by the business date alone. What persons decide needs two of them: \
            a dismissal, a return and the passing of participants are proposed here and approved with \
            perisai commissions approve.
            """,
        subcommands: [List.self, Show.self, Dismiss.self, Reactivate.self, Pass.self])

    struct Dismiss: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes to dismiss an agent for fraud: at once, with all rights, for good.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The agent's id.") var agent: AgentID
        @Option(help: "The first day without rights, YYYY-MM-DD; not after the business date.") var on: CivilDate
        @Option(help: "Why, without a NIK; the agent and the wadah are told.") var reason: String

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            try database.propose(
                DismissalAction(agent: agent, on: on), reason: DeskReason(reason), by: actor.name())
        }
    }

    struct Reactivate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes the return of an agent whose agency has ended, as a wadah under contract asks.",
            discussion: "Six months after the end at the earliest; the participants stay with whom they are now.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The agent's id.") var agent: AgentID
        @Option(help: "The wadah that asks for the agent.") var wadah: WadahID
        @Option(help: "The day of the return, YYYY-MM-DD; not after the business date.") var on: CivilDate
        @Option(help: "Why, without a NIK.") var reason = "permintaan wadah"

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            try database.propose(
                ReactivationAction(agent: agent, wadah: wadah, on: on), reason: DeskReason(reason), by: actor.name())
        }
    }

    struct Pass: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes that an agent's participants pass to another agent, or to the branch.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The agent's id.") var agent: AgentID
        @Option(help: "To this active agent of the same wadah or branch.") var to: AgentID?
        @Flag(help: "To the branch.") var toBranch = false
        @Option(help: "From this day on, YYYY-MM-DD; not before the business date.") var on: CivilDate
        @Option(help: "Why, without a NIK.") var reason = "keputusan kantor cabang"

        func validate() throws {
            guard (to == nil) == toBranch else { throw ValidationError("give one of --to and --to-branch") }
            _ = try wrongUse { try DeskReason(reason) }
        }

        func run() throws {
            try database.propose(
                PortfolioAction(agent: agent, to: to, on: on), reason: DeskReason(reason), by: actor.name())
        }
    }
}

extension TextIdentifier: ExpressibleByArgument {
    public init?(argument: String) {
        guard let id = try? Self(argument) else { return nil }
        self = id
    }
}
