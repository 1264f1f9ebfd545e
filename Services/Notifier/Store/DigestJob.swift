import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Joins what was held for one reader: an agent that reads for many, an employer with many workers.
///
/// Messages to the same address, for the same purpose and with the same end are joined once the oldest has waited
/// `digestAfter`; fewer than `digestFrom` are sent one by one. A digest has every line that it stands for: what does
/// not fit goes into the next one. The messages keep their rows, in the state `digested`.
enum DigestJob {
    /// Messages that one digest may stand for.
    static let mostMessages = 50
    /// Characters of all lines, with room for what stands around them: where an SMS may take them, as the way or its
    /// fallback, and otherwise.
    static let mostCharacters = (sms: 340, other: 1_300)

    private static let headStatement = Statement(
        "notifier_digest_head",
        """
        SELECT address, purpose, channel, expires_on, wave FROM message
        WHERE state = 'held' AND queued_at <= now() - $1 * interval '1 millisecond'
        ORDER BY queued_at, message_id LIMIT 1
        """)
    private static let membersStatement = Statement(
        "notifier_digest_members",
        """
        SELECT message_id, event_key, traceparent, coalesce(subject, name, ''), coalesce(line, kind), name,
            language, array_to_string(fallback, ' '), coalesce(reader_ref, recipient_ref)
        FROM message
        WHERE state = 'held' AND address = $1 AND purpose = $2 AND channel = $3 AND expires_on IS NOT DISTINCT FROM $4
            AND wave = $5
        ORDER BY queued_at, message_id LIMIT \(mostMessages) FOR UPDATE
        """)
    private static let releaseStatement = Statement(
        "notifier_digest_release",
        """
        UPDATE message SET state = 'queued', next_attempt_at = now()
        WHERE message_id = ANY($1::uuid[]) AND state = 'held'
        """)
    private static let joinStatement = Statement(
        "notifier_digest_join",
        """
        UPDATE message SET state = 'digested', digest_id = $2, finished_at = now()
        WHERE message_id = ANY($1::uuid[]) AND state = 'held'
        """)
    private static let insertStatement = Statement(
        "notifier_digest_insert",
        """
        INSERT INTO message (message_id, event_key, traceparent, kind, recipient_kind, recipient_ref, purpose, template,
            title, short, body, expires_on, state, channel, address, fallback, name, language, wave, queued_at)
        VALUES ($1, $2, $3, 'digest', $4, $5, $6, $7, $8, $9, $10, $11, 'queued', $12, $13,
            coalesce(string_to_array(nullif($14, ''), ' '), '{}'), $15, $16, $17, now())
        """)

    /// One digest, or the release of what is too little for one. False when nothing is due.
    static func run(
        _ settings: NotifierSettings, _ templates: TemplateSet, _ connection: Connection, _ writer: inout BatchWriter
    ) throws -> Bool {
        let heads = try connection.query(
            headStatement, Parameters { $0.append(Double(settings.digestAfter.milliseconds)) })
        guard heads.rowCount > 0 else { return false }
        let head = try Head(heads)
        let members = try Member.read(
            connection.query(
                membersStatement,
                Parameters {
                    $0.append(head.address)
                    $0.append(head.purpose)
                    $0.append(head.channel)
                    $0.append(date: head.expiresOn)
                    $0.append(head.wave)
                }))
        let joined = fitting(members, head)
        guard joined.count >= settings.digestFrom, let first = joined.first else {
            // Two long lines may be too much for an SMS: each is a message of its own then.
            let alone = members.count >= settings.digestFrom ? joined : members
            writer.execute(releaseStatement, Parameters { $0.append(alone.map(\.id)) })
            return true
        }
        let id = EventKey.derived(from: first.id, ordinal: 0, purpose: 3)
        let text = templates.digest(
            lines: joined.map { ($0.subject, $0.line) }, purpose: MessagePurpose(rawValue: head.purpose) ?? .membership,
            more: 0, language: MessageLanguage(rawValue: first.language) ?? .indonesian)
        writer.execute(insertStatement, parameters(id, head, first, text))
        writer.execute(
            joinStatement,
            Parameters {
                $0.append(joined.map(\.id))
                $0.append(id)
            })
        return true
    }

    /// As many as one message can tell of, at least one.
    private static func fitting(_ members: [Member], _ head: Head) -> [Member] {
        let sms = MessageChannel.sms.rawValue
        let isShort = head.channel == sms || members.contains { $0.fallback.contains(sms + ":") }
        let most = isShort ? mostCharacters.sms : mostCharacters.other
        var left = most
        return Array(
            members.prefix { member in
                left -= member.subject.count + member.line.count + 4
                return left >= 0 || member.id == members.first?.id
            })
    }

    private static func parameters(_ id: UUID, _ head: Head, _ first: Member, _ text: MessageText) -> Parameters {
        Parameters {
            $0.append(id)
            $0.append(first.eventKey)
            $0.append(first.traceparent)
            $0.append(first.readerKind)
            $0.append(first.readerRef)
            $0.append(head.purpose)
            $0.append(text.template)
            $0.append(text.title)
            $0.append(text.short)
            $0.append(text.body)
            $0.append(date: head.expiresOn)
            $0.append(head.channel)
            $0.append(head.address)
            $0.append(first.fallback)
            $0.append(first.name)
            $0.append(first.language)
            $0.append(head.wave)
        }
    }

    private struct Head {
        let address: String
        let purpose: String
        let channel: String
        let expiresOn: Int32?
        let wave: String

        init(_ rows: QueryResult) throws {
            address = try rows.text(0, 0)
            purpose = try rows.text(0, 1)
            channel = try rows.text(0, 2)
            expiresOn = try rows.optionalDate(0, 3)
            wave = try rows.text(0, 4)
        }
    }

    private struct Member {
        let id: UUID
        let eventKey: UUID
        let traceparent: String?
        /// Whom it is about.
        let subject: String
        let line: String
        let name: String?
        let language: String
        let fallback: String
        let readerRef: String

        var readerKind: String { String(readerRef.prefix { $0 != ":" }) }

        static func read(_ rows: QueryResult) throws -> [Member] {
            try (0..<rows.rowCount).map { row in
                Member(
                    id: try rows.uuid(row, 0), eventKey: try rows.uuid(row, 1),
                    traceparent: try rows.optionalText(row, 2), subject: try rows.text(row, 3),
                    line: try rows.text(row, 4), name: try rows.optionalText(row, 5), language: try rows.text(row, 6),
                    fallback: try rows.text(row, 7), readerRef: try rows.text(row, 8))
            }
        }
    }
}
