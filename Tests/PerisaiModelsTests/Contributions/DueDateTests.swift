import PerisaiModels
import Testing

@Suite struct DueDateTests {
    @Test func t23BPU() throws {
        #expect(try DueDate.bpu(month("2026-08")) == day("2026-08-18"))
        #expect(try DueDate.bpu(month("2026-09")) == day("2026-09-15"))
    }

    @Test func puIsDueTheMonthAfter() throws {
        #expect(try DueDate.pu(month("2026-07")) == day("2026-08-18"))
        #expect(try DueDate.pu(month("2026-12")) == day("2027-01-15"))
        #expect(throws: ContributionFault.self) { try DueDate.pu(month("2015-06")) }
    }

    @Test func t26PP49Window() throws {
        #expect(try DueDate.pu(month("2020-12")) == day("2021-01-29"), "30 January 2021 is a Saturday")
        #expect(try DueDate.pu(month("2020-08")) == day("2020-09-30"))
        #expect(try DueDate.pu(month("2021-01")) == day("2021-02-26"), "28 February 2021 is a Sunday")
        #expect(try DueDate.bpu(month("2020-08")) == day("2020-08-28"), "30 August 2020 is a Sunday")
        #expect(try DueDate.pu(month("2020-07")) == day("2020-08-18"), "15 August 2020 is a Saturday, 17 a holiday")
        let fine = try LateFine.pu(on: Rupiah(10_000_000), month: month("2020-09"), monthsLate: 1)
        #expect(fine == Rupiah(50_000))
    }

    @Test func t25LateFineIsSimple() throws {
        let due = Rupiah(10_000_000)
        let fines = try [-1, 0, 1, 2].map { try LateFine.pu(on: due, month: month("2026-06"), monthsLate: $0).amount }
        #expect(fines == [0, 0, 200_000, 400_000])
        #expect(throws: ContributionFault.overflow) {
            try LateFine.pu(on: .maximum, month: month("2026-06"), monthsLate: .max)
        }
    }

    @Test func monthsLate() throws {
        let due = try day("2026-01-15")
        let expected = [
            ("2026-01-15", 0, 0), ("2026-01-16", 1, 0), ("2026-02-15", 1, 1), ("2026-02-16", 2, 1),
            ("2025-12-01", 0, 0), ("2027-01-15", 12, 12),
        ]
        for (text, started, completed) in expected {
            #expect(try LateFine.months(due: due, paid: day(text)) == started)
            #expect(try LateFine.months(due: due, paid: day(text), counting: .completedMonths) == completed)
        }
    }

    @Test func tablesRefuseOverlaps() throws {
        func row(_ from: String, _ through: String?) throws -> Effective<Int> {
            Effective(from: try day(from), through: try through.map(day), regulation: "test", value: 1)
        }
        let table = try EffectiveTable([row("2026-03-01", nil), row("2026-01-01", "2026-01-31")])
        #expect(try table[day("2026-01-31")] == 1 && table[day("2026-02-01")] == nil && table[day("2026-03-01")] == 1)
        #expect(try table[day("2025-12-31")] == nil)
        #expect(throws: EffectiveTableFault.overlap(index: 1)) {
            try EffectiveTable([row("2026-01-01", "2026-02-01"), row("2026-02-01", nil)])
        }
        #expect(throws: EffectiveTableFault.overlap(index: 1)) {
            try EffectiveTable([row("2026-01-01", nil), row("2026-02-01", nil)])
        }
        #expect(throws: EffectiveTableFault.endsBeforeStart(index: 0)) {
            try EffectiveTable([row("2026-01-02", "2026-01-01")])
        }
    }
}
