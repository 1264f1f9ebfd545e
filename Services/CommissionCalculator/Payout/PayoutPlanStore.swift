import PerisaiModels
import Postgres

/// What is owed and to whom, for runs and retries.
enum PayoutPlanStore {
    /// A balance above zero.
    struct Owed {
        let owner: Owner
        let amount: Rupiah
        /// The agent's wadah at the month's end.
        let wadah: String?
        let isDismissed: Bool
        /// Whom the scheme pays in whose months it was earned.
        let regime: Scheme.Payee

        /// Who gets the money; nil for an agent without wadah where the wadah is paid.
        var payee: Owner? {
            guard case .agent = owner, regime == .wadah else { return owner }
            return wadah.map { .wadah($0) }
        }
    }

    /// What of a balance goes to its owner, and what to the wadah: each what its scheme's months left, as long as both
    /// are above zero. What takes money back, under whichever scheme, makes the other part less.
    static func split(_ amount: Rupiah, own: Rupiah, throughWadah: Rupiah) throws(MoneyOverflow) -> [Scheme.Payee:
        Rupiah]
    {
        let first = throughWadah <= .zero ? amount : own <= .zero ? .zero : min(own, amount)
        return [.owner: first, .wadah: try amount.subtracting(first)].filter { $0.value > .zero }
    }

    /// The payable account as a whole, so that what earlier months took back is netted; of later months only what is
    /// below zero counts. The wadah is that of the month's end, as on the statement. What a payout took or gave back
    /// belongs to whom it paid, all else to whom the scheme of its month pays.
    private static let readOwed = Statement(
        "payout_owed",
        """
        SELECT o.owner_kind, o.owner_id, o.amount, a.wadah_id, \(dismissed("o.owner_kind", "o.owner_id")), o.own,
            o.through_wadah
        FROM (
            SELECT owner_kind, owner_id,
                least(coalesce(sum(s.amount) FILTER (WHERE month <= $1), 0), sum(s.amount))::int8 AS amount,
                coalesce(sum(s.amount) FILTER (WHERE c.payee IS DISTINCT FROM 'wadah'), 0)::int8 AS own,
                coalesce(sum(s.amount) FILTER (WHERE c.payee = 'wadah'), 0)::int8 AS through_wadah
            FROM (
                SELECT t.owner_kind, t.owner_id, t.month, p.payee_kind, sum(t.amount) AS amount
                FROM (
                    SELECT owner_kind, owner_id, month, source, source_id, amount FROM transfer
                    WHERE to_account = 'payable'
                    UNION ALL
                    SELECT owner_kind, owner_id, month, source, source_id, -amount FROM transfer
                    WHERE from_account = 'payable') AS t
                LEFT JOIN payout AS p ON t.source = 'payout' AND p.payout_id::text = t.source_id
                GROUP BY t.owner_kind, t.owner_id, t.month, p.payee_kind) AS s
            LEFT JOIN effective_row AS e ON e.kind = 1
                AND make_date(s.month / 12, s.month % 12 + 1, 1)
                    BETWEEN e.valid_from AND coalesce(e.valid_until, 'infinity')
            CROSS JOIN LATERAL (SELECT coalesce(s.payee_kind, e.definition ->> 'payee') AS payee) AS c
            GROUP BY owner_kind, owner_id) AS o
        LEFT JOIN LATERAL (
            SELECT wadah_id FROM agent WHERE o.owner_kind = 'agent' AND agent.agent_id = o.owner_id
            ORDER BY activated_on > $2, abs(activated_on - $2), event_key LIMIT 1) AS a ON true
        WHERE o.amount > 0 ORDER BY o.owner_kind, o.owner_id LIMIT $3
        """)

    /// For good: a dismissal may lie before a return that was decided earlier.
    static func dismissed(_ kind: String, _ id: String) -> String {
        """
        \(kind) = 'agent' AND EXISTS (
            SELECT FROM agency_change c WHERE c.agent_id = \(id) AND c.change = 'dismissed')
        """
    }

    /// The account set last: at an activation, with a contract, or by two persons.
    private static let readPayees = Statement(
        "payout_payees",
        """
        SELECT p.kind, p.id, CASE p.kind WHEN 'agent' THEN n.name ELSE w.name END, x.bank, x.account_number,
            x.account_holder, p.kind = 'agent' OR w.name IS NOT NULL, coalesce(w.legal_entity, false),
            \(dismissed("p.kind", "p.id"))
        FROM unnest($1::text[], $2::text[]) AS p (kind, id)
        LEFT JOIN LATERAL (
            SELECT name FROM agent WHERE p.kind = 'agent' AND agent_id = p.id AND name IS NOT NULL
            ORDER BY activated_on DESC, event_key LIMIT 1) AS n ON true
        LEFT JOIN LATERAL (
            SELECT name, legal_entity FROM wadah
            WHERE p.kind = 'wadah' AND wadah_id = p.id AND contract_from <= greatest($3::date, $4::date)
            ORDER BY contract_from DESC LIMIT 1) AS w ON true
        LEFT JOIN LATERAL (
            SELECT bank, account_number, account_holder FROM (
                SELECT set_on AS since, set_at, bank, account_number, account_holder FROM payee_account
                WHERE owner_kind = p.kind AND owner_id = p.id
                UNION ALL
                SELECT activated_on, '-infinity', bank, account_number, account_holder FROM agent
                WHERE p.kind = 'agent' AND agent_id = p.id AND num_nulls(bank, account_number, account_holder) = 0
                UNION ALL
                SELECT contract_from, '-infinity', bank, account_number, account_holder FROM wadah
                WHERE p.kind = 'wadah' AND wadah_id = p.id AND contract_from <= greatest($3::date, $4::date)) AS known
            ORDER BY since DESC, set_at DESC, account_number LIMIT 1) AS x ON true
        """)

    static func owed(through month: ContributionMonth, _ connection: Connection) throws -> [Owed] {
        let rows = try connection.query(
            readOwed,
            Parameters {
                $0.append(month.index)
                $0.append(date: month.lastDay.daysSince1970)
                $0.append(Int64(PayoutPlan.limit) + 1)
            })
        return try (0..<rows.rowCount).flatMap { row in
            let owner = try owner(rows, row, 0)
            let amount = Rupiah(try rows.int64(row, 2))
            // A wadah is paid itself under every scheme.
            let parts =
                owner.kind == .wadah
                ? [.owner: amount]
                : try split(
                    amount, own: Rupiah(rows.int64(row, 5)), throughWadah: Rupiah(rows.int64(row, 6)))
            return try parts.map { regime, amount in
                Owed(
                    owner: owner, amount: amount, wadah: try rows.optionalText(row, 3),
                    isDismissed: try rows.bool(row, 4), regime: regime)
            }
        }
    }

    static func payees(
        _ owners: Set<Owner>, month: ContributionMonth, on date: CivilDate, _ connection: Connection
    ) throws -> [Owner: PayoutGate.Payee] {
        let sorted = owners.sorted()
        let rows = try connection.query(
            readPayees,
            Parameters {
                $0.append(sorted.map(\.kind.rawValue))
                $0.append(sorted.map(\.id))
                $0.append(date: month.lastDay.daysSince1970)
                $0.append(date: date.daysSince1970)
            })
        var payees: [Owner: PayoutGate.Payee] = [:]
        for row in 0..<rows.rowCount {
            let owner = try owner(rows, row, 0)
            payees[owner] = PayoutGate.Payee(
                owner: owner, name: try rows.optionalText(row, 2),
                account: try rows.isNull(row, 3) ? nil : account(rows, row, 3), hasContract: try rows.bool(row, 6),
                legalEntity: try rows.bool(row, 7), isDismissed: try rows.bool(row, 8))
        }
        return payees
    }

    static func owner(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> Owner {
        guard let kind = PayeeKind(rawValue: try rows.text(row, column)) else {
            throw StoredDataFault(column: rows.columnName(column), reason: "is not known")
        }
        return Owner(kind, try rows.text(row, column + 1))
    }

    /// Bank, number and holder in three columns.
    static func account(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> PayeeAccount {
        do {
            return PayeeAccount(
                bank: try BankCode(rows.text(row, column)), number: try AccountNumber(rows.text(row, column + 1)),
                holder: try rows.text(row, column + 2))
        } catch let fault as IdentifierFault {
            throw StoredDataFault(column: rows.columnName(column), reason: "\(fault)")
        }
    }
}
