import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct WadahCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wadah", abstract: "Wadah (kantor Perisai) and their contracts (PKS).",
        subcommands: [List.self, Show.self, Contract.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All contracts, in order of the wadah.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only of this branch.") var branch: BranchCode?
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        func validate() throws {
            guard !(json && csv) else { throw ValidationError("give one of --json and --csv") }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let table = contracts(try WadahContract.list(branch: branch, on: connection))
            csv ? Console.raw(table.csv) : table.print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The contracts of one wadah, what it was warned of, and its agents.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The wadah's id.") var wadah: WadahID
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let life = try WadahLife.of(wadah, on: connection)
            var changes = Table([.init("On"), .init("What"), .init("Reason")])
            for change in life.changes { changes.append([change.on.description, change.what, change.reason]) }
            var agents = Table([.init("Agent"), .init("Name"), .init("State"), .init("Since")])
            for agent in life.agents {
                agents.append([
                    agent.agent.text, agent.name ?? "", agent.state.rawValue, agent.inStateSince.description,
                ])
            }
            let parts = [
                ("contracts", contracts(life.contracts)), ("changes", changes), ("agents", agents),
            ]
            guard json else {
                return Console.out(parts.filter { !$0.1.rows.isEmpty }.map(\.1.text).joined(separator: "\n\n"))
            }
            var writer = JSONWriter()
            writer.beginObject()
            for (name, table) in parts {
                writer.name(name)
                table.write(to: &writer)
            }
            writer.endObject()
            Console.out(writer.text)
        }
    }

    struct Contract: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes a contract (PKS) of a wadah, or the one that follows.",
            discussion: """
                Its term is at most that of the scheme (one year under B), its account is in its own name, and \
                contracts of a wadah do not overlap.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The wadah's id.") var wadah: WadahID
        @Option(help: "Its name.") var name: String
        @Option(help: "The branch that signs.") var branch: BranchCode
        @Flag(help: "It is a legal entity (CV, foundation, cooperative …).") var legalEntity = false
        @Option(help: "The bank of its account, three digits.") var bank: String
        @Option(help: "The account's number.") var account: String
        @Option(help: "The account's holder (default: the wadah's name).") var holder: String?
        @Option(help: "The first day, YYYY-MM-DD.") var from: CivilDate
        @Option(help: "The last day, YYYY-MM-DD.") var until: CivilDate
        @Option(help: "Why, without a NIK.") var reason = "PKS ditandatangani"

        private func action() throws -> WadahAction {
            do {
                return WadahAction(
                    wadah: wadah, name: name, branch: branch, isLegalEntity: legalEntity, bank: try BankCode(bank),
                    account: try AccountNumber(account), holder: holder ?? name, from: from, until: until)
            } catch { throw ValidationError("\(error)") }
        }

        func validate() throws {
            _ = try action()
            _ = try wrongUse { try DeskReason(reason) }
        }

        func run() throws { try database.propose(action(), reason: DeskReason(reason), by: actor.name()) }
    }
}

/// Account numbers are shown by their last digits.
private func contracts(_ contracts: [WadahContract]) -> Table {
    var table = Table([
        .init("Wadah"), .init("Name"), .init("Branch"), .init("From"), .init("Until"),
        .init("In force until", "in_force_until"), .init("Legal entity", "legal_entity"), .init("Bank"),
        .init("Account"),
    ])
    for one in contracts {
        table.append([
            one.wadah.text, one.name, one.branch.text, one.from.description, one.until.description,
            one.inForceUntil.description, one.isLegalEntity ? "yes" : "no", one.bank, one.maskedAccount,
        ])
    }
    return table
}
