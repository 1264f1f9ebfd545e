import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import CommissionCalculator

/// The worked examples of domain.md again, by the schemes that a database holds; and the limits of each scheme.
@Suite(.serialized) struct StoredSchemeTests {
    private static let stored = Result<SchemeTable, any Error> {
        try EffectiveRows.schemes(on: SchemesBench().connection)
    }

    private func scheme(_ code: String) throws -> Scheme {
        if code == "C" { return SchemesSample.scheme("C").scheme }
        return try #require(try Self.stored.get().scheme(code))
    }

    @Test func storedIsPublished() throws {
        let rows = try Self.stored.get().rows
        #expect(rows == Scheme.published.rows)
        #expect(rows.map(\.value) == [.a, .b])
        let bench = try SchemesBench()
        #expect(try EffectiveRows.taxes(on: bench.connection).rows.map(\.value) == [.none])
        #expect(
            try EffectiveRows.payoutPolicies(on: bench.connection).rows.map(\.value)
                == [PayoutPolicy(partnerBanks: [.cimbNiaga, .bni])])
        // Each is a definition such as a person could propose.
        for row in try EffectiveRow.list(nil, on: bench.connection) {
            let definition = Array(row.definition.utf8)
            let schema =
                switch row.kind {
                case .scheme: SchemeDefinition.schema
                case .tax: TaxDefinition.schema
                case .payout: PayoutPolicyDefinition.schema
                }
            #expect(SchemaCheck.faults(of: try JSONTree(bytes: definition), by: schema).isEmpty)
        }
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let scheme: String
        var three = 0
        var two = 0
        var workers = 0
        let base: Int64
        let acquisition: Int64
        let contribution: Int64
        let agent: Int64
        let wadah: Int64
        var testDescription: String { name }
    }

    /// T2's base is whole rupiah; T13 and T15 have no published shares, they follow from 1.3 and 1.4.
    static let examples = [
        Example(
            name: "T1", scheme: "A", two: 2_227, base: 38_902_000, acquisition: 500_000, contribution: 2_917_650,
            agent: 3_075_885, wadah: 341_765),
        Example(
            name: "T2", scheme: "A", two: 5_000, base: 87_341_715, acquisition: 500_000, contribution: 6_550_629,
            agent: 6_345_566, wadah: 705_063),
        Example(
            name: "T4", scheme: "A", base: 282_000_000, acquisition: 0, contribution: 21_150_000, agent: 19_035_000,
            wadah: 2_115_000),
        Example(
            name: "T5", scheme: "A", base: 16_800_000, acquisition: 0, contribution: 1_260_000, agent: 1_134_000,
            wadah: 126_000),
        Example(
            name: "T6", scheme: "A", three: 50, base: 1_840_000, acquisition: 500_000, contribution: 138_000,
            agent: 574_200, wadah: 63_800),
        Example(
            name: "T7", scheme: "A", three: 30, base: 1_104_000, acquisition: 0, contribution: 82_800, agent: 74_520,
            wadah: 8_280),
        Example(
            name: "T8", scheme: "A", three: 100, base: 3_680_000, acquisition: 500_000, contribution: 276_000,
            agent: 698_400, wadah: 77_600),
        Example(
            name: "T9", scheme: "B", three: 50, base: 1_840_000, acquisition: 750_000, contribution: 276_000,
            agent: 1_026_000, wadah: 102_600),
        Example(
            name: "T11", scheme: "B", three: 100, base: 3_680_000, acquisition: 1_500_000, contribution: 552_000,
            agent: 2_052_000, wadah: 205_200),
        Example(
            name: "T13", scheme: "B", three: 24, base: 883_200, acquisition: 0, contribution: 132_480, agent: 132_480,
            wadah: 13_248),
        Example(
            name: "T15 below", scheme: "A", two: 40, workers: 9, base: 0, acquisition: 0, contribution: 0, agent: 0,
            wadah: 0),
        Example(
            name: "T15", scheme: "A", two: 40, workers: 10, base: 0, acquisition: 500_000, contribution: 0,
            agent: 450_000, wadah: 50_000),
        // Tiers are slabs: from 100 on each of them earns more.
        Example(
            name: "C, 24", scheme: "C", three: 24, base: 36_800, acquisition: 0, contribution: 6_440, agent: 6_440,
            wadah: 773),
        Example(
            name: "C, 25", scheme: "C", three: 20, two: 5, base: 0, acquisition: 350_000, contribution: 0,
            agent: 350_000, wadah: 42_000),
        Example(
            name: "C, 99", scheme: "C", three: 99, workers: 500, base: 0, acquisition: 1_485_000, contribution: 0,
            agent: 1_485_000, wadah: 178_200),
        Example(
            name: "C, 100", scheme: "C", three: 99, two: 1, base: 0, acquisition: 1_992_500, contribution: 0,
            agent: 1_992_500, wadah: 239_100),
    ]

    @Test(arguments: examples) func workedExamples(_ example: Example) throws {
        let scheme = try scheme(example.scheme)
        let step = try #require(scheme.steps.first)
        let month = try scheme.statement(
            newcomers: Newcomers(
                threeProgrammes: example.three, twoProgrammes: example.two, workers: example.workers),
            contributions: [scheme.line(step.rule, step.rate): LineFigures(count: 1, base: Rupiah(example.base))])
        func sum(_ isAcquisition: Bool) throws -> Int64 {
            let lines = month.lines.filter { ($0.key.rule == .acquisition) == isAcquisition }
            return try Rupiah.sum(of: lines.values.map(\.amount)).amount
        }
        #expect(try sum(true) == example.acquisition)
        #expect(try sum(false) == example.contribution)
        #expect(month.agentShare.amount == example.agent)
        #expect(month.wadahShare.amount == example.wadah)
    }

    private func table(_ code: String) throws -> SchemeTable {
        guard code == "C" else { return try Self.stored.get() }
        let from = SchemesSample.date(2022, 4, 1)
        return try SchemeTable([Effective(from: from, through: nil, regulation: "a test", value: scheme("C"))])
    }

    /// T14; months are counted from the enrolment's first month, and what comes before it counts as month 1.
    @Test(
        arguments: [
            ("B", [1: 5_520, 24: 5_520, 25: 1_840, 60: 1_840, 61: 0, 200: 0, 0: 5_520]),
            ("C", [1: 6_440, 12: 6_440, 13: 2_208, 60: 2_208, 61: 0]),
        ] as [(String, [Int: Int64])])
    func t14(_ code: String, _ incentives: [Int: Int64]) throws {
        let table = try table(code)
        let first = Branch.month(2022, 5)
        let enrolment = PayerEnrolment(
            submission: "S", agent: "A", isEmployer: false, enrolledOn: first.firstDay, firstMonth: first)
        for (number, incentive) in incentives {
            let month = first.advanced(by: number - 1)
            let earned = try #require(
                table.attribution(of: enrolment, to: "A", bookedOn: month.day(10), contributionMonth: month))
            #expect(try earned.rate.of(Rupiah(36_800)).amount == incentive, "month \(number)")
            #expect(earned.scheme == code)
            #expect((earned.rule == .beyond) == (number > 60))
        }
    }

    @Test func t17() throws {
        let parts = try scheme("A").share.parts(of: Rupiah(638_000))
        #expect(parts.agent.amount == 574_200 && parts.wadah.amount == 63_800)
    }

    /// Article 000 says less than 7 million (A), S04 up to 7 million (B).
    @Test(
        arguments: [
            ("A", 6_999_999, true), ("A", 7_000_000, false), ("A", 7_000_001, false), ("B", 6_999_999, true),
            ("B", 7_000_000, true), ("B", 7_000_001, false),
        ] as [(String, Int64, Bool)])
    func microEmployers(_ code: String, _ contribution: Int64, _ earns: Bool) throws {
        let booked = code == "A" ? SchemesSample.date(2021, 6, 10) : SchemesSample.date(2022, 6, 10)
        let month = booked.contributionMonth.advanced(by: -1)
        func rate(_ contribution: Rupiah?) throws -> Int64? {
            let enrolment = PayerEnrolment(
                submission: "S", agent: "A", isEmployer: true, enrolledOn: SchemesSample.date(2021, 1, 5),
                firstMonth: Branch.month(2021, 1), monthlyContribution: contribution)
            let earned = try Self.stored.get().attribution(
                of: enrolment, to: "A", bookedOn: booked, contributionMonth: month)
            #expect(earned?.scheme == code)
            return earned?.rate.partsPerMillion
        }
        #expect(try rate(Rupiah(contribution)) == (earns ? 75_000 : 0))
        #expect(try rate(nil) == 75_000)
    }

    /// A pays for arrears up to six months after the due date, B for none (S04).
    @Test(arguments: [("A", Branch.month(2021, 5), 6), ("B", Branch.month(2022, 6), 0)])
    func arrears(_ code: String, _ month: ContributionMonth, _ months: Int) throws {
        let last = try DueDate.pu(month).adding(months: months)
        for (booked, rate) in [(last, Int64(75_000)), (last.adding(days: 1), 0)] {
            let enrolment = PayerEnrolment(
                submission: "S", agent: "A", isEmployer: true, enrolledOn: SchemesSample.date(2021, 1, 5),
                firstMonth: Branch.month(2021, 1), monthlyContribution: Rupiah(1_000_000))
            let earned = try Self.stored.get().attribution(
                of: enrolment, to: "A", bookedOn: booked, contributionMonth: month)
            #expect(earned?.scheme == code && earned?.rate.partsPerMillion == rate)
        }
    }

    @Test func randomSchemesSurviveTheDatabase() throws {
        var generator = SeededGenerator("randomSchemesSurviveTheDatabase")
        let connection = try SchemesBench().connection
        let echo = Statement("schemes_echo", "SELECT $1::jsonb::text")
        for _ in 0..<100 {
            let scheme = SchemesRandom.scheme(&generator)
            let json = String(decoding: SchemeDefinition(scheme).json, as: UTF8.self)
            var text = try connection.query(echo, Parameters { $0.append(jsonb: json) }).text(0, 0)
            let read = try text.withUTF8 { try SchemeDefinition.read(bytes: UnsafeRawBufferPointer($0)) }
            #expect(read.scheme == scheme)
        }
    }
}
