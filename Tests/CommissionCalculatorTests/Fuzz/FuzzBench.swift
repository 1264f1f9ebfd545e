import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// A branch's worker with a second one beside it, persons who decide, and banks who say anything.
final class FuzzBench {
    static let cluster = TestCluster()

    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>
    let url: String
    let settings: CommissionSettings
    var branch: FuzzBranch
    private(set) var ids: Set<String> = []
    /// What was done and how often, and what was refused.
    private(set) var counts: [String: Int] = [:]
    private var openScheme = "B"
    private var schemes = 0
    private var files = 0
    private(set) var closedThrough: ContributionMonth
    private let ani: OperatorName
    private let budi: OperatorName

    init(_ generator: SeededGenerator) throws {
        let today = Branch.month(2022, 1).day(5)
        branch = FuzzBranch(generator, today: today)
        closedThrough = today.contributionMonth.previous
        settings = CommissionSettings(
            closing: .approved, agentsPerChunk: branch.number(1...4), idleMonth: .neither,
            portfolio: branch.chance(50) ? .branch : .keep)
        url = try Self.cluster.newDatabase()
        ani = try OperatorName("Ani")
        budi = try OperatorName("Budi")
        let service = CommissionCalculatorService(settings: settings)
        connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
        for wadah in 1...2 {
            _ = try connection.execute(
                """
                INSERT INTO wadah VALUES ('W-\(wadah)', '2018-02-05', '2030-12-31', 'KOPERASI \(wadah)', 'DPS',
                    \(wadah == 1), '022', '7001234567\(wadah)', 'KOPERASI \(wadah)', gen_random_uuid())
                """)
        }
        for agent in 1...FuzzBranch.agents { try take(applier.apply([try branch.activated(agent, today)])) }
        try start(today)
        // What comes late for the months before is corrected with the next one.
        try decide("close", CloseAction(month: closedThrough))
    }

    // MARK: Steps

    func step() async throws {
        switch branch.number(1...100) {
        case ...36: try await batch()
        case ...52: try start(branch.today.adding(days: branch.chance(12) ? 100 : branch.number(1...16)))
        case ...63: try close()
        case ...67: try openDispute()
        case ...70: try decideDispute()
        case ...77: try decide("payout", PayoutAction(month: closedThrough))
        case ...85: try report()
        case ...90: try retry()
        case ...92: try proposeScheme()
        case 93: try dismiss()
        case ...95: try bringBack()
        case ...97: try passPortfolio()
        default: try work()
        }
    }

    private func count(_ what: String) { counts[what, default: 0] += 1 }

    private func take(_ events: [PublishedEvent]) throws {
        for event in events {
            #expect(ids.insert(event.id).inserted, "\(event.type) \(event.id) was told before")
            count(event.type)
        }
    }

    func work() throws { try take(applier.work(limit: 2_000)) }

    func start(_ date: CivilDate) throws {
        try take(applier.apply([branch.date(date)]))
        if branch.chance(80) { try work() }
    }

    /// Alone, after one that was rolled back, or beside another worker and the leader.
    private func batch() async throws {
        let events = try branch.batch(branch.number(1...25))
        switch branch.number(1...10) {
        case 1...2:
            #expect(throws: RecordFault.self) { try applier.apply(events + [branch.refused()]) }
            for one in events.reversed() { try take(applier.apply([one])) }
        case 3...5:
            let (url, settings) = (url, settings)
            let others = try branch.batch(branch.number(1...25))
            async let second = onThread { try Self.applyBeside(others, url, settings) }
            try take(again { try applier.apply(events) })
            try take(again { try applier.work(limit: 2_000) })
            if try await second > 0 { count("tried again") }
        default: try take(applier.apply(events))
        }
        if branch.chance(40) { try work() }
    }

    /// What a worker does: the same batch again after a deadlock or a conflict.
    private static func applyBeside(
        _ events: [FuzzBranch.Input], _ url: String, _ settings: CommissionSettings
    ) throws -> Int {
        let service = CommissionCalculatorService(settings: settings)
        let connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
        defer { connection.close() }
        let applier = try BatchApplier(service: service, connection: connection)
        for attempt in 0..<5 {
            do {
                for start in stride(from: 0, to: events.count, by: 5) {
                    _ = try applier.apply(Array(events[start..<min(start + 5, events.count)]))
                }
                return attempt
            } catch is PostgresError { continue }
        }
        Issue.record("the second worker did not come through")
        return 5
    }

    private func again<Value>(_ body: () throws -> Value) throws -> Value {
        for _ in 0..<4 {
            do { return try body() } catch is PostgresError { count("tried again") }
        }
        return try body()
    }

    /// Proposed by one, approved by another; refusals are counted.
    @discardableResult
    private func decide(_ what: String, _ action: some ProposalAction, works: Bool = true) throws -> Bool {
        let desk = CommissionDesk(connection)
        do {
            let id = try desk.propose(action, reason: DeskReason("a test"), by: ani)
            try desk.approve(id, by: budi)
            if works { try work() }
            count(what)
            return true
        } catch is DeskError {
            count("\(what) refused")
            return false
        }
    }

    private func close() throws {
        let month = closedThrough.advanced(by: branch.chance(20) ? 2 : 1)
        guard try decide("close", CloseAction(month: month)) else { return }
        let outcome = try connection.texts("SELECT outcome FROM proposal ORDER BY decided_at DESC NULLS LAST LIMIT 1")
        #expect(outcome == ["applied"])
        closedThrough = month
        try proveReplay()
    }

    private func one(_ sql: String) throws -> [String]? {
        try connection.texts(sql).randomElement(using: &branch.generator)?.split(separator: " ").map(String.init)
    }

    private func openDispute() throws {
        guard
            let line = try one(
                """
                SELECT concat_ws(' ', a.agent_id, a.month, a.event_key, a.line) FROM accrual a
                JOIN statement_mark m USING (agent_id, month, mark) WHERE a.revision = 0 LIMIT 200
                """), let agent = try? AgentID(line[0]),
            let month = Int32(line[1]).flatMap({ ContributionMonth(index: $0) }),
            let event = UUID(uuidString: line[2]), let place = Int16(line[3])
        else { return }
        do {
            _ = try DisputeDesk(connection).open(
                branch.chance(80) ? .contribution(event: event, line: place) : .missing, agent: agent, month: month,
                reason: DeskReason("a letter"), by: ani)
            count("dispute")
        } catch is DeskError { count("dispute refused") }
        if branch.chance(70) { try work() }
    }

    private func decideDispute() throws {
        guard
            let id = try one("SELECT dispute_id::text FROM dispute WHERE state = 'held'")?.first.flatMap({
                UUID(uuidString: $0)
            })
        else { return }
        let isUpheld = branch.chance(50)
        let amount = Rupiah(Int64(branch.number(1...50_000) * (branch.chance(50) ? 1 : -1)))
        try decide(
            "decision",
            DisputeAction(dispute: id, verdict: isUpheld ? .upheld : .corrected, correction: isUpheld ? .zero : amount),
            works: branch.chance(80))
    }

    /// Any words of the bank, about any attempt, some of them twice.
    private func report() throws {
        let known = try connection.texts("SELECT payout_id::text FROM payout").compactMap { UUID(uuidString: $0) }
        guard !known.isEmpty else { return }
        var lines: [PayoutReportLine] = []
        for line in 1...branch.number(1...4) {
            let status = [PayoutReportStatus.paid, .paid, .rejected, .returned][branch.number(0...3)]
            lines.append(
                PayoutReportLine(
                    line: line, reference: PayoutReference.endToEnd(known[branch.number(0...known.count - 1)]),
                    bankStatus: status.rawValue, status: status, amount: branch.chance(5) ? Rupiah(1) : nil,
                    reason: "AC04"))
        }
        files += branch.chance(90) ? 1 : 0
        _ = try PayoutReports(connection).take(lines, file: "bank.csv", sha256: "\(files)", by: budi)
        count("report")
        if branch.chance(80) { try work() }
    }

    private func retry() throws {
        guard
            let id = try one("SELECT payout_id::text FROM payout WHERE state IN ('rejected', 'returned')")?.first
                .flatMap({ UUID(uuidString: $0) })
        else { return }
        let isRelease = branch.chance(40)
        try decide(
            isRelease ? "release" : "retry", PayoutRetryAction(payoutID: id, remedy: isRelease ? .release : .again))
    }

    private func proposeScheme() throws {
        schemes += 1
        let code = "F-\(schemes)"
        let first = branch.today.contributionMonth.advanced(by: branch.number(1...3)).firstDay
        let row = SchemesSample.row(code, first, ends: openScheme)
        guard try decide("scheme", row) else { return }
        let stored = try connection.texts("SELECT code FROM effective_row WHERE kind = 1 AND valid_until IS NULL")
        openScheme = stored.first ?? openScheme
    }

    private var anyAgent: AgentID { Branch.agent(branch.number(1...FuzzBranch.agents)) }

    private func dismiss() throws {
        let days = branch.chance(50) ? 0 : branch.number(0...120)
        try decide("dismissal", DismissalAction(agent: anyAgent, on: branch.today.adding(days: -days)))
    }

    /// Under another contract where the last one has ended for want of agents.
    private func bringBack() throws {
        for wadah in 1...2 {
            try decide(
                "contract",
                WadahAction(
                    wadah: WadahID("W-\(wadah)"), name: "KOPERASI \(wadah)", branch: BranchCode("DPS"),
                    isLegalEntity: wadah == 1, bank: .cimbNiaga, account: AccountNumber("7001234567\(wadah)"),
                    holder: "KOPERASI \(wadah)", from: branch.today.adding(days: -20),
                    until: branch.today.adding(days: 300)))
        }
        for number in 1...FuzzBranch.agents {
            try decide(
                "return",
                ReactivationAction(
                    agent: Branch.agent(number), wadah: WadahID("W-\(branch.number(1...2))"),
                    on: branch.today.adding(days: -branch.number(0...20))))
        }
    }

    private func passPortfolio() throws {
        try decide(
            "portfolio",
            PortfolioAction(
                agent: anyAgent, to: branch.chance(60) ? anyAgent : nil,
                on: branch.today.adding(days: branch.number(0...20))))
    }
}
