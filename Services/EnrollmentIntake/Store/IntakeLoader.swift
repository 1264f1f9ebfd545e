import PerisaiModels
import Postgres
import Worker

/// Locks and reads what a batch touches.
struct IntakeLoader {
    /// Rounds in which a batch may reach further agents and submissions that wait.
    static let roundLimit = 64

    let connection: Connection
    let settings: EnrollmentSettings

    func load(_ events: [Event<EnrollmentInput>]) throws -> IntakeState { try load(Touched(events)) }

    func load(_ named: Touched) throws -> IntakeState {
        var touched = named
        var state = IntakeState(settings: settings)
        try reachSubjects(&touched)
        try reach(&touched)
        try lockPeople(&touched, &state)
        let rows = try lockRest(touched)
        try state.readSubmissions(rows.submissions)
        try state.readEmployers(rows.employers)
        try state.readWorkers(rows.workers, of: touched.staffed)
        try state.readEnforcement(rows.enforcement)
        try state.readErased(rows.erased, touched.niks)
        try state.readRequests(rows.requests)
        try state.readPermits(rows.permits)
        try state.readCounters(kpj: rows.kpj, npp: rows.npp)
        state.knownDate = try rows.today.flatMap { try StoredRow.date($0, 0, 0) }
        return state
    }

    /// Agents and their persons alone.
    func load(agents: Set<String>) throws -> IntakeState {
        var touched = Touched([])
        touched.agents = agents
        var state = IntakeState(settings: settings)
        try reach(&touched)
        try lockPeople(&touched, &state)
        return state
    }

    private func reachSubjects(_ touched: inout Touched) throws {
        guard !touched.subjects.isEmpty else { return }
        let texts = Parameters { $0.append(touched.subjects.map(\.text)) }
        let results = try connection.pipeline { pipeline in
            pipeline.query(LoadStatements.subjectAgents, texts)
            pipeline.query(LoadStatements.subjectEmployers, Parameters { $0.append(touched.subjects.map(\.code)) })
            pipeline.query(LoadStatements.subjectPermits, texts)
        }
        for row in 0..<results[0].rowCount { touched.agents.insert(try results[0].text(row, 0)) }
        for row in 0..<results[1].rowCount {
            let npp = try NPP(code: results[1].int64(row, 0))
            touched.npps.insert(npp)
            touched.staffed.insert(npp)
        }
        for row in 0..<results[2].rowCount { touched.nibs.insert(try NIB(code: results[2].int64(row, 0))) }
    }

    /// Follows the batch to what it may set free: a NIK to its agent, an agent to submissions that wait for it, these
    /// to their NIKs. Nothing is locked yet, so that all locks can be taken in order.
    private func reach(_ touched: inout Touched) throws {
        for _ in 0..<Self.roundLimit {
            let before = touched.size
            let results = try connection.pipeline { pipeline in
                pipeline.query(LoadStatements.reachedAgents, people(touched))
                pipeline.query(LoadStatements.parked, people(touched))
                pipeline.query(
                    LoadStatements.reachedNIBs,
                    Parameters {
                        $0.append(touched.npps.map(\.code))
                        $0.append(touched.npwps.map(\.code))
                    })
                pipeline.query(
                    LoadStatements.reachedNPPs,
                    Parameters {
                        $0.append(touched.npwps.map(\.code))
                        $0.append(touched.npps.map(\.code))
                        $0.append(touched.nibs.map(\.code))
                    })
                pipeline.query(
                    LoadStatements.reachedPersons,
                    Parameters {
                        $0.append(touched.kpjs.map(\.code))
                        $0.append(touched.closing.map(\.code))
                    })
                pipeline.query(LoadStatements.employments, employments(touched))
            }
            for row in 0..<results[0].rowCount {
                touched.agents.insert(try results[0].text(row, 0))
                if let nik = try results[0].optionalInt64(row, 1) { touched.niks.insert(try NIK(code: nik)) }
            }
            for row in 0..<results[1].rowCount { touched.addParked(try StoredRow.parked(results[1], row).submission) }
            for row in 0..<results[2].rowCount { touched.nibs.insert(try NIB(code: results[2].int64(row, 0))) }
            for row in 0..<results[3].rowCount {
                if let npp = try results[3].optionalInt64(row, 0) { touched.npps.insert(try NPP(code: npp)) }
                if let npwp = try results[3].optionalInt64(row, 1) { touched.npwps.insert(try NPWP(code: npwp)) }
            }
            for row in 0..<results[4].rowCount { touched.niks.insert(try NIK(code: results[4].int64(row, 0))) }
            try touched.addEmployers(ofDead: results[5])
            if touched.size == before { return }
        }
        throw RecordFault(cause: "waiting-chain", reason: "agents wait for one another over \(Self.roundLimit) steps")
    }

    /// Locks participants and agents. What another worker added meanwhile is reached now and locked too; only then may
    /// the order of locks be broken, and the server's deadlock check and a retry settle it.
    private func lockPeople(_ touched: inout Touched, _ state: inout IntakeState) throws {
        for _ in 0..<Self.roundLimit {
            let results = try connection.pipeline { pipeline in
                let niks = Parameters { $0.append(touched.niks.map(\.code)) }
                pipeline.query(LoadStatements.gateParticipants, niks)
                pipeline.query(LoadStatements.participants, niks)
                pipeline.query(LoadStatements.agents, people(touched))
                pipeline.query(LoadStatements.parked, people(touched))
                // Under the locks of the workers: nobody takes them on or lets them go meanwhile.
                pipeline.query(LoadStatements.employments, employments(touched))
            }
            let before = touched.size
            try state.readParticipants(results[1])
            try state.readAgents(results[2])
            try state.readParked(results[3])
            try state.readEmployments(results[4])
            try touched.addEmployers(ofDead: results[4])
            touched.agents.formUnion(state.agents.keys)
            for agent in state.agents.values {
                if let nik = agent.file.application?.nik { touched.niks.insert(nik) }
            }
            for item in state.parked.values.joined() { touched.addParked(item.submission) }
            // A row that another worker has erased meanwhile is no gate any more: it is made again and locked.
            let isLocked = results[1].rowCount == touched.niks.count
            if touched.size == before, isLocked { return }
        }
        throw RecordFault(cause: "waiting-chain", reason: "agents wait for one another over \(Self.roundLimit) steps")
    }

    private func people(_ touched: Touched) -> Parameters {
        Parameters {
            $0.append(Array(touched.agents))
            $0.append(touched.niks.map(\.code))
        }
    }

    private func employments(_ touched: Touched) -> Parameters {
        Parameters {
            // Who works for an employer that closes may work for others too.
            $0.append((touched.closing.isEmpty ? touched.leaving : touched.niks).map(\.code))
            $0.append(touched.dead.map(\.code))
            $0.append(touched.closing.map(\.code))
        }
    }

    private struct Rest {
        let submissions, employers, workers, enforcement, permits, kpj, npp, erased, requests: QueryResult
        /// Where the batch touches a firm.
        let today: QueryResult?
    }

    private func lockRest(_ touched: Touched) throws -> Rest {
        let keys = Array(touched.submissions)
        let submissions = Parameters {
            $0.append(keys.map(\.agent))
            $0.append(keys.map(\.submission))
        }
        let firms = Parameters {
            $0.append(touched.nibs.map(\.code))
            $0.append(touched.npps.map(\.code))
            $0.append(touched.npwps.map(\.code))
        }
        let subjects =
            touched.npps.map { EnforcementSubject.employer($0).code }
            + touched.nibs.map { EnforcementSubject.business($0).code }
        let erasedKeys = settings.subjectKey.map { key in touched.niks.map { key.hash($0) } } ?? []
        let nibs = Parameters { $0.append(touched.nibs.map(\.code)) }
        let counters = Array(touched.counters)
        let kpj = Parameters {
            $0.append(counters.map(\.month.index))
            $0.append(counters.map { Int16($0.lane) })
        }
        let hasFirms = !touched.npps.isEmpty || !touched.nibs.isEmpty || !touched.employerLanes.isEmpty
        let npp = Parameters { $0.append(touched.employerLanes.map { Int16($0) }) }
        let results = try connection.pipeline { pipeline in
            pipeline.query(LoadStatements.gateSubmissions, submissions)
            pipeline.query(LoadStatements.submissions, submissions)
            pipeline.query(LoadStatements.gateNIBs, nibs)
            pipeline.query(LoadStatements.nibs, nibs)
            pipeline.query(LoadStatements.npwps, Parameters { $0.append(touched.npwps.map(\.code)) })
            pipeline.query(LoadStatements.employers, firms)
            pipeline.query(LoadStatements.workers, Parameters { $0.append(touched.staffed.map(\.code)) })
            pipeline.query(LoadStatements.enforcement, Parameters { $0.append(subjects) })
            pipeline.query(LoadStatements.permits, firms)
            pipeline.query(LoadStatements.gateKPJCounters, kpj)
            pipeline.query(LoadStatements.kpjCounters, kpj)
            pipeline.query(LoadStatements.gateNPPCounters, npp)
            pipeline.query(LoadStatements.nppCounters, npp)
            pipeline.query(LoadStatements.erased, Parameters { $0.append(erasedKeys) })
            pipeline.query(LoadStatements.requests, Parameters { $0.append(Array(touched.requests)) })
            if hasFirms { pipeline.query(LoadStatements.businessDate, Parameters { _ in }) }
        }
        return Rest(
            submissions: results[1], employers: results[5], workers: results[6], enforcement: results[7],
            permits: results[8], kpj: results[10], npp: results[12], erased: results[13], requests: results[14],
            today: hasFirms && results[15].rowCount > 0 ? results[15] : nil)
    }
}
