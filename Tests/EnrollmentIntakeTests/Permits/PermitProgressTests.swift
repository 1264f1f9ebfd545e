import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

/// Amended, issued, withdrawn, renewed, and construction.
@Suite struct PermitProgressTests {
    private let url = "https://ptsp.denpasar.example.go.id/answers"

    @Test func onlyWhatIsGivenChanges() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, declared: 3, listed: [try Make.nik(1)])))
        var amended = try Make.amended("1", nib: nib)
        amended.workersDeclared = 2
        amended.callbackURL = try CallbackURL(url)
        // Still one worker of two: what the office asks is answered, to where it wants answers from now on.
        let again = try bench.apply(.permitAmended(amended))
        #expect(try again.map { try $0.codes() } == [["WORKERS_MISSING"]])
        let held = try again[0].read(PermitHeld.self)
        #expect(held.callbackURL?.text == url)
        #expect(held.answer == .held)
        #expect(held.decidedOn == Make.date("2018-03-08"))
        #expect(held.until == Make.date("2018-04-04"))
        #expect(held.missing[0].remedy.contains("1 dari 2"))
        #expect(try bench.apply(.permitAmended(amended)).isEmpty)
        amended.readiness = ReadinessStatement(
            signedOn: Make.date("2018-03-09"), workers: [try Make.nik(1), try Make.nik(2)])
        let cleared = try bench.apply(.permitAmended(amended))
        #expect(cleared.map(\.kind) == ["permit-cleared"])
        #expect(try cleared[0].read(PermitCleared.self).callbackURL?.text == url)
        // The application as it was handed in, once more: nothing new, and the amendments stay.
        let same = try Make.permit("1", nib: nib, declared: 3, listed: [try Make.nik(1)])
        #expect(try bench.apply(.permitApplied(same)).isEmpty)
        let kept = try #require(try bench.permit("1", nib: nib)?.item.application)
        #expect(kept.workersDeclared == 2)
        #expect(kept.employerName == "Warung Sari")
        let other = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, declared: 4)))
        #expect(try other[0].codes() == ["NOT_REGISTERED"])
    }

    @Test func anAmendmentWaitsForItsApplication() throws {
        let nib = try Make.nib(1)
        var first = try Make.amended("1", nib: nib, on: "2018-03-06")
        first.workersDeclared = 5
        first.employerName = "Warung Sari Rasa"
        var second = try Make.amended("1", nib: nib, on: "2018-03-07")
        second.workersDeclared = 2
        let applied = try Make.permit("1", nib: nib, declared: 9)
        let early = try Bench()
        #expect(try early.apply(.permitAmended(first), .permitAmended(second)).isEmpty)
        #expect(try early.permit("1", nib: nib)?.stage == .unseen)
        let held = try early.apply(.permitApplied(applied))
        #expect(try held[0].read(PermitHeld.self).employerName == "Warung Sari Rasa")
        let late = try Bench()
        _ = try late.apply(.permitApplied(applied), .permitAmended(first), .permitAmended(second))
        #expect(try early.rows() == late.rows())
        #expect(try early.permit("1", nib: nib)?.item.application?.workersDeclared == 2)
    }

    @Test func anIssuedPermitIsNotSpokenOfAgain() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        var applied = try Make.permit("1", nib: nib)
        applied.callbackURL = try CallbackURL(url)
        _ = try bench.apply(.permitApplied(applied))
        let published = try bench.apply(.permitIssued(try Make.issued("1", nib: nib, until: "2023-03-20")))
        let closed = try published[0].read(PermitClosed.self)
        #expect(closed.reason == .issued)
        #expect(closed.remedy?.contains("tetap berlaku") == true)
        #expect(closed.callbackURL?.text == url)
        let item = try #require(try bench.permit("1", nib: nib)?.item)
        #expect(item.answer == "issued:held:NOT_REGISTERED")
        #expect(item.missing == [.notRegistered])
        #expect(item.validUntil == Make.date("2023-03-20"))
        #expect(item.until == nil)
        #expect(item.nextOn == nil)
        var amended = try Make.amended("1", nib: nib)
        amended.workersDeclared = 1
        let silent: [EnrollmentInput] = [
            .permitIssued(try Make.issued("1", nib: nib)), .permitAmended(amended),
            .permitWithdrawn(try Make.withdrawn("1", nib: nib)),
            .permitApplied(try Make.permit("1", nib: nib, declared: 8)),
        ]
        for input in silent { #expect(try bench.apply(input).isEmpty) }
        #expect(try bench.apply(try Make.firm(1, nib: nib)).map(\.kind) == ["employer-enrolled"])
        // The renewal is an application of its own.
        var renewal = try Make.permit("2", nib: nib, on: "2023-02-01")
        renewal.kind = .renewal
        #expect(try bench.apply(.permitApplied(renewal)).map(\.kind) == ["permit-cleared"])
    }

    @Test func aClearedPermitIsIssuedWithoutARemark() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        _ = try bench.apply(try Make.firm(1, nib: nib), .permitApplied(try Make.permit("1", nib: nib)))
        let published = try bench.apply(.permitIssued(try Make.issued("1", nib: nib)))
        #expect(try published[0].read(PermitClosed.self).remedy == nil)
        #expect(try bench.permit("1", nib: nib)?.item.answer == "issued")
    }

    @Test func aWithdrawalIsAnsweredWhereAnswersGo() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        var applied = try Make.permit("1", nib: nib)
        applied.callbackURL = try CallbackURL(url)
        _ = try bench.apply(.permitApplied(applied))
        let closed = try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib)))[0].read(PermitClosed.self)
        #expect(closed.reason == .withdrawn)
        #expect(closed.callbackURL?.text == url)
    }

    @Test func constructionIsOutside() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        var applied = try Make.permit("1", nib: nib, listed: [try Make.nik(1), try Make.nik(2)])
        applied.kbli = try KBLI("42101")
        let closed = try bench.apply(.permitApplied(applied))[0].read(PermitClosed.self)
        #expect(closed.reason == .outside)
        #expect(closed.remedy?.contains("E-Jakon") == true)
        #expect(try bench.apply(.permitApplied(applied)).isEmpty)
        #expect(try bench.apply(try Make.firm(1, nib: nib)).map(\.kind) == ["employer-enrolled"])
        var shop = try Make.permit("2", nib: nib)
        shop.kbli = try KBLI("47111")
        #expect(try bench.apply(.permitApplied(shop)).map(\.kind) == ["permit-cleared"])
    }

    @Test func arrearsHoldARenewalAndLetItGo() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let npp = try bench.npp(enrolling: try Make.firm(1, nib: nib))
        _ = try bench.apply(Make.arrears(npp, months: 2, amount: 43_200, fines: 864, on: "2018-06-16"))
        var renewal = try Make.permit("1", nib: nib, on: "2018-06-20")
        renewal.kind = .renewal
        let held = try bench.apply(.permitApplied(renewal))
        #expect(try held[0].codes() == ["ARREARS"])
        let missing = try held[0].read(PermitHeld.self).missing[0]
        #expect(missing.amount == Rupiah(44_064))
        #expect(missing.remedy.contains(npp.text))
        #expect(missing.place == "Kanal bayar mitra dengan NPP \(npp.text)")
        // A new permit is not held by them.
        let new = try bench.apply(.permitApplied(try Make.permit("2", nib: nib, on: "2018-06-20")))
        #expect(new.map(\.kind) == ["permit-cleared"])
        let more = Make.arrears(npp, months: 3, amount: 64_800, fines: 1_296, on: "2018-07-16")
        #expect(try bench.apply(more).filter { $0.kind.hasPrefix("permit-") }.isEmpty)
        let settled = try bench.apply(Make.arrears(npp, months: 0, amount: 0, on: "2018-07-20"))
        let cleared = try #require(settled.first { $0.kind == "permit-cleared" }).read(PermitCleared.self)
        #expect(cleared.wasHeld)
        #expect(cleared.decidedOn == Make.date("2018-07-20"))
        #expect(cleared.npp == npp)
    }
}
