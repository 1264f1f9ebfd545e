import Foundation
import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

@Suite struct AgentRecordTests {
    private func record(_ bench: Bench, _ id: String = "A-1") throws -> AgentRecord {
        try AgentRecord.of(AgentID(id), settings: .init(), on: bench.connection)
    }

    @Test func anApplicantSeesWhatIsMissing() throws {
        let bench = try Bench()
        #expect(throws: DeskError.self) { try record(bench) }
        var applied = try Make.applied()
        applied.documents = [.ktp]
        _ = try bench.apply(.agentApplied(applied), .agentTrained(try Make.trained()))
        let waiting = try record(bench)
        #expect(waiting.state == .waiting)
        #expect(waiting.on == Make.date("2018-02-07"))
        #expect(
            waiting.gates.filter { $0.passedOn == nil }.map(\.gate) == [.documents, .exam, .signature, .registration])
        #expect(waiting.gates[1].remedy == "hand in at the branch: account_book")
        #expect(waiting.phone == "+62812******90")
        #expect(waiting.account == "BNI ********89")
        #expect(waiting.credential == nil)
        _ = try bench.apply(
            .agentExamined(try Make.examined(passed: false)), .agentSigned(try Make.signed()))
        let refused = try record(bench)
        #expect(refused.state == .refused)
        #expect(
            refused.reasons.map(\.code) == ["EXAM_FAILED"] && refused.reasons.map(\.remedy) == ["sit the exam again"])
    }

    @Test func statesOfTheBusinessDate() throws {
        let (bench, _) = try Bench.withAgent()
        _ = try bench.apply(AgentFacts.suspended("2018-04-10", until: "2018-04-20"))
        for (date, state, since) in [
            ("2018-03-01", AgentMachine.State.active, "2018-02-09"), ("2018-04-15", .suspended, "2018-04-10"),
            ("2018-04-21", .active, "2018-02-09"),
        ] {
            _ = try bench.apply(.businessDate(Make.date(date)))
            let found = try record(bench)
            #expect(found.state == state && found.since == Make.date(since), "\(date)")
            #expect(found.credential?.validUntil == Make.date("2021-02-08"))
        }
        _ = try bench.apply(AgentFacts.changed(.ended, "2018-04-22", reentry: "2018-10-22"))
        _ = try bench.apply(.businessDate(Make.date("2018-05-01")))
        let ended = try record(bench)
        #expect(ended.state == .ended && ended.credential == nil)
        #expect(
            ended.entries.map(\.what) == [
                "applied", "trained", "exam passed", "contract signed", "activated", "suspended", "ended",
            ])
        _ = try bench.apply(.agentApplied(try Make.applied("A-2", on: "2018-04-30")))
        let settings = EnrollmentSettings()
        func list(_ state: AgentMachine.State?, branch: String? = nil) throws -> [String] {
            try AgentRecord.list(
                state: state, branch: branch.map { try BranchCode($0) }, settings: settings, on: bench.connection
            ).map(\.agent)
        }
        #expect(try list(nil) == ["A-1", "A-2"])
        #expect(try list(.refused) == ["A-2"])
        #expect(try list(.active).isEmpty)
        #expect(try list(nil, branch: "SBY").isEmpty)
    }

    /// Names cannot write into the page; no NIK stands on it.
    @Test func papersArePrinted() throws {
        let bench = try Bench()
        var facts = try Make.activeAgent()
        var applied = try Make.applied(holder: "I <b>Made</b> \"Wira\" & Co")
        applied.name = "I <b>Made</b> \"Wira\" & Co"
        facts[1] = .agentApplied(applied)
        _ = try bench.applier.apply(facts.map { Make.event($0) })
        let paper = CredentialPaper(try #require(try record(bench).credential))
        #expect(paper.html.contains("I &lt;b&gt;Made&lt;/b&gt; &quot;Wira&quot; &amp; Co"))
        #expect(!paper.html.contains("<b>"))
        #expect(paper.html.components(separatedBy: "<section>").count == 4)
        for text in [paper.html, paper.text] {
            #expect(text.contains("SERT/DPS/20180209/A-1"))
            #expect(text.contains("SKE.BPJSTK.06.00/02/2017"))
            #expect(text.contains("8 Februari 2021"))
            #expect(!text.contains(applied.nik.text))
        }
        #expect(paper.text.contains("SURAT TUGAS"))
    }
}
