import PerisaiModels
import Postgres
import Worker

/// Rows to values. A stored value that its own type refuses is an error of the database, not of a record.
enum StoredRow {
    struct Corrupt: Error, CustomStringConvertible {
        let field: String
        var description: String { "stored \(field): can't be read back" }
    }

    static func json<Value: JSONObject>(_ text: String, _ field: String) throws -> Value {
        do {
            var text = text
            return try text.withUTF8 { try Value.read(bytes: UnsafeRawBufferPointer($0)) }
        } catch { throw Corrupt(field: field) }
    }

    static func date(_ result: QueryResult, _ row: Int, _ column: Int) throws -> CivilDate? {
        guard let days = try result.optionalDate(row, column) else { return nil }
        guard let date = CivilDate(daysSince1970: days) else { throw Corrupt(field: result.columnName(column)) }
        return date
    }

    static func required<Value>(_ value: Value?, _ field: String) throws -> Value {
        guard let value else { throw Corrupt(field: field) }
        return value
    }

    static func kind(_ code: Int16) throws -> SubmissionKind {
        switch code {
        case 0: .participant
        case 1: .employer
        case 2: .exit
        case 3: .employerChange
        case 4: .employerClosure
        default: throw Corrupt(field: "kind")
        }
    }

    static func code(_ kind: SubmissionKind) -> Int16 {
        switch kind {
        case .participant: 0
        case .employer: 1
        case .exit: 2
        case .employerChange: 3
        case .employerClosure: 4
        }
    }

    static func month(_ result: QueryResult, _ row: Int, _ column: Int) throws -> ContributionMonth? {
        guard let index = try result.optionalInt32(row, column) else { return nil }
        return try required(ContributionMonth(index: index), result.columnName(column))
    }

    /// Columns: agent_id, position, kind, submission, npp, kpjs.
    static func parked(_ result: QueryResult, _ row: Int) throws -> IntakeState.Parked {
        let text = try result.text(row, 3)
        let submission: Submission =
            switch try kind(result.int16(row, 2)) {
            case .participant: .participant(try json(text, "submission"))
            case .employer: .employer(try json(text, "submission"))
            default: throw Corrupt(field: "kind")
            }
        let kpjs = try result.text(row, 5).split(separator: ",", omittingEmptySubsequences: false).map { text in
            text.isEmpty ? nil : try KPJ(text)
        }
        return IntakeState.Parked(
            position: try result.int64(row, 1), submission: submission,
            npp: try result.optionalInt64(row, 4).map { try NPP(code: $0) }, kpjs: kpjs, isStored: true)
    }
}

extension IntakeState {
    mutating func readParticipants(_ result: QueryResult) throws {
        participants.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount {
            let nik = try NIK(code: result.int64(row, 0))
            participants[nik] = Participant(
                kpj: try result.optionalInt64(row, 1).map { try KPJ(code: $0) },
                firstSeen: try StoredRow.date(result, row, 2), bpuOn: try StoredRow.date(result, row, 3),
                bpuAgent: try result.optionalText(row, 4), bpuBranch: try result.optionalText(row, 5),
                bpuSubmission: try result.optionalText(row, 6), bpuMonth: try StoredRow.month(result, row, 16),
                puOn: try StoredRow.date(result, row, 7),
                cover: try result.optionalInt16(row, 8).map { try StoredRow.cover($0) },
                coverOn: try StoredRow.date(result, row, 9),
                puNPP: try result.optionalInt64(row, 10).map { try NPP(code: $0) },
                exit: try StoredRow.exit(result, row, from: 11), staffSince: try StoredRow.date(result, row, 14),
                staffUntil: try StoredRow.date(result, row, 15))
            if let kpj = participants[nik]?.kpj { niksByKPJ[kpj] = nik }
        }
    }

    /// Participants must have been read: an agent waits for its own registration or does not.
    mutating func readAgents(_ result: QueryResult) throws {
        for row in 0..<result.rowCount {
            var agent = Agent()
            agent.file.application = try result.optionalText(row, 1).map { try StoredRow.json($0, "application") }
            agent.file.trainedOn = try StoredRow.date(result, row, 2)
            if let passed = try result.optionalBool(row, 3), let date = try StoredRow.date(result, row, 4) {
                agent.file.exam = AgentFile.Exam(passed: passed, on: date)
            }
            if let wadah = try result.optionalText(row, 5), let on = try StoredRow.date(result, row, 6),
                let until = try StoredRow.date(result, row, 7)
            {
                agent.file.signature = AgentFile.Signature(
                    wadah: try WadahID(wadah), on: on, until: until,
                    agentsListed: try result.optionalInt32(row, 26).map { Int($0) })
            }
            agent.stage = try StoredRow.required(AgentStage(rawValue: result.int16(row, 8)), "state")
            agent.reasons = try result.text(row, 9)
            agent.decidedOn = try StoredRow.date(result, row, 10)
            agent.life = AgencyLife(
                endedOn: try StoredRow.date(result, row, 11), reentryFrom: try StoredRow.date(result, row, 12),
                returnedOn: try StoredRow.date(result, row, 13),
                returnedWadah: try result.optionalText(row, 14).map { try WadahID($0) },
                returnedUntil: try StoredRow.date(result, row, 15), dismissedOn: try StoredRow.date(result, row, 16))
            try readStanding(result, row, &agent)
            let id = try result.text(row, 0)
            agents[id] = agent
            if let nik = agent.file.application?.nik { agentsByNIK[nik, default: []].insert(id) }
        }
        // Once all are known, for one agency of a person may bar another.
        for (id, agent) in agents where agent.stage == .waiting {
            let waits = verdict(agent) == .waiting([.registration])
            agents[id]?.waitsForRegistration = waits
        }
    }

    /// Columns 17 on.
    private func readStanding(_ result: QueryResult, _ row: Int, _ agent: inout Agent) throws {
        agent.file.documents = Set(
            try result.text(row, 17).split(separator: ",").map {
                try StoredRow.required(AgentDocument(rawValue: String($0)), "documents")
            })
        agent.file.documentsOn = try StoredRow.date(result, row, 18)
        if let from = try StoredRow.date(result, row, 19) {
            agent.suspension = Suspension(
                from: from, until: try StoredRow.date(result, row, 20), reason: try result.optionalText(row, 21) ?? "")
        }
        agent.resumedOn = try StoredRow.date(result, row, 22)
        agent.standing = try StoredRow.choice(result.int16(row, 23), "standing")
        agent.credentialedUntil = try StoredRow.date(result, row, 24)
        agent.standingOn = try StoredRow.date(result, row, 25)
    }

    mutating func readParked(_ result: QueryResult) throws {
        parked = [:]
        for row in 0..<result.rowCount {
            parked[try result.text(row, 0), default: []].append(try StoredRow.parked(result, row))
        }
    }

    mutating func readSubmissions(_ result: QueryResult) throws {
        submissions.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount {
            // Without an outcome the row is only a gate.
            guard let outcome = try result.optionalInt16(row, 3) else { continue }
            let key = SubmissionKey(agent: try result.text(row, 0), submission: try result.text(row, 1))
            submissions[key] = SubmissionRow(
                kind: try StoredRow.kind(result.int16(row, 2)),
                outcome: try StoredRow.required(SubmissionOutcome(rawValue: outcome), "outcome"),
                fingerprint: try result.uuid(row, 4), reasons: try result.text(row, 5),
                decidedOn: try StoredRow.required(StoredRow.date(result, row, 6), "decided_on"))
        }
    }

    mutating func readEmployers(_ result: QueryResult) throws {
        for row in 0..<result.rowCount {
            let employer = try StoredRow.employer(result, row)
            employers[employer.npp] = employer
            if let nib = employer.nib, employer.closedOn == nil { employersByNIB[nib] = employer.npp }
            if let npwp = employer.npwp { employersByNPWP[npwp, default: []].insert(employer.npp) }
        }
    }

    /// An employer without a row has no workers: its set is there, and empty.
    mutating func readWorkers(_ result: QueryResult, of staffed: Set<NPP>) throws {
        for npp in staffed { workers[npp] = [:] }
        for row in 0..<result.rowCount {
            let npp = try NPP(code: result.int64(row, 0))
            workers[npp]?[try NIK(code: result.int64(row, 1))] = Worker(
                kpj: try KPJ(code: result.int64(row, 2)), wage: Rupiah(try result.int64(row, 3)),
                leftOn: try StoredRow.date(result, row, 4))
        }
    }

    mutating func readEmployments(_ result: QueryResult) throws {
        for row in 0..<result.rowCount {
            employments[try NIK(code: result.int64(row, 0)), default: []].insert(try NPP(code: result.int64(row, 1)))
        }
    }

    mutating func readEnforcement(_ result: QueryResult) throws {
        for row in 0..<result.rowCount {
            let found = try StoredRow.enforcement(result, row)
            enforcement[found.subject] = found
        }
    }

    mutating func readErased(_ result: QueryResult, _ niks: Set<NIK>) throws {
        guard let key = settings.subjectKey, result.rowCount > 0 else { return }
        let byHash = Dictionary(niks.map { (key.hash($0), $0) }, uniquingKeysWith: { first, _ in first })
        for row in 0..<result.rowCount {
            guard let nik = byHash[try result.uuid(row, 0)] else { continue }
            erased[nik] = ErasedSubject(
                key: try result.uuid(row, 0), kpj: try result.optionalInt64(row, 1).map { try KPJ(code: $0) },
                firstSeen: try StoredRow.date(result, row, 2), bpuOn: try StoredRow.date(result, row, 3),
                puOn: try StoredRow.date(result, row, 4),
                dismissedOn: try StoredRow.date(result, row, 6),
                erasedOn: try StoredRow.required(StoredRow.date(result, row, 5), "erased_on"))
        }
    }

    mutating func readRequests(_ result: QueryResult) throws {
        for row in 0..<result.rowCount { knownRequests.insert(try result.text(row, 0)) }
    }

    mutating func readPermits(_ result: QueryResult) throws {
        for row in 0..<result.rowCount {
            let key = PermitKey(
                nib: try result.int64(row, 0), office: try result.text(row, 1), application: try result.text(row, 2))
            var permit = Permit(
                application: try result.optionalText(row, 3).map { try StoredRow.json($0, "application") },
                stage: try StoredRow.required(PermitStage(rawValue: result.int16(row, 4)), "state"),
                answer: try result.text(row, 5),
                decidedOn: try StoredRow.required(StoredRow.date(result, row, 6), "decided_on"))
            permit.until = try StoredRow.date(result, row, 7)
            permit.nextOn = try StoredRow.date(result, row, 8)
            permit.validUntil = try StoredRow.date(result, row, 9)
            permit.isEnforced = try result.bool(row, 10)
            permit.amendment = try result.optionalText(row, 11).map { try StoredRow.json($0, "amended") }
            permit.fingerprint = try result.optionalUUID(row, 12)
            permit.erasedWorkers = Int(try result.int32(row, 13))
            permits[key] = permit
            permitsByNIB[key.nib, default: []].insert(key)
            if let npwp = permit.application?.npwp { permitsByNPWP[npwp, default: []].insert(key) }
            if let npp = permit.application?.npp { permitsByNPP[npp, default: []].insert(key) }
        }
    }

    mutating func readCounters(kpj: QueryResult, npp: QueryResult) throws {
        for row in 0..<kpj.rowCount {
            let month = try StoredRow.required(ContributionMonth(index: kpj.int32(row, 0)), "month")
            let key = MonthLane(month: month, lane: Int(try kpj.int16(row, 1)))
            kpjCounts[key] = Int(try kpj.int64(row, 2))
        }
        for row in 0..<npp.rowCount { nppCounts[Int(try npp.int16(row, 0))] = Int(try npp.int64(row, 1)) }
    }
}
