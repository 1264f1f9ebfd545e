import ArgumentParser
import EnrollmentIntake
import Foundation
import PerisaiModels
import Postgres
import Worker

struct AgentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract:
            "Applicants and agents: gates, contract, papers, standing (what becomes of agencies: perisai agencies).",
        discussion: """
            The state is that of the business date. Suspensions, contracts and documents come as events \
            (perisai publish); ends, returns and dismissals are decided with perisai agencies.
            """,
        subcommands: [List.self, Show.self, Credentials.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Applicants and agents, with their state and what is missing.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only \(AgentMachine.State.allCases.map(\.rawValue).joined(separator: ", ")).")
        var state: AgentMachine.State?
        @Option(help: "Only of this branch.") var branch: BranchCode?
        @Option(help: "Only of this wadah.") var wadah: WadahID?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.enrollment()
            defer { connection.close() }
            var table = Table([
                .init("Agent"), .init("Name"), .init("Wadah"), .init("Branch"), .init("State"), .init("Since"),
                .init("Contract until"), .init("Missing"),
            ])
            let agents = try AgentRecord.list(
                state: state, branch: branch, wadah: wadah, settings: .ofEnvironment(), on: connection)
            for one in agents {
                table.append([
                    one.agent, one.name ?? "", one.wadah?.text ?? "", one.branch?.text ?? "", one.state.rawValue,
                    one.since?.description ?? "", one.contractUntil?.description ?? "", AgentText.missing(one),
                ])
            }
            table.print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One agent: gates with their days, what is missing and what to do, contract, papers, standing.",
            discussion: "Months, balances and the decisions about the agency: perisai agencies show.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The agent's id.") var agent: AgentID
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.enrollment()
            defer { connection.close() }
            let record = try AgentRecord.of(agent, settings: .ofEnvironment(), on: connection)
            Console.out(json ? AgentText.json(record) : AgentText.text(record))
        }
    }

    struct Credentials: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints an agent's certificate, ID card and Surat Tugas, in Indonesian.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The agent's id.") var agent: AgentID
        @Flag(help: "Pages for printing instead of text.") var html = false
        @Option(help: "Write into this new file.") var out: String?

        func run() throws {
            let connection = try database.enrollment()
            defer { connection.close() }
            let record = try AgentRecord.of(agent, settings: .ofEnvironment(), on: connection)
            guard let credential = record.credential else {
                throw OperationsError("\(agent) is \(record.state.rawValue): there are no papers in force")
            }
            if record.state != .active { Console.note("\(agent) is \(record.state.rawValue) on \(record.on)") }
            if credential.validUntil < record.on { Console.note("the contract ended on \(credential.validUntil)") }
            let paper = CredentialPaper(credential)
            let text = html ? paper.html : paper.text
            guard let out else { return Console.raw(text) }
            do { try Data(text.utf8).write(to: URL(fileURLWithPath: out), options: .withoutOverwriting) } catch {
                throw OperationsError("\(out) cannot be written: \(error.localizedDescription)")
            }
            Console.note("written to \(out)")
        }
    }
}

extension AgentMachine.State: ExpressibleByArgument {}

extension DatabaseOptions {
    func enrollment() throws -> Connection { try connect(schema: EnrollmentIntakeService().schema) }
}

extension EnrollmentSettings {
    /// As the service would read them here; what is wrong with other settings is not looked at.
    static func ofEnvironment() throws -> EnrollmentSettings {
        var reader = SettingsReader(environment: ProcessInfo.processInfo.environment)
        let settings = EnrollmentSettings(from: &reader)
        do { try reader.finish() } catch {
            let faults = error.faults.filter { !$0.reason.hasPrefix("is not a known setting") }
            if !faults.isEmpty { throw SettingsError(faults) }
        }
        return settings
    }
}
