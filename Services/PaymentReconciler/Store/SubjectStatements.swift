import PerisaiModels
import Postgres
import Worker

/// Takes the person out of the rows about payments: NIK, names, and references in which a bank has put the NIK. Nothing
/// under a hash chain is touched, so `perisai ledger verify` holds as before.
///
/// Not here: reasons that operators have written (no NIK is let in there), and calls of banks by SNAP, which are
/// forgotten after 35 days.
enum SubjectStatements {
    static let erasedPayers = Statement(
        "reconciler_erased_payers",
        """
        SELECT payer, max(erased_at) FROM subject_erasure
        WHERE EXISTS (SELECT FROM subject_erasure) AND payer = ANY($1::int8[]) GROUP BY payer
        """)

    private static let mine = """
        WITH subject AS (SELECT nik, payer FROM nik_payer WHERE payer = ANY($1::int8[])),
        mine AS (
            SELECT p.payment_id, p.event_key, s.nik FROM payment AS p JOIN subject AS s ON p.payer = s.payer
            UNION SELECT p.payment_id, p.event_key, s.nik FROM payment AS p JOIN subject AS s
                ON p.nik = s.nik AND p.payer IS NULL AND p.nik IS NOT NULL
            UNION SELECT p.payment_id, p.event_key, s.nik FROM subject AS s
                JOIN payer_name AS n ON n.payer = s.payer
                JOIN suspense AS w ON left(w.name_key, 10) = left(n.name_key, 10) AND w.name_key IS NOT NULL
                JOIN suspense_release AS r ON r.payment_id = w.payment_id AND r.payer = s.payer
                JOIN payment AS p ON p.payment_id = w.payment_id
            UNION SELECT p.payment_id, p.event_key, s.nik FROM subject AS s
                JOIN suspense AS w ON w.nik = s.nik JOIN payment AS p ON p.payment_id = w.payment_id)
        """
    /// Where a bank has put the NIK into its own number.
    private static func reference(_ table: String, by key: String) -> Statement {
        Statement(
            "reconciler_erase_reference_\(table)_\(key)",
            """
            \(mine)
            UPDATE \(table) AS t SET reference = replace(t.reference, lpad(m.nik::text, 16, '0'), 'dihapus')
            FROM mine AS m WHERE t.\(key) = m.\(key) AND position(lpad(m.nik::text, 16, '0') IN t.reference) > 0
            """)
    }
    private static let decisions = Statement(
        "reconciler_erase_decisions",
        """
        \(mine)
        UPDATE match_decision AS d SET inputs = (d.inputs::jsonb - 'payer_name')::text
        FROM mine AS m WHERE d.payment_id = m.payment_id AND position('payer_name' IN d.inputs) > 0
        """)
    private static let suspense = Statement(
        "reconciler_erase_suspense",
        """
        \(mine)
        UPDATE suspense AS s SET nik = NULL, name_key = NULL
        FROM mine AS m WHERE s.payment_id = m.payment_id AND (s.nik IS NOT NULL OR s.name_key IS NOT NULL)
        """)
    private static let unconfirmed = Statement(
        "reconciler_erase_unconfirmed",
        """
        UPDATE unconfirmed AS u SET payer = n.payer FROM nik_payer AS n
        WHERE n.payer = ANY($1::int8[]) AND u.payer = n.nik
        """)
    /// After everything that finds its payments by them.
    private static let payments = Statement(
        "reconciler_erase_payments",
        """
        \(mine)
        UPDATE payment AS p SET nik = NULL FROM mine AS m WHERE p.payment_id = m.payment_id AND p.nik IS NOT NULL
        """)
    private static let names = Statement(
        "reconciler_erase_names", "DELETE FROM payer_name WHERE payer = ANY($1::int8[])")
    private static let niks = Statement(
        "reconciler_erase_niks", "DELETE FROM nik_payer WHERE payer = ANY($1::int8[])")
    private static let gates = Statement(
        "reconciler_erase_gates", "DELETE FROM nik_payer WHERE nik = ANY($1::int8[]) AND payer IS NULL")
    private static let note = Statement(
        "reconciler_note_erasure",
        """
        INSERT INTO subject_erasure (request_id, payer, erased_at, erased_on)
        SELECT * FROM unnest($1::text[], $2::int8[], $3::timestamptz[], $4::date[]) ON CONFLICT DO NOTHING
        """)
    private static let addNames = Statement(
        "reconciler_correct_names",
        "INSERT INTO payer_name (name_key, payer) SELECT * FROM unnest($1::text[], $2::int8[]) ON CONFLICT DO NOTHING")

    /// Gates of enrolments that came after the erasure: they lead nowhere.
    static func forget(_ niks: [Int64], to writer: inout BatchWriter) {
        if !niks.isEmpty { writer.execute(gates, Parameters { $0.append(niks) }) }
    }

    /// In the order of the events: a correction may follow an erasure by way of a new enrolment.
    static func apply(_ changes: [SubjectChange], to writer: inout BatchWriter) {
        for change in changes {
            let payer = Parameters { $0.append([change.payer]) }
            if change.isErasure {
                for statement in erasing { writer.execute(statement, payer) }
                writer.execute(
                    note,
                    Parameters {
                        $0.append([change.requestID])
                        $0.append([change.payer])
                        $0.append(timestamps: [change.at.microseconds])
                        $0.append(dates: [change.on.daysSince1970])
                    })
            } else if let name = change.name {
                // The wrong name is nobody's.
                writer.execute(names, payer)
                guard let key = NameKey(name) else { continue }
                writer.execute(
                    addNames,
                    Parameters {
                        $0.append([key.text])
                        $0.append([change.payer])
                    })
            }
        }
    }

    private static let erasing = [
        reference("payment_exception", by: "payment_id"), reference("exception_case", by: "payment_id"),
        reference("payment_evidence", by: "payment_id"), reference("reversal", by: "payment_id"),
        reference("payment", by: "payment_id"), decisions, suspense, unconfirmed, payments, names, niks,
    ]
}
