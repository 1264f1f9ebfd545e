import ArgumentParser
import Foundation
import PerisaiModels

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Writes the events of a branch that does not exist, and the figures that should come of them.",
        discussion: """
            The same seed gives the same bytes. Files are published in the order of their names; payments hold \
            placeholders for virtual accounts, which `perisai publish --resolve-from-enrollment` fills in. \
            expected.json is plain arithmetic, apart from the workers' code. The folder statements has what five banks \
            would send at the end of each month; `perisai simulate fill` puts the numbers in the place of their \
            placeholders once the enrolments are published, and then `perisai import statement` takes them.
            """,
        subcommands: [Branch.self, Article000.self, Fill.self], defaultSubcommand: Branch.self)

    struct Branch: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A branch of any size.")

        @Option(help: "Seed, 0 or more.") var seed: UInt64
        @Option(help: "Perisai agents.") var agents = 7
        @Option(help: "Micro employers.") var employers = 54
        @Option(help: "Workers of all employers together.") var workers = 1_556
        @Option(help: "BPU participants.") var participants = 1_167
        @Option(help: "Months of enrolment; payments go on to the fifth of the month after.") var months = 6
        @Option(help: "First month, YYYY-MM.") var start = "2018-01"
        @Option(
            help: ArgumentHelp(
                "Percent of payments: exact, partial, over, duplicate, reversed, unknown, advance.",
                discussion: "The rest to 100 is exact. Without it a mix as in the example of article 000."))
        var mix: String?
        @Option(help: "Participants of 1,000 who pay before they are enrolled.") var lateEnrolments = 0
        @Option(help: "Permit applications.") var permits = 12
        @Option(
            help: ArgumentHelp(
                "One in so many payments each is told of by a statement alone, by its notice alone, on another day.",
                discussion: "0: none. Otherwise the figures hold once the statements are imported too."))
        var bankDifferences = 0
        @Option(help: "Folder to write to.", completion: .directory) var out: String

        func run() throws {
            guard let month = ContributionMonth(parsing: start) else {
                throw ValidationError("--start must be a month YYYY-MM")
            }
            var plan = try BranchPlan(
                name: "branch", seed: seed, agents: agents, employers: employers, workers: workers,
                participants: participants, start: month, months: months,
                mix: SimulateCommand.checked { try mix.map { try PaymentMix(parsing: $0) } ?? .article },
                latePerMille: lateEnrolments,
                permits: permits, target: nil)
            plan.differences = BankDifferences(oneIn: bankDifferences)
            try SimulateCommand.write(plan, to: out)
        }
    }

    struct Article000: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "article-000",
            abstract: "Denpasar, first half of 2018: 7 agents, 54 employers, 2,723 workers, target 7,200.")

        @Option(help: "Seed.") var seed: UInt64 = 2018
        @Option(help: "Folder to write to.", completion: .directory) var out: String

        func run() throws { try SimulateCommand.write(BranchPlan.article000(seed: seed), to: out) }
    }

    struct Fill: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts the numbers of the enrolments in the place of the placeholders of simulated statements.")

        @OptionGroup var kafka: KafkaOptions
        @Option(help: "Folder of a simulation.", completion: .directory) var folder: String

        func run() throws {
            let enrolled = try EnrollmentReader(configuration: kafka.consumer())
            defer { enrolled.close() }
            try enrolled.refresh()
            let files = try SimulationFolder.statements(in: folder)
            for file in files { try StatementDesk.fill(file, from: enrolled) }
            Console.note("\(files.count) statements are ready for perisai import statement")
        }
    }

    private static func write(_ plan: BranchPlan, to path: String) throws {
        try checked { try plan.validate() }
        let branch = try BranchSimulation.make(plan)
        let (phases, expected) = (branch.phases, branch.expected)
        try SimulationFolder.write(branch, to: path)
        var table = Table([.init("File"), .init("Events", number: true)])
        for phase in phases { table.append([phase.file, "\(phase.count)"]) }
        table.print(json: false)
        Console.note("\(expected.persons) persons, \(expected.paymentEvents) payments and reversals in \(path)")
        Console.note(
            "\(branch.statements.count) statements in \(path)/\(SimulationFolder.statementsFolder), with placeholders "
                + "until `perisai simulate fill` is run")
    }

    /// What is wrong with the plan is wrong use, not a failure.
    private static func checked<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as OperationsError { throw ValidationError(error.description) }
    }
}
