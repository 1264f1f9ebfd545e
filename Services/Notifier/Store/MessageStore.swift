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
        INSERT INTO message (message_id, event_key, traceparent, kind, recipient_kind, recipient_ref, purpose, template,
            title, short, body, line, expires_on, state, waits_for, channel, address, fallback, name, subject, language,
            wave, reason, reader_ref, queued_at, finished_at)
        SELECT u.message_id, u.event_key, u.traceparent, u.kind, u.recipient_kind, u.recipient_ref, u.purpose,
            u.template, u.title, u.short, u.body, u.line, u.expires_on, u.state, u.waits_for, u.channel, u.address,
            coalesce(string_to_array(u.fallback, ' '), '{}'), u.name, u.subject, u.language, u.wave, u.reason, u.reader_ref,
            CASE WHEN u.state IN ('queued', 'held') THEN now() END, CASE WHEN u.state = 'undeliverable' THEN now() END
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::date[], $14::text[], $15::text[], $16::text[],
            $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[])
            AS u(message_id, event_key, traceparent, kind, recipient_kind, recipient_ref, purpose, template, title,
                short, body, line, expires_on, state, waits_for, channel, address, fallback, name, subject, language,
                wave, reason, reader_ref)
        ON CONFLICT (message_id) DO NOTHING
        """)
    private static let routeStatement = Statement(
        "notifier_message_route",
        """
        UPDATE message AS m
        SET state = u.state, waits_for = u.waits_for, channel = u.channel, address = u.address,
            fallback = coalesce(string_to_array(u.fallback, ' '), '{}'), name = u.name, subject = u.subject,
            language = u.language, wave = u.wave, reason = u.reason, reader_ref = u.reader_ref,
            next_attempt_at = now(),
            queued_at = CASE WHEN u.state IN ('queued', 'held') THEN now() END,
            finished_at = CASE WHEN u.state = 'undeliverable' THEN now() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[])
            AS u(message_id, state, waits_for, channel, address, fallback, name, subject, language, wave, reason,
                reader_ref)
        WHERE m.message_id = u.message_id AND m.state = 'waiting_contact'
        """)

    /// What waits is not sent against a refusal that has come meanwhile.
    static let refuseStatement = Statement(
        "notifier_message_refuse",
        """
        UPDATE message AS m SET state = 'undeliverable', reason = '\(Route.noConsent)', finished_at = now()
        FROM unnest($1::text[], $2::text[]) AS u(ref, purpose)
        WHERE m.recipient_ref = u.ref AND m.purpose = u.purpose AND m.state IN ('queued', 'held')
        """)

    static func refuse(_ refusals: [Refusal]) -> Parameters {
        Parameters {
            $0.append(refusals.map(\.ref))
            $0.append(refusals.map(\.purpose.rawValue))
        }
    }

    static func waiting(for refs: [String], from connection: Connection) throws -> [MessageRow] {
        guard !refs.isEmpty else { return [] }
        let rows = try connection.query(waitingStatement, Parameters { $0.append(refs) })
        return try (0..<rows.rowCount).map { row in
            MessageRow(
                id: try rows.uuid(row, 0), kind: try kind(rows.text(row, 1)), recipientKind: try rows.text(row, 2),
                recipientRef: try rows.text(row, 3), text: nil, route: .waits(for: try rows.text(row, 4)))
        }
    }

    private static func kind(_ text: String) throws -> MessageKind {
        guard let kind = MessageKind(rawValue: text) else { throw DeliveryError(reason: "\(text) is no message") }
        return kind
    }

    static func inserts(_ rows: [MessageRow], holds: Bool) -> [(Statement, Parameters)] {
        chunks(rows).map { rows in
            let texts = rows.map { $0.text?.text }
            let parameters = Parameters {
                $0.append(rows.map(\.id))
                $0.append(rows.map { $0.text?.eventKey })
                $0.append(rows.map { $0.text?.traceparent })
                $0.append(rows.map(\.kind.rawValue))
                $0.append(rows.map(\.recipientKind))
                $0.append(rows.map(\.recipientRef))
                $0.append(rows.map(\.kind.purpose.rawValue))
                $0.append(texts.map { $0?.template })
                $0.append(texts.map { $0?.title })
                $0.append(texts.map { $0?.short })
                $0.append(texts.map { $0?.body })
                $0.append(texts.map { $0?.line })
                $0.append(dates: rows.map { $0.text?.expiresOn?.daysSince1970 })
                append(rows, holds, to: &$0)
            }
            return (insertStatement, parameters)
        }
    }

    static func routes(_ rows: [MessageRow], holds: Bool) -> [(Statement, Parameters)] {
        chunks(rows).map { rows in
            let parameters = Parameters {
                $0.append(rows.map(\.id))
                append(rows, holds, to: &$0)
            }
            return (routeStatement, parameters)
        }
    }

    /// What a route means for the row.
    private struct Columns {
        var state: String
        var waitsFor: String?
        var channel: String?
        var address: String?
        var fallback: String?
        var name: String?
        var subject: String?
        var language = MessageLanguage.indonesian.rawValue
        var wave = Wave.now
        var reason: String?
        var readerRef: String?

        init(_ row: MessageRow, _ holds: Bool) {
            switch row.route {
            case .to(let step, let rest, let reader):
                state = holds && row.isHeld(reader) ? "held" : "queued"
                channel = step.channel.rawValue
                address = step.address
                fallback = rest.isEmpty ? nil : rest.map(\.stored).joined(separator: " ")
                name = reader.name
                subject = reader.subject
                readerRef = reader.ref
                language = reader.language.rawValue
                wave = Wave.of(row.kind, to: step.channel, in: reader.zone)
            case .waits(let ref):
                state = "waiting_contact"
                waitsFor = ref
            case .undeliverable(let code):
                state = "undeliverable"
                reason = code
            }
        }
    }

    private static func append(_ rows: [MessageRow], _ holds: Bool, to parameters: inout Parameters) {
        let columns = rows.map { Columns($0, holds) }
        parameters.append(columns.map(\.state))
        parameters.append(columns.map(\.waitsFor))
        parameters.append(columns.map(\.channel))
        parameters.append(columns.map(\.address))
        parameters.append(columns.map(\.fallback))
        parameters.append(columns.map(\.name))
        parameters.append(columns.map(\.subject))
        parameters.append(columns.map(\.language))
        parameters.append(columns.map(\.wave.rawValue))
        parameters.append(columns.map(\.reason))
        parameters.append(columns.map(\.readerRef))
    }

    private static func chunks(_ rows: [MessageRow]) -> [[MessageRow]] {
        stride(from: 0, to: rows.count, by: rowsAStatement).map {
            Array(rows[$0..<min($0 + rowsAStatement, rows.count)])
        }
    }
}

extension MessageRow {
    /// Joined with others where one reads for many: an agent for those it handed in, an employer for its workers.
    func isHeld(_ reader: Reader) -> Bool {
        kind.mayBeDigested && (reader.subject != nil || recipientKind == "employer")
    }
}
