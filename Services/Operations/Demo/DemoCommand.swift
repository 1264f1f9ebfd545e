import ArgumentParser
import Foundation
import PerisaiModels

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Denpasar, first half of 2018, through all four services: from permit to message.",
        discussion: """
            Starts a private PostgreSQL, the embedded broker and the services as processes of their own, publishes the \
            events of article 000, compares what comes out with figures computed apart, and leaves nothing behind.
            """)

    @Flag(help: "Two months of a small branch instead of Denpasar's half-year.")
    var short = false

    @Flag(help: "Keep everything running afterwards, and say how to reach it; end with Ctrl-C.")
    var keep = false

    @Option(help: "Seed of the persons and payments.")
    var seed: UInt64 = 2018

    func run() throws {
        let started = ContinuousClock.now
        let plan = try short ? Self.shortPlan(seed) : BranchPlan.article000(seed: seed)
        Console.note("Starting PostgreSQL, the broker and four services …")
        let stack = try LocalStack()
        defer { stack.stop() }
        let folder = stack.directory + "/events"
        let (phases, expected) = try BranchSimulation.run(plan)
        try SimulationFolder.write(phases, expected, to: folder)
        try stack.startAll()
        let probe = try StackProbe(stack)
        defer { probe.close() }
        let ready = ContinuousClock.now
        var events = 0
        for phase in phases {
            events += try probe.publish(folder + "/" + phase.file) {
                Console.progress("\(phase.file): \($0) of \(phase.count)")
            }
            try probe.settle()
            Console.progress("")
            Console.note("  \(phase.file.replacing(".jsonl", with: "")): \(phase.count) events")
        }
        let done = ContinuousClock.now
        let figures = try BranchFigures(probe)
        let report = DemoReport(plan: plan, expected: expected, figures: figures, probe: probe)
        Console.out(try report.text(events: events, starting: ready - started, working: done - ready))
        let differences = figures.differences(from: try BranchFigures(expectedIn: folder))
        for difference in differences { Console.note("DIFFERENT \(difference)") }
        guard differences.isEmpty else {
            throw OperationsError("\(differences.count) figures differ from those computed apart")
        }
        Console.out("All figures agree with those computed apart from the services, to the rupiah.")
        if keep { try Self.wait(stack) }
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
    private static func wait(_ stack: LocalStack) throws {
        Console.out("\nEverything keeps running. In another shell:\n")
        for (name, value) in stack.toolEnvironment.sorted(by: { $0.key < $1.key }) {
            Console.out("  export \(name)='\(value)'")
        }
        for name in LocalStack.serviceNames {
            guard let port = stack.services[name]?.first?.port else { continue }
            Console.out("  # \(name): http://127.0.0.1:\(port)/metrics")
        }
        Console.out(
            "  # tokens of the event intake: enrollment-intake \(LocalStack.permitToken) (source /ptsp/denpasar),")
        Console.out("  #   payment-reconciler \(LocalStack.bankToken) (source /bank/009)")
        Console.out("  # messages: \(stack.outboxDirectory)\n\nCtrl-C ends it.")
        let ended = DispatchSemaphore(value: 0)
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        let sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { ended.signal() }
            source.resume()
            return source
        }
        ended.wait()
        for source in sources { source.cancel() }
    }
}
