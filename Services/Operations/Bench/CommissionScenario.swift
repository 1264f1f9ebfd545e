import PerisaiModels
import Postgres

/// Postings of contributions, to committed accruals.
struct CommissionScenario {
    let agents: Int
    let participants: Int
    let contributions: Int
    let runs: Int
    let seed: UInt64

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        var results: [BenchResult] = []
        for run in 0..<runs {
            Console.note("loading \(participants) participants of \(agents) agents")
            let agents = try BenchAgents(count: agents, seed: seed)
            let tables = BenchAgentTables(agents: agents, batch: rig.batch, connection: rig.connection)
            try tables.forget()
            try tables.loadParticipants(participants)
            var load = ContributionLoad(
                agents: agents, participants: participants, contributions: contributions, seed: seed + UInt64(run))
            var result = try rig.measure(&load, "run \(run + 1)")
            try check(load, rig)
            try rig.measureRawCopy(&result)
            Console.note(result.line(run + 1))
            results.append(result)
        }
        guard !json, let median = BenchResult.median(results) else { return BenchResult.json(results) }
        return median.report(
            "postings for \(participants) participants of \(agents) agents, 2 % taken back, batches of \(rig.batch), "
                + "\(rig.lanes) database lanes", runs: results)
    }

    /// One row a month and movement, all of them attributed, and money that was taken back gone.
    private func check(_ load: ContributionLoad, _ rig: BenchRig) throws {
        let rows = try rig.connection.query(
            Statement(
                "bench_accruals",
                """
                SELECT count(*), count(*) FILTER (WHERE agent_id IS NULL), count(*) FILTER (WHERE revision > 0)
                FROM accrual
                """))
        let found = try (0..<3).map { try rows.int64(0, $0) }
        guard found == [Int64(load.rows), 0, 0] else {
            throw OperationsError(
                "\(found[0]) accruals, \(found[1]) without agent, \(found[2]) revised; \(load.rows) were to be made")
        }
    }
}
