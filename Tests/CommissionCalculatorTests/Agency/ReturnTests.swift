import PerisaiModels
import Testing
import Worker

@testable import CommissionCalculator

/// Members who come back with another agent, and employers whose contribution changes.
@Suite struct ReturnTests {
    private func rates(_ bench: AgencyBench, _ payer: PayerNumber) throws -> [String] {
        try bench.connection.texts(
            """
            SELECT concat(agent_id, ' ', contribution_month - 24300, ' ', rate_ppm) FROM accrual
            WHERE payer = \(payer.code) AND agent_id IS NOT NULL
            GROUP BY agent_id, contribution_month, rate_ppm HAVING sum(units) <> 0
            """
        ).sorted()
    }

    /// Months count from this acquisition (Perdir 13/PERDIR.02/042022; domain.md 1.4 item f): 15 % again after 24
    /// months with the first agent. Who was registered before is no acquisition (T16). Numbers of submissions are each
    /// agent's own: here both used the same one.
    @Test func monthsCountFromTheNewAcquisition() throws {
        let bench = try AgencyBench(idle: .never)
        try bench.activate(1, "2025-01-01")
        try bench.activate(2, "2025-01-01")
        try bench.enrol(1, agent: 1, "2025-02-10", submission: "S-1")
        try bench.pay(1, "2025-02-11", payment: 1)
        try bench.pay(1, "2027-03-11", payment: 2)
        try bench.enrol(1, agent: 2, "2027-09-10", new: false, submission: "S-1")
        try bench.pay(1, "2027-09-11", payment: 3)
        try bench.pay(1, "2029-09-11", payment: 4)
        // February 2025 is month 1, March 2027 month 26; September 2027 month 1 again and September 2029 month 25.
        #expect(
            try rates(bench, .participant(AgencyBench.kpj(1))) == [
                "AG-1 1 150000", "AG-1 26 50000", "AG-2 32 150000", "AG-2 56 50000",
            ])
        let newcomers =
            "SELECT concat(agent_id, ' ', three_programmes + two_programmes) FROM enrolment ORDER BY enrolled_on"
        #expect(try bench.connection.texts(newcomers) == ["AG-1 1", "AG-2 0"])
        // The same submission once more is the same enrolment.
        try bench.enrol(1, agent: 2, "2027-09-10", new: false, submission: "S-1")
        #expect(try bench.connection.texts(newcomers).count == 2)
    }

    /// Money that was booked before the return stays with the first agent, also when it is heard of later.
    @Test func moneyFollowsTheDayOfBooking() throws {
        let bench = try AgencyBench(idle: .never)
        try bench.enrol(1, agent: 2, "2025-08-10", new: false, submission: "B")
        try bench.enrol(1, agent: 1, "2025-02-10", submission: "A")
        try bench.pay(1, "2025-08-11", payment: 2)
        try bench.pay(1, "2025-07-11", payment: 1)
        #expect(
            try rates(bench, .participant(AgencyBench.kpj(1))) == ["AG-1 6 150000", "AG-2 7 150000"])
    }

    private func changed(_ revision: Int, from: String, _ contribution: Int64) throws -> CommissionInput {
        .employerChanged(
            EmployerChanged(
                submissionID: try SubmissionID("c-\(revision)"), npp: try NPP(number: 5), joined: [], left: [],
                size: .micro, riskClass: .low, programmes: [.jkk, .jkm], wages: [],
                monthlyContribution: Rupiah(contribution), lateReport: false,
                fromMonth: try #require(ContributionMonth(parsing: from)), changedOn: AgencyBench.date("\(from)-05"),
                revision: revision))
    }

    /// The limit of micro employers holds for what a month costs: one that has outgrown it earns its agent nothing, and
    /// earns again once it is small enough, whatever the order in which that is heard.
    @Test func anEmployerThatOutgrowsTheLimit() throws {
        let payer = PayerNumber.employer(try NPP(number: 5))
        var inputs: [CommissionInput] = []
        var enrolled = EmployerEnrolled.sample
        enrolled.npp = try NPP(number: 5)
        enrolled.agentID = AgencyBench.agent(1)
        enrolled.monthlyContribution = Rupiah(6_000_000)
        enrolled.enrolledOn = AgencyBench.date("2020-01-10")
        enrolled.firstMonth = enrolled.enrolledOn.contributionMonth
        inputs.append(.employerEnrolled(enrolled))
        inputs.append(try changed(1, from: "2020-03", 8_000_000))
        inputs.append(try changed(2, from: "2020-05", 5_000_000))
        for month in 1...6 {
            var posted = ContributionPosted.sample
            posted.paymentID = .init(5, UInt64(month))
            posted.payer = payer
            posted.bookedOn = AgencyBench.date("2020-0\(month)-20")
            posted.allocations = [
                Allocation(month: posted.bookedOn.contributionMonth, amount: Rupiah(1_000_000), outstanding: .zero)
            ]
            inputs.append(.posted(posted))
        }
        let wanted = (1...6).map { "AG-1 \($0 - 61) \((3...4).contains($0) ? 0 : 75_000)" }.sorted()
        for order in [inputs, inputs.reversed(), Array(inputs[3...] + inputs[..<3])] {
            let bench = try AgencyBench(idle: .never)
            for input in order { try bench.apply(input) }
            #expect(try rates(bench, payer).sorted() == wanted)
            // Known once.
            try bench.apply(changed(2, from: "2020-05", 9_000_000))
            #expect(try rates(bench, payer).sorted() == wanted)
        }
    }
}
