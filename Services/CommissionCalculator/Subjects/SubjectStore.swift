import PerisaiModels
import Postgres
import Worker

/// Agents who have asked that the own data be erased or corrected (UU 27/2022).
enum SubjectStore {
    private static let note = Statement(
        "commission_note_erasure",
        """
        INSERT INTO subject_erasure (request_id, agent_id, erased_on)
        SELECT * FROM unnest($1::text[], $2::text[], $3::date[]) ON CONFLICT DO NOTHING
        """)
    /// An activation that comes after the erasure that followed it is looked at again.
    private static let reopen = Statement(
        "commission_reopen_erasure",
        """
        UPDATE subject_erasure AS e SET applied_at = NULL
        FROM unnest($1::text[], $2::date[]) AS u(agent_id, activated_on)
        WHERE e.agent_id = u.agent_id AND u.activated_on <= e.erased_on
        """)
    /// The account's holder is what the bank says; it is not corrected here.
    private static let correct = Statement(
        "commission_correct_agents",
        """
        UPDATE agent AS a SET name = u.name FROM unnest($1::text[], $2::text[], $3::date[]) AS u(agent_id, name, day)
        WHERE a.agent_id = u.agent_id AND a.activated_on <= u.day
        """)

    static func save(_ state: CommissionState, to writer: inout BatchWriter) {
        let erased = state.erasures.flatMap { erasure in erasure.agentIDs.map { (erasure, $0.text) } }
        if !erased.isEmpty {
            writer.execute(
                note,
                Parameters {
                    $0.append(erased.map(\.0.requestID.text))
                    $0.append(erased.map(\.1))
                    $0.append(dates: erased.map(\.0.erasedOn.daysSince1970))
                })
        }
        if !state.agents.isEmpty {
            writer.execute(
                reopen,
                Parameters {
                    $0.append(state.agents.map(\.data.agentID.text))
                    $0.append(dates: state.agents.map(\.data.activatedOn.daysSince1970))
                })
        }
        for corrected in state.corrections {
            guard let agent = corrected.agentID, let name = corrected.name else { continue }
            writer.execute(
                correct,
                Parameters {
                    $0.append([agent.text])
                    $0.append([name])
                    $0.append(dates: [corrected.correctedOn.daysSince1970])
                })
        }
    }
}

/// Takes name and account from the rows of an agent once nothing is owed: a payout needs them until then.
enum SubjectErasureJob {
    private static let next = Statement(
        "commission_next_erasure",
        """
        SELECT e.request_id, e.agent_id, e.erased_on FROM subject_erasure AS e
        WHERE e.applied_at IS NULL AND NOT EXISTS (
            SELECT FROM balance AS b WHERE b.owner_kind = 'agent' AND b.owner_id = e.agent_id
                AND b.account IN ('payable', 'held', 'transit') AND b.amount <> 0)
        ORDER BY e.told_at, e.request_id, e.agent_id LIMIT 1 FOR UPDATE OF e
        """)
    /// First, for it finds the accounts by the rows that follow.
    private static let proposals = Statement(
        "commission_erase_proposals",
        """
        UPDATE proposal SET payload = payload || '{"account_number": "000000", "account_holder": "DIHAPUS"}'
        WHERE outcome IS NOT NULL AND payload ->> 'account_number' IN (
            SELECT account_number FROM agent WHERE agent_id = $1 AND activated_on <= $2
            UNION ALL SELECT account_number FROM payee_account
                WHERE owner_kind = 'agent' AND owner_id = $1 AND set_on <= $2
            UNION ALL SELECT account_number FROM payout
                WHERE payee_kind = 'agent' AND payee_id = $1 AND created_on <= $2)
        """)
    private static let agents = Statement(
        "commission_erase_agents",
        """
        UPDATE agent SET name = NULL, bank = NULL, account_number = NULL, account_holder = NULL
        WHERE agent_id = $1 AND activated_on <= $2
        """)
    private static let accounts = Statement(
        "commission_erase_accounts",
        """
        UPDATE payee_account SET account_number = '000000', account_holder = 'DIHAPUS'
        WHERE owner_kind = 'agent' AND owner_id = $1 AND set_on <= $2
        """)
    private static let payouts = Statement(
        "commission_erase_payouts",
        """
        UPDATE payout SET account_number = '000000', account_holder = 'DIHAPUS'
        WHERE payee_kind = 'agent' AND payee_id = $1 AND created_on <= $2
        """)
    private static let done = Statement(
        "commission_erasure_done",
        "UPDATE subject_erasure SET applied_at = now() WHERE request_id = $1 AND agent_id = $2")

    /// False when nobody waits whom nothing is owed.
    static func run(_ connection: Connection, _ writer: inout BatchWriter) throws -> Bool {
        let rows = try connection.query(next)
        guard rows.rowCount == 1 else { return false }
        let (request, agent) = (try rows.text(0, 0), try rows.text(0, 1))
        let day = try CommissionStore.date(rows, 0, 2).daysSince1970
        for statement in [proposals, agents, accounts, payouts] {
            writer.execute(
                statement,
                Parameters {
                    $0.append(agent)
                    $0.append(date: day)
                })
        }
        writer.execute(
            done,
            Parameters {
                $0.append(request)
                $0.append(agent)
            })
        return true
    }
}
