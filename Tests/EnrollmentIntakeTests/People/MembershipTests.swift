import PerisaiModels
import Postgres
import Testing
import Worker

@testable import EnrollmentIntake

/// What becomes of members and workers: return, exit, moves, closings.
@Suite struct MembershipTests {
    private func enrolled(_ bench: PeopleBench, _ submission: ParticipantSubmitted) throws -> ParticipantEnrolled {
        try #require(bench.bench.apply(.participant(submission)).first).read(ParticipantEnrolled.self)
    }

    @Test func aLapsedMemberReturnsWithAnotherAgent() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        let kpj = try bench.kpj(10)
        _ = try bench.cover(10, .lapsed, on: "2018-06-16")
        let again = try enrolled(
            bench, try Make.participant("p-1", nik: try Make.nik(10), agent: "A-2", on: "2018-07-02"))
        #expect(again.kpj == kpj && !again.newlyRegistered && again.returning == true)
        #expect(again.agentID?.text == "A-2")
        // The new agent holds it from now on, and a word about the old membership changes nothing.
        _ = try bench.cover(10, .lapsed, on: "2018-06-30")
        #expect(try bench.enrol("p-2", 10, on: "2018-07-03") == ["CLAIMED_BY_ANOTHER_AGENT"])
        #expect(
            try bench.answer(try Make.exit("x-1", 10, agent: "A-1", last: "2018-07", on: "2018-07-20")) == ["NOT_YOURS"]
        )
        #expect(
            try bench.answer(try Make.exit("x-1", 10, agent: "A-2", last: "2018-07", on: "2018-07-20"))
                == ["participant-exited"])
    }

    @Test func whoHasLeftReturns() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        let kpj = try bench.kpj(10)
        let left = try bench.bench.apply(try Make.exit("x-1", 10, .jhtClaim))
        let exit = try #require(left.first).read(ParticipantExited.self)
        #expect(exit.kpj == kpj && exit.reason == .jhtClaim && exit.lastMonth == Make.month("2018-04"))
        // By paying, as the reconciler tells; the agent keeps it.
        _ = try bench.cover(10, .exited, on: "2018-04-20")
        _ = try bench.cover(10, .returned, on: "2018-06-05")
        #expect(try bench.enrol("p-2", 10, agent: "A-2", on: "2018-06-06") == ["CLAIMED_BY_ANOTHER_AGENT"])
        #expect(try bench.answer(try Make.exit("x-2", 10, last: "2018-07", on: "2018-07-01")) == ["participant-exited"])
        #expect(try bench.enrol("p-3", 10, agent: "A-2", on: "2018-08-06") == ["participant-enrolled"])
        #expect(try bench.kpj(10) == kpj)
    }

    @Test func anErasedPersonIsNotNew() throws {
        var settings = EnrollmentSettings()
        settings.subjectKey = SubjectKey(hexadecimal: "000102030405060708090a0b0c0d0e0f")
        let bench = try PeopleBench(settings)
        let key = try #require(settings.subjectKey)
        let nik = try Make.nik(10)
        let kpj = try KPJ(month: Make.month("2017-05"), serial: 77)
        _ = try bench.bench.connection.query(
            Statement(
                "tombstone",
                """
                INSERT INTO erased_subject (subject_key, kpj, first_seen, bpu_on, erased_on)
                VALUES ('\(key.hash(nik).text)', \(kpj.code), '2017-05-02', '2017-05-02', '2018-01-05')
                """))
        #expect(try bench.answer(try Make.exit("x-1", 10)) == ["NOT_ENROLLED"])
        let again = try enrolled(bench, try Make.participant("p-1", nik: nik, agent: "A-1", on: "2018-02-10"))
        #expect(again.kpj == kpj && !again.newlyRegistered && again.returning == true)
        #expect(try bench.bench.connection.texts("SELECT count(*)::text FROM erased_subject") == ["1"])
    }

    /// A month is billed once: the old employer's newest list has it already.
    @Test func aMoveBeginsWhereTheOldEmployerEnds() throws {
        let bench = try PeopleBench()
        let from = try bench.employer("e-1", [10, 11])
        let to = try bench.employer("e-2", [20], agent: "A-2")
        _ = try bench.answer(try Make.change("c-1", from, wages: [11: 2_500_000], from: "2018-05"))
        #expect(
            try bench.answer(try Make.change("c-2", to, joining: [10], movedFrom: from, from: "2018-04"))
                == ["CHANGE_MONTH"])
        #expect(
            try bench.answer(try Make.change("c-3", to, joining: [10], movedFrom: from, from: "2018-05"))
                == ["employer-changed", "employer-changed"])
    }

    @Test func workersJoinMoveAndLeave() throws {
        let bench = try PeopleBench()
        let from = try bench.employer("e-1", [10, 11, 12])
        let to = try bench.employer("e-2", [20], agent: "A-2")
        let moved = try bench.bench.apply(
            try Make.change(
                "c-1", to, agent: "A-2", joining: [10, 11], wage: 3_000_000, movedFrom: from, from: "2018-04"))
        #expect(moved.map(\.kind) == ["employer-changed", "employer-changed"])
        let old = try moved[0].read(EmployerChanged.self)
        let new = try moved[1].read(EmployerChanged.self)
        #expect(old.npp == from && old.left.map(\.movedTo) == [to, to] && old.wages.count == 1)
        #expect(new.npp == to && new.joined.map(\.newlyRegistered) == [false, false])
        #expect(new.wages.map(\.amount).sorted() == [2_000_000, 3_000_000, 3_000_000])
        // JKK 0.24 % and JKM 0.3 % of 8,000,000.
        #expect(new.monthlyContribution == Rupiah(43_200) && new.revision == 1)
        #expect(
            try bench.bench.connection.texts(
                "SELECT concat_ws(' ', workers, wages, monthly_contribution) FROM employer ORDER BY npp")
                == ["1 2000000 10800", "3 8000000 43200"])
        let joined = try #require(
            bench.bench.apply(try Make.change("c-2", from, joining: [10, 30], from: "2018-04", on: "2018-04-11")).first
        ).read(EmployerChanged.self)
        // A second employer, a person never seen before, and a row that had left.
        #expect(joined.joined.map(\.newlyRegistered) == [false, true] && joined.wages.count == 3)
        let person = try Make.nik(10).code
        let kept = "SELECT pu_npp::text FROM participant WHERE nik = \(person)"
        #expect(try bench.bench.connection.texts(kept) == ["\(from.code)"])
        _ = try bench.answer(try Make.exit("x-1", 10, npp: from))
        #expect(try bench.bench.connection.texts(kept) == ["\(to.code)"])
    }

    /// PP 44/2015 Art. 9: the seventh working day after Sunday 1 April 2018 is Tuesday the 10th.
    @Test(arguments: [("2018-04-02", false), ("2018-04-10", false), ("2018-04-11", true)])
    func lateReportsAreMarked(_ on: String, _ isLate: Bool) throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10])
        let change = try #require(
            bench.bench.apply(try Make.change("c-1", npp, joining: [11], from: "2018-04", on: on)).first
        ).read(EmployerChanged.self)
        #expect(change.lateReport == isLate)
    }

    @Test func aDeathEndsEverything() throws {
        let bench = try PeopleBench()
        _ = try bench.enrol("p-1", 10)
        let first = try bench.employer("e-1", [10, 11])
        let second = try bench.employer("e-2", [10])
        let published = try bench.bench.apply(
            try Make.change("c-1", first, leaving: [10], .death, from: "2018-05", on: "2018-04-20"))
        #expect(published.map(\.kind) == ["employer-changed", "participant-exited", "employer-changed"])
        let other = try published[2].read(EmployerChanged.self)
        #expect(other.npp == second && other.wages.isEmpty && other.monthlyContribution == .zero)
        #expect(try published[1].read(ParticipantExited.self).lastMonth == Make.month("2018-04"))
        // A wage earner's death, by person.
        #expect(try bench.answer(try Make.exit("x-1", 11, .death)) == ["employer-changed"])
        #expect(try bench.answer(try Make.exit("x-2", 11, .death)) == ["EXITED_ALREADY"])
    }

    @Test func aClosedFirmBeginsAgainUnderANewNumber() throws {
        let bench = try PeopleBench()
        let npp = try bench.employer("e-1", [10, 11], nib: 5)
        #expect(
            try bench.answer(.employer(try Make.employer("e-2", nib: try Make.nib(5), niks: [try Make.nik(12)])))
                == ["NIB_ALREADY_ENROLLED"])
        let closed = try bench.bench.apply(try Make.closure("z-1", npp))
        #expect(try #require(closed.first).read(EmployerClosed.self).lastMonth == Make.month("2018-04"))
        #expect(
            try bench.bench.connection.texts(
                "SELECT concat_ws(' ', workers, wages, monthly_contribution) FROM employer") == ["0 0 0"])
        #expect(
            try bench.bench.connection.texts("SELECT count(*)::text FROM participant WHERE pu_npp IS NOT NULL") == ["0"]
        )
        let again = try bench.employer("e-3", [10], nib: 5, on: "2018-06-01")
        #expect(again != npp)
        // Closed and enrolled once more in one batch.
        let both = try bench.bench.apply(
            try Make.closure("z-2", again, last: "2018-06", on: "2018-06-20"),
            .employer(try Make.employer("e-4", nib: try Make.nib(5), niks: [try Make.nik(10)], on: "2018-07-01")))
        #expect(both.map(\.kind) == ["employer-closed", "employer-enrolled"])
    }

    @Test func anAgentsLimitHoldsForWhatItEnrols() throws {
        let bench = try PeopleBench()
        // 0.54 % of 1,296,296,297 is 7,000,000.0: not below the limit.
        let big = try Make.employer("e-1", agent: "A-1", niks: [try Make.nik(10)], wages: [1_296_296_297])
        #expect(try bench.answer(.employer(big)) == ["CONTRIBUTION_LIMIT"])
        let fits = try Make.employer("e-2", agent: "A-1", niks: [try Make.nik(10)], wages: [1_296_000_000])
        #expect(try bench.answer(.employer(fits)) == ["employer-enrolled"])
    }
}
