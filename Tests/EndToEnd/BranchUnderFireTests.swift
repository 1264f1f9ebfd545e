import CommissionCalculator
import Foundation
import PaymentReconciler
import PerisaiModels
import TestSupport
import Testing

@testable import Operations

/// The whole against the real processes: whatever crashes when, the same figures, to the rupiah.
@Suite(.serialized)
struct BranchUnderFireTests {
    private static func plan(_ seed: UInt64) throws -> BranchPlan {
        var plan = try BranchPlan.article000(seed: seed)
        plan.employers = 8
        plan.workers = 90
        plan.participants = 400
        plan.months = 2
        plan.target = nil
        plan.latePerMille = 50
        return plan
    }

    /// Seed of a run; `PERISAI_TEST_SEED` repeats one.
    private static var seed: UInt64 {
        SeededGenerator.givenSeed ?? UInt64.random(in: 1...1_000_000)
    }

    @Test(.timeLimit(.minutes(15)))
    func everythingCrashesAndNothingIsLost() throws {
        let seed = Self.seed
        print("seed \(seed)")
        var options = LocalStack.Options()
        options.closing = .approved
        // That a worker drains is proven, not how fast it does on a busy machine.
        options.environment["PERISAI_DRAIN_DEADLINE"] = "30s"
        let stack = try LocalStack(options)
        defer { stack.stop() }
        let proof = StackProof(stack, seed: seed)
        proof.run { try crashEverything(stack, proof) }
    }

    private func crashEverything(_ stack: LocalStack, _ proof: StackProof) throws {
        var random = SimulatedRandom(seed: proof.seed)
        let folder = stack.directory + "/events"
        let (phases, expected) = try BranchSimulation.run(Self.plan(proof.seed))
        try SimulationFolder.write(phases, expected, to: folder)
        try stack.startAll()
        let probe = try StackProbe(stack)
        defer { probe.close() }
        var faults = FaultSchedule(stack: stack, proof: proof)
        for phase in phases {
            // Every event is delivered twice, and something breaks while it is worked on.
            try probe.publish(folder + "/" + phase.file, twice: true)
            try faults.strike(&random)
            try stack.waitUntilReady(within: 90)
            try probe.settle(within: 180)
        }
        try closeUnderFire(stack, probe, proof)
        let differences = try BranchFigures(probe).differences(from: BranchFigures(expectedIn: folder))
        proof.expect(differences == [], "\(differences)")
        let balance = try probe.count("payment_reconciler", "SELECT coalesce(sum(amount), 0)::int8 FROM ledger")
        proof.expect(balance == 0, "the ledger adds up to \(balance)")
        // Sums, projections, payments in = posted + suspense + refused + reversed, and the hash chains.
        let connection = try probe.connection("payment_reconciler")
        defer { connection.close() }
        let books = try LedgerVerification.run(on: connection)
        proof.expect(books.isProven, "\(books)")
        try expectMessagesOnce(stack, probe, proof)
        for service in LocalStack.serviceNames {
            let letters = try probe.events(of: Topic.deadLetters(of: service))
            proof.expect(letters.isEmpty, "dead letters of \(service): \(letters.count)")
        }
    }

    /// The calculator is killed while it closes each month, an agent a chunk; the months are then what the facts say,
    /// whether these are read from its tables or from the topics, and what is owed is what the statements say.
    private func closeUnderFire(_ stack: LocalStack, _ probe: StackProbe, _ proof: StackProof) throws {
        let desk = try IncentiveDesk(stack)
        defer { desk.close() }
        let months = try desk.closeMonths {
            let calculator = "commission-calculator"
            for victim in stack.services[calculator] ?? [] where victim.isRunning {
                victim.kill()
                victim.waitForExit(within: 10)
            }
            try stack.start(calculator, environment: ["PERISAI_CLOSING_CHUNK": "1"])
            try stack.waitUntilReady(within: 90)
        }
        proof.expect(months.count == 2, "closed: \(months)")
        try probe.settle(within: 180)
        let schemes = try EffectiveRows.schemes(on: desk.connection)
        for month in months {
            let result = try Replay(month: month, schemes: schemes).run(on: desk.connection)
            proof.expect(result.isEqual, "\(month): \(result.differences)")
            proof.expect(result.contributions > 0 || month == months.first, "no contributions in \(month)")
        }
        let twice = """
            SELECT count(*) FROM (SELECT FROM statement GROUP BY agent_id, month, sequence HAVING count(*) > 1) AS s
            """
        let repeated = try probe.count("commission_calculator", twice)
        proof.expect(repeated == 0, "statements made twice: \(repeated)")
        let owed = """
            SELECT (SELECT coalesce(sum(amount), 0) FROM balance WHERE account = 'payable')::int8
                - (SELECT coalesce(sum(agent_share + wadah_share), 0) FROM statement)::int8
            """
        let difference = try probe.count("commission_calculator", owed)
        proof.expect(difference == 0, "owed less stated: \(difference)")
    }

    /// Every message that counts as sent stands in the file outbox exactly once, and none else does.
    private func expectMessagesOnce(_ stack: LocalStack, _ probe: StackProbe, _ proof: StackProof) throws {
        var ids: [String] = []
        let files = FileManager.default.enumerator(atPath: stack.outboxDirectory)
        while let name = files?.nextObject() as? String {
            guard name.hasSuffix(".jsonl") else { continue }
            let text = try String(contentsOfFile: stack.outboxDirectory + "/" + name, encoding: .utf8)
            for line in text.split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                ids.append(object?["message_id"] as? String ?? "line without message_id")
            }
        }
        proof.expect(Set(ids).count == ids.count, "a message stands twice in the outbox")
        let sent = try probe.count("notifier", "SELECT count(*) FROM message WHERE state = 'sent'")
        proof.expect(sent == Int64(ids.count), "\(sent) messages count as sent, \(ids.count) stand in the outbox")
        proof.expect(sent > 0, "no message was sent")
        let stuck = try probe.count(
            "notifier", "SELECT count(*) FROM message WHERE state IN ('failed', 'waiting_contact')")
        proof.expect(stuck == 0, "messages that failed or wait for a contact: \(stuck)")
    }
}

/// What breaks, one thing after the other, in an order that the seed decides.
private struct FaultSchedule {
    enum Fault: CaseIterable {
        case killIntake, killReconciler, killCalculator, killNotifier, restartDatabase, brokerAway, secondInstance
    }

    let stack: LocalStack
    let proof: StackProof
    private var left = Fault.allCases

    init(stack: LocalStack, proof: StackProof) {
        self.stack = stack
        self.proof = proof
    }

    mutating func strike(_ random: inout SimulatedRandom) throws {
        if left.isEmpty { left = Fault.allCases }
        let fault = left.remove(at: random.below(left.count))
        print("fault: \(fault)")
        switch fault {
        case .killIntake: try kill("enrollment-intake")
        case .killReconciler: try kill("payment-reconciler")
        case .killCalculator: try kill("commission-calculator")
        case .killNotifier: try kill("notifier")
        case .restartDatabase: try stack.postgres.restart()
        case .brokerAway: try brokerAway()
        case .secondInstance:
            let second = try stack.start("payment-reconciler")
            try stack.waitUntilReady(within: 90)
            second.terminate()
            second.waitForExit(within: 60)
            let code = second.exitCode
            proof.expect(code == 0, "a drained worker exits with 0, not \(code ?? -1)")
        }
    }

    private func kill(_ service: String) throws {
        if let victim = stack.services[service]?.last(where: { $0.isRunning }) {
            victim.kill()
            victim.waitForExit(within: 10)
        }
        try stack.start(service)
    }

    private func brokerAway() throws {
        let control = stack.control()
        _ = try control.send(line: "broker-down 1")
        Thread.sleep(forTimeInterval: 10)  // ten seconds without a broker are what is to be withstood
        _ = try control.send(line: "broker-up 1")
    }
}
