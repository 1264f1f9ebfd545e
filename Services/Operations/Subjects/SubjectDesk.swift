import Foundation
import PerisaiModels
import Postgres
import Worker

/// The requests of persons about the own data, in the registry's schema: who has taken them, and until when they must
/// be met (3 x 24 hours, UU 27/2022).
struct SubjectDesk {
    /// Hours within which a request must be met.
    static let hours = 72

    let connection: Connection

    /// A request as the list shows it.
    struct Request {
        let id, kind, kpj, askedAt, deadline, state, doneIn: String
    }

    // MARK: Taking a request

    private static let take = Statement(
        "subject_take",
        """
        INSERT INTO subject_request (request_id, kind, asked_at, asked_by, approved_by, kpj)
        VALUES ($1, $2, now(), $3, $4, $5)
        """)
    private static let drop = Statement(
        "subject_drop", "DELETE FROM subject_request WHERE request_id = $1 AND outcome IS NULL")
    private static let access = Statement(
        "subject_access",
        "INSERT INTO subject_access (access_id, kpj, by_operator, reason) VALUES ($1, $2, $3, $4)")
    private static let date = Statement("subject_date", "SELECT date FROM business_date")

    /// The date of the request: the business date, by which memberships have ended too; today where none has started.
    func askedOn() throws -> CivilDate {
        let rows = try connection.query(Self.date)
        if rows.rowCount > 0, let date = CivilDate(daysSince1970: try rows.date(0, 0)) { return date }
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) ?? .earliest
        return now.date(in: .wib)
    }

    /// Notes the request, then hands it on; a request that could not be handed on is not there.
    func take(
        _ id: SubmissionID, isErasure: Bool, by person: OperatorName, approvedBy: OperatorName?, kpj: KPJ?,
        publish: () throws -> Void
    ) throws {
        _ = try connection.query(
            Self.take,
            Parameters {
                $0.append(id.text)
                $0.append(Int16(isErasure ? 1 : 0))
                $0.append(person.text)
                $0.append(approvedBy?.text)
                $0.append(kpj?.code)
            })
        do { try publish() } catch {
            _ = try connection.query(Self.drop, Parameters { $0.append(id.text) })
            throw error
        }
    }

    /// Who has looked, and why: written before anything is shown. Never the NIK.
    func note(access person: OperatorName, reason: DeskReason, kpj: KPJ?) throws {
        _ = try connection.query(
            Self.access,
            Parameters {
                $0.append(UUID())
                $0.append(kpj?.code)
                $0.append(person.text)
                $0.append(reason.text)
            })
    }

    // MARK: The list

    /// Most requests in a list.
    static let listLimit = 1_000

    private static let list = Statement(
        "subject_list",
        """
        SELECT request_id, (ARRAY['correction', 'erasure'])[kind + 1], kpj,
            to_char(asked_at AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM-DD HH24:MI'),
            to_char((asked_at + interval '\(hours) hours') AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM-DD HH24:MI'),
            CASE WHEN outcome = 1 THEN 'done' WHEN outcome = 0 THEN 'refused: ' || reasons
                WHEN now() > asked_at + interval '\(hours) hours' THEN 'OVERDUE' ELSE 'waiting' END
        FROM subject_request WHERE $1::bool OR outcome IS NULL
        ORDER BY asked_at DESC, request_id LIMIT \(listLimit)
        """)
    private static let erasedIn: [(schema: String, sql: String)] = [
        (SubjectTable.reconciler, "SELECT request_id FROM subject_erasure WHERE request_id = ANY($1::text[])"),
        (
            SubjectTable.commission,
            """
            SELECT request_id FROM subject_erasure WHERE request_id = ANY($1::text[])
            GROUP BY request_id HAVING bool_and(applied_at IS NOT NULL)
            """
        ),
        (SubjectTable.notifier, "SELECT request_id FROM subject_erasure WHERE request_id = ANY($1::text[])"),
    ]

    /// The latest first; `all`: those that are decided too.
    func requests(all: Bool, connect: (String) throws -> Connection) throws -> [Request] {
        let rows = try connection.query(Self.list, Parameters { $0.append(all) })
        let ids = try (0..<rows.rowCount).map { try rows.text($0, 0) }
        var doneIn: [String: [String]] = [:]
        for (schema, sql) in Self.erasedIn where !ids.isEmpty {
            let service = try connect(schema)
            defer { service.close() }
            let found = try service.query(Statement("subject_erased_\(schema)", sql), Parameters { $0.append(ids) })
            for row in 0..<found.rowCount {
                doneIn[try found.text(row, 0), default: []].append(schema.replacing("_", with: "-"))
            }
        }
        return try (0..<rows.rowCount).map { row in
            let (id, state) = (ids[row], try rows.text(row, 5))
            let own = state == "done" ? ["enrollment-intake"] : []
            return Request(
                id: id, kind: try rows.text(row, 1),
                kpj: try rows.optionalInt64(row, 2).map { try KPJ(code: $0).text } ?? "",
                askedAt: try rows.text(row, 3), deadline: try rows.text(row, 4), state: state,
                doneIn: (own + (doneIn[id] ?? [])).joined(separator: " "))
        }
    }
}
