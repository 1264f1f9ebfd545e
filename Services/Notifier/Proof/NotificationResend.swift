import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Sends a message again that has failed, expired or could go nowhere.
///
/// It becomes another dispatch, with an id of its own: a provider takes it as new. Where it goes is decided anew from
/// the contact as it is known now, so that a number that was put right since is used.
public struct NotificationResend: Sendable {
    let name: OperatorName
    /// Send also what may have arrived.
    let acceptsDouble: Bool
    /// Send also what has expired, without an end from now on.
    let evenExpired: Bool

    public init(by name: OperatorName, acceptDouble: Bool = false, evenExpired: Bool = false) {
        self.name = name
        acceptsDouble = acceptDouble
        self.evenExpired = evenExpired
    }

    private static let readStatement = Statement(
        "notifications_resend_read",
        """
        SELECT state, reason, kind, recipient_ref, channel, address, array_to_string(fallback, ' '), wave,
            body = '[dihapus]', expires_on < (SELECT started_on FROM business_date), name, subject, reader_ref,
            purpose
        FROM message WHERE message_id = $1 FOR UPDATE
        """)
    private static let resendStatement = Statement(
        "notifications_resend",
        """
        WITH again AS (
            UPDATE message SET state = 'queued', channel = $3, address = $4,
                fallback = coalesce(string_to_array(nullif($5, ''), ' '), '{}'), wave = $6, name = $7, subject = $8,
                reader_ref = $9, expires_on = CASE WHEN $10 THEN NULL ELSE expires_on END, resends = resends + 1,
                reason = NULL, provider = NULL, provider_reference = NULL, dispatch_id = NULL, batch_id = NULL,
                lease = NULL, lease_until = NULL, segments = NULL, channel_at = NULL, tries = 0, unknown_since = NULL,
                queued_at = now(), next_attempt_at = now(),
                sent_at = NULL, delivered_at = NULL, finished_at = NULL, told = NULL
            WHERE message_id = $1 RETURNING message_id
        )
        INSERT INTO message_resend (message_id, resent_by, was) SELECT message_id, $2, $11 FROM again
        """)

    /// Returns where it goes now: channel and masked address.
    /// - Throws: `DeskError` for a message that is not to be sent again, with what can be done.
    @discardableResult
    public func resend(_ id: UUID, on connection: Connection) throws -> (channel: String, address: String) {
        try connection.transaction {
            let rows = try connection.query(Self.readStatement, Parameters { $0.append(id) })
            guard rows.rowCount == 1 else { throw DeskError("there is no such message") }
            let target = try target(rows, on: connection)
            let was = try [rows.text(0, 0), rows.optionalText(0, 1)].compactMap(\.self).joined(separator: " ")
            let clears = try rows.optionalBool(0, 9) ?? false
            _ = try connection.query(
                Self.resendStatement,
                Parameters {
                    $0.append(id)
                    $0.append(name.text)
                    $0.append(target.step.channel.rawValue)
                    $0.append(target.step.address)
                    $0.append(target.fallback)
                    $0.append(target.wave)
                    $0.append(target.name)
                    $0.append(target.subject)
                    $0.append(target.readerRef)
                    $0.append(clears)
                    $0.append(was)
                })
            return (target.step.channel.rawValue, NotificationRecord.masked(target.step.address))
        }
    }

    private struct Target {
        let step: RouteStep
        let fallback: String
        let wave: String
        let name: String?
        let subject: String?
        let readerRef: String?
    }

    private func target(_ rows: QueryResult, on connection: Connection) throws -> Target {
        try check(rows)
        let ref = try rows.text(0, 3)
        if let kind = try MessageKind(rawValue: rows.text(0, 2)) {
            // A digest has the purpose and the hours of its messages.
            let isDigest = kind == .digest
            let purpose = try isDigest ? MessagePurpose(rawValue: rows.text(0, 13)) ?? kind.purpose : kind.purpose
            switch try Self.route(purpose, ref, on: connection) {
            case .to(let step, let fallback, let reader):
                let wave = Wave.of(kind, to: step.channel, in: reader.zone).rawValue
                return Target(
                    step: step, fallback: fallback.map(\.stored).joined(separator: " "),
                    wave: try isDigest ? rows.text(0, 7) : wave, name: reader.name, subject: reader.subject,
                    readerRef: reader.ref)
            case .undeliverable(let reason):
                throw DeskError("\(reason): \(NotificationReason.meaning(reason) ?? "nobody can be reached")")
            case .waits(let other): if try rows.optionalText(0, 5) == nil { throw Self.unknown(other) }
            }
        }
        // A worker's address comes with the employer's enrolment and is kept in the message alone.
        guard let channel = try rows.optionalText(0, 4).flatMap(MessageChannel.init(rawValue:)),
            let address = try rows.optionalText(0, 5)
        else { throw Self.unknown(ref) }
        return Target(
            step: RouteStep(channel: channel, address: address), fallback: try rows.optionalText(0, 6) ?? "",
            wave: try rows.text(0, 7), name: try rows.optionalText(0, 10), subject: try rows.optionalText(0, 11),
            readerRef: try rows.optionalText(0, 12))
    }

    private static func unknown(_ ref: String) -> DeskError {
        DeskError("nothing is known yet of \(ref): its enrolment has not come, and no address was stated")
    }

    private func check(_ rows: QueryResult) throws {
        let state = try NotificationState(stored: rows.text(0, 0))
        let reason = try rows.optionalText(0, 1)
        guard [.failed, .expired, .undeliverable].contains(state) else {
            throw DeskError(
                "only what has failed, has expired or could go nowhere is sent again; this one is \(state.rawValue): "
                    + state.meaning)
        }
        if try reason == SubjectStore.erasedReason || rows.bool(0, 8)
            || rows.optionalText(0, 5) == SubjectStore.erasedAddress
        {
            throw DeskError("\(SubjectStore.erasedReason): the person's data were erased; it is never sent again")
        }
        if reason?.hasPrefix(DispatchRule.outcomeUnknown) == true, !acceptsDouble {
            throw DeskError(
                "\(DispatchRule.outcomeUnknown): it may have arrived; ask the reader, or give --accept-double to send it all "
                    + "the same")
        }
        if try rows.optionalBool(0, 9) == true, !evenExpired {
            throw DeskError("its last business date has passed; give --even-expired to send it all the same")
        }
    }

    /// Where it goes by what is known now.
    private static func route(_ purpose: MessagePurpose, _ ref: String, on connection: Connection) throws -> Route {
        var contacts = try ContactStore.read([ref], connection)
        if let agent = contacts[ref]?.contact.agent {
            contacts.merge(try ContactStore.read([Recipient.ref(of: agent)], connection)) { first, _ in first }
        }
        let known = NotifierState(contacts: contacts)
        return Route.of(ref: ref, for: purpose) { known.contact($0) }
    }
}

/// Many at once: what failed since a moment, by provider and reason.
public struct FailedNotifications: Sendable {
    /// Most in one call.
    public static let most = 10_000

    public var provider: String?
    /// A code stands for all its details: `REFUSED` for `REFUSED (no such number)`.
    public var reason: String?
    /// When it failed, or later.
    public var since: Instant

    public init(provider: String?, reason: String?, since: Instant) {
        self.provider = provider
        self.reason = reason
        self.since = since
    }

    private static let condition = """
        FROM message WHERE state = 'failed' AND finished_at >= $1 AND ($2::text IS NULL OR provider = $2)
            AND ($3::text IS NULL OR reason = $3 OR starts_with(reason, $3 || ' ('))
        """
    private static let countStatement = Statement(
        "notifications_failed_count",
        """
        SELECT coalesce(provider, 'none'), coalesce(channel, 'none'), coalesce(reason, 'none'), count(*)
        \(condition) GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 1000
        """)
    private static let idsStatement = Statement(
        "notifications_failed_ids",
        "SELECT message_id \(condition) ORDER BY finished_at, message_id LIMIT $4")

    /// How many there are, the most frequent first.
    public func counts(
        on connection: Connection
    ) throws -> [(provider: String, channel: String, reason: String, count: Int)] {
        let rows = try connection.query(Self.countStatement, parameters(limit: nil))
        return try (0..<rows.rowCount).map { row in
            (try rows.text(row, 0), try rows.text(row, 1), try rows.text(row, 2), Int(try rows.int64(row, 3)))
        }
    }

    /// Sends up to `limit` again, those that failed first first; each in a transaction of its own. What is refused is
    /// counted by its reason, and stays as it is.
    public func resend(
        _ resend: NotificationResend, limit: Int, on connection: Connection
    ) throws -> (resent: Int, refused: [String: Int]) {
        let rows = try connection.query(Self.idsStatement, parameters(limit: limit))
        var resent = 0
        var refused: [String: Int] = [:]
        for row in 0..<rows.rowCount {
            do {
                try resend.resend(rows.uuid(row, 0), on: connection)
                resent += 1
            } catch let error as DeskError { refused[error.description, default: 0] += 1 }
        }
        return (resent, refused)
    }

    private func parameters(limit: Int?) -> Parameters {
        Parameters {
            $0.append(timestamp: since.microseconds)
            $0.append(provider)
            $0.append(reason)
            if let limit { $0.append(Int64(limit)) }
        }
    }
}
