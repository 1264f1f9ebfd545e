import PerisaiModels
import Postgres
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct ExplainTests {
    private func texts(_ bench: CloseBench, _ month: String, event: UUID? = nil) throws -> [String] {
        try CommissionStory(CloseBench.agent(1), CloseBench.month(month), event: event, on: bench.connection).lines
            .map(\.text)
    }

    @Test func aMonthInWords() throws {
        let bench = try CloseBench()
        var employer = EmployerEnrolled.sample
        employer.agentID = try CloseBench.agent(1)
        employer.npp = Branch.npp(1)
        employer.enrolledOn = try CloseBench.day("2022-05-04")
        let payment = try bench.payment(1, on: "2022-05-10")
        try bench.apply(
            [bench.activated(1)] + bench.members(1...24, agent: 1, on: "2022-05-10") + [
                bench.enrolled(90, agent: 1, on: "2022-05-11", new: false), .employerEnrolled(employer),
                bench.reversal(of: payment, on: "2022-05-20"),
            ])
        try bench.start("2022-06-01")
        var story = try texts(bench, "2022-05")
        #expect(story.contains("No statement is issued yet: all of this is provisional."))
        #expect(story.contains("24 of 25 that are needed: nothing is earned for new participants."))
        try bench.close("2022-05")
        let late = try bench.event(bench.enrolled(25, agent: 1, on: "2022-05-31"))
        #expect(try bench.applier.apply([late]).isEmpty)
        story = try texts(bench, "2022-05")
        #expect(story.contains("Rp375.000 is in no statement yet: it goes out with the next close."))
        try bench.start("2022-07-01")
        try bench.close("2022-06")
        story = try texts(bench, "2022-05")
        for sentence in [
            "Scheme B applies in 2022-05, from 2022-04-01 without an end: Perdir 13/PERDIR.02/042022.",
            "25 new participants counted: 25 on JKK, JKM and JHT, 0 on JKK and JKM.",
            "1 more participant enrolled, not counted: the NIK was registered before.",
            "\(CommissionStory.count(employer.workers.count, "worker")) of 1 employer (PU) enrolled, not counted under scheme B.",
            "The tier from 25 is reached: Rp15.000 for each on three programmes, Rp10.000 for each other, Rp375.000 in all.",
            "Scheme B, contribution months 1 to 24: 15 % of Rp846.400 from 25 movements is Rp126.960, rounded once "
                + "(Perdir 13/PERDIR.02/042022).",
            "-Rp36.800 of it is 1 reversal, taken back at 15 % of scheme B: the rate that paid the original.",
            "The statement was issued on 2022-06-01: Rp126.960, of it Rp126.960 for the agent; Rp12.696 for wadah W-1.",
            "Correction 1 was issued on 2022-07-01: Rp375.000, of it Rp375.000 for the agent; Rp37.500 for wadah W-1.",
            "  It follows from event \(late.key.text): \(PayerNumber.participant(Branch.kpj(25)).text) enrolled on 2022-05-31.",
            "Scheme B: the agent gets all of it, the wadah 10 % on top.",
            "Of Rp501.960: Rp501.960 agent, Rp50.196 wadah.", "Rp501.960 became due by statements.",
            "Rp501.960 is carried forward.",
        ] {
            #expect(story.contains(sentence), "\(sentence)\n\(story.joined(separator: "\n"))")
        }
        #expect(try texts(bench, "2022-05", event: late.key).contains { $0.contains("In correction 1.") })
    }

    @Test func linesOfAnEvent() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1), bench.enrolled(1, agent: 1, on: "2022-04-10")])
        var months: [Event<CommissionInput>] = []
        for date in ["2024-03-10", "2024-04-10", "2027-04-10"] {
            months.append(try bench.event(.posted(bench.payment(1, on: date))))
        }
        #expect(try bench.applier.apply(months).isEmpty)
        func line(_ index: Int, _ month: String) throws -> String {
            try texts(bench, month, event: months[index].key).joined()
        }
        // T14: months 24, 25 and 61.
        #expect(try line(0, "2024-03").contains("(month 24, counted from 2022-04)"))
        #expect(try line(0, "2024-03").contains("is exactly Rp5.520. In no statement yet."))
        #expect(try line(1, "2024-04").contains("5 % by Scheme B, contribution months 25 to 60"))
        #expect(try line(1, "2024-04").contains("is exactly Rp1.840."))
        #expect(try line(2, "2027-04").contains("is exactly Rp0. On no statement."))
        #expect(
            bench.refusal { _ = try line(1, "2024-03") }
                == "line: event \(months[1].key.text) has no row of PRS-1 in 2024-03")
        #expect(
            bench.refusal {
                _ = try CommissionStory(CloseBench.agent(9), CloseBench.month("2024-03"), on: bench.connection)
            } == "agent: PRS-9 is not known")
        #expect(
            bench.refusal {
                _ = try CommissionStory(CloseBench.agent(1), CloseBench.month("2024-05"), on: bench.connection)
            } == "month: nothing is known of PRS-1 in 2024-05")
        #expect(
            bench.refusal {
                _ = try CommissionStory(CloseBench.agent(1), CloseBench.month("2016-05"), on: bench.connection)
            } == "month: no scheme applies in 2016-05")
    }

    @Test func provisionalShowsThresholdAndDifference() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1), bench.activated(2, branch: "SBY")])
        try bench.apply(
            bench.members(1...18, agent: 1, on: "2022-05-10") + bench.members(50...50, agent: 2, on: "2022-05-10"))
        let month = try CloseBench.month("2022-05")
        let one = try #require(try Provisional.of(month, agent: CloseBench.agent(1), on: bench.connection).first)
        #expect(one.newParticipants == 18 && one.threshold == 25 && one.issued.isEmpty)
        #expect(try one.figures.total.amount == 18 * 5_520 && one.difference == one.figures)
        try bench.start("2022-06-01")
        try bench.close("2022-05")
        try bench.apply(bench.members(19...25, agent: 1, on: "2022-05-30"))
        let now = try #require(try Provisional.of(month, agent: CloseBench.agent(1), on: bench.connection).first)
        #expect(try now.newParticipants == 25 && now.issued.total.amount == 18 * 5_520)
        #expect(try now.difference.total.amount == 25 * 15_000 + 7 * 5_520)
        #expect(try now.parts.acquisition.amount == 375_000 && now.figures.agentShare.amount == 513_000)
        #expect(try Provisional.of(month, branch: BranchCode("SBY"), on: bench.connection).map(\.agent) == ["PRS-2"])
        #expect(try Provisional.of(month.next, on: bench.connection).isEmpty)
        #expect(
            bench.refusal { _ = try Provisional.of(month, agent: CloseBench.agent(9), on: bench.connection) }
                == "agent: PRS-9 is not known")
        #expect(
            bench.refusal { _ = try Provisional.of(month, branch: BranchCode("XXX"), on: bench.connection) }
                == "branch: no agent of XXX is known")
    }
}
