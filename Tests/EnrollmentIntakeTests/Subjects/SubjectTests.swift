import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// What persons ask about the own data (UU 27/2022).
@Suite struct SubjectTests {
    private static let name = "Ni Kadek Rahasia"

    private func settings() -> EnrollmentSettings {
        var settings = EnrollmentSettings()
        settings.subjectKey = SubjectKey(hexadecimal: "00112233445566778899aabbccddeeff")
        return settings
    }

    private func submitted(_ id: String, _ nik: NIK, agent: String? = nil, on: String = "2018-02-05") throws
        -> ParticipantSubmitted
    {
        var data = try Make.participant(id, nik: nik, agent: agent, on: on)
        data.name = Self.name
        data.phone = try PhoneNumber("081299990001")
        return data
    }

    private func erasure(
        _ id: String, _ nik: NIK, on: String = "2031-01-01", by: String? = "Ani", approved: String? = "Budi"
    ) throws -> EnrollmentInput {
        .erasureAsked(
            SubjectErasureAsked(
                requestID: try SubmissionID(id), nik: nik, askedOn: Make.date(on), askedBy: by, approvedBy: approved))
    }

    private func lapse(_ bench: Bench, _ nik: NIK, _ status: CoverStatus = .lapsed, on: String = "2018-07-01") throws {
        let kpj = try kpj(bench, nik)
        _ = try bench.apply(
            .cover(
                kpj, CoverChanged(payer: .participant(kpj), status: status, unpaidMonths: 4, changedOn: Make.date(on))))
    }

    private func kpj(_ bench: Bench, _ nik: NIK) throws -> KPJ {
        let rows = try bench.connection.texts("SELECT kpj::text FROM participant WHERE nik = \(nik.code)")
        return try KPJ(code: try #require(rows.first.flatMap { Int64($0) }))
    }

    private func scan(_ bench: Bench, _ nik: NIK) throws -> [String] {
        try PersonalDataScan.places(
            of: [nik.text, Self.name, "81299990001", "Wirawan", "81234567890", "0123456789"],
            schema: "enrollment_intake", on: bench.connection)
    }

    /// A participant, worker of an employer, agent, listed by a permit: nothing of it is left, the numbers stay.
    @Test func nothingIsLeftOfAPerson() throws {
        let bench = try Bench(settings())
        let (nik, other) = (try Make.nik(1), try Make.nik(2))
        let employer = try bench.apply(.employer(try Make.employer("E-1", niks: [nik, other])))
        let npp = try #require(employer.first).read(EmployerEnrolled.self).npp
        _ = try bench.apply(.participant(try submitted("self-A-1", nik)))
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        let nib = try Make.nib(7)
        _ = try bench.apply(.permitApplied(try Make.permit("I-1", nib: nib, declared: 2, listed: [nik, other])))
        let answer = "SELECT concat(state, ' ', answer) FROM permit"
        let before = try bench.connection.texts(answer)
        #expect(try !scan(bench, nik).isEmpty)
        try lapse(bench, nik)
        try bench.connection.execute("UPDATE employer_worker SET left_on = '2018-08-01'")
        try bench.connection.execute("UPDATE participant SET pu_npp = NULL")
        try bench.connection.execute("UPDATE agent SET ended_on = '2018-06-30', reentry_from = '2018-12-30'")
        let kpj = try kpj(bench, nik)

        let published = try bench.apply(try erasure("R-1", nik))
        #expect(published.map(\.kind) == ["subject-erased"])
        let erased = try #require(published.first).read(SubjectErased.self)
        #expect(erased.kpj == kpj && erased.agentIDs.map(\.text) == ["A-1"] && erased.npps == [npp])
        #expect(try scan(bench, nik) == [])
        // Counts, wages and answers stay.
        #expect(
            try bench.connection.texts("SELECT concat(count(*), ' ', sum(wage)) FROM employer_worker") == ["2 4000000"])
        #expect(try bench.connection.texts("SELECT workers::text FROM employer") == ["2"])
        #expect(try bench.connection.texts(answer) == before)
        #expect(try bench.connection.texts("SELECT erased_workers::text FROM permit") == ["1"])
        #expect(try bench.connection.texts("SELECT kpj::text FROM erased_subject") == [String(kpj.code)])
        // The same request again, and one about somebody who is gone.
        #expect(try bench.apply(try erasure("R-1", nik)).isEmpty)
        #expect(try codes(bench.apply(try erasure("R-2", nik))) == ["NOT_KNOWN"])
        #expect(try bench.connection.texts("SELECT count(*)::text FROM participant WHERE nik = \(nik.code)") == ["0"])
        #expect(
            try bench.connection.texts(
                "SELECT concat(request_id, ' ', outcome, ' ', reasons) FROM subject_request ORDER BY 1")
                == ["R-1 1 ", "R-2 0 NOT_KNOWN"])
    }

    /// Rows of a closed employer may have no last day of their own: the number that stands for the NIK is read by nobody.
    @Test func anErasedWorkerOfAClosedEmployerIsNeverRead() throws {
        let bench = try Bench(settings())
        let (nik, other) = (try Make.nik(1), try Make.nik(2))
        let published = try bench.apply(.employer(try Make.employer("E-1", niks: [nik, other])))
        let npp = try #require(published.first).read(EmployerEnrolled.self).npp
        try bench.connection.execute("UPDATE employer SET closed_on = '2018-06-30'")
        try bench.connection.execute("UPDATE participant SET pu_npp = NULL")
        #expect(try bench.apply(try erasure("R-1", nik)).map(\.kind) == ["subject-erased"])
        let closure = EmployerClosureReported(
            submissionID: try SubmissionID("C-1"), npp: npp, lastMonth: Make.month("2018-06"),
            reportedOn: Make.date("2018-07-01"))
        _ = try bench.apply(.report(.closure(closure)))
        #expect(try bench.connection.texts("SELECT count(*)::text FROM employer_worker WHERE nik < 0") == ["1"])
    }

    @Test func whoComesBackIsNotNew() throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(3)
        _ = try bench.apply(.participant(try submitted("S-1", nik)))
        try lapse(bench, nik)
        #expect(try bench.apply(try erasure("R-1", nik)).map(\.kind) == ["subject-erased"])
        let again = try bench.apply(.participant(try submitted("S-2", nik, on: "2031-02-01")))
        let enrolled = try #require(again.first { $0.kind == "participant-enrolled" })
        #expect(try enrolled.read(ParticipantEnrolled.self).newlyRegistered == false)
        // And asks once more, in one batch with an enrolment of somebody else.
        try lapse(bench, nik, on: "2031-07-01")
        #expect(try codes(bench.apply(try erasure("R-2", nik, on: "2041-06-30"))) == ["RETENTION"])
        #expect(try bench.apply(try erasure("R-3", nik, on: "2041-07-01")).map(\.kind) == ["subject-erased"])
        #expect(try bench.connection.texts("SELECT bpu_on::text FROM erased_subject") == ["2018-02-05"])
    }

    @Test func erasedAndEnrolledInOneBatch() throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(4)
        _ = try bench.apply(.participant(try submitted("S-1", nik)))
        try lapse(bench, nik)
        let published = try bench.apply(
            try erasure("R-1", nik), .participant(try submitted("S-2", nik, on: "2031-02-01")))
        #expect(published.map(\.kind).contains("subject-erased"))
        #expect(published.map(\.kind).contains("participant-enrolled"))
        #expect(
            try bench.connection.texts("SELECT bpu_on::text FROM participant WHERE nik = \(nik.code)") == ["2031-02-01"]
        )
    }

    @Test func aDismissalOutlivesTheData() throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(1)
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        try lapse(bench, nik)
        try bench.connection.execute("UPDATE agent SET dismissed_on = '2018-06-30'")
        #expect(try bench.apply(try erasure("R-1", nik)).map(\.kind) == ["subject-erased"])
        let answer = try bench.apply(.agentApplied(try Make.applied("A-9", nik: 1, on: "2031-02-01")))
        #expect(try answer.first?.codes() == ["AGENT_DISMISSED"])
    }

    @Test func whatWaitsIsRefusedAndSaidSo() throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(5)
        // The agent has everything but its own registration: what it hands in waits.
        _ = try bench.applier.apply(try Make.activeAgent().dropFirst().map { Make.event($0) })
        #expect(try bench.apply(.participant(try submitted("S-1", nik, agent: "A-1", on: "2018-02-20"))).isEmpty)
        let published = try bench.apply(try erasure("R-1", nik, on: "2018-02-21"))
        #expect(published.map(\.kind).sorted() == ["subject-erased", "submission-refused"])
        #expect(try published.flatMap { try $0.codes() } == ["DATA_ERASED"])
        #expect(
            try PersonalDataScan.places(
                of: [nik.text, Self.name, "81299990001"], schema: "enrollment_intake", on: bench.connection) == [])
    }

    @Test func aCorrectionReachesFilesAndWhatWaits() throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(1)
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        let asked = SubjectCorrectionAsked(
            requestID: try SubmissionID("C-1"), nik: nik, name: "I Made Wirawan Putra",
            phone: try PhoneNumber("081299990002"), askedOn: Make.date("2018-03-01"), askedBy: "Ani")
        let published = try bench.apply(.correctionAsked(asked))
        #expect(published.map(\.kind) == ["subject-corrected", "subject-corrected"])
        let events = try published.map { try $0.read(SubjectCorrected.self) }
        try #require(events.count == 2)
        #expect(events[0].kpj == (try kpj(bench, nik)) && events[0].agentID == nil)
        #expect(events[1].agentID?.text == "A-1" && events[1].name == "I Made Wirawan Putra")
        #expect(
            try bench.connection.texts("SELECT concat(application ->> 'name', ' ', application ->> 'phone') FROM agent")
                == ["I Made Wirawan Putra +6281299990002"])
        #expect(try bench.apply(.correctionAsked(asked)).isEmpty)
    }

    @Test func aCorrectionReachesWhatWaits() throws {
        let bench = try Bench(settings())
        let (nik, worker) = (try Make.nik(5), try Make.nik(6))
        _ = try bench.applier.apply(try Make.activeAgent().dropFirst().map { Make.event($0) })
        _ = try bench.apply(.participant(try submitted("S-1", nik, agent: "A-1", on: "2018-02-20")))
        _ = try bench.apply(.employer(try Make.employer("E-1", agent: "A-1", niks: [worker, nik], on: "2018-02-20")))
        for (id, of) in [("C-1", nik), ("C-2", worker)] {
            let asked = SubjectCorrectionAsked(
                requestID: try SubmissionID(id), nik: of, name: "Nama Benar \(id)", askedOn: Make.date("2018-02-21"))
            _ = try bench.apply(.correctionAsked(asked))
        }
        let stored = try bench.connection.texts("SELECT submission::text FROM parked_submission ORDER BY position")
        try #require(stored.count == 2)
        #expect(stored[0].contains("Nama Benar C-1"))
        #expect(stored[1].contains("Nama Benar C-1") && stored[1].contains("Nama Benar C-2"))
        // The corrected one is enrolled when the agent is.
        let published = try bench.apply(.participant(try Make.participant("self-A-1", nik: try Make.nik(1))))
        let enrolled = try published.filter { $0.kind == "participant-enrolled" }
            .map { try $0.read(ParticipantEnrolled.self).name }
        #expect(enrolled.contains("Nama Benar C-1"))
    }

    /// A row that one worker erases while another waits for it is made again: no enrolment is lost.
    @Test func anEnrolmentThatWaitedForAnErasureIsKept() async throws {
        let bench = try Bench(settings())
        let nik = try Make.nik(8)
        _ = try bench.apply(.participant(try submitted("S-1", nik)))
        try lapse(bench, nik)
        let url = bench.url
        let options = settings()
        let event = Make.event(.participant(try submitted("S-2", nik, on: "2031-02-01")))
        try bench.connection.execute("BEGIN; SELECT FROM participant WHERE nik = \(nik.code) FOR UPDATE")
        async let enrolled = onThread { try Bench(options, url: url).applier.apply([event]).map(\.kind) }
        // The other transaction waits on the row's lock.
        let watcher = try Bench(settings(), url: bench.url)
        for _ in 1...20_000 {
            guard try watcher.connection.texts("SELECT count(*)::text FROM pg_locks WHERE NOT granted") == ["0"] else {
                break
            }
            await Task.yield()
        }
        try bench.connection.execute("DELETE FROM participant WHERE nik = \(nik.code); COMMIT")
        #expect(try await enrolled.contains("participant-enrolled"))
        #expect(
            try watcher.connection.texts("SELECT bpu_on::text FROM participant WHERE nik = \(nik.code)")
                == ["2031-02-01"])
    }

    @Test func theKeyIsASecret() throws {
        #expect(SubjectKey(hexadecimal: "00") == nil)
        #expect(SubjectKey(hexadecimal: String(repeating: "g", count: 32)) == nil)
        let key = try #require(SubjectKey(hexadecimal: "00112233445566778899aabbccddeeff"))
        let other = try #require(SubjectKey(hexadecimal: "00112233445566778899aabbccddeefe"))
        #expect(key.hash(try Make.nik(1)) == key.hash(try Make.nik(1)))
        #expect(key.hash(try Make.nik(1)) != key.hash(try Make.nik(2)))
        #expect(key.hash(try Make.nik(1)) != other.hash(try Make.nik(1)))
        #expect(!"\(key) \(String(reflecting: key))".contains("aabb"))
    }
}

func codes(_ events: [PublishedEvent]) throws -> [String] {
    try events.filter { $0.kind == "subject-request-refused" }.flatMap {
        try $0.read(SubjectRequestRefused.self).reasons.map(\.code)
    }
}
