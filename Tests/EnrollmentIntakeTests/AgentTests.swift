import PerisaiModels
import TestSupport
import Testing

@testable import EnrollmentIntake

@Suite struct AgentTests {
    @Test func anAgentIsActivatedOnceWhateverTheOrder() throws {
        let facts = try Make.activeAgent()
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<6 {
            let bench = try Bench()
            var published: [String] = []
            for fact in facts.shuffled(using: &generator) { published += try bench.apply(fact).map(\.kind) }
            #expect(published.sorted() == ["agent-activated", "agent-credentialed", "participant-enrolled"])
            // The same facts in other events change nothing.
            for fact in facts { #expect(try bench.apply(fact).isEmpty) }
        }
    }

    @Test func everythingInOneBatch() throws {
        let bench = try Bench()
        let events = try Make.activeAgent().shuffled().map { Make.event($0) }
        let published = try bench.applier.apply(events)
        #expect(published.map(\.kind).sorted() == ["agent-activated", "agent-credentialed", "participant-enrolled"])
        let activated = try #require(published.first { $0.kind == "agent-activated" }).read(AgentActivated.self)
        #expect(activated.zone == .wita)
        #expect(activated.activatedOn == Make.date("2018-02-09"))
        #expect(try bench.applier.apply(events).isEmpty)
    }

    @Test func aRefusedApplicantCorrectsAndBecomesActive() throws {
        let bench = try Bench()
        let facts = try Make.activeAgent()
        _ = try bench.applier.apply(
            facts.map { Make.event($0) }.filter { event in
                if case .agentSigned = event.input {
                    false
                } else if case .agentApplied = event.input {
                    false
                } else {
                    true
                }
            })
        #expect(
            try bench.apply(.agentApplied(try Make.applied(bank: try BankCode("014"), device: false))).isEmpty)
        let refused = try bench.apply(.agentSigned(try Make.signed()))
        #expect(refused.map(\.kind) == ["agent-refused"])
        #expect(try refused[0].codes() == ["BANK_NOT_DESIGNATED", "NO_DEVICE"])
        let again = try bench.apply(.agentApplied(try Make.applied(bank: try BankCode("014"))))
        #expect(try again.map { try $0.codes() } == [["BANK_NOT_DESIGNATED"]])
        #expect(
            try bench.apply(.agentApplied(try Make.applied())).map(\.kind) == ["agent-activated", "agent-credentialed"])
    }

    @Test func aFailedExamIsSatAgain() throws {
        let bench = try Bench()
        for fact in try Make.activeAgent() {
            if case .agentExamined = fact { continue }
            _ = try bench.apply(fact)
        }
        let failed = try bench.apply(.agentExamined(try Make.examined(passed: false, on: "2018-02-10")))
        #expect(try failed.map { try $0.codes() } == [["EXAM_FAILED"]])
        // News of an earlier exam does not count.
        #expect(try bench.apply(.agentExamined(try Make.examined(on: "2018-02-08"))).isEmpty)
        #expect(
            try bench.apply(.agentExamined(try Make.examined(on: "2018-02-20"))).map(\.kind) == [
                "agent-activated", "agent-credentialed",
            ])
    }

    @Test func aWorkerOfAnEmployerIsARegisteredParticipant() throws {
        let bench = try Bench()
        for fact in try Make.activeAgent().dropFirst() { #expect(try bench.apply(fact).isEmpty) }
        let employer = try Make.employer("e", niks: [try Make.nik(1)], on: "2018-02-12")
        let published = try bench.apply(.employer(employer))
        #expect(published.map(\.kind) == ["employer-enrolled", "agent-activated", "agent-credentialed"])
    }

    @Test func submissionsWaitForTheAgentsOwnRegistrationOnly() throws {
        let bench = try Bench()
        var facts = try Make.activeAgent()
        let own = facts.removeFirst()
        let early = try Make.participant("p-0", nik: try Make.nik(90), agent: "A-1", on: "2018-02-10")
        let refused = try bench.apply(.participant(early))
        #expect(try refused.map { try $0.codes() } == [["AGENT_NOT_ACTIVE"]])
        for fact in facts { _ = try bench.apply(fact) }
        let first = try Make.participant("p-1", nik: try Make.nik(10), agent: "A-1", on: "2018-02-10")
        let same = try Make.participant("p-2", nik: try Make.nik(10), agent: "A-1", on: "2018-02-11")
        let before = try Make.participant("p-3", nik: try Make.nik(12), agent: "A-1", on: "2018-02-08")
        let firm = try Make.employer(
            "e-1", agent: "A-1", nib: try Make.nib(1), niks: [try Make.nik(10), try Make.nik(11)])
        for input in [EnrollmentInput.participant(first), .participant(same), .participant(before), .employer(firm)] {
            #expect(try bench.apply(input).isEmpty)
        }
        #expect(
            try bench.apply(.permitApplied(try Make.permit("7", nib: try Make.nib(1)))).map(\.kind) == ["permit-held"])
        let published = try bench.apply(own)
        #expect(
            published.map(\.kind) == [
                "participant-enrolled", "agent-activated", "agent-credentialed", "participant-enrolled",
                "submission-refused", "submission-refused", "employer-enrolled", "permit-cleared",
            ])
        #expect(try published[4].codes() == ["ALREADY_ENROLLED"])
        #expect(try published[5].codes() == ["AGENT_NOT_ACTIVE"])
        let enrolled = try published[3].read(ParticipantEnrolled.self)
        let workers = try published[6].read(EmployerEnrolled.self).workers
        #expect(workers.map(\.newlyRegistered) == [false, true])
        #expect(workers[0].kpj == enrolled.kpj)
        #expect(try published[7].read(PermitCleared.self).wasHeld)
        #expect(try bench.apply(own, .participant(first), .employer(firm)).isEmpty)
    }

    @Test func waitingEndsAfterTheDaysOfTheSetting() throws {
        let bench = try Bench()
        for fact in try Make.activeAgent().dropFirst() { _ = try bench.apply(fact) }
        let submission = try Make.participant("p-1", nik: try Make.nik(10), agent: "A-1", on: "2018-02-10")
        #expect(try bench.apply(.participant(submission)).isEmpty)
        _ = try bench.apply(.businessDate(Make.date("2018-03-12")))
        #expect(try bench.applier.work().isEmpty)
        _ = try bench.apply(.businessDate(Make.date("2018-03-13")))
        let published = try bench.applier.work()
        #expect(try published.map { try $0.codes() } == [["AGENT_NOT_ACTIVE"]])
        #expect(try bench.applier.work().isEmpty)
        let own = try #require(try Make.activeAgent().first)
        #expect(try bench.apply(own).map(\.kind) == ["participant-enrolled", "agent-activated", "agent-credentialed"])
    }

    @Test func anAgentCannotRegisterItself() throws {
        let bench = try Bench()
        for fact in try Make.activeAgent().dropFirst() { _ = try bench.apply(fact) }
        let own = try Make.participant("p-1", nik: try Make.nik(1), agent: "A-1", on: "2018-02-10")
        #expect(try bench.apply(.participant(own)).map { try $0.codes() } == [["AGENT_NOT_ACTIVE"]])
    }

    @Test func aChainOfAgentsIsSetFreeAtOnce() throws {
        let bench = try Bench()
        // Each agent hands in the next one's own registration.
        for index in 1...5 {
            for fact in try Make.activeAgent("A-\(index)", nik: index).dropFirst() { _ = try bench.apply(fact) }
            let next = try Make.participant("p", nik: try Make.nik(index + 1), agent: "A-\(index)", on: "2018-02-09")
            #expect(try bench.apply(.participant(next)).isEmpty)
        }
        let published = try bench.apply(.participant(try Make.participant("own", nik: try Make.nik(1))))
        #expect(published.count { $0.kind == "agent-activated" } == 5)
        #expect(published.count { $0.kind == "participant-enrolled" } == 6)
    }
}
