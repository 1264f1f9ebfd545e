import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What a call is remembered by.
struct SnapCall: Sendable {
    let partner: SnapPartner
    let service: SnapService
    /// Day of X-TIMESTAMP in Jakarta, so that the very same request falls on the same day whenever it comes.
    let day: CivilDate
    let externalID: String
    let fingerprint: [UInt8]
}

/// A payment as it is accepted.
struct SnapAcceptance: Sendable {
    let requestID: String
    let reference: String
    let eventTime: Instant
    let eventData: [UInt8]
    let answer: [UInt8]
}

/// What the tables say of a payment call.
enum SnapClaim: Sendable {
    /// Published before: the answer of then.
    case answered([UInt8])
    /// To be published by this call.
    case publish(SnapAcceptance)
    case refused(SnapRefusal)
}

/// The tables of the banks' calls. Used inside one transaction of a pool's connection.
struct SnapStore {
    let connection: Connection

    private static let useID = Statement(
        "snap_use_id",
        """
        INSERT INTO snap_external_id (used_on, partner, external_id, service, fingerprint) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """)
    private static let usedID = Statement(
        "snap_used_id",
        """
        SELECT service, fingerprint FROM snap_external_id
        WHERE used_on = $1 AND partner = $2 AND external_id = $3
        """)
    private static let find = Statement(
        "snap_find",
        """
        SELECT fingerprint, published, coalesce(claimed_until > clock_timestamp() AND claim <> $3, false),
            reference, event_time, event_data, answer
        FROM snap_payment WHERE partner = $1 AND request_id = $2 FOR UPDATE
        """)
    private static let claim = Statement(
        "snap_claim",
        """
        UPDATE snap_payment SET claim = $3, claimed_until = clock_timestamp() + make_interval(secs => $4)
        WHERE partner = $1 AND request_id = $2
        """)
    private static let insert = Statement(
        "snap_insert",
        """
        INSERT INTO snap_payment (partner, request_id, claim, claimed_until, bank, reference, fingerprint, event_time,
            event_data, answer)
        VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), $5, $6, $7, $8, $9, $10)
        ON CONFLICT DO NOTHING
        """)
    private static let publish = Statement(
        "snap_published",
        "UPDATE snap_payment SET published = true, claim = NULL WHERE partner = $1 AND request_id = $2")
    private static let release = Statement(
        "snap_release",
        """
        UPDATE snap_payment SET claim = NULL, claimed_until = NULL
        WHERE partner = $1 AND request_id = $2 AND claim = $3 AND NOT published
        """)

    /// Uses up an X-EXTERNAL-ID. True when it is new; `repeating`: also for the same request again.
    func use(_ call: SnapCall, repeating: Bool) throws -> Bool {
        func parameters(_ isWhole: Bool) -> Parameters {
            Parameters {
                $0.append(date: call.day.daysSince1970)
                $0.append(call.partner.id)
                $0.append(call.externalID)
                guard isWhole else { return }
                $0.append(Int16(call.service.rawValue))
                $0.append(call.fingerprint)
            }
        }
        if try connection.query(Self.useID, parameters(true)).affectedRows == 1 { return true }
        let rows = try connection.query(Self.usedID, parameters(false))
        guard repeating, rows.rowCount > 0 else { return false }
        return try rows.int16(0, 0) == call.service.rawValue && rows.bytes(0, 1) == call.fingerprint
    }

    /// What is known of the payment; nil: nothing. The row is locked, and claimed when it is to be published again.
    func known(_ call: SnapCall, _ requestID: String, _ claim: UUID, lease: Duration) throws -> SnapClaim? {
        let rows = try connection.query(Self.find, key(call, requestID, claim))
        guard rows.rowCount > 0 else { return nil }
        guard try rows.bytes(0, 0) == call.fingerprint else { return .refused(.inconsistent) }
        let answer = try rows.bytes(0, 6)
        if try rows.bool(0, 1) { return .answered(answer) }
        // Another worker publishes it at this moment.
        if try rows.bool(0, 2) { return .refused(.conflict) }
        var parameters = key(call, requestID, claim)
        parameters.append(lease / .seconds(1))
        _ = try connection.query(Self.claim, parameters)
        return .publish(
            SnapAcceptance(
                requestID: requestID, reference: try rows.text(0, 3),
                eventTime: try CorruptRow.checked(Instant(microseconds: rows.timestamp(0, 4)), "event_time"),
                eventData: try rows.bytes(0, 5), answer: answer))
    }

    /// Stores a new payment and claims it. False when the payment or its reference is there already.
    func add(_ acceptance: SnapAcceptance, _ call: SnapCall, _ claim: UUID, lease: Duration) throws -> Bool {
        var parameters = key(call, acceptance.requestID, claim)
        parameters.append(lease / .seconds(1))
        parameters.append(Int16(call.partner.bank.code))
        parameters.append(acceptance.reference)
        parameters.append(call.fingerprint)
        parameters.append(timestamp: acceptance.eventTime.microseconds)
        parameters.append(acceptance.eventData)
        parameters.append(acceptance.answer)
        return try connection.query(Self.insert, parameters).affectedRows == 1
    }

    func markPublished(_ partner: String, _ requestID: String) throws {
        _ = try connection.query(
            Self.publish,
            Parameters {
                $0.append(partner)
                $0.append(requestID)
            })
    }

    /// Lets the next call publish at once.
    func release(_ call: SnapCall, _ requestID: String, _ claim: UUID) throws {
        _ = try connection.query(Self.release, key(call, requestID, claim))
    }

    private func key(_ call: SnapCall, _ requestID: String, _ claim: UUID) -> Parameters {
        Parameters {
            $0.append(call.partner.id)
            $0.append(requestID)
            $0.append(claim)
        }
    }

    // MARK: Forgetting

    /// Rows that one step deletes at most.
    static let cleanStep = 1_000
    private static let forgetIDs = Statement(
        "snap_forget_ids",
        """
        DELETE FROM snap_external_id WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM snap_external_id WHERE used_on < $1 LIMIT \(cleanStep) FOR UPDATE SKIP LOCKED))
        """)
    private static let forgetPayments = Statement(
        "snap_forget_payments",
        """
        DELETE FROM snap_payment WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM snap_payment WHERE received_at < $1 LIMIT \(cleanStep) FOR UPDATE SKIP LOCKED))
        """)

    /// Deletes external ids older than two days and payments older than 35, at most `cleanStep` of each; true when more
    /// may be left.
    func clean(now: Instant) throws -> Bool {
        let ids = try connection.query(
            Self.forgetIDs, Parameters { $0.append(date: now.date(in: .wib).adding(days: -2).daysSince1970) })
        let payments = try connection.query(
            Self.forgetPayments,
            Parameters { $0.append(timestamp: now.adding(seconds: -35 * 86_400).microseconds) })
        return max(ids.affectedRows, payments.affectedRows) == Self.cleanStep
    }
}
