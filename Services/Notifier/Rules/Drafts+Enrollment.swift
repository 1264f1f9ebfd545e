import PerisaiModels

/// Welcomes and refusals (domain.md 8).
extension NotifierInput {
    /// Workers named in the welcome of an employer; the rest is counted.
    static let listedWorkers = 10
    /// Reasons named in a refusal.
    static let listedReasons = 5

    private static func programmes(_ programmes: [Programme]) -> String {
        IndonesianText.list(programmes.sorted().map(\.rawValue))
    }

    private static func reasons(_ reasons: [RefusalReason]) -> FieldValue {
        .lines(reasons.prefix(listedReasons).map { ["text": sentence($0.text)] })
    }

    static func welcome(_ event: ParticipantEnrolled) -> Draft {
        Draft(
            .welcomeParticipant, to: .participant(event.kpj),
            Fields([
                "kpj": event.kpj.text, "nik": event.nik.masked, "programmes": programmes(event.programmes),
                "income": IndonesianText.money(event.monthlyIncome),
                "enrolled_on": IndonesianText.date(event.enrolledOn),
                "first_month": IndonesianText.month(event.firstMonth),
            ]))
    }

    /// One digest to the employer; a worker gets a message only where there is a phone number to send it to, so that an
    /// employer or an agent is not flooded with one message a worker.
    static func welcome(_ event: EmployerEnrolled) -> [Draft] {
        let programmes = programmes(event.programmes)
        let enrolledOn = IndonesianText.date(event.enrolledOn)
        let firstMonth = IndonesianText.month(event.firstMonth)
        var fields = Fields([
            "npp": event.npp.text, "nib": event.nib?.text, "programmes": programmes,
            "worker_count": IndonesianText.number(event.workers.count),
            "contribution": IndonesianText.money(event.monthlyContribution), "enrolled_on": enrolledOn,
            "first_month": firstMonth,
        ])
        fields.setLines(
            "workers", event.workers.prefix(listedWorkers).map { ["name": name($0.name), "kpj": $0.kpj.text] },
            limit: listedWorkers)
        if event.workers.count > listedWorkers {
            fields["more"] = .text(IndonesianText.number(event.workers.count - listedWorkers))
        }
        var drafts = [Draft(.welcomeEmployer, to: .employer(event.npp), fields)]
        for worker in event.workers {
            guard let phone = worker.phone else { continue }
            drafts.append(
                Draft(
                    .welcomeWorker, to: .worker(worker.kpj),
                    contact: Contact(name: worker.name, phone: phone, zone: event.zone),
                    Fields([
                        "employer": name(event.name), "npp": event.npp.text, "kpj": worker.kpj.text,
                        "nik": worker.nik.masked, "programmes": programmes, "enrolled_on": enrolledOn,
                        "first_month": firstMonth,
                    ])))
        }
        return drafts
    }

    static func activated(_ event: AgentActivated) -> Draft {
        Draft(
            .agentActivated, to: .agent(event.agentID),
            Fields([
                "agent_id": IndonesianText.reference(event.agentID.text),
                "wadah_id": IndonesianText.reference(event.wadahID.text), "branch": event.branch.text,
                "activated_on": IndonesianText.date(event.activatedOn),
            ]))
    }

    static func refused(_ event: AgentRefused) -> Draft {
        var fields = Fields([
            "agent_id": IndonesianText.reference(event.agentID.text),
            "decided_on": IndonesianText.date(event.decidedOn),
        ])
        fields["reasons"] = reasons(event.reasons)
        return Draft(.agentRefused, to: .agent(event.agentID), fields)
    }

    static func refused(_ event: SubmissionRefused, _ agent: AgentID) -> Draft {
        var fields = Fields([
            "submission_id": IndonesianText.reference(event.submissionID.text),
            "subject": event.kind == .employer ? "perusahaan" : "peserta",
            "decided_on": IndonesianText.date(event.decidedOn),
        ])
        fields["reasons"] = reasons(event.reasons)
        return Draft(.submissionRefused, to: .agent(agent), fields)
    }
}
