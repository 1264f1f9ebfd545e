import ArgumentParser
import Foundation
import PaymentReconciler
import PerisaiModels

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Denpasar, first half of 2018, through all four services: from permit to message.",
        discussion: """
            Starts a private PostgreSQL, the embedded broker and the services as processes of their own, publishes the \
            events of article 000 and imports the statements of five banks, compares what comes out with figures \
            computed apart, and leaves nothing behind.
            """)

    @Flag(help: "Two months of a small branch instead of Denpasar's half-year.")
    var short = false

    @Flag(help: "Keep everything running afterwards, and say how to reach it; end with Ctrl-C.")
    var keep = false

    @Option(help: "Seed of the persons and payments.")
    var seed: UInt64 = 2018

    func run() throws {
        let started = ContinuousClock.now
        var plan = try short ? Self.shortPlan(seed) : BranchPlan.article000(seed: seed)
        plan.differences = BankDifferences(oneIn: short ? 60 : 400)
        Console.note("Starting PostgreSQL, the broker and four services …")
        var options = LocalStack.Options()
        options.closing = .approved
        options.gateways = true
        let stack = try LocalStack(options)
        defer { stack.stop() }
        let folder = stack.directory + "/events"
        let branch = try BranchSimulation.make(plan)
        try SimulationFolder.write(branch, to: folder)
        try stack.startAll()
        let probe = try StackProbe(stack)
        defer { probe.close() }
        let ready = ContinuousClock.now
        let desk = try IncentiveDesk(stack)
        defer { desk.close() }
        var incentives = DemoIncentives(branch.expected, desk)
        let run = DemoRun(stack: stack, probe: probe, branch: branch, folder: folder, incentives: incentives)
        let (events, lines) = try run.run()
        try incentives.finish()
        try probe.settle()
        if stack.gateways != nil { try probe.awaitReceipts() }
        let done = ContinuousClock.now
        let figures = try BranchFigures(probe)
        let banks = try ReconciliationFigures(probe)
        let ledger = try LedgerVerification.run(on: probe.connection(PaymentReconcilerService().schema))
        let report = DemoReport(
            plan: plan, expected: branch.expected, figures: figures, banks: banks, ledger: ledger,
            incentives: incentives,
            probe: probe, gateways: stack.gateways)
        Console.out(
            try report.text(events: events, lines: lines, starting: ready - started, working: done - ready))
        let differences =
            figures.differences(from: try BranchFigures(expectedIn: folder))
            + banks.differences(from: try ReconciliationFigures(expectedIn: folder))
            + ledger.faults.map { "ledger: \($0)" } + incentives.differences
            + (try MessageFigures(probe, stack.gateways).differences)
        for difference in differences { Console.note("DIFFERENT \(difference)") }
        guard differences.isEmpty else {
            throw OperationsError("\(differences.count) figures differ from those computed apart")
        }
        Console.out("All figures agree with those computed apart from the services, to the rupiah.")
        if keep { try Self.wait(stack, DemoExamples(run, probe)) }
    }

    private static func shortPlan(_ seed: UInt64) throws -> BranchPlan {
        var plan = try BranchPlan.article000(seed: seed)
        plan.employers = 6
        plan.workers = 60
        plan.participants = 240
        plan.months = 2
        plan.target = nil
        return plan
    }

    /// Says how to reach the stack, and waits for Ctrl-C.
    private static func wait(_ stack: LocalStack, _ examples: DemoExamples) throws {
        Console.out("\nEverything keeps running. In another shell:\n")
        for (name, value) in stack.toolEnvironment.sorted(by: { $0.key < $1.key }) {
            Console.out("  export \(name)='\(value)'")
        }
        for name in LocalStack.serviceNames {
            guard let port = stack.services[name]?.first?.port else { continue }
            Console.out("  # \(name): http://127.0.0.1:\(port)/metrics")
        }
        Console.out("\n" + (try examples.text) + "\n")
        Console.out(
            "  # tokens of the event intake: enrollment-intake \(LocalStack.permitToken) (source /ptsp/denpasar),")
        Console.out("  #   payment-reconciler \(LocalStack.bankToken) (source /bank/009)")
        Console.out("  # webhooks of permit offices (callback_url at https://\(LocalStack.webhookHost)/…) arrive at:")
        Console.out(
            "  perisai webhooks listen --port \(LocalStack.webhookPort) --secret-file \(stack.webhookSecretFile)")
        Console.out("  # messages: \(stack.outboxDirectory)\n\nCtrl-C ends it.")
        Interruption.wait()
    }
}
