import PerisaiModels
import Testing

@testable import EnrollmentIntake

@Suite struct PermitTests {
    func employer(_ nib: NIB?) throws -> EnrollmentInput {
        .employer(try Make.employer("e-1", nib: nib, niks: [try Make.nik(1), try Make.nik(5)], on: "2018-03-10"))
    }

    @Test func aHeldPermitIsReleasedByItself() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let held = try bench.apply(
            .permitApplied(try Make.permit("1", nib: nib)),
            .permitApplied(try Make.permit("2", nib: nib, listed: [try Make.nik(1)])))
        #expect(try held.map { try $0.codes() } == [["NOT_REGISTERED"], ["WORKERS_MISSING"]])
        #expect(try bench.apply(.permitApplied(try Make.permit("1", nib: nib))).isEmpty)
        let published = try bench.apply(try employer(nib))
        #expect(published.map(\.kind) == ["employer-enrolled", "permit-cleared", "permit-cleared"])
        let cleared = try published[1].read(PermitCleared.self)
        #expect(cleared.wasHeld)
        #expect(cleared.ground == .registered)
        #expect(cleared.decidedOn == Make.date("2018-03-10"))
        let enrolled = try published[0].read(EmployerEnrolled.self)
        #expect(cleared.npp == enrolled.npp)
        let later = try bench.apply(.permitApplied(try Make.permit("3", nib: nib, on: "2018-04-01")))
        #expect(try later[0].read(PermitCleared.self).wasHeld == false)
        #expect(try bench.apply(.permitApplied(try Make.permit("1", nib: nib))).isEmpty)
    }

    @Test func changedFactsAreAnsweredAgain() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let workers = [try Make.nik(1), try Make.nik(2)]
        _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib)))
        let complete = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, listed: workers)))
        #expect(try complete[0].read(PermitCleared.self).ground == .readiness)
        #expect(try complete[0].read(PermitCleared.self).wasHeld)
        let more = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, declared: 3, listed: workers)))
        #expect(try more[0].codes() == ["WORKERS_MISSING"])
    }

    @Test func theFirstPaymentReleasesWhereTheOfficeDemandsIt() throws {
        var settings = EnrollmentSettings()
        settings.permits.firstPaymentOffices = ["PTSP-DPS"]
        let bench = try Bench(settings)
        let nib = try Make.nib(1)
        _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib)))
        let enrolled = try bench.apply(try employer(nib))
        #expect(enrolled.map(\.kind) == ["employer-enrolled", "permit-held"])
        #expect(try enrolled[1].codes() == ["FIRST_PAYMENT_MISSING"])
        let npp = try enrolled[0].read(EmployerEnrolled.self).npp
        let paid = try bench.apply(.firstPayment(npp, on: Make.date("2018-04-12")))
        let cleared = try paid[0].read(PermitCleared.self)
        #expect(cleared.ground == .firstPayment)
        #expect(cleared.decidedOn == Make.date("2018-04-12"))
        #expect(try bench.apply(.firstPayment(npp, on: Make.date("2018-05-12"))).isEmpty)
    }

    @Test func aFirmWithoutNIBIsFoundByItsNPP() throws {
        let bench = try Bench()
        let enrolled = try bench.apply(try employer(nil))
        let npp = try enrolled[0].read(EmployerEnrolled.self).npp
        let named = try bench.apply(.permitApplied(try Make.permit("1", nib: try Make.nib(1), npp: npp)))
        #expect(named.map(\.kind) == ["permit-cleared"])
        // Another firm's number clears nothing.
        let other = try bench.apply(
            .employer(try Make.employer("e-2", nib: try Make.nib(2), niks: [try Make.nik(2)])))
        let theirs = try other[0].read(EmployerEnrolled.self).npp
        let wrong = try bench.apply(.permitApplied(try Make.permit("2", nib: try Make.nib(3), npp: theirs)))
        #expect(try wrong[0].codes() == ["NOT_REGISTERED"])
    }

    @Test func aWithdrawnApplicationStaysClosed() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        #expect(
            try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib))).map(\.kind) == ["permit-closed"])
        #expect(try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib))).isEmpty)
        #expect(try bench.apply(.permitApplied(try Make.permit("1", nib: nib))).isEmpty)
        _ = try bench.apply(.permitApplied(try Make.permit("2", nib: nib)))
        #expect(
            try bench.apply(.permitWithdrawn(try Make.withdrawn("2", nib: nib))).map(\.kind) == ["permit-closed"])
        #expect(try bench.apply(try employer(nib)).map(\.kind) == ["employer-enrolled"])
    }
}
