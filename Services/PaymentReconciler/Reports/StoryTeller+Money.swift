import PerisaiModels
import Postgres

import struct Foundation.UUID

extension StoryTeller {
    /// `LedgerPurpose` of what an approved proposal moves.
    private static let resolution = ResolutionJob.purpose

    mutating func exceptions() throws {
        let rows = try rows(
            "exceptions",
            """
            SELECT code, opened_on, deadline, owner, level, resolution, resolved_on FROM exception_case
            WHERE payment_id = $1::uuid ORDER BY opened_on, code
            """)
        for row in 0..<rows.rowCount {
            let owner = try rows.optionalText(row, 3) ?? "nobody yet"
            let level = try rows.int16(row, 4)
            var text =
                "Exception \(try rows.text(row, 0)) of \(Self.date(try rows.date(row, 1))), owner \(owner), deadline "
                + "\(Self.date(try rows.date(row, 2)))"
            if level > 0 { text += ", escalated \(level) times" }
            if let resolution = try rows.optionalText(row, 5) {
                text += "; resolved on \(Self.date(try rows.optionalDate(row, 6))): \(resolution)"
            } else {
                text += "; open"
            }
            story.tell("exception", text + ".")
        }
    }

    mutating func proposals() throws {
        let rows = try rows(
            "proposals",
            """
            SELECT proposal_id, action, payer, reason, proposed_by, decision, decided_by, outcome FROM exception_proposal
            WHERE payment_id = $1::uuid ORDER BY proposed_at, proposal_id
            """)
        for row in 0..<rows.rowCount {
            let whom = try rows.optionalInt64(row, 2).map { " with \(PayerText.of($0))" } ?? ""
            var text =
                "\(try rows.text(row, 4)) proposed \(try rows.text(row, 1))\(whom): \(try rows.text(row, 3)); "
            if let decision = try rows.optionalText(row, 5) {
                text += "\(decision) by \(try rows.optionalText(row, 6) ?? "unknown")"
                text += try rows.optionalText(row, 7).map { ", \($0)" } ?? ", not applied yet"
            } else {
                text += "not decided yet"
            }
            story.tell("proposal", text + ".")
            note(
                EventKey.derived(from: try rows.uuid(row, 0), ordinal: 0, purpose: Self.resolution),
                "approved proposal")
            note(try rows.uuid(row, 0), "approved proposal")
        }
    }

    // MARK: Where each rupiah went

    private static let lines = Statement(
        "story_ledger",
        """
        SELECT l.event_key, l.account, l.payer, l.month, l.amount, l.booked_on, l.batch, d.amount, d.paid, d.cover
        FROM ledger AS l LEFT JOIN due AS d ON l.account = 2 AND d.payer = l.payer AND d.month = l.month
        WHERE l.event_key = ANY($1::uuid[]) ORDER BY l.booked_on, l.batch NULLS FIRST, l.event_key, l.line LIMIT 2000
        """)

    mutating func ledger() throws {
        let asked = Array(keys.keys)
        let rows = try connection.query(Self.lines, Parameters { $0.append(asked) })
        var settled: [String: String] = [:]
        var batches: [Int64] = []
        for row in 0..<rows.rowCount {
            let movement = try movement(rows, row)
            story.movements.append(movement)
            if let text = Self.sentence(movement) { story.tell("ledger", text) }
            if let batch = try rows.optionalInt64(row, 6), !batches.contains(batch) { batches.append(batch) }
            guard movement.account == 2, let month = movement.month, let due = try rows.optionalInt64(row, 7),
                let paid = try rows.optionalInt64(row, 8)
            else { continue }
            let payer = movement.payer ?? "the payer"
            let period = Protection.period(of: month)
            settled["\(payer) \(month)"] =
                paid == due
                ? "\(month) of \(payer) is paid in full (\(due) rupiah) and protects from \(period.lowerBound) to "
                    + "\(period.upperBound)."
                : "\(month) of \(payer) has \(paid) of \(due) rupiah; \(due - paid) are missing."
        }
        for (_, text) in settled.sorted(by: { $0.key < $1.key }) { story.tell("cover", text) }
        for batch in batches {
            let (chain, seq) = AuditChain.place(ofBatch: batch)
            story.tell("chain", "Lines of it are covered by row \(seq) of hash chain \(chain).")
        }
    }

    private func movement(_ rows: QueryResult, _ row: Int) throws -> PaymentStory.Movement {
        let key = try rows.uuid(row, 0)
        let place = try rows.optionalInt64(row, 6).map { AuditChain.place(ofBatch: $0) }
        return PaymentStory.Movement(
            what: keys[key] ?? "movement", eventKey: key, account: try rows.int16(row, 1),
            payer: try rows.optionalInt64(row, 2).map(PayerText.of),
            month: try rows.optionalInt32(row, 3).flatMap { ContributionMonth(index: $0) },
            amount: try rows.int64(row, 4),
            bookedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 5)), "booked_on"),
            chain: place?.chain, seq: place?.seq)
    }

    private static func sentence(_ movement: PaymentStory.Movement) -> String? {
        let amount = movement.amount.magnitude
        let given = movement.amount < 0
        let payer = movement.payer ?? "nobody yet"
        let month = movement.month?.description ?? "no month"
        let text: String? =
            switch movement.account {
            case 1: given ? "went back to the bank" : "came in through the bank"
            case 2: given ? "paid \(month) of \(payer)" : "was taken back from \(month) of \(payer)"
            case 3: given ? "was kept as credit of \(payer)" : "came out of the credit of \(payer)"
            case 4: given ? "went into suspense" : "came out of suspense"
            case 5: given ? "paid the fine for \(month) of \(payer)" : "was taken back from the fine for \(month)"
            case 9:
                given
                    ? "paid the sanction fine for \(month) of \(payer)"
                    : "was taken back from the sanction fine for \(month)"
            case 6: given ? "is to be refunded" : "was refunded"
            case 7: given ? "was written off" : "came back from a write-off"
            case 8: given ? "was more than due, within the tolerance" : "was missing, within the tolerance"
            default: nil
            }
        return text.map { "\(movement.bookedOn), \(movement.what): \(amount) rupiah \($0)." }
    }
}

/// JSON of a stored decision as words: "name value, name value"; text that is no JSON stays as it is.
enum JSONWords {
    static func of(_ json: String) -> String {
        let tree = json.replacing("\\\"", with: "'")
        var words = ""
        var inText = false
        for character in tree {
            switch character {
            case "\"": inText.toggle()
            case "{" where !inText, "}" where !inText, "[" where !inText, "]" where !inText: continue
            case ":" where !inText: words += " "
            case "," where !inText: words += "; "
            default: words.append(character)
            }
        }
        return words
    }
}
