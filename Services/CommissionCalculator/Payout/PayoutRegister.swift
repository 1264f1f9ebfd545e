import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A payout as it is listed.
public struct PayoutSummary: Sendable {
    public let id: UUID
    public let runID: UUID
    public let attempt: Int
    public let payee: Owner
    public let account: PayeeAccount
    public let gross: Rupiah
    public let tax: Rupiah
    public let taxKind: String
    public let month: ContributionMonth
    public let createdOn: CivilDate
    public let state: PayoutState
    public let stateOn: CivilDate
    public let reason: String
}

/// A line of a bank's report, with what came of it.
public struct PayoutReportSummary: Sendable {
    public let payout: UUID?
    public let reference: String
    public let bankStatus: String
    public let reason: String
    public let file: String
    public let line: Int
    public let by: String
    /// Nil: waits for the worker.
    public let outcome: String?
}

/// Reads payouts for people.
public struct PayoutRegister {
    public struct Filter: Sendable {
        public var run: UUID?
        public var month: ContributionMonth?
        public var state: PayoutState?

        public init(run: UUID? = nil, month: ContributionMonth? = nil, state: PayoutState? = nil) {
            self.run = run
            self.month = month
            self.state = state
        }
    }

    /// Most rows that are listed.
    public static let limit = 10_000

    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    private static let columns = """
        payout_id, run_id, attempt, payee_kind, payee_id, bank, account_number, account_holder, gross, tax, tax_kind,
            through_month, created_on, state, state_on, state_reason
        """
    private static let readList = Statement(
        "payout_list",
        """
        SELECT \(columns) FROM payout
        WHERE ($1::uuid IS NULL OR run_id = $1) AND ($2::int4 IS NULL OR through_month = $2)
            AND ($3::text IS NULL OR state = $3)
        ORDER BY through_month DESC, created_on DESC, run_id, payee_kind, payee_id, attempt LIMIT $4
        """)
    private static let readChain = Statement(
        "payout_chain",
        """
        SELECT \(columns) FROM payout
        WHERE first_id = (SELECT first_id FROM payout WHERE payout_id = $1) ORDER BY attempt
        """)
    private static let readReports = Statement(
        "payout_reports_of",
        """
        SELECT payout_id, reference, bank_status, reason, file_name, line, reported_by, outcome FROM payout_report
        WHERE $1::uuid IS NULL AND (outcome LIKE 'conflict%' OR outcome LIKE 'unknown%')
            OR payout_id IN (SELECT payout_id FROM payout
                WHERE first_id = (SELECT first_id FROM payout WHERE payout_id = $1::uuid))
        ORDER BY reported_at, file_name, line, report_id LIMIT $2
        """)
    private static let readRefusals = Statement(
        "payout_refusals",
        """
        SELECT run_id, owner_kind, owner_id, amount, code, reason FROM payout_refusal
        WHERE run_id = coalesce($1, (SELECT r.run_id FROM payout_refusal r JOIN proposal p ON p.proposal_id = r.run_id
            ORDER BY p.decided_at DESC LIMIT 1))
        ORDER BY code, owner_kind, owner_id LIMIT $2
        """)
    private static let readBalances = Statement(
        "payout_balances",
        """
        SELECT owner_kind, owner_id, account, amount FROM balance
        WHERE ($1::text IS NULL OR owner_kind = $1) AND ($2::text IS NULL OR owner_id = $2) AND amount <> 0
            AND account <> 'expense'
        ORDER BY owner_kind, owner_id, account LIMIT $3
        """)
    private static let byPrefix = Statement(
        "payout_by_prefix",
        "SELECT payout_id FROM payout WHERE payout_id BETWEEN $1 AND $2 ORDER BY payout_id LIMIT 2")
    private static let runByPrefix = Statement(
        "payout_run_by_prefix",
        """
        SELECT run_id FROM (SELECT run_id FROM payout UNION SELECT run_id FROM payout_refusal) AS r
        WHERE run_id BETWEEN $1 AND $2 ORDER BY run_id LIMIT 2
        """)

    /// The payout whose id begins so.
    /// - Throws: `DeskError` for none or several.
    public func payout(_ prefix: IdentifierPrefix) throws -> UUID { try one(Self.byPrefix, prefix, "payout") }

    /// The run (the proposal behind it) whose id begins so.
    /// - Throws: `DeskError` for none or several.
    public func run(_ prefix: IdentifierPrefix) throws -> UUID { try one(Self.runByPrefix, prefix, "run") }

    private func one(_ statement: Statement, _ prefix: IdentifierPrefix, _ what: String) throws -> UUID {
        let rows = try connection.query(
            statement,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount > 0 else { throw DeskError("there is no \(what) \(prefix.text)") }
        guard rows.rowCount == 1 else { throw DeskError("\(prefix.text) begins several: give more of it") }
        return try rows.uuid(0, 0)
    }

    /// The latest months and runs first.
    public func list(_ filter: Filter = Filter(), limit: Int = Self.limit) throws -> [PayoutSummary] {
        let rows = try connection.query(
            Self.readList,
            Parameters {
                $0.append(filter.run)
                $0.append(filter.month?.index)
                $0.append(filter.state?.rawValue)
                $0.append(Int64(min(limit, Self.limit)))
            })
        return try (0..<rows.rowCount).map { try Self.summary(rows, $0) }
    }

    /// All attempts of a payout, the first one first.
    public func attempts(of payout: UUID) throws -> [PayoutSummary] {
        let rows = try connection.query(Self.readChain, Parameters { $0.append(payout) })
        return try (0..<rows.rowCount).map { try Self.summary(rows, $0) }
    }

    public func items(of payout: UUID) throws -> [PayoutPlan.Item] {
        try PayoutRetryAction.items(of: payout, connection)
    }

    /// What banks said of all attempts of a payout; without one, what a person must look at.
    public func reports(of payout: UUID? = nil) throws -> [PayoutReportSummary] {
        let rows = try connection.query(
            Self.readReports,
            Parameters {
                $0.append(payout)
                $0.append(Int64(Self.limit))
            })
        return try (0..<rows.rowCount).map { row in
            PayoutReportSummary(
                payout: try rows.optionalUUID(row, 0), reference: try rows.text(row, 1),
                bankStatus: try rows.text(row, 2), reason: try rows.text(row, 3), file: try rows.text(row, 4),
                line: Int(try rows.int32(row, 5)), by: try rows.text(row, 6), outcome: try rows.optionalText(row, 7))
        }
    }

    /// Who got nothing in a run and why; without one, in the latest that refused anybody.
    public func refusals(run: UUID? = nil) throws -> [PayoutPlan.Refusal] {
        let rows = try connection.query(
            Self.readRefusals,
            Parameters {
                $0.append(run)
                $0.append(Int64(Self.limit))
            })
        return try (0..<rows.rowCount).map { row in
            guard let code = PayoutRefusalCode(rawValue: try rows.text(row, 4)) else {
                throw StoredDataFault(column: "code", reason: "is not known")
            }
            return PayoutPlan.Refusal(
                owner: try PayoutPlanStore.owner(rows, row, 1), amount: Rupiah(try rows.int64(row, 3)), code: code,
                reason: try rows.text(row, 5))
        }
    }

    /// What is owed and where it is, by owner; nil for all of a kind or of both.
    public func balances(
        _ kind: PayeeKind? = nil, id: String? = nil
    ) throws -> [(owner: Owner, accounts: [TransferAccount: Rupiah])] {
        let rows = try connection.query(
            Self.readBalances,
            Parameters {
                $0.append(kind?.rawValue)
                $0.append(id)
                $0.append(Int64(Self.limit))
            })
        var balances: [(owner: Owner, accounts: [TransferAccount: Rupiah])] = []
        for row in 0..<rows.rowCount {
            let owner = try PayoutPlanStore.owner(rows, row, 0)
            guard let account = TransferAccount(rawValue: try rows.text(row, 2)) else {
                throw StoredDataFault(column: "account", reason: "is not known")
            }
            if balances.last?.owner != owner { balances.append((owner, [:])) }
            balances[balances.count - 1].accounts[account] = Rupiah(try rows.int64(row, 3))
        }
        return balances
    }

    private static func summary(_ rows: QueryResult, _ row: Int) throws -> PayoutSummary {
        guard let state = PayoutState(rawValue: try rows.text(row, 13)) else {
            throw StoredDataFault(column: "state", reason: "is not known")
        }
        return PayoutSummary(
            id: try rows.uuid(row, 0), runID: try rows.uuid(row, 1), attempt: Int(try rows.int32(row, 2)),
            payee: try PayoutPlanStore.owner(rows, row, 3), account: try PayoutPlanStore.account(rows, row, 5),
            gross: Rupiah(try rows.int64(row, 8)), tax: Rupiah(try rows.int64(row, 9)),
            taxKind: try rows.text(row, 10), month: try CommissionStore.month(rows, row, 11),
            createdOn: try CommissionStore.date(rows, row, 12), state: state,
            stateOn: try CommissionStore.date(rows, row, 14), reason: try rows.text(row, 15))
    }
}
