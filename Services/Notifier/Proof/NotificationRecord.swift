import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A message as operations see it. Addresses are masked; its words are in the `NotificationStory` alone.
public struct NotificationRecord: Sendable {
    public let id: UUID
    public let eventKey: UUID
    public let kind: String
    public let recipient: String
    /// Who reads it, where that is not the recipient: `agent:…` for somebody without an address of the own.
    public let readerRef: String?
    public let state: NotificationState
    public let reason: String?
    public let waitsFor: String?
    public let channel: String?
    /// Masked.
    public let address: String?
    /// Where it goes when the channel fails; addresses masked.
    public let fallback: [(channel: String, address: String)]
    public let provider: String?
    public let template: String?
    public let language: String
    /// Hours in which it may leave: `now`, or the daytime of a zone.
    public let wave: String
    public let expiresOn: CivilDate?
    public let attempts: Int
    public let resends: Int
    /// Of an SMS; nil before it is posted.
    public let segments: Int?
    /// Of all attempts that were taken, in thousandths of a rupiah.
    public let costMilli: Int64
    public let createdAt: Instant
    public let queuedAt: Instant?
    public let sentAt: Instant?
    public let deliveredAt: Instant?
    public let finishedAt: Instant?
    /// The digest that tells of it.
    public let digest: UUID?

    static let columns = """
        m.message_id, m.event_key, m.kind, m.recipient_ref, m.reader_ref, m.state, m.reason, m.waits_for, m.channel,
        m.address, array_to_string(m.fallback, ' '), m.provider, m.template, m.language, m.wave, m.expires_on,
        m.attempts, m.resends, m.segments, m.cost_milli, m.created_at, m.queued_at, m.sent_at, m.delivered_at,
        m.finished_at, m.digest_id
        """

    init(_ rows: QueryResult, _ row: Int) throws {
        func time(_ column: Int) throws -> Instant? {
            try rows.optionalTimestamp(row, column).flatMap { Instant(microseconds: $0) }
        }
        id = try rows.uuid(row, 0)
        eventKey = try rows.uuid(row, 1)
        kind = try rows.text(row, 2)
        recipient = try rows.text(row, 3)
        readerRef = try rows.optionalText(row, 4)
        state = try NotificationState(stored: rows.text(row, 5))
        reason = try rows.optionalText(row, 6)
        waitsFor = try rows.optionalText(row, 7)
        channel = try rows.optionalText(row, 8)
        address = try rows.optionalText(row, 9).map { Self.masked($0) }
        fallback = Self.steps(try rows.optionalText(row, 10)).map { ($0.channel, Self.masked($0.address)) }
        provider = try rows.optionalText(row, 11)
        template = try rows.optionalText(row, 12)
        language = try rows.text(row, 13)
        wave = try rows.text(row, 14)
        expiresOn = try rows.optionalDate(row, 15).flatMap { CivilDate(daysSince1970: $0) }
        attempts = Int(try rows.int32(row, 16))
        resends = Int(try rows.int32(row, 17))
        segments = try rows.optionalInt32(row, 18).map { Int($0) }
        costMilli = try rows.int64(row, 19)
        createdAt = try time(20) ?? .earliest
        queuedAt = try time(21)
        sentAt = try time(22)
        deliveredAt = try time(23)
        finishedAt = try time(24)
        digest = try rows.optionalUUID(row, 25)
    }

    /// `channel:address` with blanks between.
    static func steps(_ stored: String?) -> [(channel: String, address: String)] {
        (stored ?? "").split(separator: " ").compactMap { step in
            let sides = step.split(separator: ":", maxSplits: 1).map(String.init)
            return sides.count == 2 ? (sides[0], sides[1]) : nil
        }
    }

    /// What names no person stays: `office:DPS`. A push token shows its beginning.
    static func masked(_ address: String) -> String {
        if Recipient.institution(address) != nil { return address }
        let token = (try? PushToken(address))?.description ?? "***"
        return Announcement.masked(address, ref: token)
    }
}

/// Where a message stands.
public enum NotificationState: String, Sendable, CaseIterable {
    case waitingContact = "waiting_contact"
    case held, digested, queued, sending, unknown, sent, delivered, failed, expired, undeliverable

    init(stored text: String) throws {
        guard let state = Self(rawValue: text) else { throw DeskError("\(text) is no state of a message") }
        self = state
    }

    /// For operators.
    public var meaning: String {
        switch self {
        case .waitingContact: "the enrolment of the one it is for has not come yet: nobody knows the address"
        case .held: "kept back for a digest with others to the same reader"
        case .digested: "told within a digest"
        case .queued: "waits for its hours, or for a provider"
        case .sending: "being handed over now"
        case .unknown: "handed over without an answer: the provider is asked, it is never sent again blindly"
        case .sent: "the provider, or the file, has it; no receipt yet"
        case .delivered: "the provider has reported its delivery"
        case .failed: "no channel took it, or the provider has reported a failure"
        case .expired: "its last day passed before it was delivered"
        case .undeliverable: "nobody can be reached, or wants to be"
        }
    }
}

/// What a reason means and what to do, for operators.
public enum NotificationReason {
    /// Of the code, whatever detail stands behind it; nil: a provider's own words.
    public static func meaning(_ reason: String) -> String? {
        switch reason.prefix(while: { $0 != " " }) {
        case Route.noPhone:
            "no address is known, and no agent who could pass it on: take one down (perisai contacts state), then resend"
        case Route.noConsent: "the reader has refused reminders; nothing is to be done unless the reader accepts again"
        case Expiry.reason: "its last business date has passed; --even-expired resends it all the same"
        case SubjectStore.erasedReason: "the person's data were erased on request: it is never sent again"
        case DispatchRule.outcomeUnknown:
            "nobody knows whether it arrived: ask the reader; --accept-double resends it, perhaps a second time"
        case DispatchRule.refused:
            "the provider will never send it to this address: ask for another (perisai contacts state), then resend"
        case DispatchRule.notTaken:
            "the provider did not take it, however often it was tried: see its health, then resend"
        case DispatchRule.receiptFailed:
            "the provider took it and could not deliver it: look at its detail, then resend"
        case DispatchRule.receiptExpired:
            "the provider gave it up: a phone that was off for days, say; resend where it matters"
        case DispatchSweep.away: "no provider of its channels was there for too long: see their health, then resend"
        default: nil
        }
    }
}
