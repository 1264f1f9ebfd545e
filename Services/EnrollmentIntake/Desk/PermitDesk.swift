import PerisaiModels
import Postgres

/// Permit applications as operators look at them; reads only.
public enum PermitDesk {
    public static let mostItems = 10_000

    public struct Filter: Sendable, Hashable {
        public var office: OfficeCode?
        public var stage: PermitStage?
        /// Held, with a deadline before the business date.
        public var isOverdue = false

        public init() {}
    }

    public struct Item: Sendable, Hashable {
        public let nib: NIB
        public let office: String
        public let applicationID: String
        /// As it stands, amendments included; nil before it comes.
        public let application: PermitApplied?
        public let stage: PermitStage
        /// "held:NOT_REGISTERED,…".
        public let answer: String
        public let decidedOn: CivilDate
        public let until: CivilDate?
        public let nextOn: CivilDate?
        public let validUntil: CivilDate?

        public func isOverdue(on today: CivilDate?) -> Bool {
            guard stage == .held, let until, let today else { return false }
            return until < today
        }

        /// What is missing, or was when the permit was issued.
        public var missing: [MissingCondition.Code] {
            guard let codes = answer.split(separator: ":").last, answer.contains("held:") else { return [] }
            return codes.split(separator: ",").compactMap { MissingCondition.Code(rawValue: String($0)) }
        }
    }

    private static let columns =
        "p.nib, p.office, p.application_id, p.application, p.state, p.answer, p.decided_on, p.until, p.next_on, "
        + "p.valid_until"
    private static let listed = Statement(
        "permits_list",
        """
        SELECT \(columns) FROM permit AS p LEFT JOIN business_date AS b ON true
        WHERE ($1::text IS NULL OR p.office = $1) AND ($2::int2 IS NULL OR p.state = $2)
              AND (NOT $3::bool OR (p.state = 0 AND p.until < b.date))
        ORDER BY p.until NULLS LAST, p.office, p.application_id, p.nib LIMIT $4
        """)
    private static let named = Statement(
        "permits_find",
        "SELECT \(columns) FROM permit AS p WHERE p.office = $1 AND p.application_id = $2 ORDER BY p.nib LIMIT 100")
    private static let businessDate = Statement("permits_today", "SELECT date FROM business_date")

    /// The business date; nil before the first.
    public static func today(on connection: Connection) throws -> CivilDate? {
        let found = try connection.query(businessDate)
        return found.rowCount > 0 ? try StoredRow.date(found, 0, 0) : nil
    }

    /// Those with the nearest deadline first.
    public static func list(_ filter: Filter, limit: Int, on connection: Connection) throws -> [Item] {
        let found = try connection.query(
            listed,
            Parameters {
                $0.append(filter.office?.text)
                $0.append(filter.stage?.rawValue)
                $0.append(filter.isOverdue)
                $0.append(Int64(max(1, min(mostItems, limit))))
            })
        return try (0..<found.rowCount).map { try item(found, $0) }
    }

    /// An office's number; more than one where firms use the same.
    public static func find(
        _ application: ApplicationID, office: OfficeCode, on connection: Connection
    ) throws -> [Item] {
        let found = try connection.query(
            named,
            Parameters {
                $0.append(office.text)
                $0.append(application.text)
            })
        return try (0..<found.rowCount).map { try item(found, $0) }
    }

    private static func item(_ result: QueryResult, _ row: Int) throws -> Item {
        Item(
            nib: try NIB(code: result.int64(row, 0)), office: try result.text(row, 1),
            applicationID: try result.text(row, 2),
            application: try result.optionalText(row, 3).map { try StoredRow.json($0, "application") },
            stage: try StoredRow.required(PermitStage(rawValue: result.int16(row, 4)), "state"),
            answer: try result.text(row, 5),
            decidedOn: try StoredRow.required(StoredRow.date(result, row, 6), "decided_on"),
            until: try StoredRow.date(result, row, 7), nextOn: try StoredRow.date(result, row, 8),
            validUntil: try StoredRow.date(result, row, 9))
    }
}
