import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// The service's tables with what is owed put in by hand.
final class PayoutBench {
    static let cluster = TestCluster()
    static let ani = Result { try OperatorName("Ani") }
    static let budi = Result { try OperatorName("Budi") }

    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>
    private var files = 0

    init(on date: String) throws {
        let service = CommissionCalculatorService()
        connection = try Connection(ConnectionSettings(url: Self.cluster.newDatabase(), schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
        try execute("INSERT INTO business_clock VALUES (1, '\(date)', gen_random_uuid(), now(), true, 0, '')")
        // Rules and policies of these tests start before what they pay, which the schema refuses otherwise.
        try execute("ALTER TABLE effective_row DISABLE TRIGGER effective_row_starts")
    }

    func execute(_ sql: String) throws { _ = try connection.execute(sql) }
    func today(_ date: String) throws { try execute("UPDATE business_clock SET business_date = '\(date)'") }
    func number(_ sql: String) throws -> Int64 { try connection.query(Statement("test \(sql)", sql)).int64(0, 0) }

    func close(_ month: ContributionMonth) throws {
        try execute(
            """
            INSERT INTO month_close (month, started_on, closed_on)
            VALUES (\(month.index), '\(month.next.day(3))', '\(month.next.day(3))') ON CONFLICT DO NOTHING
            """)
    }

    /// One tax rule for all days.
    func tax(_ definition: String) throws {
        try execute("UPDATE effective_row SET valid_until = '2017-01-31' WHERE kind = 2")
        try execute(
            "INSERT INTO effective_row VALUES (2, 'test', '2017-02-01', NULL, 'test', '\(definition)', NULL)")
    }

    func agent(
        _ id: String, name: String, wadah: String = "W-1", bank: String? = "009", holder: String? = nil
    ) throws {
        let account = bank.map { "'\($0)', '0123456\(id.hashValue.magnitude % 1_000_000)', '\(holder ?? name)'" }
        try execute(
            """
            INSERT INTO agent (agent_id, activated_on, event_key, wadah_id, branch, name, bank, account_number,
                account_holder)
            VALUES ('\(id)', '2018-02-05', gen_random_uuid(), '\(wadah)', 'DPS', '\(name)', \(account ?? "NULL, NULL, NULL"))
            """)
    }

    func wadah(_ id: String, name: String, legalEntity: Bool = true, bank: String = "022", holder: String? = nil) throws
    {
        try execute(
            """
            INSERT INTO wadah VALUES ('\(id)', '2018-02-05', '2030-12-31', '\(name)', 'DPS', \(legalEntity), '\(bank)',
                '70012345678', '\(holder ?? name)', gen_random_uuid())
            """)
    }

    /// What a statement of the month owes; below zero what it takes back.
    func owe(_ owner: Owner, _ amount: Int64, _ month: ContributionMonth) throws {
        let accounts = amount > 0 ? "'expense', 'payable'" : "'payable', 'expense'"
        try execute(
            """
            INSERT INTO transfer VALUES ('\(owner.kind.rawValue)', '\(owner.id)', gen_random_uuid(), \(accounts),
                \(abs(amount)), \(month.index), '\(month.next.day(3))', 'statement', 'test')
            """)
    }

    /// Proposed, approved and applied; the outcome of the proposal.
    @discardableResult
    func decide(_ action: some ProposalAction, works: Bool = true) throws -> UUID {
        let desk = CommissionDesk(connection)
        let id = try desk.propose(action, reason: DeskReason("a test"), by: Self.ani.get())
        try desk.approve(id, by: Self.budi.get())
        if works {
            _ = try applier.work()
            #expect(try outcome(id) == "applied")
        }
        return id
    }

    func outcome(_ proposal: UUID) throws -> String? {
        try connection.query(
            Statement("test outcome", "SELECT outcome FROM proposal WHERE proposal_id = $1"),
            Parameters { $0.append(proposal) }
        ).optionalText(0, 0)
    }

    var register: PayoutRegister { PayoutRegister(connection) }
    func payouts() throws -> [PayoutSummary] {
        try register.list().sorted { ($0.payee, $0.attempt) < ($1.payee, $1.attempt) }
    }
    func balances(_ owner: Owner) throws -> [TransferAccount: Int64] {
        try Balances.of(owner, on: connection).filter { $0.key != .expense }.mapValues(\.amount)
    }

    /// A file of the bank's, applied.
    @discardableResult
    func report(
        _ lines: [(UUID, PayoutReportStatus)], amount: Rupiah? = nil, file: Int? = nil, works: Bool = true
    ) throws -> [PayoutChanged] {
        files += 1
        _ = try PayoutReports(connection).take(
            lines.enumerated().map { index, line in
                PayoutReportLine(
                    line: index + 2, reference: PayoutReference.endToEnd(line.0), bankStatus: line.1.rawValue,
                    status: line.1, amount: amount, reason: "AC04")
            }, file: "bank.csv", sha256: "\(file ?? files)", by: Self.budi.get())
        guard works else { return [] }
        return try applier.work().map { event in
            try event.data.withUnsafeBytes { try PayoutChanged.read(bytes: $0) }
        }
    }

    func reportOutcomes() throws -> [String] {
        try connection.texts("SELECT coalesce(outcome, '') FROM payout_report ORDER BY reported_at, line")
    }

    /// What must hold at any time: every owner's accounts sum to zero; at most one attempt of a payout is alive; what is
    /// paid, withheld and with the bank is just what the payouts say, each once; what banks say was paid twice is flagged.
    func prove(_ comment: Comment? = nil) throws {
        let broken = try connection.texts(
            """
            WITH chain AS (
                SELECT first_id, count(*) FILTER (WHERE state = 'paid') AS paid,
                    count(*) FILTER (WHERE state IN ('ordered', 'paid')) AS alive,
                    count(*) FILTER (WHERE state = 'released') AS released
                FROM payout GROUP BY first_id),
            expected AS (
                SELECT i.owner_kind, i.owner_id, sum(i.gross - i.tax) FILTER (WHERE c.paid = 1) AS paid,
                    sum(i.tax) FILTER (WHERE c.paid = 1) AS tax,
                    sum(i.gross) FILTER (WHERE c.paid = 0 AND c.released = 0) AS transit
                FROM chain c JOIN payout_item i ON i.payout_id = c.first_id GROUP BY 1, 2),
            actual AS (
                SELECT owner_kind, owner_id, sum(amount) FILTER (WHERE account = 'paid') AS paid,
                    sum(amount) FILTER (WHERE account = 'tax') AS tax,
                    sum(amount) FILTER (WHERE account = 'transit') AS transit, sum(amount) AS all_accounts
                FROM balance GROUP BY 1, 2)
            SELECT 'chain ' || first_id FROM chain WHERE paid > 1 OR alive > 1 OR paid + released > 1
            UNION ALL
            SELECT concat_ws(' ', 'owner', owner_id, a, e) FROM actual a FULL JOIN expected e USING (owner_kind, owner_id)
            WHERE coalesce(a.all_accounts, 0) <> 0 OR coalesce(a.paid, 0) <> coalesce(e.paid, 0)
                OR coalesce(a.tax, 0) <> coalesce(e.tax, 0) OR coalesce(a.transit, 0) <> coalesce(e.transit, 0)
            UNION ALL
            SELECT 'twice ' || p.first_id FROM payout p
            WHERE EXISTS (SELECT FROM payout_report r WHERE r.payout_id = p.payout_id AND status = 'paid'
                    AND outcome IS NOT NULL)
                AND NOT EXISTS (SELECT FROM payout_report r WHERE r.payout_id = p.payout_id AND status = 'returned'
                    AND outcome IS NOT NULL)
            GROUP BY p.first_id
            HAVING count(*) > 1 AND NOT EXISTS (
                SELECT FROM payout o JOIN payout_report r USING (payout_id)
                WHERE o.first_id = p.first_id AND r.outcome LIKE 'conflict%')
            """)
        #expect(broken.isEmpty, comment)
    }
}
