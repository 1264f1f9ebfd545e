import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What has happened to a payment, from its first notice on, in words. NIKs are masked.
public struct PaymentStory: Sendable {
    /// One sentence about one side of the story.
    public struct Line: Sendable, Hashable {
        /// came, rule, rejected, ledger, cover, evidence, suspense, reversal, exception, proposal, chain, group.
        public let topic: String
        public let text: String
    }

    /// One line of the ledger that the payment has moved; rupiah, debit positive.
    public struct Movement: Sendable, Hashable {
        public let what: String
        public let eventKey: UUID
        public let account: Int16
        public let payer: String?
        public let month: ContributionMonth?
        public let amount: Int64
        public let bookedOn: CivilDate
        /// Where the hash chains cover it; nil for lines older than the chains.
        public let chain: Int32?
        public let seq: Int64?
    }

    public internal(set) var paymentID: UUID
    public internal(set) var lines: [Line] = []
    public internal(set) var movements: [Movement] = []

    mutating func tell(_ topic: String, _ text: String) {
        lines.append(Line(topic: topic, text: NIK.hidden(in: text)))
    }

    /// By the id of a payment or of a group payment; nil when neither is known.
    public static func of(_ paymentID: UUID, connection: Connection) throws -> PaymentStory? {
        var teller = StoryTeller(paymentID: paymentID, connection: connection)
        return try LedgerVerification.snapshot(connection) { try teller.tell() }
    }

    /// By the bank and its number; also finds the payment that a notice with this number is evidence of.
    public static func of(bank: BankCode, reference: String, connection: Connection) throws -> PaymentStory? {
        let id = EventKey.payment(bank: bank.text, reference: reference)
        if let story = try of(id, connection: connection) { return story }
        let rows = try connection.query(
            evidenceByReference,
            Parameters {
                $0.append(Int16(truncatingIfNeeded: bank.code))
                $0.append(reference)
            })
        guard rows.rowCount > 0 else { return nil }
        return try of(try rows.uuid(0, 0), connection: connection)
    }

    private static let evidenceByReference = Statement(
        "story_by_evidence",
        """
        SELECT payment_id FROM payment_evidence WHERE bank = $1::int2 AND reference = $2::text
        UNION ALL SELECT payment_id FROM payment WHERE bank = $1::int2 AND reference = $2::text LIMIT 1
        """)
}
