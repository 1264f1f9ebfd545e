import PerisaiModels
import Testing

@testable import EnrollmentIntake

@Suite struct SubmissionTests {
    func active() throws -> Bench {
        let bench = try Bench()
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        _ = try bench.applier.apply(try Make.activeAgent("A-2", nik: 2).map { Make.event($0) })
        return bench
    }

    func codes(_ bench: Bench, _ input: EnrollmentInput) throws -> [[String]] {
        try bench.apply(input).map { $0.kind == "submission-refused" ? try $0.codes() : [$0.kind] }
    }

    @Test func aNumberIsAnsweredOnce() throws {
        let bench = try active()
        let submission = try Make.participant("p-1", nik: try Make.nik(10), agent: "A-1", on: "2018-02-10")
        #expect(try codes(bench, .participant(submission)) == [["participant-enrolled"]])
        #expect(try codes(bench, .participant(submission)).isEmpty)
        var other = submission
        other.name = "Ni Luh Ayu"
        #expect(try codes(bench, .participant(other)) == [["DUPLICATE_SUBMISSION"]])
        // Another agent's numbers are its own.
        let theirs = try Make.participant("p-1", nik: try Make.nik(11), agent: "A-2", on: "2018-02-10")
        #expect(try codes(bench, .participant(theirs)) == [["participant-enrolled"]])
    }

    @Test func theFirstValidClaimWins() throws {
        let bench = try active()
        let nik = try Make.nik(10)
        let claims: [EnrollmentInput] = [
            .participant(try Make.participant("p-1", nik: nik, agent: "A-1", programmes: [.jp], on: "2018-02-10")),
            .participant(try Make.participant("p-2", nik: nik, agent: "A-2", on: "2018-02-10")),
            .participant(try Make.participant("p-3", nik: nik, agent: "A-1", on: "2018-02-10")),
            .participant(try Make.participant("p-4", nik: nik, agent: "A-2", on: "2018-02-11")),
            .participant(try Make.participant("p-5", nik: nik, on: "2018-02-11")),
        ]
        let answers = try bench.applier.apply(claims.map { Make.event($0) })
        let found = try answers.map { $0.kind == "submission-refused" ? try $0.codes() : [$0.kind] }
        #expect(
            found == [
                ["PROGRAMMES_NOT_OFFERED"], ["participant-enrolled"], ["CLAIMED_BY_ANOTHER_AGENT"],
                ["ALREADY_ENROLLED"], ["CLAIMED_BY_ANOTHER_AGENT"],
            ])
    }

    @Test func everyReasonAtOnce() throws {
        let bench = try active()
        let bad = try Make.participant(
            "p-1", nik: try Make.nik(1, born: "010140"), agent: "A-9", programmes: [.jp], on: "2018-02-10",
            first: "2018-01")
        #expect(
            try codes(bench, .participant(bad)) == [
                ["AGENT_NOT_ACTIVE", "AGE_LIMIT", "PROGRAMMES_NOT_OFFERED", "FIRST_MONTH_PAST"]
            ])
        let late = try Make.participant("p-2", nik: try Make.nik(20), agent: "A-1", on: "2021-02-09")
        #expect(try codes(bench, .participant(late)) == [["AGENT_NOT_ACTIVE"]])
        var renewed = try Make.signed()
        renewed.signedOn = Make.date("2021-02-08")
        renewed.contractUntil = Make.date("2022-02-08")
        #expect(try bench.apply(.agentSigned(renewed)).map(\.kind) == ["agent-credentialed"])
        let next = try Make.participant("p-3", nik: try Make.nik(20), agent: "A-1", on: "2021-02-09")
        #expect(try codes(bench, .participant(next)) == [["participant-enrolled"]])
    }

    @Test func anEmployerGetsNumbersAndKeepsKnownOnes() throws {
        let bench = try active()
        let known = try Make.nik(10)
        let first = try bench.apply(.participant(try Make.participant("p-1", nik: known, on: "2018-02-10")))
        let kpj = try first[0].read(ParticipantEnrolled.self).kpj
        let firm = try Make.employer("e-1", agent: "A-1", nib: try Make.nib(1), niks: [known, try Make.nik(11)])
        let published = try bench.applier.apply([Make.event(.employer(firm), partition: 5)])
        let enrolled = try published[0].read(EmployerEnrolled.self)
        #expect(enrolled.npp.text == "00000069")
        #expect(enrolled.workers[0].kpj == kpj)
        #expect(enrolled.workers[1].kpj.text == "18030000069")
        #expect(enrolled.workers.map(\.newlyRegistered) == [false, true])
        #expect(enrolled.programmes == [.jkk, .jkm])
        #expect(enrolled.monthlyContribution == Rupiah(21_600))
        let again = try Make.employer("e-2", nib: try Make.nib(1), niks: [try Make.nik(12)])
        #expect(try codes(bench, .employer(again)) == [["NIB_ALREADY_ENROLLED"]])
        // A worker who joins BPU keeps the number and is new there.
        let own = try bench.apply(.participant(try Make.participant("p-2", nik: try Make.nik(11), on: "2018-03-10")))
        let joined = try own[0].read(ParticipantEnrolled.self)
        #expect(joined.kpj == enrolled.workers[1].kpj)
        #expect(joined.newlyRegistered)
    }
}
