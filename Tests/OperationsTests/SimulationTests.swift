import Foundation
import PerisaiModels
import Testing

@testable import Operations

@Suite struct SimulationTests {
    private static func small(seed: UInt64, start: String = "2018-01", employers: Int = 6) throws -> BranchPlan {
        try BranchPlan(
            name: "small", seed: seed, agents: 3, employers: employers, workers: employers * 8, participants: 240,
            start: #require(ContributionMonth(parsing: start)), months: 4,
            mix: PaymentMix(parsing: "partial=10,over=10,duplicate=8,reversed=8,unknown=5,advance=8"),
            latePerMille: 60, permits: 12, target: nil)
    }

    @Test func sameSeedSameBytes() throws {
        let runs = try (0..<2).map { _ in try BranchSimulation.run(Self.small(seed: 7)) }
        #expect(runs[0].phases.map(\.bytes) == runs[1].phases.map(\.bytes))
        #expect(runs[0].expected.json == runs[1].expected.json)
        let other = try BranchSimulation.run(Self.small(seed: 8))
        #expect(other.phases.map(\.bytes) != runs[0].phases.map(\.bytes))
    }

    /// domain.md T40 and article 000: 54 employers, 2,723 persons, 37.8 % of 7,200.
    @Test func article000HasItsFigures() throws {
        let (phases, expected) = try BranchSimulation.run(.article000())
        #expect(expected.agents.count == 7)
        #expect((2...3).contains(expected.wadahs))
        #expect(expected.employers == 54)
        #expect(expected.persons == 2_723)
        #expect(expected.workers + expected.participants == 2_723)
        #expect(expected.reachedPerMille == 378)
        #expect(expected.lastDate.description == "2018-07-05")
        #expect(expected.permits.applied == 12)
        #expect(expected.permits.cleared + expected.permits.held + expected.permits.withdrawn == 12)
        #expect(expected.permits.releasedAfterHold > 0)
        #expect(PaymentMix.Kind.allCases.allSatisfy { (expected.kinds[$0] ?? 0) > 0 })
        #expect(expected.releasedFromSuspense > 0)
        #expect(Set(phases.map(\.file)).count == phases.count)
        let months = expected.months.filter { $0.key.agent != nil && $0.value.payments > 0 }.map(\.key.month)
        #expect(months.min()?.description == "2018-02")
        #expect(months.max()?.description == "2018-07")
        #expect(expected.activePersons > 2_000)
    }

    @Test(arguments: ["2018-01", "2022-04"]) func everyLinePassesItsReader(start: String) throws {
        let plan = try Self.small(seed: 11, start: start, employers: start == "2018-01" ? 6 : 0)
        let (phases, expected) = try BranchSimulation.run(plan)
        var directory = EnrollmentDirectory()
        var ids: Set<String> = []
        var events = 0
        for phase in phases {
            for line in phase.bytes.split(separator: UInt8(ascii: "\n")).map(Array.init) {
                let tree = try JSONTree(bytes: line)
                let id = try #require(tree["id"]?.text)
                #expect(ids.insert(id).inserted)
                if let submission = tree["data"]?["submission_id"]?.text {
                    let number = directory.count + 1
                    let isEmployer = tree["type"]?.text == EmployerSubmitted.type
                    if isEmployer { try expectBelowLimit(line) }
                    directory.insert(
                        isEmployer
                            ? try .employer(NPP(number: Int64(number)))
                            : try .participant(KPJ(month: plan.start, serial: number)), for: submission)
                }
                guard case .filled(let filled) = Placeholders.fill(line, from: directory) else {
                    Issue.record("\(phase.file): a placeholder of nobody")
                    continue
                }
                let record = try EventLine.record(filled, topic: nil)
                if record.topic == Topic.payments.name { events += 1 }
            }
        }
        #expect(events == expected.paymentEvents)
    }

    /// An agent may acquire an employer of less than 7 million a month (article 000).
    private func expectBelowLimit(_ line: [UInt8]) throws {
        let employer = try line.withUnsafeBytes { try EventLine.read(bytes: $0) }.data.bytes
            .withUnsafeBytes { try EmployerSubmitted.read(bytes: $0) }
        let bill = try PUContribution.of(
            month: employer.firstMonth, wages: employer.workers.map(\.wage), riskClass: employer.riskClass,
            size: employer.size)
        #expect(bill.total < Rupiah(7_000_000))
    }

    /// T6 to T8 (scheme A), T9, T11, T13 and T14 (scheme B).
    @Test func incentivesByTheWorkedExamples() throws {
        let a = try #require(ContributionMonth(year: 2018, month: 5))
        let b = try #require(ContributionMonth(year: 2023, month: 5))
        #expect(Incentives.shares(a, total: 500_000 + Incentives.part(1_840_000, 75_000)) == (574_200, 63_800))
        #expect(Incentives.shares(a, total: Incentives.part(1_104_000, 75_000)) == (74_520, 8_280))
        #expect(Incentives.acquisition(a, three: 20, two: 20, workers: 9) == 0)
        #expect(Incentives.acquisition(a, three: 20, two: 20, workers: 10) == 500_000)
        let total = Incentives.acquisition(b, three: 50, two: 0, workers: 0) + Incentives.part(1_840_000, 150_000)
        #expect(Incentives.shares(b, total: total) == (1_026_000, 102_600))
        #expect(Incentives.acquisition(b, three: 24, two: 0, workers: 90) == 0)
        let earned = [23, 24, 59, 60].map { ahead in
            Incentives.part(
                36_800,
                Incentives.rate(bookedOn: b, isEmployer: false, firstMonth: b, for: b.advanced(by: ahead)))
        }
        #expect(earned == [5_520, 1_840, 1_840, 0])
    }

    @Test func moneyIsNeitherMadeNorLost() throws {
        for seed in UInt64(1)...8 {
            let (_, expected) = try BranchSimulation.run(Self.small(seed: seed))
            let received = expected.months.values.reduce(Int64(0)) { $0 + $1.received - $1.reversed }
            let counted = expected.months.values.reduce(Int64(0)) { $0 + $1.contributions }
            #expect(received == counted + expected.credit + expected.fines, "seed \(seed)")
        }
    }

    @Test func ledgerFillsTheOldestMonthFirst() throws {
        let first = try #require(ContributionMonth(year: 2018, month: 2))
        var ledger = PayerLedger(firstMonth: first) { _ in 100 }
        let part = try ledger.post(40, on: first.firstDay, ahead: 1)
        #expect(part.parts.map(\.amount) == [40])
        #expect(!ledger.isActive)
        let rest = try ledger.post(200, on: first.next.firstDay, ahead: 1)
        #expect(rest.parts.map(\.amount) == [60, 100])
        #expect(rest.credited == 40)
        #expect(ledger.isActive)
        #expect(try ledger.open(through: first.advanced(by: 2)).map(\.amount) == [40])
        let last = try ledger.post(100, on: first.advanced(by: 2).firstDay, ahead: 0)
        #expect((last.parts.map(\.amount), last.credited) == ([60], 40))
        #expect(ledger.takeBack(last).isEmpty)
        #expect(ledger.outstanding == 60)
    }

    @Test func mixesThatCannotBe() {
        for text in ["exact", "exact=50", "foo=3", "partial=60,over=60", "exact=50,exact=50", "partial=-1"] {
            #expect(throws: OperationsError.self) { try PaymentMix(parsing: text) }
        }
    }
}

/// Tuples of arrays compare by hand.
private func == (left: ([Int64], Int64), right: ([Int64], Int64)) -> Bool { left.0 == right.0 && left.1 == right.1 }
