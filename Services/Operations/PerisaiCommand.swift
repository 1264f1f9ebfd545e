import ArgumentParser
import Foundation

/// The `perisai` command: everything that operations does without a database console.
public struct PerisaiCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "perisai",
        abstract: "Operates Perisai: topics, schemas, events, state, repair.",
        discussion: """
            Settings are read from the environment (PERISAI_KAFKA_BOOTSTRAP, PERISAI_KAFKA_PROFILE, \
            PERISAI_DATABASE_URL, …) or from the file that PERISAI_CONFIG_FILE names; options win over both.
            Exit codes: 0 done, 1 failed, 2 wrong use.
            """,
        version: "1.0.0",
        subcommands: [
            DemoCommand.self, BenchCommand.self, TailCommand.self, HealthCommand.self, BrokerCommand.self,
            TopicsCommand.self, MigrateCommand.self, PublishCommand.self, ClockCommand.self,
            SimulateCommand.self, StatusCommand.self, StatementCommand.self, DeadLettersCommand.self,
            ImportCommand.self, ExplainCommand.self, BillCommand.self, CoverCommand.self, ArrearsCommand.self,
            ReconciliationCommand.self, ExceptionsCommand.self, LedgerCommand.self, RepriceCommand.self,
            CommissionsCommand.self, SchemesCommand.self, PayoutsCommand.self, DisputesCommand.self,
            AgentsCommand.self, AgenciesCommand.self, WadahCommand.self, TargetsCommand.self, ReportCommand.self,
            PermitsCommand.self, WebhooksCommand.self, NotificationsCommand.self, ContactsCommand.self,
            GatewayCommand.self, ConfigCommand.self, ContractsCommand.self, TemplatesCommand.self, MachinesCommand.self,
            SubjectCommand.self, EnforcementCommand.self,
        ])

    public init() {}

    /// Parses and runs; returns the exit code of the process: 0 done, 1 failed, 2 wrong use.
    public static func start(_ arguments: [String]) -> Int32 {
        // A reader that goes away (`perisai … | head`) is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> Int32 {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code == .success {
            Console.out(text)
            return 0
        }
        if !text.isEmpty { Console.note(text) }
        return code == .validationFailure ? 2 : 1
    }
}

/// A failure whose text is all that the user needs.
struct OperationsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
