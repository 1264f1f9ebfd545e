import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

extension AgenciesCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Agents, with what they are and since when.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only \(AgencyState.allCases.map(\.rawValue).joined(separator: ", ")).") var state: AgencyState?
        @Option(help: "Only of this branch.") var branch: BranchCode?
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        func validate() throws {
            guard !(json && csv) else { throw ValidationError("give one of --json and --csv") }
        }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            var table = Table([
                .init("Agent"), .init("Name"), .init("Wadah"), .init("Branch"), .init("State"), .init("Since"),
                .init("Re-entry from", "reentry_from"),
            ])
            for one in try AgencyRecord.list(state: state, branch: branch, on: connection) {
                table.append([
                    one.agent.text, one.name ?? "", one.wadah.text, one.branch.text, one.state.rawValue,
                    one.inStateSince.description, one.reentryFrom?.description ?? "",
                ])
            }
            csv ? Console.raw(table.csv) : table.print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The life of one agency, with reasons, its latest months and its balances.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The agent's id.") var agent: AgentID
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let life = try AgencyLife.of(agent, on: connection)
            let contract = try WadahContract.list(wadah: life.agency.wadah, on: connection).last
            Console.out(json ? AgencyText.json(life, contract) : AgencyText.text(life, contract))
        }
    }
}

extension AgencyState: ExpressibleByArgument {}

/// Agencies in words, CSV and JSON.
enum AgencyText {
    private static func life(_ life: AgencyLife) -> Table {
        var table = Table([.init("On"), .init("What"), .init("Re-entry from", "reentry_from"), .init("Reason")])
        for entry in life.entries {
            table.append([entry.on.description, entry.what, entry.reentryFrom?.description ?? "", entry.reason])
        }
        return table
    }

    private static func months(_ life: AgencyLife) -> Table {
        var table = Table([.init("Month"), .init("New participants", "acquired"), .init("Contributions", "received")])
        for month in life.months {
            table.append([
                month.month.description, month.activity.acquired ? "yes" : "no",
                month.activity.received ? "yes" : "no",
            ])
        }
        return table
    }

    private static func balances(_ life: AgencyLife) -> Table {
        var table = Table([.init("Account"), .init("Rupiah", number: true)])
        for account in TransferAccount.allCases where account != .expense {
            if let amount = life.balances[account] { table.append([account.rawValue, "\(amount.amount)"]) }
        }
        return table
    }

    static func text(_ one: AgencyLife, _ contract: WadahContract?) -> String {
        let agency = one.agency
        var lines = ["\(agency.agent)  \(agency.name ?? "")  wadah \(agency.wadah), branch \(agency.branch)"]
        switch agency.state {
        case .active: lines.append("active since \(agency.since)")
        case .ended, .dismissed:
            lines.append("\(agency.state.rawValue) on \(agency.changedOn?.description ?? "")")
            if let reentry = agency.reentryFrom {
                lines.append("the wadah may ask for the agent again from \(reentry)")
            }
        }
        lines.append(
            contract.map { "contract of the wadah: \($0.from) until \($0.inForceUntil)" }
                ?? "the wadah has no contract on record")
        lines += ["", life(one).text]
        if !one.months.isEmpty { lines += ["", months(one).text] }
        lines += ["", one.balances.isEmpty ? "nothing is owed, held or paid" : balances(one).text]
        return lines.joined(separator: "\n")
    }

    static func json(_ one: AgencyLife, _ contract: WadahContract?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("agent_id", one.agency.agent)
        writer.field("name", one.agency.name)
        writer.field("wadah_id", one.agency.wadah)
        writer.field("branch", one.agency.branch)
        writer.name("state")
        writer.string(one.agency.state.rawValue)
        writer.field("since", one.agency.since)
        writer.field("changed_on", one.agency.changedOn)
        writer.field("reentry_from", one.agency.reentryFrom)
        writer.field("contract_until", contract?.inForceUntil)
        for (name, table) in [("life", life(one)), ("months", months(one)), ("balances", balances(one))] {
            writer.name(name)
            table.write(to: &writer)
        }
        writer.endObject()
        return writer.text
    }
}
