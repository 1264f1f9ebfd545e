import PerisaiModels
import Postgres

/// Values that are stored as numbers, and rows of employers and cases.
extension StoredRow {
    /// A choice by its place in the list; places are never given anew.
    static func choice<Value: CaseIterable>(_ code: Int16, _ field: String) throws -> Value {
        let all = Array(Value.allCases)
        guard all.indices.contains(Int(code)) else { throw Corrupt(field: field) }
        return all[Int(code)]
    }

    static func code<Value: CaseIterable & Equatable>(of value: Value) -> Int16 {
        Int16(Array(Value.allCases).firstIndex(of: value) ?? 0)
    }

    static func cover(_ code: Int16) throws -> CoverStatus { try choice(code, "cover") }

    /// Columns reason, date and month, all null or none.
    static func exit(
        _ result: QueryResult, _ row: Int, from column: Int
    ) throws -> IntakeState.Participant.Exit? {
        guard let reason = try result.optionalInt16(row, column), let on = try date(result, row, column + 1),
            let last = try month(result, row, column + 2)
        else { return nil }
        return IntakeState.Participant.Exit(reason: try choice(reason, "exit_reason"), on: on, lastMonth: last)
    }

    /// In the order of `LoadStatements.employers`.
    static func employer(_ result: QueryResult, _ row: Int) throws -> IntakeState.Employer {
        let size = EmployerSize(rawValue: try result.text(row, 7))
        let risk = RiskClass(rawValue: Int(try result.int16(row, 8)))
        var employer = IntakeState.Employer(
            npp: try NPP(code: result.int64(row, 0)), nib: try result.optionalInt64(row, 1).map { try NIB(code: $0) },
            npwp: try result.optionalInt64(row, 2).map { try NPWP(code: $0) }, name: try result.text(row, 3),
            phone: try result.optionalInt64(row, 4).map { try PhoneNumber(code: $0) },
            agentID: try result.optionalText(row, 5).map { try AgentID($0) },
            branch: try BranchCode(result.text(row, 6)), size: try required(size, "size"),
            riskClass: try required(risk, "risk_class"), kbli: try result.optionalText(row, 9).map { try KBLI($0) },
            labourIntensive: try result.bool(row, 10), workers: Int(try result.int32(row, 11)),
            wages: Rupiah(try result.int64(row, 12)), monthlyContribution: Rupiah(try result.int64(row, 13)),
            submissionID: try SubmissionID(result.text(row, 14)),
            enrolledOn: try required(date(result, row, 15), "enrolled_on"),
            firstMonth: try required(month(result, row, 16), "first_month"), firstPaidOn: try date(result, row, 17))
        employer.arrears = IntakeState.Employer.Arrears(
            months: Int(try result.int16(row, 18)), amount: Rupiah(try result.int64(row, 19)),
            lateFines: Rupiah(try result.int64(row, 20)), on: try date(result, row, 21))
        employer.closedOn = try date(result, row, 22)
        employer.lastMonth = try month(result, row, 23)
        employer.changedFrom = try month(result, row, 24)
        employer.revision = Int(try result.int32(row, 25))
        return employer
    }

    /// In the order of `LoadStatements.enforcement`.
    static func enforcement(_ result: QueryResult, _ row: Int) throws -> EnforcementCase {
        EnforcementCase(
            subject: try EnforcementSubject(code: result.int64(row, 0)), number: Int(try result.int32(row, 1)),
            name: try result.text(row, 2), npp: try result.optionalInt64(row, 3).map { try NPP(code: $0) },
            nib: try result.optionalInt64(row, 4).map { try NIB(code: $0) },
            breaches: EnforcementBreach.set(try result.int16(row, 5)),
            stage: try required(EnforcementStage(rawValue: result.int16(row, 6)), "stage"),
            openedOn: try required(date(result, row, 7), "opened_on"),
            stageOn: try required(date(result, row, 8), "stage_on"), deadline: try date(result, row, 9),
            unpaidMonths: Int(try result.int16(row, 10)), arrears: Rupiah(try result.int64(row, 11)),
            lateFines: Rupiah(try result.int64(row, 12)), sanctionFine: Rupiah(try result.int64(row, 13)),
            offices: Set(try result.text(row, 14).split(separator: ",").map { try OfficeCode($0) }),
            finedOn: try date(result, row, 15),
            declared: Declared(
                workers: try result.optionalInt32(row, 16).map(Int.init),
                wages: try result.optionalInt64(row, 17).map { Rupiah($0) }))
    }
}

extension EnforcementBreach {
    /// One bit each, in the order of the cases.
    static func set(_ bits: Int16) -> Set<Self> {
        Set(allCases.enumerated().filter { bits & (1 << Int16($0.offset)) != 0 }.map(\.element))
    }

    static func bits(_ breaches: Set<Self>) -> Int16 {
        allCases.enumerated().reduce(0) { breaches.contains($1.element) ? $0 | 1 << Int16($1.offset) : $0 }
    }
}
