import PerisaiModels
import Postgres
import Worker

/// Erased persons and the requests of all who ask about the own data.
enum SubjectStatements {
    static let forgetParticipants = Statement(
        "forget_participants", "DELETE FROM participant WHERE nik = ANY($1::int8[])")
    /// The NIK is part of the key: a number below zero that is made of the KPJ stands for it, another one each time.
    static let forgetWorkers = Statement(
        "forget_workers",
        """
        UPDATE employer_worker AS w SET nik = -(w.kpj + 100000000000 * (
            SELECT count(*) FROM employer_worker AS e WHERE e.npp = w.npp AND e.kpj = w.kpj AND e.nik < 0))
        WHERE w.nik = ANY($1::int8[])
        """)
    static let parked = Statement(
        "correct_parked",
        """
        UPDATE parked_submission AS p SET submission = u.submission::jsonb
        FROM unnest($1::text[], $2::int8[], $3::text[]) AS u(agent_id, position, submission)
        WHERE p.agent_id = u.agent_id AND p.position = u.position
        """)
    static let erased = Statement(
        "save_erased",
        """
        INSERT INTO erased_subject (subject_key, kpj, first_seen, bpu_on, pu_on, dismissed_on, erased_on)
        SELECT * FROM unnest($1::uuid[], $2::int8[], $3::date[], $4::date[], $5::date[], $6::date[], $7::date[])
        ON CONFLICT (subject_key) DO UPDATE SET kpj = excluded.kpj, first_seen = excluded.first_seen,
            bpu_on = excluded.bpu_on, pu_on = excluded.pu_on, dismissed_on = excluded.dismissed_on,
            erased_on = excluded.erased_on
        """)
    /// A request that did not come by the command has its date as its time.
    static let requests = Statement(
        "save_subject_requests",
        """
        INSERT INTO subject_request (
            request_id, kind, asked_at, asked_by, approved_by, kpj, outcome, reasons, decided_on, decided_at)
        SELECT request_id, kind, decided_on AT TIME ZONE 'Asia/Jakarta', asked_by, approved_by, kpj, outcome, reasons,
            decided_on, now()
        FROM unnest($1::text[], $2::int2[], $3::int8[], $4::int2[], $5::text[], $6::date[], $7::text[], $8::text[])
            AS u(request_id, kind, kpj, outcome, reasons, decided_on, asked_by, approved_by)
        ON CONFLICT (request_id) DO UPDATE SET kpj = excluded.kpj, outcome = excluded.outcome,
            reasons = excluded.reasons, decided_on = excluded.decided_on, decided_at = excluded.decided_at
        """)
}

extension IntakeState {
    /// One that was enrolled anew in the same batch stays.
    func forgetParticipants(_ writer: inout BatchWriter) {
        let gone = erasedNIKs.filter { participants[$0] == nil }.sorted()
        guard !gone.isEmpty else { return }
        writer.execute(SubjectStatements.forgetParticipants, Parameters { $0.append(gone.map(\.code)) })
    }

    /// Before the workers are saved: an employer may take an erased person on again.
    func forgetWorkers(_ writer: inout BatchWriter) {
        guard !erasedNIKs.isEmpty else { return }
        writer.execute(
            SubjectStatements.forgetWorkers, Parameters { $0.append(erasedNIKs.sorted().map(\.code)) })
    }

    func saveChangedParked(_ writer: inout BatchWriter) {
        let rows = changedParked.sorted { $0.key < $1.key }.flatMap { agent, positions in
            (parked[agent] ?? []).filter { positions.contains($0.position) }.map { (agent, $0) }
        }
        guard !rows.isEmpty else { return }
        writer.execute(
            SubjectStatements.parked,
            Parameters {
                $0.append(rows.map(\.0))
                $0.append(rows.map(\.1.position))
                $0.append(rows.map { String(decoding: $0.1.submission.json, as: UTF8.self) })
            })
    }

    func saveSubjects(_ writer: inout BatchWriter) {
        // Erased twice in a batch: what is known last.
        let kept = Dictionary(newErased.map { ($0.key, $0) }, uniquingKeysWith: { $1 }).values.sorted {
            $0.key.uuidString < $1.key.uuidString
        }
        if !kept.isEmpty {
            writer.execute(
                SubjectStatements.erased,
                Parameters {
                    $0.append(kept.map(\.key))
                    $0.append(kept.map { $0.kpj?.code })
                    $0.append(dates: kept.map { $0.firstSeen?.daysSince1970 })
                    $0.append(dates: kept.map { $0.bpuOn?.daysSince1970 })
                    $0.append(dates: kept.map { $0.puOn?.daysSince1970 })
                    $0.append(dates: kept.map { $0.dismissedOn?.daysSince1970 })
                    $0.append(dates: kept.map(\.erasedOn.daysSince1970))
                })
        }
        guard !newRequests.isEmpty else { return }
        writer.execute(
            SubjectStatements.requests,
            Parameters {
                $0.append(newRequests.map(\.requestID.text))
                $0.append(newRequests.map(\.kind.rawValue))
                $0.append(newRequests.map { $0.kpj?.code })
                $0.append(newRequests.map { Int16($0.isDone ? 1 : 0) })
                $0.append(newRequests.map(\.reasons))
                $0.append(dates: newRequests.map(\.decidedOn.daysSince1970))
                $0.append(newRequests.map(\.askedBy))
                $0.append(newRequests.map(\.approvedBy))
            })
    }
}
