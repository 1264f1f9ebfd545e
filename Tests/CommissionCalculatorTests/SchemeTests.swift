import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

/// The worked examples of domain.md by their numbers.
@Suite struct SchemeTests {
    private func figures(
        _ scheme: Scheme, three: Int = 0, two: Int = 0, workers: Int = 0, base: Int64
    ) throws -> StatementFigures {
        let step = try #require(scheme.steps.first)
        return try scheme.statement(
            newcomers: Newcomers(threeProgrammes: three, twoProgrammes: two, workers: workers),
            contributions: [scheme.line(step.rule, step.rate): LineFigures(count: 1, base: Rupiah(base))])
    }

    private func amount(_ figures: StatementFigures, _ rule: AccrualRule) throws -> Int64 {
        try Rupiah.sum(of: figures.lines.filter { $0.key.rule == rule }.values.map(\.amount)).amount
    }

    @Test func t1() throws {
        let month = try figures(.a, two: 2_227, base: 38_902_000)
        #expect(try amount(month, .contribution) == 2_917_650)
        #expect(try amount(month, .acquisition) == 500_000)
        #expect(try month.total.amount == 3_417_650)
    }

    @Test func t2() throws {
        // The average of T1 times 5.000 is 87.341.715,31; the money that came in is whole rupiah.
        let month = try figures(.a, two: 5_000, base: 38_902_000 * 5_000 / 2_227)
        #expect(try month.contributions.amount == 87_341_715)
        #expect(try amount(month, .contribution) == 6_550_629)
    }

    @Test(arguments: [(282_000_000, 21_150_000), (16_800_000, 1_260_000)] as [(Int64, Int64)])
    func t4t5(_ base: Int64, _ incentive: Int64) throws {
        #expect(try amount(try figures(.a, base: base), .contribution) == incentive)
    }

    @Test(
        arguments: [
            (50, 1_840_000, 574_200, 63_800), (30, 1_104_000, 74_520, 8_280), (100, 3_680_000, 698_400, 77_600),
        ]
            as [(Int, Int64, Int64, Int64)])
    func t6t7t8(_ new: Int, _ base: Int64, _ agent: Int64, _ wadah: Int64) throws {
        let month = try figures(.a, three: new, base: base)
        #expect(month.agentShare.amount == agent)
        #expect(month.wadahShare.amount == wadah)
        #expect(try month.total.amount == agent + wadah)
    }

    @Test(
        arguments: [(50, 1_840_000, 1_026_000, 102_600), (100, 3_680_000, 2_052_000, 205_200)]
            as [(Int, Int64, Int64, Int64)])
    func t9t11(_ new: Int, _ base: Int64, _ agent: Int64, _ wadah: Int64) throws {
        let month = try figures(.b, three: new, base: base)
        #expect(try month.total.amount == agent)
        #expect(month.agentShare.amount == agent)
        #expect(month.wadahShare.amount == wadah)
    }

    @Test func t13() throws {
        let month = try figures(.b, three: 24, base: 24 * 36_800)
        #expect(try amount(month, .acquisition) == 0)
        #expect(try month.total.amount == 132_480)
        #expect(month.newParticipants == 24)
    }

    @Test(arguments: [(1, 5_520), (24, 5_520), (25, 1_840), (60, 1_840), (61, 0), (0, 5_520)] as [(Int, Int64)])
    func t14(_ number: Int, _ incentive: Int64) throws {
        let first = try #require(ContributionMonth(year: 2022, month: 4))
        let enrolment = PayerEnrolment(
            submission: "S", agent: "A", isEmployer: false, enrolledOn: first.firstDay, firstMonth: first)
        let month = first.advanced(by: number - 1)
        let earned = try #require(
            Scheme.published.attribution(
                of: enrolment, to: "A", bookedOn: month.day(10), contributionMonth: month))
        // Month 0 would be booked under scheme A.
        if number > 0 { #expect(try earned.rate.of(Rupiah(36_800)).amount == incentive) }
        #expect(earned.scheme == (number > 0 ? "B" : "A"))
    }

    @Test(arguments: [(49, 0), (50, 500_000)] as [(Int, Int64)])
    func t15(_ new: Int, _ incentive: Int64) throws {
        #expect(try amount(try figures(.a, two: new - 10, workers: 10, base: 0), .acquisition) == incentive)
    }

    @Test func t17() throws {
        let parts = try Scheme.a.share.parts(of: Rupiah(638_000))
        #expect(parts.agent.amount == 574_200)
        #expect(parts.wadah.amount == 63_800)
    }

    @Test func workersCountUnderAAlone() throws {
        #expect(try amount(try figures(.b, three: 10, workers: 90, base: 0), .acquisition) == 0)
        #expect(try amount(try figures(.b, three: 15, two: 10, workers: 90, base: 0), .acquisition) == 325_000)
    }

    @Test func schemesByDate() throws {
        #expect(Scheme.published.rows.count == 2)
        #expect(Scheme.published[try #require(CivilDate(year: 2022, month: 3, day: 31))] == .a)
        #expect(Scheme.published[try #require(CivilDate(year: 2022, month: 4, day: 1))] == .b)
    }

    @Test func employersFromBeforeKeepTheirRateUnderB() throws {
        let booked = try #require(CivilDate(year: 2023, month: 1, day: 10))
        for (day, rate) in [(31, Int64(75_000)), (32, 0)] {
            let enrolled = try #require(CivilDate(year: 2022, month: 3, day: 1)).adding(days: day - 1)
            let enrolment = PayerEnrolment(
                submission: "S", agent: "A", isEmployer: true, enrolledOn: enrolled,
                firstMonth: enrolled.contributionMonth)
            let earned = Scheme.published.attribution(
                of: enrolment, to: "A", bookedOn: booked, contributionMonth: booked.contributionMonth)
            #expect(earned?.rate.partsPerMillion == rate)
        }
    }

    @Test func splitAddsUp() throws {
        var generator = SeededGenerator("splitAddsUp")
        for _ in 0..<10_000 {
            let total = Rupiah(Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator))
            let parts = try Scheme.a.share.parts(of: total)
            #expect(try parts.agent.adding(parts.wadah) == total)
            let mirrored = try Scheme.a.share.parts(of: total.negated())
            #expect(try mirrored.agent == parts.agent.negated() && mirrored.wadah == parts.wadah.negated())
        }
    }

    @Test func shareOfAReversedPaymentOfAnotherScheme() throws {
        let line = Scheme.a.line(.contribution, Rate(partsPerMillion: 75_000))
        let month = try Scheme.b.statement(
            newcomers: Newcomers(), contributions: [line: LineFigures(count: 1, base: Rupiah(-1_840_000))],
            others: [.a, .b])
        #expect(month.agentShare.amount == -124_200)
        #expect(month.wadahShare.amount == -13_800)
    }
}
