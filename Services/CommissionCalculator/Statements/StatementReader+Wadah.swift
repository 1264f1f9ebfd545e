import PerisaiModels
import Postgres
import Worker

extension StatementReader {
    /// Most agents of a wadah on one statement.
    public static let agentLimit = 10_000

    private static let readAgents = Statement(
        "document_wadah_agents",
        """
        SELECT s.agent_id, max(a.name), count(*)::int8, max(s.issued_on), sum(s.new_participants)::int8,
            sum(s.contributions)::int8, sum(s.total)::int8, sum(s.agent_share)::int8, sum(s.wadah_share)::int8,
            min(s.branch), max(s.branch)
        FROM statement AS s
        LEFT JOIN LATERAL (
            SELECT name FROM agent WHERE agent.agent_id = s.agent_id AND name IS NOT NULL
            ORDER BY activated_on DESC, event_key DESC LIMIT 1) AS a ON true
        WHERE s.month = $2 AND s.wadah_id = $1
        GROUP BY s.agent_id ORDER BY s.agent_id LIMIT $3
        """)
    private static let readWadah = Statement(
        "document_wadah",
        """
        SELECT (SELECT name FROM wadah WHERE wadah_id = $1 ORDER BY contract_from DESC LIMIT 1),
            EXISTS (SELECT FROM agent WHERE wadah_id = $1) OR EXISTS (SELECT FROM wadah WHERE wadah_id = $1)
        """)
    private static let readAccount = Statement(
        "document_account",
        """
        SELECT account, source = 'statement', month < $3, sum(amount)::int8, max(booked_on)
        FROM (
            SELECT to_account AS account, source, month, amount, booked_on FROM transfer
            WHERE owner_kind = $1 AND owner_id = $2 AND month <= $3
            UNION ALL
            SELECT from_account, source, month, -amount, booked_on FROM transfer
            WHERE owner_kind = $1 AND owner_id = $2 AND month <= $3) AS posting
        GROUP BY 1, 2, 3
        """)

    /// The agents' statements of a wadah's month, corrections included, and its own part.
    /// - Throws: `DeskError` for a wadah that is not known, or a month without statements.
    public static func wadah(
        _ wadah: WadahID, _ month: ContributionMonth, on connection: Connection
    ) throws -> WadahDocument {
        let results = try connection.pipeline {
            $0.query(
                readAgents,
                Parameters {
                    $0.append(wadah.text)
                    $0.append(month.index)
                    $0.append(Int64(agentLimit + 1))
                })
            $0.query(readWadah, Parameters { $0.append(wadah.text) })
        }
        let rows = results[0]
        guard rows.rowCount > 0 else {
            guard try results[1].bool(0, 1) else { throw DeskError("wadah: \(wadah) is not known") }
            throw DeskError("month: no statement of an agent of \(wadah) for \(month) is issued")
        }
        guard rows.rowCount <= agentLimit else { throw DeskError("wadah: has more than \(agentLimit) agents") }
        guard let scheme = try EffectiveRows.schemes(on: connection).row(for: month) else {
            throw DeskError("month: no scheme applies in \(month)")
        }
        var branches: Set<String> = []
        let agents = try (0..<rows.rowCount).map { row in
            branches.formUnion([try rows.text(row, 9), try rows.text(row, 10)])
            return WadahAgent(
                agent: try rows.text(row, 0), name: try rows.optionalText(row, 1),
                statements: Int(try rows.int64(row, 2)),
                lastIssued: try CommissionStore.date(rows, row, 3), newParticipants: Int(try rows.int64(row, 4)),
                contributions: Rupiah(try rows.int64(row, 5)), total: Rupiah(try rows.int64(row, 6)),
                agentShare: Rupiah(try rows.int64(row, 7)), wadahShare: Rupiah(try rows.int64(row, 8)))
        }
        return WadahDocument(
            wadah: wadah.text, name: try results[1].optionalText(0, 0), branches: branches.sorted(), month: month,
            scheme: scheme.value.code, regulation: scheme.regulation, agents: agents.sorted { $0.agent < $1.agent },
            account: try account(.wadah(wadah.text), month, connection))
    }

    /// An owner's postings of a month. Those of months to come do not matter, so that it stays once all is settled.
    static func account(_ owner: Owner, _ month: ContributionMonth, _ connection: Connection) throws -> AccountOfMonth {
        let rows = try connection.query(
            readAccount,
            Parameters {
                $0.append(owner.kind.rawValue)
                $0.append(owner.id)
                $0.append(month.index)
            })
        var account = AccountOfMonth()
        for row in 0..<rows.rowCount {
            let amount = Rupiah(try rows.int64(row, 3))
            let (isStatement, isBefore) = (try rows.bool(row, 1), try rows.bool(row, 2))
            if !isBefore {
                let day = try CommissionStore.date(rows, row, 4)
                account.lastBooked = account.lastBooked.map { max($0, day) } ?? day
            }
            switch (TransferAccount(rawValue: try rows.text(row, 0)), isBefore) {
            case (.payable, true):
                account.brought = try account.brought.adding(amount)
                account.carried = try account.carried.adding(amount)
            case (_, true): continue
            case (.payable, false): account.carried = try account.carried.adding(amount)
            case (.expense, false):
                if isStatement {
                    account.due = try account.due.subtracting(amount)
                } else {
                    account.corrected = try account.corrected.subtracting(amount)
                }
            case (.held, false): account.held = try account.held.adding(amount)
            case (.tax, false): account.tax = try account.tax.adding(amount)
            case (.transit, false): account.transit = try account.transit.adding(amount)
            case (.paid, false): account.paid = try account.paid.adding(amount)
            case (.forfeited, false): account.forfeited = try account.forfeited.adding(amount)
            case (nil, _): throw StoredDataFault(column: "account", reason: "is not known")
            }
        }
        return account
    }
}
