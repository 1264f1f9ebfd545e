import PerisaiModels

/// Welcomes, changes and ends of memberships, and refusals (domain.md 8).
extension NotifierInput {
    /// Workers named in the welcome of an employer; the rest is counted.
    static let listedWorkers = 10
    /// Reasons named in a refusal.
    static let listedReasons = 5

    private static func programmes(_ programmes: [Programme]) -> FieldValue {
        .words(programmes.sorted().map(\.rawValue))
    }

    /// Under `reasons` as lines, the first one also under `reason`: an SMS has room for one.
    static func reasons(_ reasons: [RefusalReason]) -> [String: FieldValue?] {
        [
            "reasons": .lines(reasons.prefix(listedReasons).map { ["text": .sentence($0.text)] }),
            "reason": reasons.first.map { .sentence($0.text) },
        ]
    }

    static func welcome(_ event: ParticipantEnrolled) -> Draft {
        Draft(
            .welcomeParticipant, to: .participant(event.kpj),
            Fields([
                "kpj": .text(event.kpj.text), "nik": .text(event.nik.masked),
                "programmes": programmes(event.programmes), "income": .money(event.monthlyIncome),
                "enrolled_on": .date(event.enrolledOn), "first_month": .month(event.firstMonth),
            ]))
    }

    /// One digest to the employer; a worker gets a message only where there is a phone number to send it to, so that an
    /// employer or an agent is not flooded with one message a worker.
    static func welcome(_ event: EmployerEnrolled) -> [Draft] {
        var fields = Fields([
            "npp": .text(event.npp.text), "nib": event.nib.map { .text($0.text) },
            "programmes": programmes(event.programmes), "worker_count": .number(event.workers.count),
            "contribution": .money(event.monthlyContribution), "enrolled_on": .date(event.enrolledOn),
            "first_month": .month(event.firstMonth),
        ])
        fields.setLines(
            "workers", event.workers.prefix(listedWorkers).map { ["name": .name($0.name), "kpj": .text($0.kpj.text)] },
            limit: listedWorkers)
        if event.workers.count > listedWorkers { fields["more"] = .number(event.workers.count - listedWorkers) }
        let toWorkers = welcomes(
            event.workers, zone: event.zone,
            Fields([
                "employer": .name(event.name), "npp": .text(event.npp.text),
                "programmes": programmes(event.programmes), "enrolled_on": .date(event.enrolledOn),
                "first_month": .month(event.firstMonth),
            ]))
        return [Draft(.welcomeEmployer, to: .employer(event.npp), fields)] + toWorkers
    }

    private static func welcomes(_ workers: [EnrolledWorker], zone: IndonesianZone?, _ common: Fields) -> [Draft] {
        workers.compactMap { worker in
            guard let phone = worker.phone else { return nil }
            var fields = common
            fields["kpj"] = .text(worker.kpj.text)
            fields["nik"] = .text(worker.nik.masked)
            return Draft(
                .welcomeWorker, to: .worker(worker.kpj),
                contact: Contact(name: worker.name, phone: phone, zone: zone), fields)
        }
    }

    /// To the employer; workers that join are welcomed like those of an enrolment, without the employer's name, which
    /// the event does not tell.
    static func changed(_ event: EmployerChanged) -> [Draft] {
        let toEmployer = Draft(
            .employerChanged, to: .employer(event.npp),
            Fields([
                "npp": .text(event.npp.text), "joined": .some(event.joined.count), "left": .some(event.left.count),
                "worker_count": .number(event.wages.count), "programmes": programmes(event.programmes),
                "contribution": .money(event.monthlyContribution), "from_month": .month(event.fromMonth),
                "late": .flag(event.lateReport), "changed_on": .date(event.changedOn),
            ]))
        let toWorkers = welcomes(
            event.joined, zone: nil,
            Fields([
                "npp": .text(event.npp.text), "programmes": programmes(event.programmes),
                "enrolled_on": .date(event.changedOn), "first_month": .month(event.fromMonth),
            ]))
        return [toEmployer] + toWorkers
    }

    static func closed(_ event: EmployerClosed) -> Draft {
        Draft(
            .employerClosed, to: .employer(event.npp),
            Fields([
                "npp": .text(event.npp.text), "last_month": .month(event.lastMonth),
                "closed_on": .date(event.closedOn),
            ]))
    }

    /// Where the member has died, the family reads it.
    static func exited(_ event: ParticipantExited) -> Draft {
        let reason: FieldValue =
            switch event.reason {
            case .jhtClaim: .phrase("klaim JHT", "JHT claim")
            case .death: .phrase("peserta meninggal dunia", "death of the member")
            case .age: .phrase("batas usia", "age limit")
            case .contractEnd: .phrase("berakhirnya perjanjian kerja", "end of the contract of work")
            case .other: .phrase("permintaan berhenti", "leaving the programme")
            }
        return Draft(
            .participantExited, to: .participant(event.kpj),
            Fields([
                "kpj": .text(event.kpj.text), "reason": reason, "last_month": .month(event.lastMonth),
                "exited_on": .date(event.exitedOn), "death": .flag(event.reason == .death),
            ]))
    }

    static func refused(_ event: SubmissionRefused, _ agent: AgentID) -> Draft {
        var fields: [String: FieldValue?] = [
            "submission_id": .reference(event.submissionID.text),
            "subject": event.kind == .employer ? .phrase("perusahaan", "employer") : .phrase("peserta", "participant"),
            "decided_on": .date(event.decidedOn),
        ]
        fields.merge(reasons(event.reasons)) { $1 }
        return Draft(.submissionRefused, to: .agent(agent), Fields(fields))
    }
}
