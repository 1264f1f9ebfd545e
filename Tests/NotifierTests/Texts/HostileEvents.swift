import PerisaiModels

@testable import Notifier

/// Events that carry free text, with the same text everywhere.
enum HostileEvents {
    static func named(_ name: String, nik: NIK) throws -> [NotifierInput] {
        try people(name, nik) + offices(name) + agents(name) + money(name, nik)
    }

    static func showsNIK(_ text: String, _ nik: NIK) -> Bool {
        let digits = text.unicodeScalars.compactMap { scalar -> Character? in
            guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else {
                return nil
            }
            return Character(String(Int(value)))
        }
        return String(digits).contains(nik.text)
    }

    private static func people(_ name: String, _ nik: NIK) throws -> [NotifierInput] {
        var participant = ParticipantEnrolled.sample
        participant.name = name
        participant.nik = nik
        var worker = EnrolledWorker.sample
        worker.name = name
        worker.nik = nik
        worker.phone = .sample
        var employer = EmployerEnrolled.sample
        employer.name = name
        employer.workers = Array(repeating: worker, count: 30)
        var changed = EmployerChanged.sample
        changed.joined = Array(repeating: worker, count: 30)
        var refused = SubmissionRefused.sample
        refused.agentID = .sample
        refused.reasons = Array(repeating: RefusalReason(code: "X", field: "nik", text: name), count: 50)
        return [
            .participantEnrolled(participant), .employerEnrolled(employer), .employerChanged(changed),
            .submissionRefused(refused),
        ]
    }

    private static func offices(_ name: String) -> [NotifierInput] {
        var held = PermitHeld.sample
        held.employerName = name
        held.missing = Array(repeating: MissingCondition(code: .notRegistered, remedy: name), count: 9)
        var reminded = PermitReminded.sample
        reminded.employerName = name
        reminded.missing = held.missing
        var cleared = PermitCleared.sample
        cleared.employerName = name
        var closed = PermitClosed.sample
        closed.remedy = name
        var withheld = ServicesWithheld.sample
        withheld.employerName = name
        withheld.legalGround = name
        withheld.remedy = name
        let steps = EnforcementStep.allCases.map { step in
            var stepped = EnforcementStepped.sample
            stepped.npp = .sample
            stepped.step = step
            stepped.employerName = name
            stepped.legalGround = name
            stepped.remedy = name
            return NotifierInput.enforcementStepped(stepped)
        }
        return [
            .permitHeld(held), .permitReminded(reminded), .permitCleared(cleared), .permitClosed(closed),
            .servicesWithheld(withheld),
        ] + steps
    }

    private static func agents(_ name: String) -> [NotifierInput] {
        var refused = AgentRefused.sample
        refused.reasons = Array(repeating: RefusalReason(code: "X", field: "nik", text: name), count: 9)
        var standing = AgentStandingChanged.sample
        standing.reason = name
        let agencies = AgencyChange.allCases.map { change in
            var changed = AgencyChanged.sample
            changed.change = change
            changed.reason = name
            return NotifierInput.agencyChanged(changed)
        }
        var wadah = WadahChanged.sample
        wadah.name = name
        wadah.reason = name
        var dispute = DisputeChanged.sample
        dispute.reason = name
        let payouts = PayoutState.allCases.map { state in
            var changed = PayoutChanged.sample
            changed.payeeID = AgentID.sample.text
            changed.state = state
            changed.reason = name
            return NotifierInput.payoutChanged(changed)
        }
        return [
            .agentRefused(refused), .agentStandingChanged(standing), .wadahChanged(wadah), .disputeChanged(dispute),
        ]
            + agencies + payouts
    }

    private static func money(_ name: String, _ nik: NIK) throws -> [NotifierInput] {
        var statement = StatementIssued.sample
        var line = StatementLine.sample
        line.label = name
        statement.lines = Array(repeating: line, count: 50)
        var correction = statement
        correction.sequence = 1
        let reference = try PaymentReference(nik.text)
        var posted = ContributionPosted.sample
        posted.reference = reference
        var reversed = ContributionReversed.sample
        reversed.reference = reference
        var unposted = PaymentException.sample
        unposted.code = .breakdownMismatch
        unposted.payer = .sample
        unposted.reference = reference
        var escalated = ExceptionEscalated.sample
        escalated.owner = name
        return [
            .statementIssued(statement), .statementIssued(correction), .contributionPosted(posted),
            .contributionReversed(reversed), .paymentException(unposted), .exceptionEscalated(escalated),
        ]
    }
}
