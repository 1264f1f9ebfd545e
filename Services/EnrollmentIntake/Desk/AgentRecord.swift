import PerisaiModels
import Postgres
import Worker

/// An agent as enrolment knows it on a business date: gates, contract, papers, standing and what happened. Holds no
/// NIK; phone and account are masked.
public struct AgentRecord: Sendable {
    /// One gate, with the day it was passed or what is to be done.
    public struct Gate: Sendable {
        public let gate: AgentGate
        public let passedOn: CivilDate?
        public let remedy: String?
    }

    public struct Entry: Sendable {
        public let on: CivilDate
        public let what: String
        public let detail: String
    }

    public let agent: String
    public let name: String?
    public let wadah: WadahID?
    public let branch: BranchCode?
    public let phone: String?
    public let account: String?
    /// The business date, or before the first one the latest day that is known of the agent.
    public let on: CivilDate
    public let state: AgentMachine.State
    public let since: CivilDate?
    public let gates: [Gate]
    /// Of the last refusal, with what to do about each.
    public let reasons: [(code: String, remedy: String)]
    public let contractUntil: CivilDate?
    public let agentsListed: Int?
    /// What hinders on that day, in Indonesian.
    public let hindrances: [String]
    public let credential: AgentCredential?
    /// In order of their days.
    public let entries: [Entry]

    /// Most agents that are listed.
    public static let limit = 50_000
}

extension AgentRecord {
    private static let columns = LoadStatements.agentColumns
    private static let read = Statement(
        "agent_record",
        "SELECT \(columns), (SELECT date FROM business_date) FROM agent WHERE agent_id = $1")
    private static let readAll = Statement(
        "agent_records",
        """
        SELECT \(columns), (SELECT date FROM business_date) FROM agent
        WHERE ($1 = '' OR application->>'branch' = $1)
            AND ($2 = '' OR coalesce(returned_wadah, application->>'wadah_id') = $2)
        ORDER BY agent_id LIMIT $3
        """)
    private static let persons = Statement(
        "agent_record_persons",
        "SELECT \(LoadStatements.participantColumns) FROM participant WHERE nik = ANY($1::int8[])")
    private static let others = Statement(
        "agent_record_others", "SELECT \(columns) FROM agent WHERE nik = ANY($1::int8[]) ORDER BY agent_id")

    /// The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` for an agent of whom nothing is known.
    public static func of(
        _ agent: AgentID, settings: EnrollmentSettings, on connection: Connection
    ) throws -> AgentRecord {
        let rows = try connection.query(read, Parameters { $0.append(agent.text) })
        guard let record = try records(rows, settings, connection).first else {
            throw DeskError("agent: nothing is known of \(agent)")
        }
        return record
    }

    /// In order of their ids, at most `limit`; all, or those in a state, of a branch or of a wadah.
    public static func list(
        state: AgentMachine.State? = nil, branch: BranchCode? = nil, wadah: WadahID? = nil,
        settings: EnrollmentSettings, on connection: Connection
    ) throws -> [AgentRecord] {
        let rows = try connection.query(
            readAll,
            Parameters {
                $0.append(branch?.text ?? "")
                $0.append(wadah?.text ?? "")
                $0.append(Int64(limit))
            })
        return try records(rows, settings, connection).filter { state == nil || $0.state == state }
    }

    private static func records(
        _ rows: QueryResult, _ settings: EnrollmentSettings, _ connection: Connection
    ) throws -> [AgentRecord] {
        var state = IntakeState(settings: settings)
        try state.readAgents(rows)
        let ids = state.agents.keys.sorted()
        let niks = Set(state.agents.values.compactMap { $0.file.application?.nik.code })
        let keys = Parameters { $0.append(Array(niks)) }
        try state.readParticipants(connection.query(persons, keys))
        // Another agency of the same person may bar an application.
        try state.readAgents(connection.query(others, keys))
        let date = rows.rowCount > 0 ? try StoredRow.date(rows, 0, rows.columnCount - 1) : nil
        return ids.compactMap { id in state.agents[id].map { AgentRecord(id, $0, state, date) } }
    }

    private init(_ id: String, _ agent: IntakeState.Agent, _ intake: IntakeState, _ date: CivilDate?) {
        let application = agent.file.application
        let history = AgentHistory.entries(agent)
        let day = date ?? history.last?.on ?? .earliest
        let holding = intake.hindrances(of: agent, on: day)
        let life = intake.state(of: agent, on: day)
        self.agent = id
        name = application?.name
        wadah = agent.life.returnedWadah ?? application?.wadahID
        branch = application?.branch
        phone = application?.phone.description
        account = application.map { "\($0.bank.bankName ?? $0.bank.text) \($0.accountNumber)" }
        on = day
        state = life
        since = AgentHistory.since(life, agent, holding)
        gates = AgentHistory.gates(agent, intake)
        reasons = agent.reasons.split(separator: ",").map { code in
            (String(code), RefusalCode(rawValue: String(code))?.agentRemedy ?? "")
        }
        contractUntil = agent.contractUntil == .earliest ? nil : agent.contractUntil
        agentsListed = agent.file.signature?.agentsListed
        hindrances = holding.contains { $0.kind.state == life } ? holding.map(\.text) : []
        credential = life == .ended ? nil : AgentCredential(agent)
        entries = history
    }
}
