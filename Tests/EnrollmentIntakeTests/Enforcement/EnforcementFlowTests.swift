import PerisaiModels
import Testing

@testable import EnrollmentIntake
@testable import Worker

@Suite struct EnforcementFlowTests {
    /// From the first warning to the prosecutor, and back when all is paid.
    @Test func arrearsEndWithTheProsecutor() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(1)
        let npp = try bench.employer(1, nib: nib)
        try bench.apply(
            try Make.application("1", nib: nib, office: "PTSP-DPS"),
            try Make.application("2", nib: nib, office: "PTSP-BDG"),
            try Make.application("3", nib: nib, office: "PTSP-DPS", on: "2026-09-02"))
        #expect(try bench.apply(Make.owed(npp, 3, 9_000_000, on: "2026-10-16")).isEmpty)

        let first = try bench.apply(Make.owed(npp, 4, 12_345_678, on: "2026-11-02")).steps()
        try #require(first.count == 1)
        #expect(first.map(\.step) == [.warning1])
        #expect(first[0].deadline == Make.date("2026-11-16"))
        #expect(first[0].legalGround == "PP 86/2013 Pasal 6")
        #expect(first[0].remedy.contains("Bayar Rp12.345.678 ke virtual account 777012"))
        #expect(try bench.start("2026-11-16").isEmpty)
        let second = try bench.start("2026-11-17").steps()
        try #require(second.count == 1)
        #expect(second.map(\.step) == [.warning2])
        #expect(second[0].deadline == Make.date("2026-12-01"))
        #expect(try bench.start("2026-12-01").isEmpty)
        let fined = try bench.start("2026-12-02")
        #expect(try fined.steps().map(\.deadline) == [Make.date("2026-12-31")])
        let fine = try #require(try fined.fines().first)
        #expect(fine.amount == Rupiah(12_346))
        #expect(fine.month == Make.month("2027-01"))
        let found = try bench.found(.employer(npp))
        #expect(fine.caseID == found.caseID)
        try bench.apply(Make.owed(npp, 5, 15_000_000, fines: 12_346, sanction: (12_346, found), on: "2026-12-16"))
        #expect(try bench.start("2026-12-31").isEmpty)

        let withheld = try bench.start("2027-01-01")
        #expect(try withheld.steps().map(\.step) == [.servicesWithheld])
        #expect(try withheld.services().map(\.office.text) == ["PTSP-BDG", "PTSP-DPS"])
        #expect(
            try withheld.services().compactMap { $0.callbackURL.map { "\($0)" } }.allSatisfy { $0.contains("ptsp") })
        #expect(try bench.start("2027-01-15").isEmpty)
        #expect(
            try bench.apply(Make.owed(npp, 6, 16_000_000, fines: 12_346, sanction: (12_346, found), on: "2027-01-16"))
                .isEmpty)
        let inspected = try bench.apply(
            Make.owed(npp, 7, 17_000_000, fines: 12_346, sanction: (12_346, found), on: "2027-02-16"))
        #expect(try inspected.steps().map(\.step) == [.inspector])
        #expect(try inspected.steps().map(\.deadline) == [Make.date("2027-03-18")])
        #expect(try bench.start("2027-03-18").isEmpty)
        let prosecuted = try bench.start("2027-03-19").steps()
        try #require(prosecuted.count == 1)
        #expect(prosecuted.map(\.step) == [.prosecutor])
        #expect(prosecuted[0].deadline == Make.date("2027-03-26"))
        #expect(prosecuted[0].sanctionFine == Rupiah(12_346))
        #expect(try bench.start("2027-03-27", "2027-05-01").isEmpty)

        // Contributions alone do not end it: the sanction fine is owed.
        #expect(
            try bench.apply(
                Make.owed(npp, 0, 0, fines: 512_346, sanction: (12_346, found), on: "2027-05-02"),
                Make.owed(npp, 0, 0, fines: 12_346, sanction: (12_346, found), on: "2027-05-03")
            ).isEmpty)
        // The late fines are due with the next deposit, and are the reconciler's.
        let lifted = try bench.apply(
            Make.owed(npp, 0, 0, fines: 500_000, sanction: (0, found), on: "2027-05-04"))
        #expect(try lifted.steps().map(\.step) == [.lifted])
        #expect(try lifted.steps().map(\.breaches) == [[.arrears]])
        #expect(try lifted.services().map { "\($0.office) \($0.withheld)" } == ["PTSP-BDG false", "PTSP-DPS false"])
        #expect(
            try bench.file(.employer(npp)) == [
                "1 warning_1 2026-11-02 2026-11-16", "1 warning_2 2026-11-17 2026-12-01",
                "1 fine 2026-12-02 2026-12-31", "1 services_withheld 2027-01-01", "1 inspector 2027-02-16 2027-03-18",
                "1 prosecutor 2027-03-19 2027-03-26", "1 lifted 2027-05-04",
            ])
        // The next time it begins anew.
        try bench.apply(Make.owed(npp, 4, 1_000_000, on: "2027-11-02"))
        #expect(try bench.file(.employer(npp)).last == "2 warning_1 2027-11-02 2027-11-16")
        #expect(try bench.found(.employer(npp)).caseID != found.caseID)
    }

    /// Whatever the stage, all paid ends it; what was asked of offices is asked no longer.
    @Test(arguments: EnforcementStage.allCases.dropFirst())
    func settledAtEveryStage(stage: EnforcementStage) throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(1)
        let npp = try bench.employer(1, nib: nib)
        try bench.apply(try Make.application("1", nib: nib, office: "PTSP-DPS"))
        try bench.apply(Make.owed(npp, 8, 10_000_000, on: "2026-11-02"))
        var date = Make.date("2026-11-03")
        while try bench.found(.employer(npp)).stage < stage {
            try bench.start([date])
            date = date.adding(days: 1)
        }
        let found = try bench.found(.employer(npp))
        let part = try bench.apply(
            Make.owed(npp, 2, 1_000_000, fines: 10_000, sanction: (10_000, found), on: "\(date)"))
        #expect(part.isEmpty)
        #expect(try bench.found(.employer(npp)).stage == stage)
        let lifted = try bench.apply(Make.owed(npp, 0, 0, sanction: (0, found), on: "\(date)"))
        #expect(try lifted.steps().map(\.step) == [.lifted])
        #expect(try lifted.services().map(\.withheld) == (stage >= .servicesWithheld ? [false] : []))
        #expect(try bench.found(.employer(npp)).stage == .clear)
        #expect(try bench.start([date.adding(days: 100)]).isEmpty)
    }

    /// Many dates at once: a step on each at most, each with its own deadline.
    @Test func noDeadlineIsShortened() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(1)
        try bench.apply(Make.owed(npp, 4, 10_000_000, on: "2026-11-02"))
        // The clock has jumped: the second warning is given on the day that it is given.
        try bench.start("2026-12-15")
        #expect(
            try bench.file(.employer(npp)) == [
                "1 warning_1 2026-11-02 2026-11-16", "1 warning_2 2026-12-15 2026-12-30",
            ])
        // Many days in one batch are each its own.
        let days = (0..<60).map { Make.date("2026-12-20").adding(days: $0) }
        try bench.start(days)
        #expect(
            try bench.file(.employer(npp)).dropFirst(2) == [
                "1 fine 2026-12-31 2027-01-29", "1 services_withheld 2027-01-30",
            ])
        // A date that comes again, or late, is no new one.
        #expect(try bench.start("2026-12-25", "2027-02-17").isEmpty)
    }

    /// Paid before the fine, heard of after it: the fine was not due.
    @Test func whoHadPaidInTimeOwesNoFine() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(1)
        try bench.apply(Make.owed(npp, 4, 10_000_000, on: "2026-11-02"))
        try bench.start("2026-11-17", "2026-12-02")
        #expect(try bench.found(.employer(npp)).stage == .fined)
        let late = try bench.apply(Make.owed(npp, 0, 0, fines: 800_000, on: "2026-12-01"))
        #expect(try late.fines().map(\.amount) == [.zero])
        #expect(try late.steps().map(\.step) == [.lifted])
        // The reconciler's answer to the fine was on its way: it reopens nothing.
        let found = try bench.found(.employer(npp))
        #expect(
            try bench.apply(Make.owed(npp, 0, 0, fines: 10_000, sanction: (10_000, found), on: "2026-12-02")).isEmpty)
    }

    /// Paid on the day of the fine: it is owed, and the reconciler has not heard of it yet.
    @Test func aFineThatIsOnItsWayIsWaitedFor() throws {
        let bench = try EnforcementBench()
        let npp = try bench.employer(1)
        try bench.apply(Make.owed(npp, 4, 10_000_000, on: "2026-11-02"))
        try bench.start("2026-11-17", "2026-12-02")
        let found = try bench.found(.employer(npp))
        #expect(found.sanctionFine == Rupiah(10_000))
        #expect(try bench.apply(Make.owed(npp, 0, 0, on: "2026-12-02")).isEmpty)
        #expect(
            try bench.apply(Make.owed(npp, 0, 0, fines: 10_000, sanction: (10_000, found), on: "2026-12-02")).isEmpty)
        let paid = try bench.apply(Make.owed(npp, 0, 0, sanction: (0, found), on: "2026-12-03"))
        #expect(try paid.steps().map(\.step) == [.lifted])
    }

    /// A firm that lets its application's deadline go by and does not register.
    @Test func aFirmThatIsNotRegisteredIsCalledToAccount() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(7)
        let subject = EnforcementSubject.business(nib)
        try bench.apply(try Make.application("1", nib: nib, office: "PTSP-DPS"))
        try bench.hold(nib, until: "2026-10-15", answer: "NOT_REGISTERED")
        #expect(try bench.start("2026-10-15").isEmpty)
        let warned = try bench.start("2026-10-16").steps()
        try #require(warned.count == 1)
        #expect(warned.map(\.step) == [.warning1])
        #expect(warned[0].breaches == [.notRegistered])
        #expect(warned[0].nib == nib && warned[0].npp == nil)
        #expect(warned[0].deadline == Make.date("2026-10-30"))
        try bench.start("2026-10-31", "2026-11-17")
        let file = try bench.file(subject)
        #expect(file.last == "1 fine 2026-11-17 2026-12-16")
        #expect(!bench.published.contains { $0.kind == "sanction-fine-imposed" })
        let told = try bench.published.steps().last
        #expect(told?.remedy.contains("Denda sanksi nihil karena iuran yang terutang belum diketahui.") == true)
        try bench.start("2026-12-17")
        #expect(try bench.file(subject).last == "1 services_withheld 2026-12-17 2027-01-16")
        try bench.start("2027-01-17")
        #expect(try bench.file(subject).last == "1 inspector 2027-01-17 2027-02-16")
        // Registration ends it.
        let npp = try bench.employer(7, nib: nib)
        #expect(try bench.published.services().map(\.withheld) == [true, false])
        #expect(try bench.file(subject).last?.hasPrefix("1 lifted") == true)
        #expect(try EnforcementReport.of(.employer(npp), bench.connection) == nil)
    }

    /// Registered in part, then in arrears too: one case, which ends with the last breach.
    @Test func aPartialRegistrationJoinsArrears() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(3)
        let npp = try bench.employer(3, nib: nib)
        let subject = EnforcementSubject.employer(npp)
        try bench.apply(try Make.application("1", nib: nib, office: "PTSP-DPS", declared: 2))
        // Two workers were declared, and one is registered.
        #expect(try bench.rows("SELECT answer FROM permit") == ["held:PARTIAL_WORKERS"])
        try bench.hold(nib, until: "2026-10-15", answer: "PARTIAL_WORKERS")
        #expect(try bench.start("2026-10-16").steps().map(\.breaches) == [[.partial]])
        #expect(
            try bench.apply(Make.owed(npp, 4, 4_000_000, on: "2026-10-17")).steps().map(\.deadline)
                == [Make.date("2026-10-30")])
        #expect(try bench.found(subject).breaches == [.arrears, .partial])
        #expect(try bench.apply(Make.owed(npp, 0, 0, on: "2026-10-18")).isEmpty)
        #expect(try bench.found(subject).breaches == [.partial])
        var state = try IntakeLoader(connection: bench.connection, settings: .init()).load([])
        #expect(!state.withholdsServices(npp: npp, nib: nib))
        state.enforcement[subject] = try bench.found(subject)
        var outgoing = Outgoing(source: "test")
        state.settle(.arrears, of: subject, on: Make.date("2026-10-19"), &outgoing)
        #expect(outgoing.count == 0)
        state.settle(.partial, of: subject, on: Make.date("2026-10-19"), &outgoing)
        #expect(outgoing.count == 1)
        #expect(state.enforcement[subject]?.stage == .clear)
    }

    @Test func offices() throws {
        let bench = try EnforcementBench()
        let nib = try Make.nib(4)
        let npp = try bench.employer(4, nib: nib)
        try bench.apply(Make.owed(npp, 8, 10_000_000, on: "2026-11-02"))
        for date in ["2026-11-17", "2026-12-02", "2027-01-01"] { try bench.start(date) }
        // Nobody to ask: the step is on file all the same.
        #expect(try bench.found(.employer(npp)).stage == .servicesWithheld)
        #expect(try bench.published.services().isEmpty)
        #expect(try EnforcementReport.list(.init(), bench.connection).map(\.subject) == [.employer(npp)])
        var filter = EnforcementReport.Filter()
        filter.stage = .fined
        #expect(try EnforcementReport.list(filter, bench.connection).isEmpty)
        filter.stage = .servicesWithheld
        filter.breach = .arrears
        filter.dueBy = Make.date("2027-01-01")
        #expect(try EnforcementReport.list(filter, bench.connection).count == 1)
        filter.breach = .partial
        #expect(try EnforcementReport.list(filter, bench.connection).isEmpty)
    }
}
