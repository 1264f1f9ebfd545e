import PerisaiModels

import struct Foundation.UUID

/// Events of every kind, once with all that an event may hold and once with the least: what templates are checked
/// against.
public enum Samples {
    /// The messages of all sample events.
    public static var drafts: [Draft] { inputs.flatMap(\.drafts) }

    public static var inputs: [NotifierInput] { permits + enrollment + money }

    private static var permits: [NotifierInput] {
        var cleared = PermitCleared.sample
        cleared.npp = .sample
        cleared.wasHeld = false
        var released = cleared
        released.wasHeld = true
        var bare = cleared
        bare.npp = nil
        var bareReleased = released
        bareReleased.npp = nil
        var held = PermitHeld.sample
        held.missing = [
            MissingCondition(code: .notRegistered, remedy: "Daftarkan perusahaan pada BPJS Ketenagakerjaan"),
            MissingCondition(code: .workersMissing, remedy: "Daftarkan semua pekerja"),
        ]
        return [
            .permitCleared(cleared), .permitCleared(released), .permitCleared(bare), .permitCleared(bareReleased),
            .permitHeld(held), .permitClosed(.sample),
        ]
    }

    private static var enrollment: [NotifierInput] {
        let reasons = [RefusalReason(code: "NOT_TRAINED", field: "trained_on", text: "Pelatihan belum selesai")]
        var agentRefused = AgentRefused.sample
        agentRefused.reasons = reasons
        var submissionRefused = SubmissionRefused.sample
        submissionRefused.reasons = reasons
        submissionRefused.agentID = .sample
        var employer = EmployerEnrolled.sample
        employer.nib = .sample
        var worker = EnrolledWorker.sample
        worker.phone = .sample
        employer.workers = Array(repeating: worker, count: 12)
        var small = employer
        small.nib = nil
        small.workers = [.sample]
        return [
            .agentActivated(.sample), .agentRefused(agentRefused), .participantEnrolled(.sample),
            .employerEnrolled(employer), .employerEnrolled(small), .submissionRefused(submissionRefused),
        ]
    }

    private static var money: [NotifierInput] {
        var posted = ContributionPosted.sample
        let part = Allocation(month: .sample, amount: Rupiah(16_800), outstanding: .zero)
        posted.allocations = [
            part, Allocation(month: part.month.next, amount: Rupiah(10_000), outstanding: Rupiah(6_800)),
        ]
        posted.credited = Rupiah(1_200)
        posted.protectedFrom = part.month.firstDay
        posted.protectedUntil = part.month.lastDay
        posted.fromSuspense = true
        var many = posted
        many.allocations = (0..<24).map {
            Allocation(month: part.month.advanced(by: $0), amount: Rupiah(999_999_999), outstanding: .zero)
        }
        var partial = posted
        partial.allocations = [posted.allocations[1]]
        partial.credited = .zero
        partial.protectedFrom = nil
        partial.protectedUntil = nil
        partial.fromSuspense = false
        var reversed = ContributionReversed.sample
        reversed.allocations = many.allocations
        reversed.credited = Rupiah(1_200)
        var plain = reversed
        plain.allocations = [posted.allocations[1]]
        plain.credited = .zero
        var exception = PaymentException.sample
        exception.code = .breakdownMismatch
        exception.payer = .sample
        var fined = posted
        fined.fines = [posted.allocations[0]]
        var finedBack = plain
        finedBack.fines = [posted.allocations[0]]
        var over = PaymentDifferent.sample
        over.kind = .over
        var under = over
        under.kind = .under
        return [
            .contributionPosted(posted), .contributionPosted(many), .contributionPosted(partial),
            .contributionReversed(reversed), .contributionReversed(plain), .paymentException(exception),
            .contributionPosted(fined), .contributionReversed(finedBack), .paymentDifferent(over),
            .paymentDifferent(under),
        ] + statements
    }

    private static var statements: [NotifierInput] {
        var statement = StatementIssued.sample
        var line = StatementLine.sample
        line.label = "Insentif iuran"
        line.ratePPM = 75_000
        var flat = line
        flat.ratePPM = nil
        statement.lines = [line, flat]
        statement.sequence = 0
        var long = statement
        long.lines = Array(repeating: line, count: 20)
        var empty = statement
        empty.lines = []
        return [statement, long, empty].flatMap { statement in
            var correction = statement
            correction.sequence = 1
            return [NotifierInput.statementIssued(statement), .statementIssued(correction)]
        }
    }
}
