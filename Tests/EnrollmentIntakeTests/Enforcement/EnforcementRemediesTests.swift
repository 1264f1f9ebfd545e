import PerisaiModels
import Testing

@testable import EnrollmentIntake
@testable import Worker

/// What lifts a case, what does not, and what brings it back.
@Suite struct EnforcementRemediesTests {
    private func joins(_ npp: NPP, worker: Int, wage: Int64, on: String) throws -> EnrollmentInput {
        .report(
            .change(
                EmployerChangeReported(
                    submissionID: try SubmissionID("join-\(worker)"), npp: npp,
                    joining: [SubmittedWorker(nik: try Make.nik(worker), name: "Pekerja", wage: Rupiah(wage))],
                    leaving: [], wages: [], fromMonth: Make.date(on).contributionMonth, reportedOn: Make.date(on))))
    }

    /// A firm with one worker of 2 million that has declared two of 5 million, and is warned of it.
    private func partial(_ bench: EnforcementBench, office: String = "PTSP-DPS") throws -> (nib: NIB, npp: NPP) {
        let nib = try Make.nib(3)
        let npp = try bench.employer(3, nib: nib)
        var applied = try Make.permit("1", nib: nib, office: office, declared: 2, on: "2026-09-01")
        applied.wagesDeclared = Rupiah(5_000_000)
        try bench.apply(.permitApplied(applied))
        try bench.hold(nib, until: "2026-10-15", answer: "PARTIAL_WORKERS")
        #expect(try bench.start("2026-10-16").steps().map(\.breaches) == [[.partial]])
        return (nib, npp)
    }

    /// Neither what an application says nor its end lifts a case: workers and wages in the register do.
    @Test func onlyTheRegisterHealsAPartialRegistration() throws {
        let bench = try EnforcementBench()
        let (nib, npp) = try partial(bench)
        let subject = EnforcementSubject.employer(npp)
        #expect(try bench.found(subject).declared == Declared(workers: 2, wages: Rupiah(5_000_000)))
        try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib)))
        #expect(try bench.found(subject).stage == .warnedOnce)
        // All workers, not all wages.
        #expect(try bench.apply(joins(npp, worker: 501, wage: 2_999_999, on: "2026-10-19")).isEmpty)
        #expect(try bench.start("2026-10-31").steps().map(\.step) == [.warning2])
        let healed = try bench.apply(joins(npp, worker: 502, wage: 2_000_000, on: "2026-11-02")).steps()
        #expect(healed.map(\.step) == [.lifted])
        #expect(healed.map(\.steppedOn) == [Make.date("2026-11-02")])
    }

    /// Registered at last, with less than was declared: one case ends, and another begins with its own warnings.
    @Test func whoRegistersLessIsPartial() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(7)
        try bench.apply(try Make.application("1", nib: nib, office: "PTSP-DPS", declared: 2))
        try bench.hold(nib, until: "2026-10-15", answer: "NOT_REGISTERED")
        try bench.start("2026-10-16")
        let npp = try bench.employer(7, nib: nib)
        #expect(try bench.found(.business(nib)).stage == .clear)
        let found = try bench.found(.employer(npp))
        #expect(found.breaches == [.partial] && found.stage == .warnedOnce)
        #expect(found.declared.workers == 2)
        // The day that it is heard of, not the one it was submitted on.
        #expect(found.deadline == Make.date("2026-10-30"))
        #expect(try bench.start("2026-10-17").isEmpty)
        #expect(
            try bench.apply(joins(npp, worker: 501, wage: 2_000_000, on: "2026-10-19")).steps().map(\.step)
                == [.lifted])
        #expect(try bench.start("2026-10-20").isEmpty)
    }

    /// Registered without the NIB, under the NPWP of the application.
    @Test func anotherOfItsNumbersWillDo() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(7)
        let npwp = try NPWP(code: Make.nik(900).code)
        var applied = try Make.permit("1", nib: nib, declared: 1, on: "2026-09-01")
        applied.npwp = npwp
        try bench.apply(.permitApplied(applied))
        try bench.hold(nib, until: "2026-10-15", answer: "NOT_REGISTERED")
        try bench.start("2026-10-16")
        var submitted = try Make.employer("e", niks: [try Make.nik(901)], on: "2026-10-17")
        submitted.npwp = npwp
        let steps = try bench.apply(.employer(submitted)).steps()
        #expect(steps.map(\.step) == [.lifted])
        #expect(steps.map(\.nib) == [nib])
    }

    /// News of an earlier day shorten no warning.
    @Test func aWarningRunsFromWhenItIsGiven() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(1)
        try bench.start("2026-11-02")
        let warned = try bench.apply(Make.owed(npp, 4, 1_000_000, on: "2026-10-01")).steps()
        #expect(warned.map(\.steppedOn) == [Make.date("2026-11-02")])
        #expect(warned.map(\.deadline) == [Make.date("2026-11-16")])
    }

    private func fined(_ bench: EnforcementBench) throws -> NPP {
        let npp = try bench.employer(1)
        try bench.apply(Make.owed(npp, 4, 10_000_000, on: "2026-11-02"))
        try bench.start("2026-11-17", "2026-12-02")
        #expect(try bench.found(.employer(npp)).stage == .fined)
        return npp
    }

    /// Below the fine, late fines alone keep no case.
    @Test func lateFinesAloneAreNoBreach() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(1)
        try bench.apply(Make.owed(npp, 4, 10_000_000, on: "2026-11-02"))
        #expect(try bench.apply(Make.owed(npp, 0, 1, fines: 800_000, on: "2026-11-03")).isEmpty)
        let paid = try bench.apply(Make.owed(npp, 0, 0, fines: 800_000, on: "2026-11-03"))
        #expect(try paid.steps().map(\.step) == [.lifted])
    }

    /// The payment is taken back: the same case, at the fine, without another one.
    @Test func aReversedPaymentReopensTheCase() throws {
        let bench = try EnforcementBench()
        let npp = try fined(bench)
        let found = try bench.found(.employer(npp))
        try bench.apply(Make.owed(npp, 0, 0, sanction: (0, found), on: "2026-12-03"))
        #expect(try bench.found(.employer(npp)).stage == .clear)
        try bench.start("2026-12-10")
        let again = try bench.apply(
            Make.owed(npp, 4, 10_000_000, fines: 10_000, sanction: (10_000, found), on: "2026-12-04"))
        #expect(try again.steps().map(\.step) == [.fine])
        #expect(try again.steps().map(\.deadline) == [Make.date("2027-01-08")])
        #expect(try again.fines().isEmpty)
        let reopened = try bench.found(.employer(npp))
        #expect(reopened.caseID == found.caseID)
        #expect(reopened.sanctionFine == Rupiah(10_000))
        #expect(try bench.start("2027-01-09").steps().map(\.step) == [.servicesWithheld])
        #expect(
            try bench.apply(Make.owed(npp, 0, 0, sanction: (0, found), on: "2027-01-10")).steps().map(\.step)
                == [.lifted])
    }

    /// The fine of an earlier case is owed still: the next one waits for it.
    @Test func anOlderFineIsWaitedFor() throws {
        let bench = try EnforcementBench()
        let npp = try fined(bench)
        let older = try bench.found(.employer(npp))
        try bench.apply(Make.owed(npp, 0, 0, sanction: (0, older), on: "2026-12-03"))
        try bench.apply(Make.owed(npp, 4, 2_000_000, sanction: (0, older), on: "2027-12-03"))
        #expect(try bench.found(.employer(npp)).number == 2)
        #expect(
            try bench.apply(Make.owed(npp, 0, 0, fines: 10_000, sanction: (10_000, older), on: "2027-12-04")).isEmpty)
        #expect(
            try bench.apply(Make.owed(npp, 0, 0, sanction: (0, older), on: "2027-12-05")).steps().map(\.step)
                == [.lifted])
    }

    /// Arrears that join late have both warnings; the office that was asked stays asked, until what it was asked for is
    /// settled.
    @Test func arrearsThatJoinAreWarnedOf() throws {
        let bench = try EnforcementBench()
        let (nib, npp) = try partial(bench)
        let subject = EnforcementSubject.employer(npp)
        for date in ["2026-10-31", "2026-11-17", "2026-12-17"] { try bench.start(date) }
        #expect(try bench.found(subject).stage == .servicesWithheld)
        let joined = try bench.apply(Make.owed(npp, 4, 4_000_000, on: "2026-12-18"))
        #expect(try joined.steps().map(\.step) == [.warning1])
        #expect(try joined.steps().map(\.breaches) == [[.arrears, .partial]])
        #expect(try joined.services().isEmpty)
        var state = try IntakeLoader(connection: bench.connection, settings: .init()).load([])
        state.enforcement[subject] = try bench.found(subject)
        #expect(state.withholdsServices(npp: npp, nib: nib))
        try bench.start("2027-01-31")
        let fined = try bench.start("2027-02-28")
        #expect(try fined.fines().map(\.amount) == [Rupiah(4_000)])
        // Asked once.
        #expect(try bench.start("2027-03-31").services().isEmpty)
        #expect(try bench.found(subject).offices.map(\.text) == ["PTSP-DPS"])
    }

    @Test func officesAreReleasedWithWhatTheyWereAskedFor() throws {
        let bench = try EnforcementBench()
        let (_, npp) = try partial(bench)
        for date in ["2026-10-31", "2026-11-17", "2026-12-17"] { try bench.start(date) }
        try bench.apply(Make.owed(npp, 4, 4_000_000, on: "2026-12-18"))
        let healed = try bench.apply(joins(npp, worker: 501, wage: 9_000_000, on: "2026-12-19"))
        #expect(try healed.steps().isEmpty)
        #expect(try healed.services().map(\.withheld) == [false])
        let left = try bench.found(.employer(npp))
        #expect(left.breaches == [.arrears] && left.stage == .warnedOnce && left.offices.isEmpty)
    }

    /// The letter of another breach names the late fines without the sanction fine.
    @Test func lateFinesAreNoSanctionFines() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(3, nib: try Make.nib(3))
        let other = EnforcementCase(
            subject: .employer(npp), number: 9, name: "", npp: npp, nib: nil, breaches: [], stage: .clear,
            openedOn: .earliest, stageOn: .earliest, deadline: nil, unpaidMonths: 0, arrears: .zero, lateFines: .zero,
            sanctionFine: .zero, offices: [])
        try bench.apply(Make.owed(npp, 1, 100_000, fines: 2_500, sanction: (500, other), on: "2026-09-01"))
        #expect(try bench.rows("SELECT late_fines::text FROM employer") == ["2000"])
    }
}
