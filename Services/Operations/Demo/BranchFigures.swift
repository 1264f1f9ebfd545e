import Foundation

/// The figures of a branch that must come out the same however the events were delivered.
///
/// Read from the services' tables, or from the simulator's own arithmetic: equal when the services are right.
public struct BranchFigures: Codable, Sendable, Equatable {
    public struct Permits: Codable, Sendable, Equatable {
        public var cleared: Int64
        public var held: Int64
        public var withdrawn: Int64
    }

    /// An agent's month.
    public struct Statement: Codable, Sendable, Equatable {
        public var agent: String
        public var month: String
        public var newPersons: Int64
        public var contributions: Int64
        public var total: Int64
        public var agentShare: Int64
        public var wadahShare: Int64
    }

    public var agents: Int64
    public var employers: Int64
    public var workers: Int64
    public var participants: Int64
    public var activePayers: Int64
    public var permits: Permits
    /// Rupiah posted for contribution months, net of reversals.
    public var contributions: Int64
    public var outstanding: Int64
    public var credit: Int64
    /// Late fines of employers: received, and still due.
    public var fines: Int64
    public var unpaidFines: Int64
    public var suspense: Int64
    public var statements: [Statement]

    /// Every difference between two sets of figures, in words.
    public func differences(from expected: BranchFigures) -> [String] {
        var found: [String] = []
        func compare(_ name: String, _ actual: Int64, _ wanted: Int64) {
            if actual != wanted { found.append("\(name): \(actual) instead of \(wanted)") }
        }
        compare("agents", agents, expected.agents)
        compare("employers", employers, expected.employers)
        compare("workers", workers, expected.workers)
        compare("participants", participants, expected.participants)
        compare("active payers", activePayers, expected.activePayers)
        compare("permits cleared", permits.cleared, expected.permits.cleared)
        compare("permits held", permits.held, expected.permits.held)
        compare("permits withdrawn", permits.withdrawn, expected.permits.withdrawn)
        compare("contributions", contributions, expected.contributions)
        compare("outstanding", outstanding, expected.outstanding)
        compare("credit", credit, expected.credit)
        compare("fines", fines, expected.fines)
        compare("unpaid fines", unpaidFines, expected.unpaidFines)
        compare("suspense", suspense, expected.suspense)
        let wanted = Dictionary(uniqueKeysWithValues: expected.statements.map { ("\($0.agent) \($0.month)", $0) })
        let actual = Dictionary(uniqueKeysWithValues: statements.map { ("\($0.agent) \($0.month)", $0) })
        for key in Set(wanted.keys).union(actual.keys).sorted() where wanted[key] != actual[key] {
            found.append("statement \(key): \(Self.text(actual[key])) instead of \(Self.text(wanted[key]))")
        }
        return found
    }

    private static func text(_ statement: Statement?) -> String {
        guard let statement else { return "none" }
        return "\(statement.newPersons) new, \(statement.contributions) received, \(statement.agentShare) + "
            + "\(statement.wadahShare) = \(statement.total)"
    }
}

extension BranchFigures {
    /// What the services have made of the events.
    public init(_ probe: StackProbe) throws {
        let intake = "enrollment_intake"
        let reconciler = "payment_reconciler"
        agents = try probe.count(intake, "SELECT count(*) FROM agent WHERE state = 1")
        employers = try probe.count(intake, "SELECT count(*) FROM employer")
        workers = try probe.count(intake, "SELECT count(*) FROM employer_worker")
        participants = try probe.count(
            intake, "SELECT count(*) FROM participant WHERE bpu_on IS NOT NULL AND bpu_agent IS NOT NULL")
        permits = Permits(
            cleared: try probe.count(intake, "SELECT count(*) FROM permit WHERE state = 1"),
            held: try probe.count(intake, "SELECT count(*) FROM permit WHERE state = 0"),
            withdrawn: try probe.count(intake, "SELECT count(*) FROM permit WHERE state = 2"))
        activePayers = try probe.count(reconciler, "SELECT count(*) FROM due WHERE cover = 2")
        contributions = try probe.count(reconciler, "SELECT sum(-amount)::int8 FROM ledger WHERE account = 2")
        outstanding = try probe.count(reconciler, "SELECT sum(amount - paid)::int8 FROM due")
        credit = try probe.count(reconciler, "SELECT sum(credit)::int8 FROM payer")
        fines = try probe.count(reconciler, "SELECT sum(paid)::int8 FROM fine")
        unpaidFines = try probe.count(reconciler, "SELECT sum(amount - paid)::int8 FROM fine")
        suspense = try probe.count(reconciler, "SELECT sum(-amount)::int8 FROM ledger WHERE account = 4")
        statements = try Self.statements(probe)
    }

    private static func statements(_ probe: StackProbe) throws -> [Statement] {
        let rows = try probe.rows(
            "commission_calculator",
            """
            SELECT agent_id, month, sum(new_participants)::int8, sum(contributions)::int8, sum(total)::int8,
                sum(agent_share)::int8, sum(wadah_share)::int8
            FROM statement GROUP BY agent_id, month ORDER BY agent_id, month
            """)
        return try (0..<rows.rowCount).map { row in
            let month = Int(try rows.int64(row, 1))
            return Statement(
                agent: try rows.text(row, 0), month: String(format: "%04d-%02d", month / 12, month % 12 + 1),
                newPersons: try rows.int64(row, 2), contributions: try rows.int64(row, 3),
                total: try rows.int64(row, 4),
                agentShare: try rows.int64(row, 5), wadahShare: try rows.int64(row, 6))
        }
    }
}

extension BranchFigures {
    /// The simulator's file of expected figures.
    private struct Expected: Decodable {
        struct Permits: Decodable {
            let cleared: Int64
            let held: Int64
            let withdrawn: Int64
        }
        struct Payments: Decodable {
            let contributions: Int64
            let suspenseAmount: Int64
            let outstanding: Int64
            let credit: Int64
            let fines: Int64
            let unpaidFines: Int64
        }
        struct Month: Decodable {
            let month: String
            let agent: String?
            let newParticipants: Int64
            let newWorkers: Int64
            let contributions: Int64
            let totalIncentive: Int64?
            let agentShare: Int64?
            let wadahShare: Int64?
            let closed: Bool?
        }
        let agents: Int64
        let employers: Int64
        let workers: Int64
        let participants: Int64
        let activePayers: Int64
        let permits: Permits
        let payments: Payments
        let months: [Month]
    }

    /// Reads `expected.json` of a simulation: plain arithmetic, apart from the services' code.
    public init(expectedIn folder: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + SimulationFolder.expectedFile))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try decoder.decode(Expected.self, from: data)
        agents = file.agents
        employers = file.employers
        workers = file.workers
        participants = file.participants
        activePayers = file.activePayers
        permits = Permits(cleared: file.permits.cleared, held: file.permits.held, withdrawn: file.permits.withdrawn)
        contributions = file.payments.contributions
        outstanding = file.payments.outstanding
        credit = file.payments.credit
        fines = file.payments.fines
        unpaidFines = file.payments.unpaidFines
        suspense = file.payments.suspenseAmount
        statements = file.months.compactMap { month in
            guard let agent = month.agent, month.closed == true else { return nil }
            return Statement(
                agent: agent, month: month.month, newPersons: month.newParticipants + month.newWorkers,
                contributions: month.contributions, total: month.totalIncentive ?? 0,
                agentShare: month.agentShare ?? 0, wadahShare: month.wadahShare ?? 0)
        }.sorted { ($0.agent, $0.month) < ($1.agent, $1.month) }
    }
}
