import PerisaiModels
import Postgres

/// Cases of enforcement and their files, as they are stored.
public enum EnforcementReport {
    /// What is listed. Settled cases only where they are asked for.
    public struct Filter: Sendable {
        public var stage: EnforcementStage?
        public var breach: EnforcementBreach?
        /// Only cases whose next step is due after this day at the latest.
        public var dueBy: CivilDate?
        public var limit = 100

        public init() {}
    }

    public struct Step: Sendable, Hashable {
        /// The case it belongs to: 1 for the first of the subject.
        public let number: Int
        public let step: EnforcementStep
        public let on: CivilDate
        public let deadline: CivilDate?
        public let legalGround: String
        /// Contributions and sanction fine on that day, rupiah.
        public let arrears: Rupiah
        public let fine: Rupiah
    }

    public static let mostCases = 10_000
    /// Most steps shown of one subject.
    static let mostSteps = 500

    private static let columns = """
        subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, deadline, unpaid_months, arrears,
            late_fines, sanction_fine, offices, fined_on, declared_workers, declared_wages
        """
    private static let cases = Statement(
        "enforcement_cases",
        """
        SELECT \(columns) FROM enforcement
        WHERE stage = coalesce($1::int2, stage) AND ($1 IS NOT NULL OR stage > 0)
            AND ($2::int2 IS NULL OR breaches & $2 <> 0) AND ($3::date IS NULL OR deadline <= $3)
        ORDER BY deadline NULLS LAST, subject LIMIT $4
        """)
    private static let one = Statement(
        "enforcement_case", "SELECT \(columns) FROM enforcement WHERE subject = $1")
    private static let steps = Statement(
        "enforcement_steps",
        """
        SELECT number, step, stepped_on, deadline, legal_ground, arrears, fine FROM enforcement_step
        WHERE subject = $1 ORDER BY number, position LIMIT \(mostSteps)
        """)

    /// The most pressing first.
    public static func list(_ filter: Filter, _ connection: Connection) throws -> [EnforcementCase] {
        let rows = try connection.query(
            cases,
            Parameters {
                $0.append(filter.stage?.rawValue)
                $0.append(filter.breach.map { EnforcementBreach.bits([$0]) })
                $0.append(date: filter.dueBy?.daysSince1970)
                $0.append(Int64(max(1, min(filter.limit, mostCases))))
            })
        return try (0..<rows.rowCount).map { try StoredRow.enforcement(rows, $0) }
    }

    /// Nil for a subject that was never called to account.
    public static func of(
        _ subject: EnforcementSubject, _ connection: Connection
    ) throws -> (found: EnforcementCase, steps: [Step])? {
        let key = Parameters { $0.append(subject.code) }
        let results = try connection.pipeline {
            $0.query(one, key)
            $0.query(steps, key)
        }
        guard results[0].rowCount > 0 else { return nil }
        let rows = results[1]
        let file = try (0..<rows.rowCount).map { row in
            Step(
                number: Int(try rows.int32(row, 0)),
                step: try StoredRow.required(EnforcementStep(rawValue: rows.text(row, 1)), "step"),
                on: try StoredRow.required(StoredRow.date(rows, row, 2), "stepped_on"),
                deadline: try StoredRow.date(rows, row, 3), legalGround: try rows.text(row, 4),
                arrears: Rupiah(try rows.int64(row, 5)), fine: Rupiah(try rows.int64(row, 6)))
        }
        return (try StoredRow.enforcement(results[0], 0), file)
    }
}

extension EnforcementStage {
    /// As commands name it: "warned-once".
    public var word: String {
        switch self {
        case .clear: "clear"
        case .warnedOnce: "warned-once"
        case .warnedTwice: "warned-twice"
        case .fined: "fined"
        case .servicesWithheld: "services-withheld"
        case .inspected: "inspected"
        case .prosecuted: "prosecuted"
        }
    }

    public init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}
