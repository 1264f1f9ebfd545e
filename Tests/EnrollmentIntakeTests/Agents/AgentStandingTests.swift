import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

@Suite struct AgentStandingTests {
    /// A suspension with an end is over by the submission's day at once; the business date tells it.
    @Test func aSuspensionEndsByItself() throws {
        let (bench, _) = try Bench.withAgent()
        let published = try bench.apply(
            AgentFacts.suspended("2018-03-01", until: "2018-03-10", reason: "Aduan peserta 5171010101800001"))
        let changed = try #require(published.first).read(AgentStandingChanged.self)
        #expect(changed.until == Make.date("2018-03-10"))
        #expect(
            changed.reason == "Keagenan ditangguhkan oleh kantor cabang sejak 2018-03-01 sampai dengan 2018-03-10. "
                + "Alasan: Aduan peserta 5171**********01")
        #expect(try bench.handIn(1, on: "2018-03-11") == "participant-enrolled")
        _ = try bench.apply(.businessDate(Make.date("2018-03-10")))
        #expect(try bench.applier.work().isEmpty)
        _ = try bench.apply(.businessDate(Make.date("2018-03-11")))
        #expect(try Bench.short(bench.applier.work()) == ["active 2018-03-11"])
        #expect(try bench.applier.work().isEmpty)
        // Old news does not bring it back.
        #expect(try bench.told(AgentFacts.suspended("2018-02-20", until: "2018-03-05")).isEmpty)
        #expect(try bench.told(AgentFacts.resumed("2018-03-08")).isEmpty)
        #expect(try bench.applier.work().isEmpty)
    }

    /// Longer, and lifted before its end.
    @Test func aSuspensionIsMadeLonger() throws {
        let (bench, _) = try Bench.withAgent()
        #expect(try bench.told(AgentFacts.suspended("2018-03-01", until: "2018-03-10")) == ["suspended 2018-03-01"])
        #expect(try bench.told(AgentFacts.suspended("2018-03-01", until: "2018-03-10")).isEmpty)
        #expect(try bench.told(AgentFacts.suspended("2018-03-01")) == ["suspended 2018-03-01"])
        _ = try bench.apply(.businessDate(Make.date("2018-06-01")))
        #expect(try bench.applier.work().isEmpty)
        #expect(try bench.handIn(1, on: "2018-05-01") == "AGENT_SUSPENDED")
        #expect(try bench.told(AgentFacts.resumed("2018-05-20")) == ["active 2018-05-20"])
        #expect(try bench.handIn(2, on: "2018-05-19") == "AGENT_SUSPENDED")
        #expect(try bench.handIn(3, on: "2018-05-20") == "participant-enrolled")
    }

    /// What is lifted leaves what else hinders.
    @Test func hindrancesAddUp() throws {
        let (bench, kpj) = try Bench.withAgent()
        #expect(try bench.told(AgentFacts.cover(kpj, .lapsed, "2018-08-16")) == ["membership_lapsed 2018-08-16"])
        #expect(try bench.told(AgentFacts.suspended("2018-08-20")) == ["suspended 2018-08-20"])
        #expect(try bench.told(AgentFacts.listed("2018-09-01")) == ["staff 2018-09-01"])
        #expect(try bench.handIn(1, on: "2018-09-01") == "AGENT_IS_STAFF")
        #expect(try bench.told(AgentFacts.resumed("2018-09-02")).isEmpty)
        #expect(try bench.told(AgentFacts.listed("2018-09-01", until: "2018-09-30")).isEmpty)
        _ = try bench.apply(.businessDate(Make.date("2018-10-01")))
        #expect(try Bench.short(bench.applier.work()) == ["membership_lapsed 2018-08-16"])
        #expect(try bench.handIn(2, on: "2018-10-01") == "AGENT_MEMBERSHIP_LAPSED")
        #expect(try bench.told(AgentFacts.cover(kpj, .returned, "2018-10-05")) == ["active 2018-10-05"])
    }

    /// A suspended applicant is active in name only; one that has ended is not spoken of until it returns.
    @Test func standingIsToldWhileTheAgencyIsInForce() throws {
        let bench = try Bench()
        #expect(try bench.told(AgentFacts.suspended("2018-02-01")).isEmpty)
        var told: [String] = []
        for fact in try Make.activeAgent() { told += try bench.told(fact) }
        #expect(
            told == [
                "participant-enrolled", "agent-activated", "papers 2018-02-09 2021-02-08", "suspended 2018-02-09",
            ])
        _ = try bench.apply(AgentFacts.changed(.ended, "2018-06-30", reentry: "2018-12-30"))
        #expect(try bench.told(AgentFacts.resumed("2018-08-01")).isEmpty)
        #expect(try bench.told(AgentFacts.suspended("2018-09-01")).isEmpty)
        #expect(
            try bench.told(AgentFacts.changed(.reactivated, "2019-01-02", until: "2021-02-08")) == [
                "papers 2019-01-02 2021-02-08", "suspended 2019-01-02",
            ])
    }

    /// Days that end before they begin go to the dead letters.
    @Test func impossibleDays() throws {
        for (field, input) in [
            ("suspended_until", try AgentFacts.suspended("2018-03-10", until: "2018-03-09")),
            ("until", try AgentFacts.listed("2018-03-10", until: "2018-03-09")),
        ] {
            let bench = try Bench()
            let fault = #expect(throws: RecordFault.self) { try bench.apply(input) }
            #expect(fault?.reason == "\(field): lies before the first day")
        }
        let (bench, _) = try Bench.withAgent()
        #expect(try bench.told(AgentFacts.suspended("2018-03-10", until: "2018-03-10")) == ["suspended 2018-03-10"])
    }

    // MARK: Order

    /// Of each topic and key, in the order that Kafka keeps: the agent's own facts, its registration and cover, its
    /// employment, its agency.
    private func streams(_ random: inout SeededGenerator, kpj: KPJ) throws -> [[EnrollmentInput]] {
        func day(_ month: Int) -> String {
            let day = Int.random(in: 1...28, using: &random)
            return "2018-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
        }
        var applied = try Make.applied()
        applied.documents = Bool.random(using: &random) ? nil : [.ktp]
        var own: [EnrollmentInput] = [
            .agentApplied(applied), try AgentFacts.documented([.accountBook], "2018-02-07"),
            .agentTrained(try Make.trained()), .agentExamined(try Make.examined(passed: false, on: "2018-02-08")),
            .agentExamined(try Make.examined(on: "2018-02-09")), .agentSigned(try Make.signed()),
        ]
        var suspensions: [EnrollmentInput] = []
        for month in [3, 5, 7] where Bool.random(using: &random) {
            suspensions.append(
                try AgentFacts.suspended(day(month), until: Bool.random(using: &random) ? day(month + 1) : nil))
            if Bool.random(using: &random) { suspensions.append(try AgentFacts.resumed(day(month + 1))) }
        }
        // Late and twice.
        suspensions += suspensions.shuffled(using: &random)
        own += suspensions.shuffled(using: &random)
        var covers: [EnrollmentInput] = [.participant(try Make.participant("own", nik: try Make.nik(1)))]
        let statuses: [CoverStatus] = [.active, .grace, .lapsed, .returned, .exited]
        for month in [4, 6, 8] {
            let status = try #require(statuses.randomElement(using: &random))
            covers.append(AgentFacts.cover(kpj, status, day(month)))
        }
        let staff: [EnrollmentInput] =
            Bool.random(using: &random)
            ? [] : [try AgentFacts.listed("2018-05-01"), try AgentFacts.listed("2018-05-01", until: day(9))]
        var agency: [EnrollmentInput] = []
        if Bool.random(using: &random) {
            agency.append(try AgentFacts.changed(.ended, "2018-09-30", reentry: "2019-03-30"))
            if Bool.random(using: &random) {
                agency.append(try AgentFacts.changed(.reactivated, "2019-04-01", until: "2021-03-31"))
            }
            if Bool.random(using: &random) { agency.append(try AgentFacts.changed(.dismissed, "2019-06-01")) }
        }
        return [own, covers, staff, agency]
    }

    private func merged(_ streams: [[EnrollmentInput]], _ random: inout SeededGenerator) -> [EnrollmentInput] {
        var rest = streams.map { ArraySlice($0) }.filter { !$0.isEmpty }
        var merged: [EnrollmentInput] = []
        while !rest.isEmpty {
            let index = Int.random(in: rest.indices, using: &random)
            if let next = rest[index].popFirst() { merged.append(next) }
            if rest[index].isEmpty { rest.remove(at: index) }
        }
        return merged
    }

    /// Topics have no order between them: whatever comes first, the rows are the same in the end, and whatever was
    /// told last is what they say.
    @Test(arguments: UInt64(1)...6)
    func anyOrderBetweenTopicsGivesTheSameRows(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (_, kpj) = try Bench.withAgent()
        let streams = try streams(&random, kpj: kpj)
        var expected: String?
        for _ in 0..<5 {
            let bench = try Bench()
            var told = "active"
            for input in merged(streams, &random) {
                // A return begins anew.
                if case .agencyChanged(let changed) = input, changed.change == .reactivated { told = "active" }
                for event in try bench.apply(input) where event.kind == "agent-standing-changed" {
                    told = try event.read(AgentStandingChanged.self).standing.rawValue
                }
            }
            let rows = try bench.rows()
            #expect(rows == expected ?? rows, "seed \(seed)")
            expected = rows
            let inForce = try bench.connection.texts(
                """
                SELECT standing::text FROM agent WHERE state = 1 AND dismissed_on IS NULL
                    AND (ended_on IS NULL OR returned_on > ended_on)
                """)
            let codes = ["active": "0", "suspended": "1", "membership_lapsed": "2", "staff": "3"]
            if let standing = inForce.first { #expect(codes[told] == standing, "seed \(seed)") }
        }
    }
}
