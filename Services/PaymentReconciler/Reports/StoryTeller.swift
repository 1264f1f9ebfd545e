import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Reads the rows that a payment has left and puts them into words.
struct StoryTeller {
    let connection: Connection
    var story: PaymentStory
    /// Keys under which the ledger may hold the payment's lines, and what each stands for.
    var keys: [UUID: String] = [:]
    private let id: UUID

    /// Most generations of suspense and movements of credit that are looked for.
    private static let followUps = 8

    init(paymentID: UUID, connection: Connection) {
        id = paymentID
        self.connection = connection
        story = PaymentStory(paymentID: paymentID)
    }

    /// `EvidenceKind`, in words.
    static func source(_ kind: Int16, notice: String, line: String) -> String {
        switch EvidenceKind(rawValue: kind) {
        case .interim: "\(line) news of the day"
        case .statement: "\(line) statement"
        default: notice
        }
    }

    mutating func tell() throws -> PaymentStory? {
        let isKnown = try came()
        let isGroup = try group()
        guard isKnown || isGroup else { return nil }
        try decisions()
        try evidence()
        try suspense()
        try reversal()
        try exceptions()
        try proposals()
        try ledger()
        return story
    }

    func rows(_ name: String, _ sql: String) throws -> QueryResult {
        let id = id
        return try connection.query(Statement("story_\(name)", sql), Parameters { $0.append(id) })
    }

    mutating func note(_ key: UUID, _ what: String) {
        keys[key] = keys[key] ?? what
        for ordinal in 0..<Self.followUps {
            let credit = EventKey.derived(from: key, ordinal: ordinal, purpose: LedgerPurpose.credit)
            keys[credit] = keys[credit] ?? "credit counted with it"
        }
    }

    static func bank(_ code: Int64) -> String {
        guard let bank = try? BankCode(code: code) else { return "bank \(code)" }
        return bank.bankName.map { "\($0) (\(bank.text))" } ?? "bank \(bank.text)"
    }

    static func date(_ days: Int32?) -> String {
        days.flatMap { CivilDate(daysSince1970: $0) }?.description ?? "an unknown day"
    }

    // MARK: How it came

    private mutating func came() throws -> Bool {
        let rows = try rows(
            "came",
            """
            SELECT event_key, amount, payer, nik, booked_on, bank, outcome, reference, rule, source, same_as
            FROM payment WHERE payment_id = $1::uuid AND outcome <> 5
            """)
        guard rows.rowCount > 0 else { return false }
        let key = try rows.uuid(0, 0)
        note(key, "the payment")
        for generation in 0..<Self.followUps {
            note(
                EventKey.derived(from: key, ordinal: generation, purpose: LedgerPurpose.release),
                "out of suspense\(generation == 0 ? "" : ", time \(generation + 1)")")
        }
        let payer = try rows.optionalInt64(0, 2).map(PayerText.of)
        let nik = try rows.optionalInt64(0, 3).map { (try? NIK(code: $0))?.masked ?? "****************" }
        let whom = [payer, nik.map { "NIK \($0)" }].compactMap { $0 }.joined(separator: ", ")
        let source = try Self.source(rows.int16(0, 9), notice: "an event or call of the bank", line: "a line of its")
        story.tell(
            "came",
            "\(Self.bank(Int64(try rows.int16(0, 5)))) told of \(try rows.int64(0, 1)) rupiah under its number "
                + "\(try rows.text(0, 7)), booked on \(Self.date(try rows.date(0, 4))), by \(source); it names "
                + "\(whom.isEmpty ? "nobody" : whom).")
        story.tell("came", Self.outcome(try rows.int16(0, 6), sameAs: try rows.optionalUUID(0, 10)))
        if let rule = MatchRule(rawValue: try rows.int16(0, 8)), rule.rawValue != 0 {
            story.tell("rule", "Rule \(rule.name): \(rule.english)")
        }
        return true
    }

    private static func outcome(_ outcome: Int16, sameAs: UUID?) -> String {
        switch outcome {
        case 1: "It was posted when it came."
        case 2: "It went into suspense: its payer was not known."
        case 3: "It was refused and brought no money."
        case 4: "It is no new money but further evidence of payment \(sameAs?.text ?? "unknown")."
        default: "Its outcome is \(outcome)."
        }
    }

    private mutating func group() throws -> Bool {
        let of = try rows("group_of", "SELECT payment_id, ordinal FROM payment_group WHERE member = $1::uuid LIMIT 1")
        if of.rowCount > 0 {
            story.tell("group", "It is part \(try of.int16(0, 1) + 1) of the group payment \(try of.uuid(0, 0).text).")
        }
        let members = try rows(
            "members",
            """
            SELECT g.member, p.amount, p.payer, p.outcome, count(*) OVER () FROM payment_group AS g
            JOIN payment AS p ON p.payment_id = g.member WHERE g.payment_id = $1::uuid ORDER BY g.ordinal LIMIT 20
            """)
        for row in 0..<members.rowCount {
            if row == 0 { story.tell("group", "It is a group payment of \(try members.int64(0, 4)) parts.") }
            let payer = try members.optionalInt64(row, 2).map(PayerText.of) ?? "payer not named"
            story.tell(
                "group", "\(try members.uuid(row, 0).text): \(try members.int64(row, 1)) rupiah for \(payer).")
        }
        return members.rowCount > 0
    }

    // MARK: Why

    private mutating func decisions() throws {
        let rows = try rows(
            "decisions",
            "SELECT rule, inputs, rejected FROM match_decision WHERE payment_id = $1::uuid ORDER BY event_key")
        for row in 0..<rows.rowCount {
            let number = try rows.int16(row, 0)
            let rule = MatchRule(rawValue: number)
            story.tell("rule", "Matching decided by \(rule?.name ?? "rule \(number)"): \(rule?.english ?? "")")
            story.tell("rule", "It looked at \(JSONWords.of(try rows.text(row, 1))).")
            let rejected = JSONWords.of(try rows.text(row, 2))
            story.tell("rejected", rejected.isEmpty ? "No candidate was rejected." : "Not taken: \(rejected).")
        }
    }

    private mutating func evidence() throws {
        let rows = try rows(
            "evidence",
            """
            SELECT source, booked_on, bank, reference, event_key FROM payment_evidence WHERE payment_id = $1::uuid
            ORDER BY booked_on, event_key
            """)
        for row in 0..<rows.rowCount {
            let source = try Self.source(rows.int16(row, 0), notice: "A notice", line: "The")
            story.tell(
                "evidence",
                "\(source) of \(Self.bank(Int64(try rows.int16(row, 2)))) shows the same money under "
                    + "\(try rows.text(row, 3)), booked on \(Self.date(try rows.date(row, 1))).")
            note(try rows.uuid(row, 4), "change that further evidence has made")
        }
        let entries = try self.rows(
            "entries",
            """
            SELECT statement, entry, bank FROM statement_entry WHERE payment_id = $1::uuid ORDER BY statement, entry
            LIMIT 20
            """)
        for row in 0..<entries.rowCount {
            story.tell(
                "evidence", "It is line \(try entries.int32(row, 1)) of statement \(try entries.text(row, 0)).")
        }
    }

    private mutating func suspense() throws {
        let rows = try rows(
            "suspense",
            """
            SELECT s.generation, s.received_at, r.payment_id IS NOT NULL, r.payer, r.event_key FROM suspense AS s
            LEFT JOIN suspense_release AS r ON r.payment_id = s.payment_id AND r.generation = s.generation
            WHERE s.payment_id = $1::uuid ORDER BY s.generation
            """)
        for row in 0..<rows.rowCount {
            let since = Instant(microseconds: try rows.timestamp(row, 1))?.description ?? "an unknown time"
            let again = try rows.int16(row, 0) > 0 ? " once more (time \(try rows.int16(row, 0) + 1))" : ""
            guard try rows.bool(row, 2) else {
                story.tell("suspense", "It waits in suspense\(again) since \(since).")
                continue
            }
            let payer = try rows.optionalInt64(row, 3).map { "to \(PayerText.of($0))" }
            story.tell(
                "suspense",
                "It went into suspense\(again) at \(since) and left it "
                    + "\(payer ?? "without a payer: given back, given up, or shared out").")
            note(try rows.uuid(row, 4), "release from suspense")
        }
    }

    private mutating func reversal() throws {
        let rows = try rows(
            "reversal", "SELECT event_key, booked_on, reference FROM reversal WHERE payment_id = $1::uuid")
        for row in 0..<rows.rowCount {
            story.tell(
                "reversal",
                "The bank took it back on \(Self.date(try rows.date(row, 1))) under \(try rows.text(row, 2)).")
            note(try rows.uuid(row, 0), "the reversal")
        }
    }
}
