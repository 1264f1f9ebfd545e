import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Postgres
import Worker

struct CommissionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commissions",
        abstract: "Incentives of agents: months, statements, and what two persons decide about them.",
        discussion: """
            What moves money needs two persons: one proposes, another approves; the database refuses the same one. The \
            commission-calculator applies what is approved. Who acts is named by --by, or by PERISAI_OPERATOR.
            """,
        subcommands: [
            Months.self, Close.self, Provisional.self, StatementDocument.self, Proposals.self, Approve.self,
            Reject.self, Replay.self, WhatIf.self,
        ])

    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes to close a month: its statements are issued once someone else approves it.",
            discussion: """
                A month can be closed when it is over by the business date, and after those before it. Statements are \
                issued as soon as it is approved, together with the corrections of months closed before.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Option(help: "Why, without a NIK.") var reason = "the month is over"

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            try database.propose(CloseAction(month: month), reason: DeskReason(reason), by: actor.name())
        }
    }

    struct Proposals: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What waits for a second person, or for being applied.")

        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Those that were applied or rejected too.") var all = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            var table = Table([
                .init("Proposal", "proposal_id"), .init("Kind"), .init("About", "subject"), .init("Proposed by"),
                .init("Reason"), .init("Decision"), .init("Decided by"), .init("Outcome"),
            ])
            for one in try ProposalSummary.list(all: all, on: connection) {
                table.append([
                    one.id.text, one.kind, one.subject, one.proposedBy, one.reason, one.decision ?? "",
                    one.decidedBy ?? "", one.outcome ?? "",
                ])
            }
            table.print(json: json)
        }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approves what someone else has proposed; the commission-calculator applies it.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The proposal's id, or its first 8 digits and more.") var proposal: String

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(proposal) } }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let desk = CommissionDesk(connection)
            let id = try desk.proposalID(IdentifierPrefix(proposal))
            let preview = try desk.preview(id)
            try desk.approve(id, by: actor.name())
            Console.out(preview)
            Console.out("\(id.text) is approved")
        }
    }

    struct Reject: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Rejects what someone else has proposed.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The proposal's id, or its first 8 digits and more.") var proposal: String
        @Option(help: "Why, without a NIK.") var reason: String

        func validate() throws { _ = try wrongUse { try (IdentifierPrefix(proposal), DeskReason(reason)) } }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let desk = CommissionDesk(connection)
            let id = try desk.proposalID(IdentifierPrefix(proposal))
            try desk.reject(id, by: actor.name(), reason: DeskReason(reason))
            Console.out("\(id.text) is rejected")
        }
    }
}

extension DatabaseOptions {
    /// A connection to the tables of the commission-calculator.
    func commissions() throws -> Connection { try connect(schema: CommissionCalculatorService().schema) }

    /// Makes a proposal and says how it is approved.
    func propose(_ action: some ProposalAction, reason: DeskReason, by person: OperatorName) throws {
        let connection = try commissions()
        defer { connection.close() }
        let id = try CommissionDesk(connection).propose(action, reason: reason, by: person)
        Console.out("proposal \(id.text) waits for someone else: perisai commissions approve \(id.text)")
    }
}

extension ContributionMonth: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}
