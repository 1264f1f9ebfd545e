import PerisaiModels
import Postgres

/// Reads messages that wait, writes new ones and their routes.
enum MessageStore {
    /// Most rows in one statement: bodies have up to 1,600 characters.
    static let rowsAStatement = 5_000

    private static let waitingStatement = Statement(
        "notifier_message_waiting",
        """
        SELECT message_id, kind, recipient_kind, recipient_ref, waits_for FROM message
        WHERE state = 'waiting_contact' AND waits_for = ANY($1::text[]) ORDER BY message_id
        """)
    private static let insertStatement = Statement(
        "notifier_message_insert",
        """
        INSERT INTO message (message_id, event_key, traceparent, kind, recipient_kind, recipient_ref, body, state,
            waits_for, address, name, subject, reason, finished_at)
        SELECT u.*, CASE WHEN u.state = 'undeliverable' THEN now() END
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
            AS u(message_id, event_key, traceparent, kind, recipient_kind, recipient_ref, body, state, waits_for,
                address, name, subject, reason)
        ON CONFLICT (message_id) DO NOTHING
        """)
    private static let routeStatement = Statement(
        "notifier_message_route",
        """
        UPDATE message AS m
        SET state = u.state, waits_for = u.waits_for, address = u.address, name = u.name, subject = u.subject,
            reason = u.reason, next_attempt_at = now(),
            finished_at = CASE WHEN u.state = 'undeliverable' THEN now() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS u(message_id, state, waits_for, address, name, subject, reason)
        WHERE m.message_id = u.message_id AND m.state = 'waiting_contact'
        """)

    static func waiting(for refs: [String], from connection: Connection) throws -> [MessageRow] {
        guard !refs.isEmpty else { return [] }
        let rows = try connection.query(waitingStatement, Parameters { $0.append(refs) })
        return try (0..<rows.rowCount).map { row in
            MessageRow(
                id: try rows.uuid(row, 0), kind: try rows.text(row, 1), recipientKind: try rows.text(row, 2),
                recipientRef: try rows.text(row, 3), text: nil, route: .waits(for: try rows.text(row, 4)))
        }
    }

    static func inserts(_ rows: [MessageRow]) -> [(Statement, Parameters)] {
        chunks(rows).map { rows in
            let parameters = Parameters {
                $0.append(rows.map(\.id))
                $0.append(rows.map { $0.text?.eventKey })
                $0.append(rows.map { $0.text?.traceparent })
                $0.append(rows.map(\.kind))
                $0.append(rows.map(\.recipientKind))
                $0.append(rows.map(\.recipientRef))
                $0.append(rows.map { $0.text?.body })
                append(rows.map(\.route), to: &$0)
            }
            return (insertStatement, parameters)
        }
    }

    static func routes(_ rows: [MessageRow]) -> [(Statement, Parameters)] {
        chunks(rows).map { rows in
            let parameters = Parameters {
                $0.append(rows.map(\.id))
                append(rows.map(\.route), to: &$0)
            }
            return (routeStatement, parameters)
        }
    }

    private static func append(_ routes: [Route], to parameters: inout Parameters) {
        let columns = routes.map { route -> (String, String?, String?, String?, String?, String?) in
            switch route {
            case .address(let address, let name, let subject): ("queued", nil, address, name, subject, nil)
            case .waits(let ref): ("waiting_contact", ref, nil, nil, nil, nil)
            case .undeliverable(let reason): ("undeliverable", nil, nil, nil, nil, reason)
            }
        }
        parameters.append(columns.map(\.0))
        parameters.append(columns.map(\.1))
        parameters.append(columns.map(\.2))
        parameters.append(columns.map(\.3))
        parameters.append(columns.map(\.4))
        parameters.append(columns.map(\.5))
    }

    private static func chunks(_ rows: [MessageRow]) -> [[MessageRow]] {
        stride(from: 0, to: rows.count, by: rowsAStatement).map {
            Array(rows[$0..<min($0 + rowsAStatement, rows.count)])
        }
    }
}
