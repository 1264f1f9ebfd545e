import PerisaiModels
import Testing

@testable import PaymentReconciler

@Suite struct CoverRulesTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

    /// T23: the due date of August 2026 is Tuesday 18 August (15 is a Saturday, 17 a holiday).
    @Test func dueDatePassesOnTheDayAfter() throws {
        let before = try day("2026-08-18")
        let after = try day("2026-08-19")
        #expect(CoverRules.newestPastDue(isEmployer: false, on: before)?.description == "2026-07")
        #expect(CoverRules.newestPastDue(isEmployer: false, on: after)?.description == "2026-08")
        #expect(CoverRules.newestPastDue(isEmployer: true, on: before)?.description == "2026-06")
        #expect(CoverRules.newestPastDue(isEmployer: true, on: after)?.description == "2026-07")
    }

    @Test func runsFollowDueDates() throws {
        let july = try day("2026-07-16")
        let august = try day("2026-08-19")
        #expect(CoverRules.nextRun(after: july, through: try day("2026-08-18")) == nil)
        #expect(CoverRules.nextRun(after: july, through: august) == august)
        #expect(CoverRules.nextRun(after: july, through: try day("2027-03-01")) == august)
        #expect(CoverRules.nextRun(after: august, through: august) == nil)
        // Nothing was told before: the newest one.
        #expect(CoverRules.nextRun(after: nil, through: try day("2026-09-01")) == august)
        #expect(CoverRules.nextRun(after: nil, through: try day("2015-06-30")) == nil)
        #expect(
            CoverRules.nextRun(after: try day("1990-01-01"), through: try day("2015-07-31")) == (try day("2015-07-16")))
    }

    /// PP 49/2020 moved due dates to the 30th: BPU and PU are due on days of their own where its months begin and end.
    @Test func bothSegmentsHaveTheirDates() throws {
        var date = try day("2020-07-01")
        var found: [String] = []
        while let next = CoverRules.nextRun(after: date, through: try day("2021-04-30")) {
            found.append(next.description)
            date = next
        }
        #expect(Set(found).count == found.count)
        #expect(found == found.sorted())
        for month in try #require(
            ContributionMonth(parsing: "2020-07"))...(try #require(ContributionMonth(parsing: "2021-02")))
        {
            #expect(found.contains(try DueDate.bpu(month).adding(days: 1).description))
            #expect(found.contains(try DueDate.pu(month).adding(days: 1).description))
        }
    }

    @Test func steps() {
        func step(_ status: PayerAccount.Status, _ told: Int, _ unpaid: Int, awaited: Bool = false) -> String? {
            CoverRules.step(
                CoverFacts(status: status, toldMonths: told, unpaidMonths: unpaid, isAwaited: awaited)
            ).map { "\($0.status) \($0.unpaidMonths)" }
        }
        #expect(step(.usual, 0, 0) == nil)
        #expect(step(.usual, 0, 1) == "grace 1")
        #expect(step(.grace, 1, 1) == nil)
        #expect(step(.grace, 1, 2) == "grace 2")
        #expect(step(.grace, 3, 4) == "lapsed 4")  // T22: more than three
        #expect(step(.grace, 3, 0) == "usual 0")
        #expect(step(.returned, 0, 0) == nil)
        #expect(step(.returned, 0, 1) == "grace 1")
        #expect(step(.usual, 0, 3, awaited: true) == nil)
        #expect(step(.usual, 0, 4, awaited: true) == "lapsed 4")
        #expect(step(.lapsed, 4, 9) == nil)
        #expect(step(.exited, 0, 9) == nil)
    }

    @Test func datesFarAheadAreRefused() throws {
        let known = try day("2026-08-01")
        #expect(BusinessDateRule.accepts(new: try day("2199-01-01"), known: nil))
        #expect(BusinessDateRule.accepts(new: try day("2026-10-02"), known: known))
        #expect(!BusinessDateRule.accepts(new: try day("2026-10-03"), known: known))
        #expect(BusinessDateRule.accepts(new: try day("2020-01-01"), known: known))
    }
}
