import ArgumentParser
import PerisaiModels

struct BenchCommand: ParsableCommand {
    enum Scenario: String, ExpressibleByArgument, CaseIterable {
        case exact, region, growth, lapse, commission, closing, replay, submissions, permits, notifications
        case gateway
        case providerDown = "provider-down"
        case submissionsGrowth = "submissions-growth"

        var subject: BenchSubject {
            switch self {
            case .exact, .region, .growth, .lapse: .reconciler
            case .commission, .closing, .replay: .calculator
            case .submissions, .submissionsGrowth, .permits: .intake
            case .notifications, .gateway, .providerDown: .notifier
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures one worker from topic to committed rows and published events.",
        discussion: """
            Beside it, in the same run, the rate at which the same rows go into the same tables by bare binary COPY. \
            PostgreSQL runs with fsync and synchronous_commit on; the outbox is part of the measurement. Events are \
            published in waves, before the worker starts on them: publishing is not part of the time.

            The payment-reconciler:
            exact: nearly all payments fit one open month.
            region: the month of a region, one payment of every participant: 5 % partial, 2 % over, 1 % noticed twice, \
            0.5 % of unknown payers, 0.2 % reversed, 3 % with an older booking date, 3 % of payers in arrears, a tenth \
            after the due date; ends with the proof of the ledger.
            growth: the exact payments with more and more dues in the tables, each payer once.
            lapse: a business date starts, and the cover of every participant is looked at.

            The commission-calculator:
            commission: postings of contributions to committed accruals, 2 % taken back later.
            closing: a month with more and more contributions is closed; ends with the proof of the statements.
            replay: the same, and each closed month is computed again from the facts and compared row by row.

            The enrollment-intake:
            submissions: what agents hand in, to committed decisions: 85 % new persons, 5 % enrolled already, 3 % by \
            another agent, 5 % refused for age or programmes, 2 % employers with five workers.
            submissions-growth: the same with more and more persons known.
            permits: question to answer through Kafka, idle, beside submissions and behind a flood of them.

            The notifier:
            notifications: events to rendered and stored messages: 65 % receipts, 10 % welcomes, 15 % reminders, 10 % \
            months of arrears.
            gateway: messages to a gateway on this machine with a latency of 100 ms, 5 % HTTP 500 and half of these \
            taken; ends with the proof that each was delivered once.
            provider-down: messages wait while the provider of SMS is down; memory, attempts, load of the database and \
            the latency of another channel meanwhile; then it comes back and the queue drains.
            """)

    @Option(help: "What is measured: \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).")
    var scenario = Scenario.exact

    @Option(help: "exact: open dues in the database.")
    var dues = 5_000_000

    @Option(
        help:
            "exact, growth, commission: payments in the topic; submissions, permits: submissions; notifications: events. 600000, and 300000 for growth, submissions, permits and notifications."
    )
    var payments: Int?

    @Option(help: "region, lapse, commission: participants.")
    var participants = 1_000_000

    @Option(help: "commission, closing, replay, submissions, permits: agents.")
    var agents = 20_000

    @Option(help: "submissions, permits: persons known; notifications: contacts.")
    var known = 1_000_000

    @Option(help: "permits: questions on the idle system; half as many in each case of load.")
    var questions = 2_000

    @Option(
        help:
            "growth: open dues; closing, replay: contributions of the month; submissions-growth: persons known; step by step, rising. 1000000,3000000,10000000, and 1000000,10000000,50000000 for submissions-growth."
    )
    var steps: String?

    @Option(help: "gateway, provider-down: messages in the queue; 100000, and 1000000 for provider-down.")
    var messages: Int?

    @Option(help: "provider-down: minutes for which the provider is down.")
    var minutes = 2.0

    @Option(help: "gateway, provider-down: messages at a time, 1 to 256.")
    var concurrency = 256

    @Option(help: "Records in one batch.")
    var batch = 5_000

    @Option(help: "Database lanes of the worker.")
    var lanes = 2

    @Option(
        help:
            "Runs, each with fresh payments on the same dues; 3, and 1 for region, growth, lapse and submissions-growth; closing, replay and permits have one."
    )
    var runs: Int?

    @Option(help: "Seed of the events.")
    var seed: UInt64 = 1

    @Flag(help: "Print JSON.")
    var json = false

    /// Sizes of the growth and closing scenarios, step by step.
    var growthSteps: [Int] { stepTexts.compactMap { Int($0) } }
    private var stepTexts: [Substring] {
        let standard = scenario == .submissionsGrowth ? "1000000,10000000,50000000" : "1000000,3000000,10000000"
        return (steps ?? standard).split(separator: ",")
    }

    func validate() throws {
        let counts = 1_000...50_000_000
        guard (100...5_000_000).contains(messages ?? 100), (0.05...600).contains(minutes),
            (1...256).contains(concurrency)
        else {
            throw ValidationError(
                "--messages 100 to 5000000, --minutes 0.05 to 600, --concurrency 1 to 256")
        }
        guard counts.contains(dues), counts.contains(participants), (1_000...2_000_000).contains(payments ?? 1_000),
            (1...20).contains(runs ?? 1), (1...100_000).contains(agents), (1...50_000).contains(batch),
            (1...16).contains(lanes), counts.contains(known), (20...100_000).contains(questions)
        else {
            throw ValidationError(
                "--dues, --known and --participants 1000 to 50000000, --payments 1000 to 2000000, --runs 1 to 20, "
                    + "--agents 1 to 100000, --batch 1 to 50000, --lanes 1 to 16, "
                    + "--questions 20 to 100000")
        }
        let steps = growthSteps
        guard (1...8).contains(steps.count), steps.allSatisfy(counts.contains), steps == Set(steps).sorted(),
            stepTexts.count == steps.count
        else { throw ValidationError("--steps: up to 8 rising numbers, 1000 to 50000000, with commas") }
    }

    func run() throws {
        let rig = try BenchRig(
            scenario.subject, batch: batch, lanes: lanes,
            environment: scenario == .permits ? PermitScenario.environment : [:])
        defer { rig.stop() }
        let text: String
        switch scenario {
        case .exact:
            text = try ExactScenario(dues: dues, payments: payments ?? 600_000, runs: runs ?? 3, seed: seed)
                .run(rig, json: json)
        case .region:
            text = try RegionScenario(participants: participants, runs: runs ?? 1, seed: seed).run(rig, json: json)
        case .growth:
            text = try GrowthScenario(steps: growthSteps, payments: payments ?? 300_000, runs: runs ?? 1, seed: seed)
                .run(rig, json: json)
        case .lapse:
            text = try LapseScenario(participants: participants, runs: runs ?? 1, seed: seed).run(rig, json: json)
        case .commission:
            text = try CommissionScenario(
                agents: agents, participants: participants, contributions: payments ?? 600_000, runs: runs ?? 3,
                seed: seed
            ).run(rig, json: json)
        case .closing, .replay:
            text = try ClosingScenario(
                agents: agents, steps: growthSteps, seed: seed, replays: scenario == .replay
            ).run(rig, json: json)
        case .submissions, .submissionsGrowth:
            text = try SubmissionsScenario(
                steps: scenario == .submissions ? [known] : growthSteps, agents: agents,
                submissions: payments ?? 300_000, runs: runs ?? (scenario == .submissions ? 3 : 1), seed: seed
            ).run(rig, json: json)
        case .permits:
            text = try PermitScenario(
                known: known, agents: agents, questions: questions, loaded: questions / 2,
                submissions: payments ?? 300_000, seed: seed
            ).run(rig, json: json)
        case .notifications:
            text = try NotificationsScenario(
                known: known, events: payments ?? 300_000, runs: runs ?? 3, seed: seed
            ).run(rig, json: json)
        case .gateway:
            text = try NotificationGatewayScenario(
                messages: messages ?? 100_000, concurrency: concurrency, seed: seed
            ).run(rig, json: json)
        case .providerDown:
            text = try NotificationOutageScenario(
                messages: messages ?? 1_000_000, minutes: minutes, concurrency: concurrency, seed: seed
            ).run(rig, json: json)
        }
        Console.out(text)
    }
}
