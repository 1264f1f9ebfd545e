import PerisaiModels
import Postgres
import Testing
import Worker

@testable import EnrollmentIntake

/// Reminders by the business date; exact days.
@Suite struct PermitDeadlineTests {
    private func pass(_ date: String, _ bench: Bench) throws -> [PermitReminded] {
        let moved = try bench.apply(.businessDate(Make.date(date)))
        #expect(moved.isEmpty)
        return try bench.applier.work().filter { $0.kind == "permit-reminded" }.map {
            try $0.read(PermitReminded.self)
        }
    }

    @Test func beforeTheLastDayAndOnceAfterIt() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        var applied = try Make.permit("1", nib: nib)
        applied.callbackURL = try CallbackURL("https://ptsp.denpasar.example.go.id/answers")
        let held = try bench.apply(.permitApplied(applied))[0].read(PermitHeld.self)
        #expect(held.until == Make.date("2018-04-04"))
        #expect(try pass("2018-03-27", bench).isEmpty)
        let near = try pass("2018-03-28", bench)
        #expect(near.count == 1)
        #expect(near.first?.overdue == false)
        #expect(near.first?.until == Make.date("2018-04-04"))
        #expect(near.first?.remindedOn == Make.date("2018-03-28"))
        #expect(near.first?.missing.map(\.code) == [.notRegistered])
        #expect(near.first?.callbackURL == applied.callbackURL)
        // A worker that starts anew reminds nobody twice.
        #expect(try Bench(url: bench.url).applier.work().isEmpty)
        #expect(try pass("2018-04-04", bench).isEmpty)
        let late = try pass("2018-04-05", bench)
        #expect(late.map(\.overdue) == [true])
        #expect(try pass("2018-04-09", bench).isEmpty)
        #expect(try bench.permit("1", nib: nib)?.stage == .held)
        let released = try bench.apply(try Make.firm(1, nib: nib, on: "2018-04-10"))
        let cleared = try #require(released.first { $0.kind == "permit-cleared" }).read(PermitCleared.self)
        #expect(cleared.wasHeld)
        #expect(try bench.permit("1", nib: nib)?.item.until == nil)
    }

    @Test func aLateClockRemindsOnce() throws {
        let bench = try Bench()
        _ = try bench.apply(.permitApplied(try Make.permit("1", nib: try Make.nib(1))))
        #expect(try pass("2018-04-20", bench).map(\.overdue) == [true])
        #expect(try pass("2018-04-21", bench).isEmpty)
    }

    @Test func nobodyIsRemindedOfWhatIsSettled() throws {
        let bench = try Bench()
        let nibs = try (1...4).map { try Make.nib($0) }
        for nib in nibs { _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib))) }
        _ = try bench.apply(try Make.firm(1, nib: nibs[0]))
        _ = try bench.apply(.permitIssued(try Make.issued("1", nib: nibs[1])))
        _ = try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nibs[2])))
        #expect(try pass("2018-03-28", bench).map(\.nib) == [nibs[3]])
        #expect(try pass("2018-04-05", bench).map(\.nib) == [nibs[3]])
    }

    @Test func theDaysAreSettings() throws {
        var settings = EnrollmentSettings()
        settings.permits.holdDays = 10
        settings.permits.reminderDays = 0
        let bench = try Bench(settings)
        let held = try bench.apply(.permitApplied(try Make.permit("1", nib: try Make.nib(1))))[0].read(PermitHeld.self)
        #expect(held.until == Make.date("2018-03-15"))
        #expect(try pass("2018-03-15", bench).isEmpty)
        #expect(try pass("2018-03-16", bench).map(\.overdue) == [true])
        let policy = PermitPolicy()
        let day = Make.date("2018-03-05")
        #expect(policy.firstReminder(from: day, until: day.adding(days: 7)) == day.adding(days: 8))
        #expect(policy.firstReminder(from: day, until: day.adding(days: 8)) == day.adding(days: 1))
    }

    /// An amendment moves no deadline; a cleared application that lacks something afterwards has a new one.
    @Test func whenTheDeadlineBegins() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib)))
        var amended = try Make.amended("1", nib: nib, on: "2018-03-30")
        amended.workersDeclared = 3
        #expect(
            try bench.apply(.permitAmended(amended))[0].read(PermitHeld.self).until == Make.date("2018-04-04"))
        _ = try bench.apply(try Make.firm(1, nib: nib, on: "2018-04-02", workers: 3))
        amended.workersDeclared = 5
        amended.amendedOn = Make.date("2018-05-01")
        let held = try bench.apply(.permitAmended(amended))[0].read(PermitHeld.self)
        #expect(held.missing.map(\.code) == [.partialWorkers])
        #expect(held.until == Make.date("2018-05-31"))
    }

    /// Where an office demands less now, what it demanded holds nothing any more.
    @Test func aChangedPolicyReleasesOnTheDayOfTheReminder() throws {
        var strict = EnrollmentSettings()
        strict.permits.firstPaymentOffices = ["PTSP-*"]
        let bench = try Bench(strict)
        let nib = try Make.nib(1)
        _ = try bench.apply(try Make.firm(1, nib: nib))
        #expect(try bench.apply(.permitApplied(try Make.permit("1", nib: nib))).map(\.kind) == ["permit-held"])
        _ = try bench.apply(.businessDate(Make.date("2018-03-28")))
        let published = try Bench(url: bench.url).applier.work()
        #expect(published.map(\.kind) == ["permit-cleared"])
    }

    @Test func manyAreRemindedInChunks() throws {
        let bench = try Bench()
        let count = PermitDeadlines.chunk + 7
        let events = try (1...count).map { number in
            Make.event(.permitApplied(try Make.permit("\(number)", nib: try Make.nib(number))))
        }
        _ = try bench.applier.apply(events)
        _ = try bench.apply(.businessDate(Make.date("2018-03-28")))
        var reminded: [String] = []
        for _ in 0..<4 {
            reminded += try bench.applier.work().filter { $0.kind == "permit-reminded" }.map {
                try $0.read(PermitReminded.self).applicationID.text
            }
        }
        #expect(reminded.count == count)
        #expect(Set(reminded).count == count)
    }
}
