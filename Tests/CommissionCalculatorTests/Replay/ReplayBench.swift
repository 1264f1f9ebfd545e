import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// The service with portfolios that a test passes on, as its own work does.
struct PassingService: WorkerService {
    let base = CommissionCalculatorService(settings: CommissionSettings(agentsPerChunk: 2))
    let waiting = PassingQueue()

    var name: String { base.name }
    var inputs: [Topic] { base.inputs }
    var migrations: Migrations { get throws { try base.migrations } }

    func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> CommissionInput? {
        try base.decode(type: type, data: data)
    }

    func load(_ events: [Event<CommissionInput>], from connection: Connection) throws -> CommissionState {
        try base.load(events, from: connection)
    }

    func decide(
        _ event: Event<CommissionInput>, _ state: inout CommissionState, _ outgoing: inout Outgoing
    ) throws { try base.decide(event, &state, &outgoing) }

    func save(_ state: inout CommissionState, to writer: inout BatchWriter) throws {
        try base.save(&state, to: &writer)
    }

    func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        let passings = waiting.takeAll()
        guard !passings.isEmpty else { return try base.work(connection, &outgoing, &writer) }
        var state = CommissionState(schemes: Scheme.published, closing: .automatic)
        let codes = Set(passings.map(\.payer.code))
        try CommissionStore.load(codes, codes, into: &state, from: connection)
        for one in passings { _ = state.pass(one.payer.code, one.handover, reason: .policy) }
        CommissionStore.save(&state, to: &writer)
        return true
    }
}

/// What a test gives and the work of the same thread takes.
final class PassingQueue: Sendable {
    private let passings = Mutex<[ReplayBranch.Passing]>([])

    func add(_ more: [ReplayBranch.Passing]) { passings.withLock { $0 += more } }
    func takeAll() -> [ReplayBranch.Passing] {
        passings.withLock { passings in
            defer { passings = [] }
            return passings
        }
    }
}

/// The service on a database of its own, where the third scheme was approved.
final class ReplayBench {
    static let cluster = TestCluster()

    let connection: Connection
    let applier: BatchApplier<PassingService>
    private let service = PassingService()

    init(_ branch: ReplayBranch) throws {
        connection = try Connection(ConnectionSettings(url: Self.cluster.newDatabase(), schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
        try approve(branch.third)
    }

    /// By two persons, before anything of its months is computed.
    private func approve(_ scheme: Scheme) throws {
        let desk = CommissionDesk(connection)
        let id = try desk.propose(
            EffectiveRowAction(
                .scheme, code: scheme.code, from: ReplayBranch.thirdFrom.firstDay, ends: "B", regulation: "a test",
                scheme: SchemeDefinition(scheme)), reason: DeskReason("a third scheme"), by: OperatorName("Wayan"))
        try desk.approve(id, by: OperatorName("Ketut"))
        _ = try applier.work()
        #expect(try schemes().scheme(scheme.code) == scheme)
    }

    func apply(_ events: [ReplayBranch.Input], _ passings: [ReplayBranch.Passing] = []) throws {
        #expect(try applier.apply(events).isEmpty)
        service.waiting.add(passings)
        _ = try applier.work()
    }

    /// A date after all others, so that everything is issued.
    func settle() throws {
        for number in 10...11 {
            let date = Branch.month(2023, 6).day(number)
            try apply([
                Event(
                    key: UUID(.max, UInt64(number)), time: .earliest,
                    input: .dateStarted(BusinessDateStarted(date: date)))
            ])
        }
    }

    /// In any order, each twice, in batches of any size, portfolios passed at any time between.
    func applyShuffled(_ branch: ReplayBranch, _ generator: inout SeededGenerator) throws {
        var events = (branch.events + branch.events).shuffled(using: &generator)[...]
        var passings = (branch.passings + branch.passings).shuffled(using: &generator)[...]
        while !events.isEmpty || !passings.isEmpty {
            let size = Int.random(in: 1...120, using: &generator)
            let passed = Int.random(in: 0...4, using: &generator)
            try apply(Array(events.prefix(size)), Array(passings.prefix(passed)))
            events = events.dropFirst(size)
            passings = passings.dropFirst(passed)
        }
        try settle()
    }

    func schemes() throws -> SchemeTable { try EffectiveRows.schemes(on: connection) }

    func replay(_ month: ContributionMonth, _ source: Replay.Source = .tables) throws -> ReplayResult {
        try Replay(month: month, schemes: schemes()).run(on: connection, source: source)
    }

    /// Sums of the statements of a month, without the agents who have none.
    func issued(_ month: ContributionMonth) throws -> [String: StatementFigures] {
        try StoredStatements(month, on: connection).issued.mapValues { figures in
            var figures = figures
            figures.lines = figures.lines.filter { !$0.value.isZero }
            return figures
        }.filter { !$0.value.isEmpty }
    }
}
