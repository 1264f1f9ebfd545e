import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Applies what two persons have agreed on, in the order of their approvals.
enum ResolutionJob {
    static let chunk = 200
    static let applied = "applied"
    /// Keeps the events of resolutions apart from all others that are derived from a proposal.
    static let purpose: UInt64 = 42

    /// Without a business date the day of the approval counts.
    private static let approved = Statement(
        "reconciler_approved_proposals",
        """
        SELECT p.proposal_id, p.exception_id, p.payment_id, p.action, p.payer, p.proposed_by, p.decided_by,
            p.decided_at, c.code, c.resolution, c.amount, c.payer,
            coalesce(b.started_on, (p.decided_at AT TIME ZONE 'Asia/Jakarta')::date)
        FROM exception_proposal AS p LEFT JOIN exception_case AS c ON c.exception_id = p.exception_id
        CROSS JOIN business_date AS b
        WHERE p.decision = 'approved' AND p.outcome IS NULL
        ORDER BY p.decided_at, p.proposal_id LIMIT \(chunk) FOR UPDATE OF p
        """)
    private static let setOutcomes = Statement(
        "reconciler_set_outcomes",
        """
        UPDATE exception_proposal AS p SET outcome = u.outcome
        FROM unnest($1::uuid[], $2::text[]) AS u(proposal_id, outcome) WHERE p.proposal_id = u.proposal_id
        """)
    private static let close = Statement(
        "reconciler_close_cases",
        """
        UPDATE exception_case AS c SET resolution = u.resolution, resolved_on = u.resolved_on
        FROM unnest($1::uuid[], $2::text[], $3::date[]) AS u(exception_id, resolution, resolved_on)
        WHERE c.exception_id = u.exception_id
        """)

    /// False when nothing is approved that was not applied yet.
    static func run(
        _ service: PaymentReconcilerService, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter
    ) throws -> Bool {
        let rows = try connection.query(approved)
        guard rows.rowCount > 0 else { return false }
        let proposals = try (0..<rows.rowCount).map { try Approved(rows, $0) }
        let open = proposals.filter { $0.settledAs == nil }
        let events = open.map(\.event)
        var state = try service.load(events, from: connection)
        var result = Result()
        for proposal in proposals where proposal.settledAs != nil {
            result.add(proposal, outcome: "the case was settled before: \(proposal.settledAs ?? "")")
        }
        for (proposal, event) in zip(open, events) {
            outgoing.begin(key: event.key, time: event.time)
            let outcome: String
            do {
                try service.decide(event, &state, &outgoing)
                outcome = state.resolutionOutcomes[proposal.resolution.proposalID] ?? "nothing was decided"
            } catch let fault as RecordFault {
                outcome = fault.description
            }
            result.add(proposal, outcome: outcome)
            if outcome == applied, let resolved = proposal.resolved { outgoing.emit(resolved) }
        }
        try service.save(&state, to: &writer)
        result.write(to: &writer)
        return true
    }

    /// An approved proposal with what is known of its case.
    private struct Approved {
        let resolution: ApprovedResolution
        /// How the case was settled before the proposal was applied.
        let settledAs: String?
        let event: Event<ReconcilerInput>
        let date: CivilDate
        /// Told when the proposal was applied; nil without a case.
        let resolved: ExceptionResolved?

        init(_ rows: QueryResult, _ row: Int) throws {
            let action = try CorruptRow.checked(ResolutionAction(rawValue: rows.text(row, 3)), "action")
            let code = try rows.optionalText(row, 8).map {
                try CorruptRow.checked(ExceptionCode(rawValue: $0), "code")
            }
            let resolution = ApprovedResolution(
                proposalID: try rows.uuid(row, 0), exceptionID: try rows.optionalUUID(row, 1), exceptionCode: code,
                paymentID: try rows.uuid(row, 2), action: action,
                payer: try (rows.optionalInt64(row, 4) ?? rows.optionalInt64(row, 11)).map {
                    try PayerNumber(code: $0)
                },
                proposedBy: try rows.text(row, 5), decidedBy: try rows.text(row, 6))
            let date = try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 12)), "resolved_on")
            settledAs = try rows.optionalText(row, 9)
            event = Event(
                key: EventKey.derived(from: resolution.proposalID, ordinal: 0, purpose: ResolutionJob.purpose),
                time: try CorruptRow.checked(Instant(microseconds: rows.timestamp(row, 7)), "decided_at"),
                input: .resolution(resolution))
            let payer = try resolution.payer ?? rows.optionalInt64(row, 11).map { try PayerNumber(code: $0) }
            resolved =
                if let id = resolution.exceptionID, let code {
                    ExceptionResolved(
                        exceptionID: id, code: code, paymentID: resolution.paymentID, payer: payer,
                        amount: Rupiah(try rows.int64(row, 10)), resolution: action.resolution,
                        proposedBy: resolution.proposedBy, approvedBy: resolution.decidedBy, resolvedOn: date)
                } else { nil }
            self.resolution = resolution
            self.date = date
        }
    }

    /// What is written of a chunk.
    private struct Result {
        var proposals: [UUID] = []
        var outcomes: [String] = []
        var cases: [UUID] = []
        var resolutions: [String] = []
        var dates: [Int32] = []

        mutating func add(_ proposal: Approved, outcome: String) {
            proposals.append(proposal.resolution.proposalID)
            outcomes.append(outcome)
            guard outcome == ResolutionJob.applied, let id = proposal.resolution.exceptionID else { return }
            cases.append(id)
            resolutions.append(proposal.resolution.action.resolution.rawValue)
            dates.append(proposal.date.daysSince1970)
        }

        func write(to writer: inout BatchWriter) {
            writer.execute(
                ResolutionJob.setOutcomes,
                Parameters {
                    $0.append(proposals)
                    $0.append(outcomes)
                })
            guard !cases.isEmpty else { return }
            writer.execute(
                ResolutionJob.close,
                Parameters {
                    $0.append(cases)
                    $0.append(resolutions)
                    $0.append(dates: dates)
                })
        }
    }
}
