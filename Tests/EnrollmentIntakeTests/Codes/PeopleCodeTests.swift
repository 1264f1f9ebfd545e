import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// Every code that a submission or a report of people and employers can be refused with, in a case of its own.
@Suite struct PeopleCodeTests {
    private func refused(_ bench: PeopleBench, _ input: EnrollmentInput, _ codes: String...) throws {
        #expect(try bench.answer(input) == codes)
    }

    @Test func jhtIsCompulsoryForThoseWhoOwnABusiness() throws {
        let bench = try PeopleBench()
        var owner = try Make.participant("p-1", nik: try Make.nik(10), agent: "A-1", on: "2018-02-10")
        owner.businessOwner = true
        owner.payerKind = .donor
        owner.consent = false
        try refused(bench, .participant(owner), "JHT_COMPULSORY")
        owner.submissionID = try SubmissionID("p-2")
        owner.programmes = [.jkk, .jkm, .jht]
        let enrolled = try bench.bench.apply(.participant(owner))[0].read(ParticipantEnrolled.self)
        // Consent to be written to is carried; membership does not depend on it.
        #expect(enrolled.payerKind == .donor && enrolled.consent == false && enrolled.returning == nil)
    }

    @Test func aClaimIsKnownByWhoMadeIt() throws {
        let bench = try PeopleBench()
        #expect(try bench.enrol("p-1", 10) == ["participant-enrolled"])
        for (number, status) in [CoverStatus.awaited, .active, .grace, .returned].enumerated() {
            _ = try bench.cover(10, status, on: "2018-03-0\(number + 1)")
            #expect(try bench.enrol("q-\(number)", 10) == ["ALREADY_ENROLLED"], "\(status)")
            #expect(try bench.enrol("q-\(number)", 10, agent: "A-2") == ["CLAIMED_BY_ANOTHER_AGENT"], "\(status)")
        }
    }

    @Test func deathIsFinal() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        #expect(try bench.answer(try Make.exit("x-1", 10, .death)) == ["participant-exited"])
        #expect(try bench.enrol("p-2", 10, on: "2018-06-10") == ["PARTICIPANT_DECEASED"])
        let firm = try Make.employer("e-1", niks: [try Make.nik(10)], on: "2018-06-01")
        try refused(bench, .employer(firm), "PARTICIPANT_DECEASED")
        let npp = try bench.employer("e-2", [11])
        try refused(bench, try Make.change("c-1", npp, joining: [10]), "PARTICIPANT_DECEASED")
        try refused(bench, try Make.exit("x-2", 10, .other), "EXITED_ALREADY")
    }

    @Test(
        arguments: [
            (.micro, 1_000_000_001, nil, true), (.micro, 1_000_000_000, nil, false), (.micro, nil, 2_000_000_001, true),
            (.small, nil, 15_000_000_001, true), (.small, 5_000_000_001, nil, true),
            (.medium, 9_000_000_000_000, nil, false),
            // One of the two criteria is enough.
            (.micro, 9_000_000_000, 2_000_000_000, false), (.micro, 5_000_000_000, 3_000_000_000, true),
            (.large, 1, 1, false),
        ] as [(EmployerSize, Int64?, Int64?, Bool)])
    func aSizeSmallerThanTheFacts(_ size: EmployerSize, _ capital: Int64?, _ sales: Int64?, _ isWrong: Bool) throws {
        var firm = try Make.employer("e-1", niks: [try Make.nik(10)], size: size)
        firm.capital = capital.map { Rupiah($0) }
        firm.annualSales = sales.map { Rupiah($0) }
        let codes = EmployerRules.check(firm, settings: .init()).faults.map(\.code)
        #expect(codes == (isWrong ? ["SIZE_MISMATCH"] : []))
    }

    @Test func constructionIsOutsideButForPermanentStaff() throws {
        let bench = try PeopleBench()
        var firm = try Make.employer("e-1", niks: [try Make.nik(10)])
        firm.kbli = try KBLI("41011")
        try refused(bench, .employer(firm), "CONSTRUCTION_OUTSIDE")
        firm.submissionID = try SubmissionID("e-2")
        firm.permanentStaff = true
        #expect(try bench.answer(.employer(firm)) == ["employer-enrolled"])
    }

    @Test func whoIsNotThereCannotLeave() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11])
        try refused(bench, try Make.exit("x-1", 20), "NOT_ENROLLED")
        // A wage earner has no BPU membership to leave.
        try refused(bench, try Make.exit("x-2", 10), "NOT_ENROLLED")
        try refused(bench, try Make.exit("x-3", 20, .death), "NOT_ENROLLED")
        try refused(bench, try Make.exit("x-4", 20, npp: npp), "NOT_ENROLLED")
        let stranger = try NPP(number: 99)
        try refused(bench, try Make.exit("x-5", 10, npp: stranger), "NOT_ENROLLED")
        try refused(bench, try Make.change("c-1", stranger, joining: [12]), "NOT_ENROLLED")
        try refused(bench, try Make.change("c-2", npp, joining: [12], movedFrom: stranger), "NOT_ENROLLED")
        try refused(bench, try Make.change("c-3", npp, joining: [12], movedFrom: npp), "NOT_ENROLLED")
        try refused(bench, try Make.change("c-4", npp, leaving: [12], wages: [13: 1]), "NOT_ENROLLED", "NOT_ENROLLED")
        try refused(bench, try Make.closure("z-1", stranger), "NOT_ENROLLED")
        let other = try bench.employer("e-2", [14])
        try refused(bench, try Make.change("c-5", npp, joining: [12], movedFrom: other), "NOT_ENROLLED")
    }

    @Test func nobodyLeavesTwice() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        #expect(try bench.answer(try Make.exit("x-1", 10)) == ["participant-exited"])
        try refused(bench, try Make.exit("x-2", 10), "EXITED_ALREADY")
        let npp = try bench.employer("e-1", [11, 12])
        #expect(try bench.answer(try Make.exit("x-3", 11, npp: npp)) == ["employer-changed"])
        try refused(bench, try Make.exit("x-4", 11, npp: npp), "EXITED_ALREADY")
        try refused(bench, try Make.change("c-1", npp, leaving: [11], from: "2018-05"), "EXITED_ALREADY")
        try refused(bench, try Make.change("c-2", npp, wages: [11: 5], from: "2018-05"), "EXITED_ALREADY")
    }

    @Test func theLastMonthLiesInTheMembership() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10, first: "2018-03")
        let npp = try bench.employer("e-1", [11, 12])
        try refused(bench, try Make.exit("x-1", 10, last: "2018-02"), "EXIT_MONTH")
        try refused(bench, try Make.exit("x-2", 10, last: "2018-06"), "EXIT_MONTH")
        try refused(bench, try Make.exit("x-3", 11, npp: npp, last: "2018-02"), "EXIT_MONTH")
        try refused(bench, try Make.exit("x-4", 11, npp: npp, last: "2018-06"), "EXIT_MONTH")
        try refused(bench, try Make.closure("z-1", npp, last: "2018-02"), "EXIT_MONTH")
        try refused(bench, try Make.closure("z-2", npp, last: "2018-06"), "EXIT_MONTH")
        #expect(try bench.answer(try Make.exit("x-5", 10, last: "2018-05")) == ["participant-exited"])
        // A new membership begins after the old one.
        #expect(try bench.enrol("p-2", 10, on: "2018-05-02") == ["FIRST_MONTH_PAST"])
        #expect(try bench.enrol("p-3", 10, on: "2018-05-02", first: "2018-06") == ["participant-enrolled"])
    }

    @Test func listsOfWorkersFollowOneAnotherByMonth() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11])
        try refused(bench, try Make.change("c-1", npp, wages: [10: 3_000_000], from: "2018-02"), "CHANGE_MONTH")
        try refused(bench, try Make.change("c-2", npp, wages: [10: 3_000_000], from: "2018-06"), "CHANGE_MONTH")
        #expect(
            try bench.answer(try Make.change("c-3", npp, wages: [10: 3_000_000], from: "2018-05")) == [
                "employer-changed"
            ])
        try refused(bench, try Make.change("c-4", npp, wages: [11: 3_000_000], from: "2018-04"), "CHANGE_MONTH")
        try refused(bench, try Make.exit("x-1", 11, npp: npp, last: "2018-03"), "CHANGE_MONTH")
    }

    @Test func aClosedEmployerReportsNothing() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11])
        let open = try bench.employer("e-2", [12])
        #expect(try bench.answer(try Make.closure("z-1", npp)) == ["employer-closed"])
        try refused(bench, try Make.closure("z-2", npp), "EMPLOYER_CLOSED")
        try refused(bench, try Make.exit("x-1", 10, npp: npp), "EMPLOYER_CLOSED")
        try refused(bench, try Make.change("c-1", npp, joining: [13]), "EMPLOYER_CLOSED")
        try refused(bench, try Make.change("c-2", open, joining: [10], movedFrom: npp), "EMPLOYER_CLOSED")
    }

    @Test func anAgentReportsOnItsOwn() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        _ = try bench.enrol("p-2", 11, agent: nil)
        let npp = try bench.employer("e-1", [12, 13], agent: "A-1")
        try refused(bench, try Make.exit("x-1", 10, agent: "A-2"), "NOT_YOURS")
        try refused(bench, try Make.exit("x-2", 11, agent: "A-2"), "NOT_YOURS")
        try refused(bench, try Make.exit("x-3", 12, agent: "A-2", npp: npp), "NOT_YOURS")
        try refused(bench, try Make.exit("x-7", 12, agent: "A-2", .death), "NOT_YOURS")
        try refused(bench, try Make.change("c-1", npp, agent: "A-2", joining: [14]), "NOT_YOURS")
        try refused(bench, try Make.closure("z-1", npp, agent: "A-2"), "NOT_YOURS")
        try refused(bench, try Make.exit("x-4", 10, agent: "A-9"), "AGENT_NOT_ACTIVE", "NOT_YOURS")
        // Its own number, and the person's own report.
        #expect(try bench.answer(try Make.exit("x-5", 10, agent: "A-1")) == ["participant-exited"])
        #expect(try bench.answer(try Make.exit("x-6", 11)) == ["participant-exited"])
    }

    @Test func aReportMustSaySomethingSound() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11], agent: "A-1")
        try refused(bench, try Make.change("c-1", npp), "NOTHING_REPORTED")
        try refused(bench, try Make.change("c-2", npp, leaving: [10, 11]), "NO_WORKERS")
        try refused(bench, try Make.change("c-3", npp, joining: [10]), "WORKER_TWICE")
        try refused(bench, try Make.change("c-4", npp, leaving: [10], wages: [10: 5]), "WORKER_TWICE")
        try refused(bench, try Make.change("c-5", npp, joining: [12], wage: 0), "WAGE_NOT_POSITIVE")
        try refused(bench, try Make.change("c-6", npp, wages: [10: 0]), "WAGE_NOT_POSITIVE")
        try refused(bench, try Make.change("c-8", npp, agent: "A-1", wages: [10: 1_300_000_000]), "CONTRIBUTION_LIMIT")
        // The employer itself may grow.
        #expect(try bench.answer(try Make.change("c-9", npp, wages: [10: 1_300_000_000])) == ["employer-changed"])
        _ = try bench.answer(try Make.exit("x-1", 10, npp: npp))
        try refused(bench, try Make.exit("x-2", 11, npp: npp), "NO_WORKERS")
    }

    /// A report's number is looked at once, as a submission's, and shares their range.
    @Test func aReportIsAnsweredOnce() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10, agent: nil)
        let exit = try Make.exit("x-1", 10)
        #expect(try bench.answer(exit) == ["participant-exited"])
        #expect(try bench.answer(exit).isEmpty)
        try refused(bench, try Make.exit("x-1", 10, .other), "DUPLICATE_SUBMISSION")
        try refused(bench, try Make.exit("p-1", 10), "DUPLICATE_SUBMISSION")
    }

    /// NIKs never stand in a text.
    @Test func refusalsNameNobody() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11])
        let published = try bench.bench.apply(
            try Make.exit("x-1", 20), try Make.change("c-1", npp, joining: [10], leaving: [20, 20], wages: [21: -1]),
            try Make.exit("x-2", 20, npp: npp))
        let texts = try published.map { try $0.read(SubmissionRefused.self) }.flatMap(\.reasons).map(\.text)
        #expect(texts.count >= 5)
        for person in [10, 20, 21] {
            let nik = try Make.nik(person).text
            #expect(!texts.contains { $0.contains(nik) || $0.contains(String(nik.suffix(10))) })
        }
    }
}
