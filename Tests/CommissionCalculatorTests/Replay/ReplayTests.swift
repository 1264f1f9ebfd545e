import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// Months closed by the worker, recomputed from its facts.
@Suite(.serialized) struct ReplayTests {
    /// Any order, any batches, each event twice, portfolios passed on at any time, corrections after the close: the same
    /// statements, which replay finds equal from the tables and from the events.
    @Test func replayEqualsClose() throws {
        var generator = SeededGenerator("replay equals close")
        let branch = try ReplayBranch(seed: generator.next())
        let schemes = try branch.schemes
        let facts = try branch.facts()
        #expect(branch.passings.count > 2)
        var corrections: Int64 = 0
        for _ in 0..<2 {
            let bench = try ReplayBench(branch)
            try bench.applyShuffled(branch, &generator)
            corrections += try bench.connection.query(
                Statement("test_corrections", "SELECT count(*) FROM statement WHERE sequence > 0")
            ).int64(0, 0)
            for month in ReplayBranch.months {
                let fromTables = try bench.replay(month)
                #expect(fromTables.differences == [], "\(month)")
                #expect(fromTables.closedOn != nil)
                let fromEvents = try bench.replay(month, .events { _ in facts })
                #expect(fromEvents.differences == [], "\(month)")
                #expect(fromTables.contributions == fromEvents.contributions)
                #expect(fromTables.newcomers == fromEvents.newcomers)
                let wanted = try facts.figures(month, schemes)
                #expect(fromTables.agents == wanted && fromEvents.agents == wanted)
                #expect(
                    try bench.issued(month)
                        == wanted.mapValues { figures in
                            var figures = figures
                            figures.lines = figures.lines.filter { !$0.value.isZero }
                            return figures
                        })
            }
        }
        #expect(corrections > 0)
    }

    /// A month that is not closed is refused, and equal when it is asked for; what no statement holds yet is left out.
    @Test func provisionalMonths() throws {
        var generator = SeededGenerator("provisional")
        let branch = try ReplayBranch(seed: generator.next(), participants: 25, employers: 3)
        let bench = try ReplayBench(branch)
        let month = Branch.month(2022, 5)
        // Half before the close of that month, half after it, which waits for the next date.
        let dates = branch.events.filter { if case .dateStarted = $0.input { true } else { false } }
        let others = branch.events.filter { if case .dateStarted = $0.input { false } else { true } }
            .shuffled(using: &generator)
        try bench.apply(Array(others.prefix(others.count / 2)))
        let error = #expect(throws: ReplayRefusal.self) { try bench.replay(month) }
        #expect(error?.description.hasPrefix("2022-05 is not closed") == true)
        let schemes = try bench.schemes()
        let open = try Replay(month: month, schemes: schemes).run(on: bench.connection, provisional: true)
        #expect(open.closedOn == nil && open.isEqual && open.contributions > 0)
        try bench.apply(Array(dates.prefix(18)))
        try bench.apply(Array(others.dropFirst(others.count / 2)), branch.passings)
        #expect(try bench.connection.texts("SELECT agent_id FROM touched WHERE month = \(month.index)").count > 0)
        #expect(try bench.replay(month).differences == [])
    }

    // MARK: Rows changed by hand

    private func closed(_ name: String) throws -> (branch: ReplayBranch, bench: ReplayBench) {
        var generator = SeededGenerator(name)
        let branch = try ReplayBranch(seed: generator.next(), participants: 30, employers: 3)
        let bench = try ReplayBench(branch)
        try bench.apply(branch.events, branch.passings)
        try bench.settle()
        return (branch, bench)
    }

    private let month = Branch.month(2022, 5)

    /// Replays with a change that is taken back afterwards.
    private func replay(
        _ bench: ReplayBench, changed sql: String, _ source: Replay.Source = .tables
    ) throws -> ReplayResult {
        try bench.connection.execute("CREATE TABLE accrual_was AS TABLE accrual")
        try bench.connection.execute("CREATE TABLE enrolment_was AS TABLE enrolment")
        defer {
            _ = try? bench.connection.execute(
                """
                TRUNCATE accrual, enrolment; INSERT INTO accrual TABLE accrual_was;
                INSERT INTO enrolment TABLE enrolment_was; DROP TABLE accrual_was, enrolment_was
                """)
        }
        #expect(try bench.connection.execute(sql) > 0)
        return try bench.replay(month, source)
    }

    @Test func changedRowsAreNamed() throws {
        let (branch, bench) = try closed("changed rows")
        let facts = try branch.facts()
        let event = try bench.connection.query(
            Statement(
                "test_victim",
                """
                SELECT event_key, line, payer, agent_id FROM accrual a
                WHERE month = \(month.index) AND kind = 'P' AND rate_ppm > 0
                    AND NOT EXISTS (SELECT FROM accrual b WHERE (b.payer, b.event_key, b.line)
                        = (a.payer, a.event_key, a.line) AND b.revision > 0)
                ORDER BY event_key LIMIT 1
                """))
        let (key, line) = (try event.uuid(0, 0), try event.int16(0, 1))
        let payer = try PayerNumber(code: event.int64(0, 2))
        let agent = try event.text(0, 3)
        let place = "WHERE event_key = '\(key.text)' AND line = \(line)"

        let other = try replay(bench, changed: "UPDATE accrual SET agent_id = 'AG-9' \(place)")
        let first = try #require(other.differences.first)
        #expect(first.kind == .contribution && first.event == key && first.payer == payer && first.agent == agent)
        #expect(first.stored.hasPrefix("AG-9 earns") && first.recomputed.hasPrefix("\(agent) earns"))
        let rate = try replay(bench, changed: "UPDATE accrual SET rate_ppm = rate_ppm + 1 \(place)")
        #expect(rate.differenceCount == 1 && rate.differences.first?.event == key)
        let nobody = try replay(bench, changed: "UPDATE accrual SET agent_id = NULL \(place)")
        #expect(nobody.differenceCount == 1 && nobody.differences.first?.stored == "nobody earns")
        let twice = try replay(bench, changed: "UPDATE accrual SET units = 2 \(place)")
        #expect(twice.differences.first?.stored == "2 units at first")

        // What an event said is told apart by the statements, and named by the events.
        let changed = "UPDATE accrual SET base = base + 100000 \(place)"
        let byStatement = try replay(bench, changed: changed)
        #expect(byStatement.differences.allSatisfy { $0.agent == agent && $0.event == nil })
        #expect(byStatement.differences.contains { $0.kind == .line })
        let byEvent = try replay(bench, changed: changed, .events { _ in facts })
        #expect(byEvent.differenceCount == 1 && byEvent.differences.first?.event == key)
        let gone = try replay(bench, changed: "DELETE FROM accrual \(place)", .events { _ in facts })
        #expect(gone.differences.first?.stored == "no row" && gone.differences.first?.event == key)
        let unknown = try replay(
            bench, changed: "UPDATE accrual SET event_key = '\(UUID(7, 7).text)' \(place)", .events { _ in facts })
        #expect(unknown.differences.map(\.recomputed).contains("no such movement"))

        let submission = try replay(
            bench,
            changed: """
                UPDATE enrolment SET three_programmes = three_programmes + 1 WHERE submission = (
                    SELECT min(submission) FROM enrolment WHERE month = \(month.index) AND agent_id IS NOT NULL)
                """, .events { _ in facts })
        #expect(submission.differences.first?.kind == .enrolment)
        #expect(try bench.replay(month).isEqual)
    }

    @Test func changedStatementsAreNamed() throws {
        let (_, bench) = try closed("changed statements")
        let result = try bench.replay(month)
        #expect(result.isEqual && result.lines > 0)
        try bench.connection.execute("UPDATE statement SET total = total + 1 WHERE month = \(month.index)")
        let header = try bench.replay(month)
        #expect(header.differences.first?.kind == .header)
        #expect(header.differences.first?.line == "total of statement 0")
        try bench.connection.execute("UPDATE statement SET total = total - 1 WHERE month = \(month.index)")

        try bench.connection.execute("UPDATE statement SET agent_share = agent_share + 5 WHERE month = \(month.index)")
        let share = try bench.replay(month)
        #expect(share.differences.contains { $0.kind == .figure && $0.line == "agent's share" })
        #expect(share.differences.contains { $0.kind == .owed })
        try bench.connection.execute("UPDATE statement SET agent_share = agent_share - 5 WHERE month = \(month.index)")

        try bench.connection.execute("DELETE FROM statement_line WHERE month = \(month.index)")
        let lines = try bench.replay(month)
        #expect(lines.differences.contains { $0.kind == .line } && lines.differences.contains { $0.kind == .header })
        try bench.connection.execute("UPDATE accrual SET agent_id = 'AG-8' WHERE month = \(month.index)")
        let many = try bench.replay(month)
        #expect(many.differences.count <= ReplayResult.differenceLimit && many.differenceCount > lines.differenceCount)
    }

    // MARK: What if

    /// The schemes in force as a draft change nothing; another one changes what it says, over the months asked for.
    @Test func whatIf() throws {
        let (branch, bench) = try closed("what if")
        let (first, last) = (ReplayBranch.thirdFrom, Branch.month(2022, 9))
        let same = try WhatIf(draft: SchemeDraft(branch.third), from: first, through: last).run(on: bench.connection)
        #expect(same.total.now == same.total.draft && same.contributions > 0)
        for group in WhatIfResult.Group.allCases {
            for (_, row) in same.rows(by: group) { #expect(try row.difference == WhatIfFigures()) }
        }
        let a = try WhatIf(draft: SchemeDraft(.a), from: Branch.month(2022, 1), through: Branch.month(2022, 3))
            .run(on: bench.connection)
        for (agent, row) in a.rows(by: .agent) { #expect(row.now == row.draft, "\(agent)") }

        let draft = try WhatIf(draft: SchemeDraft(.a), from: Branch.month(2022, 4)).run(on: bench.connection)
        #expect(draft.through == Branch.month(2023, 5))
        var wanted = WhatIfFigures()
        let schemes = try SchemeDraft(.a).replacing(branch.schemes, from: draft.from, through: draft.through)
        let facts = try branch.facts()
        for month in stride(from: draft.from, through: draft.through, by: 1) {
            for figures in try facts.figures(month, schemes).values {
                wanted = try wanted.adding(WhatIfFigures(figures))
            }
        }
        #expect(draft.total.draft == wanted && draft.total.now != wanted)
        for group in WhatIfResult.Group.allCases {
            var sum = WhatIfResult.Row()
            for (_, row) in draft.rows(by: group) { try sum.add(row) }
            #expect(sum == draft.total)
        }
        #expect(throws: ReplayRefusal.self) {
            try WhatIf(draft: SchemeDraft(.a), from: Branch.month(2023, 6)).run(on: bench.connection)
        }
        #expect(throws: ReplayRefusal.self) {
            try WhatIf(draft: SchemeDraft(.a), from: first, through: Branch.month(2024, 1)).run(on: bench.connection)
        }
    }

    /// Nothing can be stored on the way, and nothing is.
    @Test func nothingIsStored() throws {
        let branch = try ReplayBranch(seed: 5, participants: 5, employers: 1)
        let bench = try ReplayBench(branch)
        let error = #expect(throws: PostgresError.self) {
            try bench.connection.snapshot { try bench.connection.execute("DELETE FROM touched") }
        }
        #expect(error?.sqlState == "25006")
        // A server that takes no writes counts as lost: elsewhere it is a standby.
        try bench.connection.reconnect()
        try bench.apply(branch.events)
        try bench.settle()
        let tables = try bench.connection.texts(
            """
            SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables WHERE schemaname = current_schema()
            ORDER BY 1
            """)
        func rows() throws -> [String] {
            try tables.flatMap { try bench.connection.texts("SELECT t::text FROM \($0) AS t ORDER BY 1") }
        }
        let before = try rows()
        #expect(before.count > 50)
        _ = try WhatIf(draft: SchemeDraft(.a), from: ReplayBranch.start).run(on: bench.connection)
        _ = try bench.replay(month)
        #expect(try rows() == before)
    }

    @Test func drafts() throws {
        func draft(_ text: String) throws -> SchemeDraft {
            var text = text
            return try text.withUTF8 { try SchemeDraft(UnsafeRawBufferPointer($0)) }
        }
        let definition = String(decoding: SchemeDefinition(.b).json, as: UTF8.self)
        #expect(try draft(definition).scheme == .b)
        #expect(try draft(#"{"scheme": \#(definition), "valid_from": "2027-01-01"}"#).scheme == .b)
        #expect(try draft(#"{"definition": \#(definition)}"#).scheme == .b)
        let bad: [(String, String)] = [
            (definition.replacing(#""code":"B""#, with: #""code":"""#), "code"),
            (definition.replacing("150000", with: "1500000"), "steps[0].rate_ppm"),
            (
                #"{"scheme": \#(definition.replacing(#""through":60"#, with: #""through":24"#))}"#,
                "scheme.steps[1].through"
            ),
            ("{}", "code"), ("[]", ""), ("", ""),
        ]
        for (text, field) in bad {
            let fault = #expect(throws: JSONFault.self) { try draft(text) }
            #expect(
                fault?.field == field && fault?.reason.isEmpty == false,
                "\(text.prefix(60)): \(String(describing: fault))")
        }
    }
}
