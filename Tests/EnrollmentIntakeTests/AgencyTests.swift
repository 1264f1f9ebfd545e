import PerisaiModels
import TestSupport
import Testing

@testable import EnrollmentIntake

/// What the end of an agency means for what its agent hands in (domain.md 1.5).
@Suite struct AgencyTests {
    private func changed(
        _ change: AgencyChange, _ on: String, reentry: String? = nil, wadah: String = "W-1",
        until: String? = nil
    ) throws -> EnrollmentInput {
        .agencyChanged(
            AgencyChanged(
                agentID: try AgentID("A-1"), wadahID: try WadahID(wadah), branch: try BranchCode("DPS"), change: change,
                reason: "Tiga bulan", changedOn: Make.date(on), reentryFrom: reentry.map(Make.date),
                contractUntil: until.map(Make.date)))
    }

    private func active() throws -> Bench {
        let bench = try Bench()
        _ = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        return bench
    }

    /// The words of the first refusal, or the kind of what came out.
    private func answer(_ bench: Bench, _ number: Int, on: String) throws -> String {
        let published = try bench.apply(
            .participant(
                try Make.participant("s-\(number)", nik: try Make.nik(100 + number), agent: "A-1", on: on)))
        guard let event = published.first else { return "" }
        guard event.kind == "submission-refused" else { return event.kind }
        let reason = try #require(event.read(SubmissionRefused.self).reasons.first)
        #expect(reason.code == "AGENT_NOT_ACTIVE")
        return reason.text
    }

    /// The event as the commission-calculator publishes it.
    @Test func theEventIsRead() throws {
        let event = AgencyChanged(
            agentID: try AgentID("A-1"), wadahID: try WadahID("W-1"), branch: try BranchCode("DPS"), change: .ended,
            reason: "Tiga bulan", changedOn: Make.date("2018-06-30"), reentryFrom: Make.date("2018-12-30"))
        let input = try event.json.withUnsafeBytes {
            try EnrollmentIntakeService().decode(type: AgencyChanged.type, data: $0)
        }
        guard case .agencyChanged(let read) = input, read == event else {
            Issue.record("read as \(String(describing: input))")
            return
        }
        let service = EnrollmentIntakeService()
        #expect(service.inputs.last == .clock && service.inputs.contains(.commissions))
        // The others of that topic are not its own.
        for type in [WadahChanged.type, PortfolioPassed.type, StatementIssued.type] {
            let other = try service.decode(type: type, data: UnsafeRawBufferPointer(start: nil, count: 0))
            #expect(other.map { _ in type } == nil)
        }
    }

    @Test func anEndedAgentHandsInNothingUntilItsReturn() throws {
        let bench = try active()
        #expect(try bench.apply(changed(.idleOnce, "2018-04-30")).isEmpty)
        #expect(try bench.apply(changed(.ended, "2018-06-30", reentry: "2018-12-30")).isEmpty)
        #expect(try answer(bench, 1, on: "2018-06-30") == "participant-enrolled")
        let refused =
            "Keagenan berakhir pada 2018-06-30; dapat diaktifkan kembali atas permintaan wadah paling cepat 2018-12-30."
        #expect(try answer(bench, 2, on: "2018-07-01") == refused)
        #expect(try answer(bench, 3, on: "2019-01-15") == refused)
        let returned = try bench.apply(changed(.reactivated, "2019-01-10", wadah: "W-2", until: "2022-01-09"))
        #expect(returned.map(\.kind) == ["agent-credentialed"])
        #expect(try answer(bench, 4, on: "2019-01-15") == "participant-enrolled")
        #expect(try answer(bench, 5, on: "2019-01-09").contains("baru aktif kembali sejak 2019-01-10"))
        // The new wadah's contract covers it, past the first one's end, and is renewed.
        #expect(try answer(bench, 6, on: "2021-06-01") == "participant-enrolled")
        #expect(try answer(bench, 7, on: "2022-01-10").contains("2022-01-09"))
        let renewed = AgentSigned(
            agentID: try AgentID("A-1"), wadahID: try WadahID("W-2"), signedOn: Make.date("2022-01-10"),
            contractUntil: Make.date("2023-01-09"))
        #expect(try bench.apply(.agentSigned(renewed)).map(\.kind) == ["agent-credentialed"])
        #expect(try answer(bench, 8, on: "2022-01-10") == "participant-enrolled")
        // Ended once more.
        #expect(try bench.apply(changed(.ended, "2022-05-31", reentry: "2022-11-30")).isEmpty)
        #expect(try answer(bench, 9, on: "2022-06-01").contains("2022-11-30"))
    }

    /// The same rows whatever the order, also before anything of the agent is known.
    @Test func changesComeInAnyOrder() throws {
        let changes = [
            try changed(.ended, "2018-06-30", reentry: "2018-12-30"),
            try changed(.reactivated, "2019-01-10", until: "2022-01-09"), try changed(.idleTwice, "2018-05-31"),
            try changed(.dismissed, "2019-03-04"),
        ]
        var generator = SeededGenerator("agencies")
        var rows: Set<String> = []
        for _ in 0..<5 {
            let bench = try Bench()
            // An agent's own facts keep their order.
            let facts = try Make.activeAgent()
            var inputs = changes.shuffled(using: &generator)
            for fact in facts.reversed() { inputs.insert(fact, at: Int.random(in: 0...0, using: &generator)) }
            let cut = Int.random(in: 0...inputs.count, using: &generator)
            let order = Array(inputs[cut...] + inputs[..<cut])
            for input in order { _ = try bench.apply(input) }
            rows.insert(try bench.rows())
            #expect(try answer(bench, 1, on: "2019-03-04") == "Keagenan dicabut pada 2019-03-04.")
            #expect(try answer(bench, 2, on: "2019-03-03") == "participant-enrolled")
        }
        #expect(rows.count == 1)
    }

    /// What was decided before the change became known stays.
    @Test func lateChangesLeaveWhatWasDecided() throws {
        let bench = try active()
        #expect(try answer(bench, 1, on: "2018-07-05") == "participant-enrolled")
        #expect(try bench.apply(changed(.ended, "2018-06-30", reentry: "2018-12-30")).isEmpty)
        #expect(try answer(bench, 2, on: "2018-07-05").contains("2018-12-30"))
        #expect(try bench.connection.texts("SELECT count(*)::text FROM submission WHERE outcome = 1") == ["2"])
    }

    /// A dismissed person does not come back under another number.
    @Test func aDismissedPersonAppliesInVain() throws {
        let bench = try active()
        _ = try bench.apply(changed(.dismissed, "2018-05-01"))
        let again = try bench.apply(.agentApplied(try Make.applied("A-2", on: "2019-06-01")))
        #expect(try again.map { try $0.codes() } == [["AGENT_DISMISSED"]])
        for fact in try Make.activeAgent("A-2").dropFirst(2) { #expect(try bench.apply(fact).isEmpty) }
        #expect(try bench.connection.texts("SELECT state::text FROM agent WHERE agent_id = 'A-2'") == ["2"])
        // Other persons do.
        for fact in try Make.activeAgent("A-3", nik: 3) { _ = try bench.apply(fact) }
        #expect(try bench.connection.texts("SELECT state::text FROM agent WHERE agent_id = 'A-3'") == ["1"])
    }

    /// An application that waits is refused when the dismissal comes.
    @Test func aDismissalReachesApplicationsThatWait() throws {
        let bench = try active()
        #expect(try bench.apply(.agentApplied(try Make.applied("A-2", on: "2018-04-01"))).isEmpty)
        let refused = try bench.apply(changed(.dismissed, "2018-05-01"))
        #expect(try refused.map { try $0.codes() } == [["AGENT_DISMISSED"]])
    }

    /// An end bars a new number until the day on which the wadah may ask again.
    @Test func aNewNumberIsNoWayAroundTheSixMonths() throws {
        let bench = try active()
        _ = try bench.apply(changed(.ended, "2018-06-30", reentry: "2018-12-30"))
        let early = try bench.apply(.agentApplied(try Make.applied("A-2", on: "2018-12-29")))
        #expect(try early.map { try $0.codes() } == [["REENTRY_TOO_EARLY"]])
        var published: [String] = []
        for fact in try Make.activeAgent("A-2").dropFirst(2) { published += try bench.apply(fact).map(\.kind) }
        #expect(published.isEmpty)
        published += try bench.apply(.agentApplied(try Make.applied("A-2", on: "2018-12-30"))).map(\.kind)
        #expect(published == ["agent-activated", "agent-credentialed"])
    }
}
