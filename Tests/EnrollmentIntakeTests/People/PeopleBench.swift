import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

/// Two active agents and what happens to the people they enrol.
struct PeopleBench {
    let bench: Bench

    init(_ settings: EnrollmentSettings = .init()) throws {
        bench = try Bench(settings)
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        _ = try bench.applier.apply(try Make.activeAgent("A-2", nik: 2).map { Make.event($0) })
    }

    /// Kinds of what follows, or the codes of a refusal.
    func answer(_ input: EnrollmentInput) throws -> [String] {
        try bench.apply(input).flatMap { $0.kind == "submission-refused" ? try $0.codes() : [$0.kind] }
    }

    func enrol(
        _ submission: String, _ person: Int, agent: String? = "A-1", on: String = "2018-02-10", first: String? = nil
    ) throws -> [String] {
        try answer(
            .participant(
                try Make.participant(submission, nik: try Make.nik(person), agent: agent, on: on, first: first)))
    }

    func kpj(_ person: Int) throws -> KPJ {
        let nik = try Make.nik(person)
        let found = try bench.connection.texts("SELECT kpj::text FROM participant WHERE nik = \(nik.code)")
        return try KPJ(code: try #require(found.first.flatMap { Int64($0) }))
    }

    func cover(_ person: Int, _ status: CoverStatus, on: String) throws -> [String] {
        let kpj = try kpj(person)
        return try answer(
            .cover(
                kpj, CoverChanged(payer: .participant(kpj), status: status, unpaidMonths: 0, changedOn: Make.date(on))))
    }

    /// An employer of its own agent; gives its number.
    func employer(
        _ submission: String, _ persons: [Int], agent: String? = nil, nib: Int? = nil, wages: [Int64] = [2_000_000],
        on: String = "2018-03-01"
    ) throws -> NPP {
        let firm = try Make.employer(
            submission, agent: agent, nib: try nib.map { try Make.nib($0) }, niks: try persons.map { try Make.nik($0) },
            wages: wages, on: on)
        let published = try bench.apply(.employer(firm))
        return try #require(published.first { $0.kind == "employer-enrolled" }).read(EmployerEnrolled.self).npp
    }
}

/// Reports.
extension Make {
    static func exit(
        _ submission: String, _ person: Int, agent: String? = nil, npp: NPP? = nil, _ reason: ExitReason = .contractEnd,
        last: String = "2018-04", on: String = "2018-04-20"
    ) throws -> EnrollmentInput {
        .report(
            .exit(
                ExitReported(
                    submissionID: try SubmissionID(submission), agentID: try agent.map { try AgentID($0) },
                    nik: try nik(person), npp: npp, reason: reason, lastMonth: month(last), reportedOn: date(on))))
    }

    static func change(
        _ submission: String, _ npp: NPP, agent: String? = nil, joining: [Int] = [], wage: Int64 = 2_000_000,
        movedFrom: NPP? = nil, leaving: [Int] = [], _ reason: ExitReason = .contractEnd, wages: [Int: Int64] = [:],
        from: String = "2018-04", on: String = "2018-04-05"
    ) throws -> EnrollmentInput {
        .report(
            .change(
                EmployerChangeReported(
                    submissionID: try SubmissionID(submission), agentID: try agent.map { try AgentID($0) }, npp: npp,
                    joining: try joining.map {
                        SubmittedWorker(nik: try nik($0), name: "Pekerja", wage: Rupiah(wage))
                    }, movedFrom: movedFrom,
                    leaving: try leaving.map { LeavingWorker(nik: try nik($0), reason: reason) },
                    wages: try wages.sorted { $0.key < $1.key }.map {
                        WageReport(nik: try nik($0.key), wage: Rupiah($0.value))
                    }, fromMonth: month(from), reportedOn: date(on))))
    }

    static func closure(
        _ submission: String, _ npp: NPP, agent: String? = nil, last: String = "2018-04", on: String = "2018-04-20"
    ) throws -> EnrollmentInput {
        .report(
            .closure(
                EmployerClosureReported(
                    submissionID: try SubmissionID(submission), agentID: try agent.map { try AgentID($0) }, npp: npp,
                    lastMonth: month(last), reportedOn: date(on))))
    }
}
