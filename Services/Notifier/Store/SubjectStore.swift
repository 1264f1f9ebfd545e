import PerisaiModels
import Postgres

/// What the messages keep of a person who has asked that the own data be erased, or corrected (UU 27/2022).
///
/// A message stays as a row, so that no event makes it again: its words, address and names go. What was not sent yet is
/// not sent.
enum SubjectStore {
    /// Stands where an address was.
    static let erasedAddress = "erased"
    /// Why a message was not sent.
    static let erasedReason = "ERASED"
    /// Spellings of one name in one digest that are looked for.
    private static let mostSpellings = 3

    private static let erasedColumns = """
        address = CASE WHEN state IN ('sent', 'delivered', 'failed', 'digested') THEN 'erased' END,
        state = CASE WHEN state IN ('sent', 'delivered', 'failed', 'expired', 'digested') THEN state
            ELSE 'undeliverable' END,
        reason = CASE WHEN state IN ('sent', 'delivered', 'expired', 'digested') THEN reason ELSE 'ERASED' END,
        waits_for = NULL, batch_id = NULL, fallback = '{}', finished_at = coalesce(finished_at, now())
        """
    private static let eraseMessages = Statement(
        "notifier_erase_messages",
        """
        UPDATE message SET body = '[dihapus]', title = NULL, short = NULL, line = NULL, name = NULL, subject = NULL,
            provider_reference = NULL, \(erasedColumns)
        WHERE recipient_ref = ANY($1::text[])
        """)
    /// A provider's own number of a message may hold the phone number (Meta's do, encoded).
    private static let eraseReceipts = Statement(
        "notifier_erase_receipts",
        """
        UPDATE receipt AS r SET reference = NULL, detail = NULL, receipt_id = 'erased-' || md5(r.receipt_id)
        FROM attempt AS a JOIN message AS m ON m.message_id = a.message_id
        WHERE m.recipient_ref = ANY($1::text[]) AND r.dispatch_id = a.dispatch_id AND r.receipt_id NOT LIKE 'erased-%'
        """)
    private static let eraseAttempts = Statement(
        "notifier_erase_attempts",
        """
        UPDATE attempt AS a SET reference = NULL FROM message AS m
        WHERE m.recipient_ref = ANY($1::text[]) AND a.message_id = m.message_id AND a.reference IS NOT NULL
        """)
    /// Messages about others, to the person as their agent: the others' words and names stay.
    private static let erasePassedOn = Statement(
        "notifier_erase_passed_on",
        """
        UPDATE message SET name = NULL, \(erasedColumns)
        WHERE subject IS NOT NULL AND address = ANY($1::text[]) OR reader_ref = ANY($2::text[])
        """)
    /// Digests name whom their messages are about. An SMS may write the name in other letters (`SMSText`): then all of it
    /// goes.
    private static let eraseFromDigests = Statement(
        "notifier_erase_from_digests",
        """
        UPDATE message AS d SET body = replace(d.body, m.subject, '(dihapus)'),
            short = CASE WHEN position(m.subject IN d.short) > 0 THEN replace(d.short, m.subject, '(dihapus)')
                ELSE '(dihapus)' END
        FROM message AS m
        WHERE m.recipient_ref = ANY($1::text[]) AND m.subject <> '' AND d.message_id = m.digest_id
            AND (position(m.subject IN d.body) > 0 OR position(m.subject IN d.short) > 0)
        """)
    /// The line of a message to an employer that names the person by the KPJ.
    private static let eraseLines = Statement(
        "notifier_erase_lines",
        """
        UPDATE message AS m SET body = regexp_replace(m.body, '(?n)^.*' || u.kpj || '.*$', '- (dihapus)', 'g'),
            short = CASE WHEN position(u.kpj IN m.short) > 0 THEN '(dihapus)' ELSE m.short END,
            line = CASE WHEN position(u.kpj IN m.line) > 0 THEN '(dihapus)' ELSE m.line END
        FROM unnest($1::text[], $2::text[]) AS u(ref, kpj)
        WHERE m.recipient_ref = u.ref AND position(u.kpj IN m.body) > 0
        """)
    private static let note = Statement(
        "notifier_note_erasure",
        """
        INSERT INTO subject_erasure (request_id, kpj, agents, erased_on)
        SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::date[]) ON CONFLICT DO NOTHING
        """)
    /// What still waits in the queue goes out with what is right.
    private static let correct = Statement(
        "notifier_correct_messages",
        """
        UPDATE message AS m SET name = CASE WHEN m.subject IS NULL THEN coalesce(u.name, m.name) ELSE m.name END,
            subject = CASE WHEN m.subject IS NOT NULL THEN coalesce(u.name, m.subject) END,
            address = CASE WHEN m.subject IS NULL AND m.channel = 'sms' AND c.stated_phone IS NULL
                THEN coalesce(u.phone, m.address) ELSE m.address END,
            fallback = CASE WHEN m.subject IS NULL AND u.phone IS NOT NULL AND c.stated_phone IS NULL
                THEN ARRAY(SELECT CASE WHEN f LIKE 'sms:%' THEN 'sms:' || u.phone ELSE f END
                    FROM unnest(m.fallback) AS f) ELSE m.fallback END
        FROM unnest($1::text[], $2::text[], $3::text[]) AS u(ref, name, phone) LEFT JOIN contact AS c ON c.ref = u.ref
        WHERE m.recipient_ref = u.ref AND m.state IN ('queued', 'held')
        """)

    static func erase(_ erasures: [SubjectErased], phones: [String]) -> [(Statement, Parameters)] {
        guard !erasures.isEmpty else { return [] }
        // One after the other, each as often as a name may be spelled: an UPDATE changes a row once, whatever it joins.
        var steps = erasures.flatMap { erased in
            (0..<mostSpellings).map { _ in (eraseFromDigests, Parameters { $0.append(erased.refs) }) }
        }
        steps += [
            (eraseReceipts, Parameters { $0.append(erasures.flatMap(\.refs)) }),
            (eraseAttempts, Parameters { $0.append(erasures.flatMap(\.refs)) }),
            (eraseMessages, Parameters { $0.append(erasures.flatMap(\.refs)) }),
            (
                note,
                Parameters {
                    $0.append(erasures.map(\.requestID.text))
                    $0.append(erasures.map { $0.kpj?.code })
                    $0.append(erasures.map { $0.agentIDs.map(\.text).joined(separator: ",") })
                    $0.append(dates: erasures.map(\.erasedOn.daysSince1970))
                }
            ),
        ]
        let agents = erasures.flatMap { $0.agentIDs.map { Recipient.ref(of: $0) } }
        if !agents.isEmpty {
            steps.append(
                (
                    erasePassedOn,
                    Parameters {
                        $0.append(phones)
                        $0.append(agents)
                    }
                ))
        }
        let lines: [(String, String)] = erasures.flatMap { erased in
            erased.kpj.map { kpj in (erased.npps ?? []).map { (Recipient.employer($0).ref, kpj.text) } } ?? []
        }
        for line in lines {
            steps.append(
                (
                    eraseLines,
                    Parameters {
                        $0.append([line.0])
                        $0.append([line.1])
                    }
                ))
        }
        return steps
    }

    static func correct(_ corrections: [SubjectCorrected]) -> [(Statement, Parameters)] {
        // One after the other: the last word counts.
        corrections.map { corrected in
            let refs = corrected.refs
            return (
                correct,
                Parameters {
                    $0.append(refs)
                    $0.append(
                        refs.map { _ in
                            corrected.name.map { IndonesianText.clean($0, limit: IndonesianText.nameLimit) }
                        })
                    $0.append(refs.map { _ in corrected.phone?.text })
                }
            )
        }
    }
}

extension SubjectErased {
    /// Under which the person is written to.
    var refs: [String] {
        (kpj.map { [Recipient.participant($0).ref, Recipient.worker($0).ref] } ?? [])
            + agentIDs.map { Recipient.ref(of: $0) }
    }
}

extension SubjectCorrected {
    var refs: [String] {
        (kpj.map { [Recipient.participant($0).ref, Recipient.worker($0).ref] } ?? [])
            + (agentID.map { [Recipient.ref(of: $0)] } ?? [])
    }
}
