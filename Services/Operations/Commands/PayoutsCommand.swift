import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct PayoutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payouts", abstract: "Pays what is owed to agents and wadah, through their banks.",
        discussion: """
            propose MONTH, have someone else approve it (perisai commissions approve), export the run as a bank file, \
            import what the bank reports. What was rejected or returned is made again by retry, which two persons decide \
            as well. Account numbers are masked everywhere but in bank files.
            """,
        subcommands: [
            Propose.self, List.self, Show.self, Refusals.self, Balances.self, Export.self, Import.self, Retry.self,
            Account.self,
        ])

    struct Propose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes to pay everything payable through a closed month.",
            discussion: "Says first what it would pay and whom it would refuse; --dry-run says no more than that.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The month, YYYY-MM.") var month: ContributionMonth
        @Option(help: "Why, without a NIK.") var reason = "the month is closed"
        @Flag(help: "Propose nothing.") var dryRun = false

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let plan = try PayoutAction(month: month).plan(on: connection)
            let action = PayoutAction(month: month, gross: try plan.gross, tax: try plan.tax)
            if let preview = try action.preview(on: connection) { Console.out(preview) }
            if !plan.refusals.isEmpty { PayoutTables.refusals(plan.refusals).print(json: false) }
            guard !dryRun else { return }
            try database.propose(action, reason: DeskReason(reason), by: actor.name())
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes to make a payout again that was rejected or returned, or to release it.",
            discussion: """
                perisai payouts retry PAYOUT --reason TEXT
                perisai payouts retry PAYOUT --bank 009 --account 0123456789 --holder NAME --reason TEXT
                perisai payouts retry PAYOUT --release --reason TEXT
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The payout's id, or its first 8 digits and more.") var payout: String
        @OptionGroup var repaired: AccountOptions
        @Flag(help: "Owed again instead, for a later run.") var release = false
        @Option(help: "Why, without a NIK.") var reason: String

        func remedy() throws -> PayoutRetryAction.Remedy {
            let account = try repaired.payeeAccount()
            guard !release || account == nil else { throw ValidationError("--release repairs no account") }
            return release ? .release : account.map { .into($0) } ?? .again
        }

        func validate() throws {
            _ = try wrongUse { try (IdentifierPrefix(payout), DeskReason(reason)) }
            _ = try remedy()
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let id = try PayoutRegister(connection).payout(IdentifierPrefix(payout))
            try database.propose(
                PayoutRetryAction(payoutID: id, remedy: try remedy()), reason: DeskReason(reason), by: actor.name())
        }
    }

    struct Account: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes another account of an agent or wadah, so that the next run can pay it.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @OptionGroup var owner: OwnerOptions
        @OptionGroup var account: AccountOptions
        @Option(help: "Why, without a NIK.") var reason: String

        func validate() throws {
            _ = try wrongUse { try DeskReason(reason) }
            guard try owner.owner() != nil else { throw ValidationError("give --agent or --wadah") }
            guard try account.payeeAccount() != nil else {
                throw ValidationError("give --bank, --account and --holder")
            }
        }

        func run() throws {
            guard let owner = try owner.owner(), let account = try account.payeeAccount() else { return }
            try database.propose(
                PayeeAccountAction(owner: owner, account: account), reason: DeskReason(reason), by: actor.name())
        }
    }
}

/// An account that replaces another.
struct AccountOptions: ParsableArguments {
    @Option(help: "Clearing code of the bank, 3 digits.") var bank: String?
    @Option(help: "Number of the account.") var account: String?
    @Option(help: "Name on the account; it must be the payee's own.") var holder: String?

    func payeeAccount() throws -> PayeeAccount? {
        switch (bank, account, holder) {
        case (nil, nil, nil): return nil
        case (let bank?, let account?, let holder?):
            return try wrongUse { try PayeeAccount(operatorBank: bank, number: account, holder: holder) }
        default: throw ValidationError("give all of --bank, --account and --holder")
        }
    }
}

/// An agent or a wadah.
struct OwnerOptions: ParsableArguments {
    @Option(help: "An agent's id.") var agent: String?
    @Option(help: "A wadah's id.") var wadah: String?

    func owner() throws -> Owner? {
        do {
            switch (agent, wadah) {
            case (nil, nil): return nil
            case (let agent?, nil): return .agent(try AgentID(agent).text)
            case (nil, let wadah?): return .wadah(try WadahID(wadah).text)
            default: throw ValidationError("give --agent or --wadah, not both")
            }
        } catch let fault as IdentifierFault { throw ValidationError("\(fault)") }
    }
}

extension PayoutState: ExpressibleByArgument {}
