import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Applies what banks reported of payouts, some at a time, in the order in which it came.
enum PayoutReportJob {
    /// Reports of one transaction.
    static let chunk = 500

    private static let readReports = Statement(
        "payout_reports_open",
        """
        SELECT r.report_id, r.payout_id, p.first_id, r.status, r.amount, r.reason, r.reported_at,
            coalesce((SELECT business_date FROM business_clock), (r.reported_at AT TIME ZONE 'Asia/Jakarta')::date)
        FROM payout_report r JOIN payout p USING (payout_id) WHERE r.outcome IS NULL
        ORDER BY r.reported_at, r.file_name, r.line, r.report_id LIMIT $1
        """)
    private static let readAttempts = Statement(
        "payout_reports_attempts",
        """
        SELECT payout_id, first_id, attempt, state, payee_kind, payee_id, gross, tax, tax_kind, through_month, run_id,
            created_on, bank, account_number, account_holder
        FROM payout WHERE first_id = ANY($1::uuid[]) ORDER BY first_id, attempt FOR UPDATE
        """)
    private static let readTold = Statement(
        "payout_reports_told",
        """
        SELECT p.first_id, r.report_id, r.payout_id, r.status, r.outcome FROM payout_report r
        JOIN payout p USING (payout_id)
        WHERE p.first_id = ANY($1::uuid[]) AND r.outcome IS NOT NULL AND (r.status = 'returned'
            AND r.outcome NOT LIKE 'conflict%' OR r.status = 'paid' AND r.outcome LIKE 'conflict%')
        ORDER BY r.reported_at, r.file_name, r.line, r.report_id
        """)
    private static let readItems = Statement(
        "payout_reports_items",
        """
        SELECT owner_kind, owner_id, gross, tax, payout_id FROM payout_item WHERE payout_id = ANY($1::uuid[])
        ORDER BY payout_id, owner_kind, owner_id
        """)
    private static let setStates = Statement(
        "payout_reports_states",
        """
        UPDATE payout AS p SET state = n.state, state_on = $4, state_reason = n.reason
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (payout_id, state, reason) WHERE p.payout_id = n.payout_id
        """)
    private static let setOutcomes = Statement(
        "payout_reports_outcomes",
        """
        UPDATE payout_report AS r SET outcome = n.outcome FROM unnest($1::uuid[], $2::text[]) AS n (report_id, outcome)
        WHERE r.report_id = n.report_id
        """)

    private struct Report {
        let id: UUID
        let payout: UUID
        let first: UUID
        let status: PayoutReportStatus
        let amount: Rupiah?
        let reason: String
        let time: Instant
    }

    /// False when nothing waits.
    static func run(_ connection: Connection, _ outgoing: inout Outgoing) throws -> Bool {
        let rows = try connection.query(readReports, Parameters { $0.append(Int64(chunk)) })
        guard rows.rowCount > 0 else { return false }
        let date = try CommissionStore.date(rows, 0, 7)
        let reports = try (0..<rows.rowCount).map { try report(rows, $0) }
        let firsts = Parameters { $0.append(Set(reports.map(\.first)).sorted { $0.text < $1.text }) }
        var (chains, payouts) = try chains(connection, firsts)
        var changes: [(change: PayoutChain.Change, report: Report)] = []
        for report in reports {
            guard var chain = chains.removeValue(forKey: report.first) else { continue }
            let before = chain.changes.count
            chain.apply(
                report.status, report: report.id, of: report.payout, amount: report.amount, reason: report.reason)
            changes += chain.changes[before...].map { ($0, report) }
            chains[report.first] = chain
        }
        try store(changes.map(\.change), payouts, on: date, connection)
        for (change, report) in changes {
            guard let payout = payouts[change.payout] else { continue }
            outgoing.begin(
                key: EventKey.derived(
                    from: report.id, ordinal: change.payout == report.payout ? 0 : 1, purpose: 63), time: report.time)
            outgoing.emit(try payout.event(change.to, reason: change.reason, on: date))
        }
        try store(chains.values.reduce(into: [:]) { $0.merge($1.outcomes) { $1 } }, connection)
        return true
    }

    private static func report(_ rows: QueryResult, _ row: Int) throws -> Report {
        guard let status = PayoutReportStatus(rawValue: try rows.text(row, 3)) else {
            throw StoredDataFault(column: "status", reason: "is not known")
        }
        guard let time = Instant(microseconds: try rows.timestamp(row, 6)) else {
            throw StoredDataFault(column: "reported_at", reason: "out of range")
        }
        return Report(
            id: try rows.uuid(row, 0), payout: try rows.uuid(row, 1), first: try rows.uuid(row, 2), status: status,
            amount: try rows.optionalInt64(row, 4).map { Rupiah($0) }, reason: try rows.text(row, 5), time: time)
    }

    private static func chains(
        _ connection: Connection, _ firsts: Parameters
    ) throws -> (chains: [UUID: PayoutChain], payouts: [UUID: PayoutRow]) {
        var attempts: [UUID: [PayoutChain.Attempt]] = [:]
        var payouts: [UUID: PayoutRow] = [:]
        let rows = try connection.query(readAttempts, firsts)
        for row in 0..<rows.rowCount {
            guard let state = PayoutState(rawValue: try rows.text(row, 3)) else {
                throw StoredDataFault(column: "state", reason: "is not known")
            }
            let payout = PayoutRow(
                id: try rows.uuid(row, 0), runID: try rows.uuid(row, 10), attempt: Int(try rows.int32(row, 2)),
                firstID: try rows.uuid(row, 1), payee: try PayoutPlanStore.owner(rows, row, 4),
                account: try PayoutPlanStore.account(rows, row, 12), gross: Rupiah(try rows.int64(row, 6)),
                tax: Rupiah(try rows.int64(row, 7)), taxKind: TaxKind(rawValue: try rows.text(row, 8)) ?? .none,
                month: try CommissionStore.month(rows, row, 9), createdOn: try CommissionStore.date(rows, row, 11))
            payouts[payout.id] = payout
            attempts[payout.firstID, default: []].append(
                PayoutChain.Attempt(
                    id: payout.id, number: payout.attempt, net: try payout.gross.subtracting(payout.tax), state: state))
        }
        var chains = attempts.mapValues { PayoutChain(attempts: $0) }
        let told = try connection.query(readTold, firsts)
        for row in 0..<told.rowCount {
            let (first, payout) = (try told.uuid(row, 0), try told.uuid(row, 2))
            if try told.text(row, 3) == PayoutReportStatus.returned.rawValue {
                chains[first]?.cameBack.insert(payout)
            } else {
                chains[first]?.doubts.append(
                    PayoutChain.Doubt(report: try told.uuid(row, 1), payout: payout, outcome: try told.text(row, 4)))
            }
        }
        return (chains, payouts)
    }

    private static func store(
        _ changes: [PayoutChain.Change], _ payouts: [UUID: PayoutRow], on date: CivilDate, _ connection: Connection
    ) throws {
        guard !changes.isEmpty else { return }
        let ids = Set(changes.map(\.payout)).sorted { $0.text < $1.text }
        let items = try items(ids, connection)
        var rows = PayoutRows()
        for change in changes {
            guard let payout = payouts[change.payout] else { continue }
            let steps: [PayoutRows.Step] =
                switch (change.from, change.to) {
                case (_, .paid): [.paid, .taxed]
                case (.paid, .returned): [.returned, .untaxed]
                default: []
                }
            for step in steps {
                try rows.append(step, of: payout.id, month: payout.month, items[payout.id] ?? [], on: date)
            }
        }
        var last: [UUID: PayoutChain.Change] = [:]
        for change in changes { last[change.payout] = change }
        // What ends first, then what lives: at most one attempt of a payout is alive at any moment.
        for isAlive in [false, true] {
            let some = ids.compactMap { last[$0] }.filter { ($0.to == .paid) == isAlive }
            _ = try connection.query(
                setStates,
                Parameters {
                    $0.append(some.map(\.payout))
                    $0.append(some.map(\.to.rawValue))
                    $0.append(some.map(\.reason))
                    $0.append(date: date.daysSince1970)
                })
        }
        try rows.copy(to: connection)
    }

    private static func items(_ payouts: [UUID], _ connection: Connection) throws -> [UUID: [PayoutPlan.Item]] {
        let rows = try connection.query(readItems, Parameters { $0.append(payouts) })
        var items: [UUID: [PayoutPlan.Item]] = [:]
        for row in 0..<rows.rowCount {
            items[try rows.uuid(row, 4), default: []].append(
                PayoutPlan.Item(
                    owner: try PayoutPlanStore.owner(rows, row, 0), gross: Rupiah(try rows.int64(row, 2)),
                    tax: Rupiah(try rows.int64(row, 3))))
        }
        return items
    }

    private static func store(_ outcomes: [UUID: String], _ connection: Connection) throws {
        let sorted = outcomes.sorted { $0.key.text < $1.key.text }
        _ = try connection.query(
            setOutcomes,
            Parameters {
                $0.append(sorted.map(\.key))
                $0.append(sorted.map(\.value))
            })
    }
}
