import PerisaiModels
import Postgres
import Worker

/// Takes the steps of enforcement that a business date makes due.
///
/// Every business date has its run, oldest first, also where several have begun at once: a case takes one step at most
/// on each, and the deadline of the step is counted from that date. So no step is left out and no deadline shortened,
/// however late the run is done.
///
/// The rows are locked and decided by what a batch does too: whoever comes second sees what the first has written.
struct EnforcementRun {
    /// Most cases, and most applications, in one chunk.
    static let chunk = 200

    private static let next = Statement("enforcement_date_next", "SELECT min(date) FROM enforcement_date")
    private static let done = Statement("enforcement_date_done", "DELETE FROM enforcement_date WHERE date = $1")
    private static let dueCases = Statement(
        "enforcement_due", "SELECT subject, npp, nib FROM enforcement WHERE deadline < $1 ORDER BY subject LIMIT $2")
    // Held for something that is a breach; other reasons have deadlines too, but no sanction.
    private static let missedPermits = Statement(
        "enforcement_missed",
        """
        SELECT nib, office, application_id, npp, npwp FROM permit
        WHERE state = 0 AND NOT enforced AND until < $1
            AND answer ~ '(NOT_REGISTERED|WORKERS_MISSING|PARTIAL_WORKERS|PARTIAL_WAGES)'
        ORDER BY nib, office, application_id LIMIT $2
        """)

    let settings: EnrollmentSettings

    /// False when none is due.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        try run(connection, &outgoing, &writer, chunk: Self.chunk)
    }

    func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter, chunk: Int
    ) throws -> Bool {
        guard let date = try StoredRow.date(connection.query(Self.next), 0, 0) else { return false }
        let limits = Parameters {
            $0.append(date: date.daysSince1970)
            $0.append(Int64(chunk))
        }
        let results = try connection.pipeline {
            $0.query(Self.dueCases, limits)
            $0.query(Self.missedPermits, limits)
        }
        var touched = Touched([])
        let subjects = try subjects(results[0], &touched)
        let missed = try permits(results[1], &touched)
        guard !subjects.isEmpty || !missed.isEmpty else {
            writer.execute(Self.done, Parameters { $0.append(date: date.daysSince1970) })
            return true
        }
        var state = try IntakeLoader(connection: connection, settings: settings).load(touched)
        let time = Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest
        for subject in subjects {
            outgoing.begin(key: EventKey.of(source: "enforcement", id: "\(subject.code)/\(date)"), time: time)
            state.passDeadline(of: subject, on: date, &outgoing)
        }
        for key in missed {
            let id = "\(key.nib)/\(key.office)/\(key.application)/\(date)"
            outgoing.begin(key: EventKey.of(source: "enforcement/permit", id: id), time: time)
            state.accuse(applicantOf: key, on: date, &outgoing)
        }
        state.save(to: &writer)
        return true
    }

    private func subjects(_ rows: QueryResult, _ touched: inout Touched) throws -> [EnforcementSubject] {
        try (0..<rows.rowCount).map { row in
            let subject = try EnforcementSubject(code: rows.int64(row, 0))
            if let npp = try rows.optionalInt64(row, 1) { touched.npps.insert(try NPP(code: npp)) }
            if let nib = try rows.optionalInt64(row, 2) { touched.nibs.insert(try NIB(code: nib)) }
            return subject
        }
    }

    private func permits(_ rows: QueryResult, _ touched: inout Touched) throws -> [IntakeState.PermitKey] {
        try (0..<rows.rowCount).map { row in
            let nib = try NIB(code: rows.int64(row, 0))
            touched.nibs.insert(nib)
            if let npp = try rows.optionalInt64(row, 3) { touched.npps.insert(try NPP(code: npp)) }
            if let npwp = try rows.optionalInt64(row, 4) { touched.npwps.insert(try NPWP(code: npwp)) }
            return IntakeState.PermitKey(
                nib: nib.code, office: try rows.text(row, 1), application: try rows.text(row, 2))
        }
    }
}

extension IntakeState {
    /// Whoever has let the deadline of a held application go by: a firm that is not registered (PWBD), or one that has
    /// registered only a part of its workers or wages (PDS).
    mutating func accuse(applicantOf key: PermitKey, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard var permit = permits[key], permit.stage == .held, !permit.isEnforced, let until = permit.until,
            until < date, let application = permit.application
        else { return }
        permit.isEnforced = true
        permits[key] = permit
        changedPermits.insert(key)
        switch firm(of: application) {
        case .registered(let found):
            guard let employer = employers[found.npp], permit.answer.contains("PARTIAL_"),
                application.declared.exceeds(workers: employer.workers, wages: employer.wages)
            else { return }
            accuse(
                .employer(employer.npp), of: .partial, application.declared, name: employer.name, npp: employer.npp,
                nib: employer.nib, on: date, &outgoing)
        // Numbers that name somebody else, or two firms, are the office's to correct: no firm is accused of them.
        case .doubtful, .mismatch: return
        case .unknown:
            guard registered(under: application.nib) == nil else { return }
            accuse(
                .business(application.nib), of: .notRegistered, application.declared, name: application.employerName,
                npp: nil, nib: application.nib, on: date, &outgoing)
        }
    }
}
