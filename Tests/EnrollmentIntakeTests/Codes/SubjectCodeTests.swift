import PerisaiModels
import TestSupport
import Testing

@testable import EnrollmentIntake

/// Each code of a refused request about personal data.
@Suite struct SubjectCodeTests {
    private let bench: Bench
    private let nik: NIK

    init() throws {
        var settings = EnrollmentSettings()
        settings.subjectKey = SubjectKey(hexadecimal: "00112233445566778899aabbccddeeff")
        bench = try Bench(settings)
        nik = try Make.nik(1)
    }

    private func erasure(
        _ on: String = "2018-09-01", by: String? = "Ani", approved: String? = "Budi", of bench: Bench? = nil
    ) throws -> [String] {
        let asked = SubjectErasureAsked(
            requestID: try SubmissionID("R-\(on)-\(by ?? "")-\(approved ?? "")".replacing(" ", with: "_")), nik: nik,
            askedOn: Make.date(on),
            askedBy: by, approvedBy: approved)
        let published = try (bench ?? self.bench).apply(.erasureAsked(asked))
        #expect(published.allSatisfy { !String(decoding: $0.data, as: UTF8.self).contains(nik.text) })
        return try codes(published)
    }

    private func enrol(_ cover: CoverStatus?, on: String = "2018-06-01") throws {
        let published = try bench.apply(.participant(try Make.participant("S-1", nik: nik)))
        let kpj = try #require(published.first).read(ParticipantEnrolled.self).kpj
        guard let cover else { return }
        _ = try bench.apply(
            .cover(
                kpj, CoverChanged(payer: .participant(kpj), status: cover, unpaidMonths: 0, changedOn: Make.date(on))))
    }

    @Test("NOT_KNOWN") func notKnown() throws {
        #expect(try erasure() == ["NOT_KNOWN"])
        let asked = SubjectCorrectionAsked(
            requestID: try SubmissionID("C-1"), nik: nik, name: "A Nama", askedOn: Make.date("2018-09-01"))
        #expect(try codes(bench.apply(.correctionAsked(asked))) == ["NOT_KNOWN"])
        // Asking leaves no trace of the NIK.
        #expect(
            try PersonalDataScan.places(of: [nik.text], schema: "enrollment_intake", on: bench.connection) == [])
    }

    @Test("MEMBERSHIP_ACTIVE", arguments: [nil, CoverStatus.awaited, .active, .grace, .returned])
    func membershipActive(_ cover: CoverStatus?) throws {
        try enrol(cover)
        #expect(try erasure("2031-01-01").contains("MEMBERSHIP_ACTIVE"))
    }

    @Test("MEMBERSHIP_ACTIVE of a worker") func membershipActiveOfAWorker() throws {
        _ = try bench.apply(.employer(try Make.employer("E-1", niks: [nik])))
        #expect(try erasure("2031-01-01").contains("MEMBERSHIP_ACTIVE"))
    }

    @Test("AGENCY_ACTIVE") func agencyActive() throws {
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        #expect(try erasure("2031-01-01").contains("AGENCY_ACTIVE"))
    }

    @Test("STAFF_LISTED") func staffListed() throws {
        _ = try bench.apply(.participant(try Make.participant("S-1", nik: nik)))
        try bench.connection.execute("UPDATE participant SET staff_since = '2018-01-01', cover = 3")
        #expect(try erasure("2031-01-01") == ["STAFF_LISTED"])
    }

    @Test("SUBMISSION_WAITING") func submissionWaiting() throws {
        _ = try bench.applier.apply(try Make.activeAgent("A-1", nik: 9).dropFirst().map { Make.event($0) })
        _ = try bench.apply(.employer(try Make.employer("E-1", agent: "A-1", niks: [nik], on: "2018-02-20")))
        #expect(try erasure("2018-03-01") == ["SUBMISSION_WAITING"])
    }

    @Test("RETENTION") func retention() throws {
        try enrol(.lapsed, on: "2018-06-01")
        #expect(try erasure("2028-05-31") == ["RETENTION"])
        #expect(try erasure("2028-06-01") == [])
    }

    @Test("NOT_APPROVED") func notApproved() throws {
        try enrol(.lapsed)
        #expect(try erasure("2031-01-01", approved: nil) == ["NOT_APPROVED"])
        #expect(try erasure("2031-01-01", by: nil) == ["NOT_APPROVED"])
        #expect(try erasure("2031-01-01", approved: " a N i") == ["NOT_APPROVED"])
    }

    @Test("ERASURE_NOT_CONFIGURED") func erasureNotConfigured() throws {
        #expect(try erasure("2031-01-01", of: Bench()) == ["ERASURE_NOT_CONFIGURED"])
    }

    @Test("NOTHING_TO_CORRECT") func nothingToCorrect() throws {
        try enrol(.active)
        func asked(_ id: String, _ name: String?) throws -> [String] {
            let event = SubjectCorrectionAsked(
                requestID: try SubmissionID(id), nik: nik, name: name, askedOn: Make.date("2018-09-01"))
            return try codes(bench.apply(.correctionAsked(event)))
        }
        #expect(try asked("C-1", nil) == ["NOTHING_TO_CORRECT"])
        #expect(try asked("C-2", " ") == ["NAME_MISSING"])
        #expect(try asked("C-3", "Sari \(nik.text)") == ["NAME_MISSING"])
    }

    /// `DATA_ERASED`: SubjectTests.whatWaitsIsRefusedAndSaidSo.
    @Test("DATA_ERASED") func dataErased() throws {
        _ = try bench.applier.apply(try Make.activeAgent("A-1", nik: 9).dropFirst().map { Make.event($0) })
        _ = try bench.apply(.participant(try Make.participant("S-1", nik: nik, agent: "A-1", on: "2018-02-20")))
        let asked = SubjectErasureAsked(
            requestID: try SubmissionID("R-1"), nik: nik, askedOn: Make.date("2018-03-01"), askedBy: "Ani",
            approvedBy: "Budi")
        #expect(try bench.apply(.erasureAsked(asked)).flatMap { try $0.codes() } == ["DATA_ERASED"])
    }
}
