import PerisaiModels
import Testing

@testable import EnrollmentIntake

/// One agent from the application to the dismissal, with every event.
@Suite struct AgentStoryTests {
    @Test func fromApplicationToDismissal() throws {
        let bench = try Bench()
        var applied = try Make.applied()
        applied.documents = [.ktp]
        #expect(try bench.told(.agentApplied(applied)).isEmpty)
        #expect(try bench.told(AgentFacts.documented([.photo], "2018-02-06")).isEmpty)
        #expect(try bench.told(AgentFacts.documented([.accountBook], "2018-02-07")).isEmpty)
        #expect(try bench.told(.agentTrained(try Make.trained())).isEmpty)
        #expect(try bench.told(.agentExamined(try Make.examined(passed: false))).isEmpty)
        #expect(try bench.told(.agentSigned(try Make.signed())) == ["EXAM_FAILED"])
        #expect(try bench.told(.agentExamined(try Make.examined(on: "2018-02-15"))).isEmpty)
        let own = try bench.apply(.participant(try Make.participant("own", nik: try Make.nik(1), on: "2018-02-16")))
        #expect(
            try Bench.short(own) == ["participant-enrolled", "agent-activated", "papers 2018-02-16 2021-02-08"])
        let kpj = try own[0].read(ParticipantEnrolled.self).kpj
        #expect(try bench.handIn(1, on: "2018-02-17") == "participant-enrolled")
        #expect(try bench.told(AgentFacts.suspended("2018-03-01")) == ["suspended 2018-03-01"])
        #expect(try bench.handIn(2, on: "2018-03-01") == "AGENT_SUSPENDED")
        #expect(try bench.told(AgentFacts.resumed("2018-03-10")) == ["active 2018-03-10"])
        #expect(try bench.handIn(3, on: "2018-03-10") == "participant-enrolled")
        #expect(try bench.told(AgentFacts.cover(kpj, .grace, "2018-05-16")).isEmpty)
        #expect(try bench.told(AgentFacts.cover(kpj, .lapsed, "2018-08-16")) == ["membership_lapsed 2018-08-16"])
        #expect(try bench.handIn(4, on: "2018-08-16") == "AGENT_MEMBERSHIP_LAPSED")
        #expect(try bench.told(AgentFacts.cover(kpj, .returned, "2018-09-03")) == ["active 2018-09-03"])
        #expect(try bench.handIn(5, on: "2018-09-03") == "participant-enrolled")
        // Idle for three months; another number does not shorten the six.
        #expect(try bench.told(AgentFacts.changed(.ended, "2018-12-31", reentry: "2019-06-30")).isEmpty)
        #expect(try bench.handIn(6, on: "2019-01-01") == "AGENT_NOT_ACTIVE")
        #expect(try bench.told(.agentApplied(try Make.applied("A-2", on: "2019-06-29"))) == ["REENTRY_TOO_EARLY"])
        #expect(
            try bench.told(AgentFacts.changed(.reactivated, "2019-06-30", until: "2022-06-29")) == [
                "papers 2019-06-30 2022-06-29"
            ])
        #expect(try bench.handIn(7, on: "2019-06-30") == "participant-enrolled")
        // The application under another number is told too.
        #expect(try bench.told(AgentFacts.changed(.dismissed, "2019-08-01")) == ["AGENT_DISMISSED"])
        #expect(try bench.handIn(8, on: "2019-08-01") == "AGENT_NOT_ACTIVE")
        #expect(try bench.told(.agentApplied(try Make.applied("A-3", on: "2020-06-01"))) == ["AGENT_DISMISSED"])
    }

    /// T45: ended on 31 March 2026, back on 30 September at the earliest.
    @Test func reentryAfterSixMonths() throws {
        let (bench, _) = try Bench.withAgent()
        let end = Make.date("2026-03-31")
        #expect(end.adding(months: 6) == Make.date("2026-09-30"))
        _ = try bench.apply(AgentFacts.changed(.ended, "2026-03-31", reentry: "\(end.adding(months: 6))"))
        #expect(try bench.told(.agentApplied(try Make.applied("A-2", on: "2026-09-29"))) == ["REENTRY_TOO_EARLY"])
        #expect(try bench.told(.agentApplied(try Make.applied("A-2", on: "2026-09-30"))).isEmpty)
    }

    /// Papers: numbers from agent, branch and day; the contract's last day.
    @Test func papersFollowFromTheFacts() throws {
        let bench = try Bench()
        let published = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        let event = try #require(published.first { $0.kind == "agent-credentialed" }).read(AgentCredentialed.self)
        #expect(event.certificate.text == "SERT/DPS/20180209/A-1")
        #expect(event.identityCard.text == "ID/DPS/20180209/A-1")
        #expect(event.assignmentLetter.text == "ST/DPS/20180209/A-1")
        #expect(event.validUntil == Make.date("2021-02-08"))
        // The longest ids fit.
        var agent = IntakeState.Agent()
        agent.file.application = try Make.applied(String(repeating: "A", count: 32))
        agent.file.application?.branch = try BranchCode(String(repeating: "B", count: 32))
        agent.file.signature = AgentFile.Signature(
            wadah: try WadahID("W-1"), on: Make.date("2018-02-09"), until: Make.date("2021-02-08"))
        agent.stage = .active
        agent.decidedOn = Make.date("2018-02-09")
        let long = try #require(AgentCredential(agent))
        #expect(long.certificate.text.utf8.count == 63)
    }

    /// Documents wait, and do not refuse.
    @Test func documentsAreWaitedFor() throws {
        let bench = try Bench()
        var facts = try Make.activeAgent()
        var applied = try Make.applied()
        applied.documents = []
        facts[1] = .agentApplied(applied)
        for fact in facts { #expect(try bench.told(fact).allSatisfy { $0 == "participant-enrolled" }) }
        #expect(try bench.handIn(1, on: "2018-02-20") == "AGENT_NOT_ACTIVE")
        #expect(try bench.told(AgentFacts.documented([.ktp], "2018-02-20")).isEmpty)
        #expect(
            try bench.told(AgentFacts.documented([.accountBook, .npwp], "2018-02-21")) == [
                "agent-activated", "papers 2018-02-21 2021-02-08",
            ])
        // A shorter list is a setting.
        var settings = EnrollmentSettings()
        settings.agentDocuments = []
        let open = try Bench(settings)
        var told: [String] = []
        for fact in facts { told += try open.told(fact) }
        #expect(told.contains("agent-activated"))
    }
}
