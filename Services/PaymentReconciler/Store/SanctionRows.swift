import PerisaiModels
import Postgres
import Worker

/// Sanction fines as they are written.
extension ReconcilerState {
    private static let upsertSanctions = Statement(
        "reconciler_upsert_sanctions",
        """
        INSERT INTO sanction_fine (payer, month, case_id, amount, paid, credited, imposed_on)
        SELECT * FROM unnest($1::int8[], $2::int4[], $3::uuid[], $4::int8[], $5::int8[], $6::int8[], $7::date[])
        ON CONFLICT (payer, month) DO UPDATE SET amount = excluded.amount, paid = excluded.paid,
            credited = excluded.credited, imposed_on = excluded.imposed_on
        """)

    func saveSanctions(_ writer: inout BatchWriter) {
        var changed: [(payer: Int64, fine: SanctionFine)] = []
        // The hot path has none: no array is made for it.
        for account in accounts where !account.sanctions.isEmpty {
            for fine in account.sanctions where fine.isChanged { changed.append((account.payer.code, fine)) }
        }
        guard !changed.isEmpty else { return }
        writer.execute(
            Self.upsertSanctions,
            Parameters {
                $0.append(changed.map(\.payer))
                $0.append(changed.map(\.fine.month.index))
                $0.append(changed.map(\.fine.caseID))
                $0.append(changed.map(\.fine.amount))
                $0.append(changed.map(\.fine.paid))
                $0.append(changed.map(\.fine.credited))
                $0.append(dates: changed.map(\.fine.imposedOn.daysSince1970))
            })
    }
}
