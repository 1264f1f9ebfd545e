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
        case .permitClosed(let event): [Self.closed(event)]
        // Posted to the office's callback address only.
        case .permitReminded, .servicesWithheld: []
        case .agentActivated(let event): [Self.activated(event)]
        case .agentRefused(let event): [Self.refused(event)]
        case .participantEnrolled(let event): [Self.welcome(event)]
        case .employerEnrolled(let event): Self.welcome(event)
        // Without an agent nobody is known who could be told: the submission itself got the answer.
        case .submissionRefused(let event): event.agentID.map { [Self.refused(event, $0)] } ?? []
        case .contributionPosted(let event): [Self.receipt(event)]
        case .contributionReversed(let event): [Self.reversal(event)]
        case .paymentException(let event): Self.exception(event).map { [$0] } ?? []
        case .paymentDifferent(let event): [Self.difference(event)]
        case .statementIssued(let event): [Self.statement(event)]
        case .employerChanged, .employerClosed, .participantExited, .enforcementStepped, .agentStandingChanged,
            .agentCredentialed, .coverChanged, .arrearsChanged, .fineAssessed, .contributionReminded,
            .exceptionEscalated, .agencyChanged, .wadahChanged, .disputeChanged, .payoutChanged:
            []
        case .contactPreferenceStated, .businessDateStarted, .subjectErased, .subjectCorrected: []
        }
    }

    static func name(_ text: String) -> String {
        let name = IndonesianText.clean(text, limit: IndonesianText.nameLimit)
        return name.isEmpty ? "-" : name
    }

    static func sentence(_ text: String) -> String {
        let sentence = IndonesianText.clean(text, limit: IndonesianText.sentenceLimit)
        return sentence.isEmpty ? "-" : sentence
    }

    /// Answers to a permit office: cleared, released, held or closed (domain.md 4.2).
    private static func cleared(_ event: PermitCleared) -> Draft {
        let ground =
            switch event.ground {
            case .registered: "perusahaan dan pekerjanya telah terdaftar"
            case .readiness: "surat pernyataan kesediaan mendaftar"
            case .firstPayment: "iuran pertama telah diterima"
            }
        return Draft(
            event.wasHeld ? .permitReleased : .permitCleared, to: .office(event.office),
            Fields([
                "application_id": IndonesianText.reference(event.applicationID.text),
                "employer": name(event.employerName),
                "nib": event.nib.text, "npp": event.npp?.text, "ground": ground,
                "decided_on": IndonesianText.date(event.decidedOn),
            ]))
    }

    private static func held(_ event: PermitHeld) -> Draft {
        var fields = Fields([
            "application_id": IndonesianText.reference(event.applicationID.text), "employer": name(event.employerName),
            "nib": event.nib.text, "decided_on": IndonesianText.date(event.decidedOn),
        ])
        fields["missing"] = .lines(event.missing.prefix(5).map { ["remedy": sentence($0.remedy)] })
        return Draft(.permitHeld, to: .office(event.office), fields)
    }

    private static func closed(_ event: PermitClosed) -> Draft {
        Draft(
            .permitClosed, to: .office(event.office),
            Fields([
                "application_id": IndonesianText.reference(event.applicationID.text), "nib": event.nib.text,
                "decided_on": IndonesianText.date(event.decidedOn),
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
