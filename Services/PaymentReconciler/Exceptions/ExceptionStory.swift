import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// All that is known of a case: the payment behind it, where its money is, who was thought of, and what persons did.
/// NIKs are masked.
public struct ExceptionStory: Sendable {
    /// Rows of one kind, texts alone.
    public struct Section: Sendable {
        public let title: String
        public let columns: [String]
        public let rows: [[String]]
    }

    public let item: ExceptionItem
    /// Those that have rows.
    public let sections: [Section]

    /// Most rows of a section.
    static let limit = 100

    private static let caseByID = Statement(
        "exceptions_story_case", "SELECT \(ExceptionItem.columns) FROM exception_case WHERE exception_id = $1")

    /// - Throws: `DeskError` when there is no such case.
    public init(_ id: UUID, on connection: Connection) throws {
        let rows = try connection.query(Self.caseByID, Parameters { $0.append(id) })
        guard rows.rowCount > 0 else { throw DeskError("there is no exception \(id.text)") }
        let item = try ExceptionItem(rows, 0)
        var sections: [Section] = []
        for source in Self.sources {
            let section = try source.read(source.isOfPayment ? item.paymentID : id, on: connection)
            if !section.rows.isEmpty { sections.append(section) }
        }
        self.item = item
        self.sections = sections
    }

    /// What waits for a second person, the oldest first.
    public static func openProposals(on connection: Connection) throws -> Section {
        try waiting.read(nil, on: connection)
    }

    private struct Source {
        let title: String
        let isOfPayment: Bool
        let columns: [String]
        let statement: Statement

        /// `select` gives one text for each column.
        init(_ title: String, ofPayment: Bool = false, _ columns: [String], _ select: String) {
            self.title = title
            isOfPayment = ofPayment
            self.columns = columns
            statement = Statement(
                "exceptions_story_\(title.lowercased().replacing(" ", with: "_"))",
                select + " LIMIT \(ExceptionStory.limit)")
        }

        func read(_ id: UUID?, on connection: Connection) throws -> Section {
            let rows = try connection.query(statement, Parameters { if let id { $0.append(id) } })
            let texts = try (0..<rows.rowCount).map { row in
                try columns.indices.map { Redaction.redact(try rows.optionalText(row, $0) ?? "") }
            }
            return Section(title: title, columns: columns, rows: texts)
        }
    }

    private static let maskedNIK = "left(lpad(nik::text, 16, '0'), 4) || '**********' || right(nik::text, 2)"
    private static let source = """
        CASE source WHEN 1 THEN 'notice' WHEN 2 THEN 'news of the day' WHEN 4 THEN 'statement' ELSE source::text END
        """
    private static let moment = "YYYY-MM-DD\"T\"HH24:MI:SS\"Z\""

    private static let waiting = Source(
        "Open proposals", ["Proposal", "Exception", "Payment", "Action", "Payer", "Reason", "By", "At"],
        """
        SELECT proposal_id::text, exception_id::text, payment_id::text, action, payer::text, reason, proposed_by,
            to_char(proposed_at AT TIME ZONE 'UTC', '\(moment)')
        FROM exception_proposal WHERE decision IS NULL ORDER BY proposed_at, proposal_id
        """)

    private static let sources = [
        Source(
            "Payment", ofPayment: true,
            ["Payment", "Amount", "Payer", "NIK", "Booked on", "Bank", "Reference", "Outcome", "Source", "Rule"],
            """
            SELECT payment_id::text, amount::text, payer::text, \(maskedNIK), booked_on::text,
                lpad(bank::text, 3, '0'), reference,
                CASE outcome WHEN 1 THEN 'posted' WHEN 2 THEN 'suspended' ELSE 'refused' END,
                \(source), rule::text
            FROM payment WHERE payment_id = $1 AND outcome <> 5
            """),
        Source(
            "Reversal", ofPayment: true, ["Booked on", "Reference"],
            "SELECT booked_on::text, reference FROM reversal WHERE payment_id = $1"),
        Source(
            "Suspense", ofPayment: true, ["Time", "Payer", "NIK", "Months", "Name", "Left for"],
            """
            SELECT to_char(s.received_at AT TIME ZONE 'UTC', '\(moment)'), s.payer::text, \(maskedNIK), s.months::text,
                s.name_key, CASE WHEN r.payment_id IS NULL THEN '' WHEN r.payer IS NULL THEN 'given back'
                    ELSE r.payer::text END
            FROM suspense AS s LEFT JOIN suspense_release AS r
                ON r.payment_id = s.payment_id AND r.generation = s.generation
            WHERE s.payment_id = $1 ORDER BY s.generation
            """),
        Source(
            "Candidates", ofPayment: true, ["Rule", "Inputs", "Rejected"],
            """
            SELECT rule::text, left(inputs, 2000), left(rejected, 2000) FROM match_decision
            WHERE payment_id = $1 ORDER BY event_key
            """),
        Source(
            "Evidence", ofPayment: true, ["Source", "Booked on", "Bank", "Reference"],
            """
            SELECT \(source), booked_on::text, lpad(bank::text, 3, '0'),
                reference
            FROM payment_evidence WHERE payment_id = $1 ORDER BY booked_on, event_key
            """),
        Source(
            "Proposals", ["Proposal", "Action", "Payer", "Reason", "By", "At", "Decision", "Outcome"],
            """
            SELECT proposal_id::text, action, payer::text, reason, proposed_by,
                to_char(proposed_at AT TIME ZONE 'UTC', '\(moment)'),
                decision || ' by ' || decided_by || coalesce(': ' || decision_reason, ''), outcome
            FROM exception_proposal WHERE exception_id = $1 ORDER BY proposed_at, proposal_id
            """),
        Source(
            "Assigned", ["At", "Owner", "By"],
            """
            SELECT to_char(assigned_at AT TIME ZONE 'UTC', '\(moment)'), owner, assigned_by
            FROM exception_assignment WHERE exception_id = $1 ORDER BY assigned_at
            """),
        Source(
            "Escalated", ["On", "Level", "Missed"],
            """
            SELECT escalated_on::text, level::text, missed::text FROM exception_escalation
            WHERE exception_id = $1 ORDER BY level
            """),
    ]
}
