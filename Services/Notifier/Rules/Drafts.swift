import PerisaiModels

extension NotifierInput {
    /// The messages that follow from the event alone.
    public var drafts: [Draft] { drafts { _ in nil } }

    /// The messages that follow from the event; for the same event always the same.
    /// - Parameter branch: the branch of a payer, where it is known: its desk hears of exceptions.
    public func drafts(branch: (PayerNumber) -> BranchCode?) -> [Draft] {
        switch self {
        case .permitCleared(let event): [Self.cleared(event)]
        case .permitHeld(let event): [Self.held(event)]
        case .permitReminded(let event): [Self.reminded(event)]
        case .permitClosed(let event): [Self.closed(event)]
        case .servicesWithheld(let event): [Self.withheld(event)]
        case .agentActivated(let event): [Self.activated(event)]
        case .agentRefused(let event): [Self.refused(event)]
        case .agentStandingChanged(let event): [Self.standing(event)]
        case .agentCredentialed(let event): [Self.credentialed(event)]
        case .participantEnrolled(let event): [Self.welcome(event)]
        case .employerEnrolled(let event): Self.welcome(event)
        // Without an agent nobody is known who could be told: the submission itself got the answer.
        case .submissionRefused(let event): event.agentID.map { [Self.refused(event, $0)] } ?? []
        case .participantExited(let event): [Self.exited(event)]
        case .employerChanged(let event): Self.changed(event)
        case .employerClosed(let event): [Self.closed(event)]
        case .contributionPosted(let event): [Self.receipt(event)]
        case .contributionReversed(let event): [Self.reversal(event)]
        case .paymentException(let event): Self.exception(event).map { [$0] } ?? []
        case .paymentDifferent(let event): [Self.difference(event)]
        case .fineAssessed(let event): Self.fine(event).map { [$0] } ?? []
        case .coverChanged(let event): Self.cover(event).map { [$0] } ?? []
        case .arrearsChanged(let event): Self.arrears(event).map { [$0] } ?? []
        case .contributionReminded(let event): [Self.reminder(event)]
        case .enforcementStepped(let event): Self.enforcement(event).map { [$0] } ?? []
        case .exceptionEscalated(let event): [Self.escalated(event, to: event.payer.flatMap(branch))]
        case .statementIssued(let event): [Self.statement(event)]
        case .agencyChanged(let event): [Self.agency(event)]
        case .wadahChanged(let event): [Self.wadah(event)]
        case .disputeChanged(let event): [Self.dispute(event)]
        case .payoutChanged(let event): Self.payout(event).map { [$0] } ?? []
        case .contactPreferenceStated, .businessDateStarted, .subjectErased, .subjectCorrected: []
        }
    }

    /// Conditions of a permit named in a message; an office gets them all by its webhook.
    static let listedConditions = 5
}

/// Answers to a permit office: cleared, released, held, reminded, closed; TMP2T (domain.md 4.1, 4.2).
extension NotifierInput {
    private static func cleared(_ event: PermitCleared) -> Draft {
        let ground: FieldValue =
            switch event.ground {
            case .registered:
                .phrase("perusahaan dan pekerjanya telah terdaftar", "the firm and its workers are registered")
            case .readiness:
                .phrase("surat pernyataan kesediaan mendaftar", "signed statement of readiness to register")
            case .firstPayment: .phrase("iuran pertama telah diterima", "the first contribution was received")
            }
        return Draft(
            event.wasHeld ? .permitReleased : .permitCleared, to: .office(event.office),
            Fields([
                "application_id": .reference(event.applicationID.text), "employer": .name(event.employerName),
                "nib": .text(event.nib.text), "npp": event.npp.map { .text($0.text) }, "ground": ground,
                "decided_on": .date(event.decidedOn),
            ]))
    }

    private static func missing(_ conditions: [MissingCondition]) -> FieldValue {
        .lines(conditions.prefix(listedConditions).map { ["remedy": .sentence($0.remedy)] })
    }

    private static func held(_ event: PermitHeld) -> Draft {
        Draft(
            .permitHeld, to: .office(event.office),
            Fields([
                "application_id": .reference(event.applicationID.text), "employer": .name(event.employerName),
                "nib": .text(event.nib.text), "decided_on": .date(event.decidedOn), "missing": missing(event.missing),
                "until": event.until.map(FieldValue.date),
                "unknown_employer": .flag(event.answer == .unknownEmployer),
            ]))
    }

    private static func reminded(_ event: PermitReminded) -> Draft {
        Draft(
            .permitReminder, to: .office(event.office),
            Fields([
                "application_id": .reference(event.applicationID.text), "employer": .name(event.employerName),
                "nib": .text(event.nib.text), "missing": missing(event.missing), "until": .date(event.until),
                "overdue": .flag(event.overdue),
            ]))
    }

    private static func closed(_ event: PermitClosed) -> Draft {
        let reason: FieldValue =
            switch event.reason ?? .withdrawn {
            case .withdrawn: .phrase("ditarik kembali oleh pemohon", "the applicant has withdrawn it")
            case .issued: .phrase("izin telah diterbitkan", "the permit has been issued")
            case .outside:
                .phrase("di luar kewenangan layanan ini (jasa konstruksi)", "outside this service (construction)")
            }
        return Draft(
            .permitClosed, to: .office(event.office),
            Fields([
                "application_id": .reference(event.applicationID.text), "nib": .text(event.nib.text), "reason": reason,
                "remedy": event.remedy.map(FieldValue.sentence), "decided_on": .date(event.decidedOn),
            ]))
    }

    /// TMP2T asked for, or taken back (PP 86/2013 Art. 8).
    private static func withheld(_ event: ServicesWithheld) -> Draft {
        Draft(
            event.withheld ? .officeWithhold : .officeRestore, to: .office(event.office),
            Fields([
                "employer": .name(event.employerName), "npp": event.npp.map { .text($0.text) },
                "nib": event.nib.map { .text($0.text) }, "case": .prefix(event.caseID.text),
                "legal_ground": .sentence(event.legalGround), "remedy": .sentence(event.remedy),
                "decided_on": .date(event.decidedOn),
            ]))
    }
}

extension ExceptionEscalated {
    /// The desk that is told: 1 the branch of the payer, 2 the region, 3 head office; head office where no branch is
    /// known.
    func desk(branch: BranchCode?) -> BranchCode {
        let name = level <= 1 ? branch?.text : level == 2 ? "KANWIL" : nil
        do { return try BranchCode(name ?? "PUSAT") } catch { preconditionFailure("PUSAT is a branch code") }
    }
}
