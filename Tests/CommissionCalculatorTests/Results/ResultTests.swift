import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.Data
import struct Foundation.UUID

@testable import CommissionCalculator

/// The service on a database of its own, with the results of a generated branch.
private final class ResultBench {
    static let cluster = TestCluster()

    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>

    init() throws {
        let service = CommissionCalculatorService(settings: CommissionSettings(agentsPerChunk: 50))
        connection = try Connection(
            ConnectionSettings(url: Self.cluster.newDatabase(), schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
    }

    func apply(_ events: [Branch.Input]) throws {
        #expect(try applier.apply(events).isEmpty)
        while try !applier.work().isEmpty {}
    }

    func fill(_ branch: ResultBranch) throws {
        try apply(branch.events)
        let time = try #require(Instant(microseconds: 0))
        for day in [10, 11] {
            let date = BusinessDateStarted(date: Branch.month(2022, 9).day(day))
            try apply([Event(key: UUID(.max, UInt64(day)), time: time, input: .dateStarted(date))])
        }
        for (payer, passed) in branch.handovers {
            let agent = passed.agent.map { "'\($0)'" } ?? "NULL"
            let key = "md5('\(payer)')::uuid"
            try connection.execute(
                "INSERT INTO handover VALUES (\(payer), '\(passed.date)', \(agent), 'policy', \(key))")
        }
        let lines = ResultBranch.regions.map {
            PlaceLine(number: 1, place: Place(branch: $0.key, name: "Kantor", region: $0.value, office: .cabang))
        }
        #expect(try PlaceStore(connection).store(lines, by: person()).added == 2)
    }

    func person(_ name: String = "Made") throws -> OperatorName { try OperatorName(name) }
}

@Suite(.serialized) struct ResultTests {
    private func month(_ number: Int) -> ContributionMonth { Branch.month(2022, number) }

    private func branch(_ seed: UInt64) throws -> ResultBranch {
        print("seed \(seed)")
        var branch = try ResultBranch(seed: seed)
        var generator = SeededGenerator(seed: seed ^ 7)
        for payer in branch.payers where payer % 9 == 0 {
            let agent = Bool.random(using: &generator) ? nil : "AG-\(Int.random(in: 1...3, using: &generator))"
            branch.handovers[payer] = (month(Int.random(in: 1...6, using: &generator)).day(15), agent)
        }
        return branch
    }

    /// Every measure at every level, against sums computed payer by payer.
    @Test func targetsOfAGeneratedBranch() throws {
        let branch = try branch(SeededGenerator.givenSeed ?? .random(in: 0 ... .max))
        let bench = try ResultBench()
        try bench.fill(branch)
        let places: [TargetLevel: [String]] = [
            .nation: [""], .region: ["Banuspa", "Jawa Timur", "Sulama"], .branch: ResultBranch.branches,
            .group: ResultBranch.branches, .wadah: ["W-1", "W-2", "W-3"],
        ]
        let measures: [TargetMeasure] = [
            .newParticipants, .newBPU, .newPUWorkers, .newEmployers, .contributions, .registered, .activeParticipants,
        ]
        var targets: [Target] = []
        for (level, names) in places {
            for place in names {
                for measure in measures {
                    let key = TargetKey(
                        level: level, place: place, measure: measure, first: month(2), last: month(12), source: "Plan")
                    targets.append(Target(key: key, amount: .value(1_000), definition: "Of the test"))
                }
            }
        }
        #expect(try TargetStore(bench.connection).store(targets, by: bench.person()).added == targets.count)
        for last in 3...6 {
            let results = try TargetReport.make(TargetFilter(), through: month(last), on: bench.connection)
            #expect(results.count == targets.count)
            for result in results {
                let key = result.target.key
                let wanted = branch.actual(key.level, key.place, key.measure, month(2)...month(last))
                #expect(result.actual == wanted, "\(key) through \(last)")
                #expect(result.gap == 1_000 - wanted && result.reached == Percent(wanted, of: 1_000))
                #expect(result.from == month(2) && result.through == month(last))
            }
            let race = results.filter { $0.target.key.level == .wadah && $0.target.key.measure == .newParticipants }
            #expect(race.allSatisfy { one in one.rank == 1 + race.count { $0.actual > one.actual } })
        }
        #expect(branch.actual(.nation, "", .activeParticipants, month(2)...month(4)) > 0)
        #expect(branch.actual(.branch, "DPS", .contributions, month(2)...month(4)) > 0)
        // A place holds what lies in it.
        let inside = try TargetReport.make(
            TargetFilter(place: "Banuspa"), through: month(3), on: bench.connection
        ).map { "\($0.target.key.level.rawValue) \($0.target.key.place)" }
        let wadah = ResultBranch.wadah(ofAgent: "AG-3")
        #expect(Set(inside) == ["region Banuspa", "branch DPS", "group DPS", "wadah \(wadah)"])
    }

    @Test func agentsOfAGeneratedBranch() throws {
        let branch = try branch(SeededGenerator.givenSeed ?? .random(in: 0 ... .max))
        let bench = try ResultBench()
        try bench.fill(branch)
        let key = "gen_random_uuid()"
        try bench.connection.execute(
            """
            INSERT INTO agency_change (agent_id, changed_on, change, reason, reentry_from, event_key) VALUES
                ('AG-1', '2022-03-31', 'ended', 'idle', '2022-09-30', \(key)),
                ('AG-1', '2022-10-10', 'reactivated', 'asked', NULL, \(key)),
                ('AG-2', '2022-04-30', 'dismissed', 'fraud', NULL, \(key))
            """)
        let months = month(2)...month(4)
        let report = try AgentReport.make(
            ResultScope(from: months.lowerBound, through: months.upperBound), on: bench.connection)
        #expect(report.agents.count == 3 && report.openMonths.isEmpty)
        #expect(
            Set(report.agents.map { "\($0.agent) \($0.state.rawValue)" }).isSuperset(of: [
                "AG-1 ended", "AG-2 dismissed",
            ]))
        for one in report.agents {
            func sum(_ value: (ResultBranch.Enrolment) -> Int64) -> Int64 {
                branch.payers.flatMap { branch.enrolments[$0] ?? [] }
                    .filter { $0.agent == one.agent && months.contains($0.month) }.reduce(0) { $0 + value($1) }
            }
            #expect(one.newBPU == sum(\.bpu) && one.newPUWorkers == sum(\.workers))
            #expect(one.newEmployers == sum { $0.isEmployer ? 1 : 0 })
            let contributions = branch.money
                .filter { months.contains($0.booked.contributionMonth) && branch.earner($0) == one.agent }
            #expect(one.contributions == contributions.reduce(0) { $0 + $1.amount })
            let looked = branch.payers.compactMap { branch.inForce($0, month(4)) }.filter { $0.agent == one.agent }
            #expect(one.participants == looked.reduce(0) { $0 + $1.enrolment.persons })
            let paying = looked.filter { branch.pays($0.enrolment.payer, month(4)) }
            #expect(one.paying == paying.reduce(0) { $0 + $1.enrolment.persons })
            #expect(one.branch == ResultBranch.branch(ofAgent: one.agent))
            #expect(one.region == ResultBranch.regions[one.branch]?.rawValue ?? "")
        }
        let incentives = try bench.connection.texts(
            "SELECT sum(agent_share)::text FROM statement WHERE month BETWEEN \(month(2).index) AND \(month(4).index)")
        #expect(incentives == ["\(report.incentive)"])
        #expect(report.agents.map(\.newParticipants) == report.agents.map(\.newParticipants).sorted(by: >))
        #expect(report.inForce == 1 && report.highestIncome == report.agents.map(\.incentive).max())
        let one = try AgentReport.make(
            ResultScope(from: month(2), through: month(4), place: "W-2"), by: .paying, on: bench.connection)
        #expect(one.agents.map(\.agent) == ["AG-2"])
        // Not closed yet: said, and left out of the average.
        let later = try AgentReport.make(ResultScope(from: month(8), through: month(10)), on: bench.connection)
        #expect(later.openMonths.contains(month(10)))
        let agents = try TargetActualsProbe.agents(month(4), bench.connection)
        #expect(agents == 1)
    }

    @Test func retentionOfAGeneratedBranch() throws {
        let branch = try branch(SeededGenerator.givenSeed ?? .random(in: 0 ... .max))
        let bench = try ResultBench()
        try bench.fill(branch)
        for level in [ResultLevel.agent, .wadah, .branch, .region, .nation] {
            let report = try RetentionReport.make(
                ResultScope(from: month(2), through: month(4)), level: level, asOf: month(6), on: bench.connection)
            #expect(report.cohorts.count >= 1)
            for cohort in report.cohorts {
                let members = branch.payers.compactMap { branch.enrolments[$0]?.first }
                    .filter { $0.month == cohort.month && place(level, $0) == cohort.place }
                func sum(_ rows: [ResultBranch.Enrolment]) -> Int64 { rows.reduce(0) { $0 + $1.persons } }
                #expect(cohort.persons == sum(members) && cohort.persons > 0)
                #expect(
                    cohort.activated
                        == sum(members.filter { (branch.paid[$0.payer] ?? [:]).values.contains { $0 > 0 } }))
                for (months, point) in zip(RetentionReport.points, cohort.points) {
                    let seen = members.filter { $0.firstMonth.advanced(by: months) <= month(6) }
                    #expect(point.observed == sum(seen))
                    #expect(
                        point.paying == sum(seen.filter { branch.pays($0.payer, $0.firstMonth.advanced(by: months)) }))
                }
                #expect(cohort.yearEnd == Cohort.Point(observed: 0, paying: 0))
            }
            for ratio in report.ratios { check(ratio, level, branch) }
            #expect(report.ratios.count >= 2)
        }
        let early = try RetentionReport.make(
            ResultScope(from: month(2), through: month(4)), level: .nation, asOf: month(3), on: bench.connection)
        #expect(early.ratios.isEmpty)
    }

    private func place(_ level: ResultLevel, _ one: ResultBranch.Enrolment) -> String? {
        place(level, one.branch, one.agent)
    }

    private func place(_ level: ResultLevel, _ branch: String, _ agent: String?) -> String? {
        switch level {
        case .agent: agent
        case .wadah: agent.map { ResultBranch.wadah(ofAgent: $0) }
        case .branch: branch
        case .region: ResultBranch.regions[branch]?.rawValue ?? ""
        case .nation: ""
        }
    }

    private func check(_ ratio: RetentionRatio, _ level: ResultLevel, _ branch: ResultBranch) {
        switch ratio.reading {
        case .growth:
            let all = branch.payers.flatMap { branch.enrolments[$0] ?? [] }
            let gross = all.filter { (month(2)...month(4)).contains($0.month) && place(level, $0) == ratio.place }
            #expect(ratio.first == gross.reduce(0) { $0 + $1.persons })
            func active(_ month: ContributionMonth) -> Int64 {
                branch.payers.filter { branch.pays($0, month) }.compactMap { branch.inForce($0, month) }
                    .filter { place(level, $0.enrolment.branch, $0.agent) == ratio.place }
                    .reduce(0) { $0 + $1.enrolment.persons }
            }
            #expect(ratio.second == active(month(4)) - active(month(1)))
        case .cohort:
            let members = branch.payers.compactMap { branch.enrolments[$0]?.first }
                .filter { (month(2)...month(4)).contains($0.month) && place(level, $0) == ratio.place }
            #expect(ratio.first == members.reduce(0) { $0 + $1.persons })
            let paying = members.filter { branch.pays($0.payer, month(4)) }
            #expect(ratio.second == paying.reduce(0) { $0 + $1.persons })
        }
    }

    @Test func coverageOfAGeneratedBranch() throws {
        let branch = try branch(SeededGenerator.givenSeed ?? .random(in: 0 ... .max))
        let bench = try ResultBench()
        try bench.fill(branch)
        func force(_ place: String, _ value: Int64, _ source: String) -> Target {
            let key = TargetKey(
                level: .branch, place: place, measure: .labourForce, first: month(3), last: month(4), source: source)
            return Target(key: key, amount: .value(value), definition: "Labour force")
        }
        _ = try TargetStore(bench.connection).store(
            [force("DPS", 100, "One"), force("DPS", 200, "Two"), force("BWI", 820_000, "One")], by: bench.person())
        for level in CoverageReport.levels {
            let results = try CoverageReport.make(
                ResultScope(from: month(2), through: month(5)), level: level, on: bench.connection)
            for result in results where level != .region || result.place != "" {
                let at = result.month...result.month
                #expect(result.coverage.registered == branch.actual(level, result.place, .registered, at))
                #expect(result.coverage.active == branch.actual(level, result.place, .activeParticipants, at))
            }
            #expect(results.contains { $0.coverage.active > 0 })
            guard level == .branch else { continue }
            let april = results.filter { $0.place == "DPS" && $0.month == month(4) }
            #expect(april.compactMap(\.coverage.potential) == [100, 200])
            #expect(
                april.allSatisfy { $0.coverage.gap == $0.coverage.potential.map { $0 - april[0].coverage.registered } })
            // Nobody is registered there; who could be is told for two months.
            let none = results.filter { $0.place == "BWI" }
            #expect(none.map(\.month) == [month(3), month(4)] && none.allSatisfy { $0.coverage.gap == 820_000 })
        }
    }
}

/// Agents in force at the end of a month.
private enum TargetActualsProbe {
    static func agents(_ month: ContributionMonth, _ connection: Connection) throws -> Int64 {
        var actuals = TargetActuals(regions: [:])
        try actuals.read([.agents], from: month, through: month, ends: [month], on: connection)
        return actuals.figure(.init(level: .nation, place: "", measure: .agents), month, month)
    }
}

@Suite(.serialized) struct TargetStoreTests {
    private func lines(_ file: String) throws -> [TargetFile.Line] {
        try TargetFile.targets(Array(Data(contentsOf: repositoryFile("docs/examples/targets/" + file))), isJSON: true)
    }

    /// The articles' figures go in as they are, and again without a change (T38, T40).
    @Test func articlesAreImported() throws {
        let bench = try ResultBench()
        let store = TargetStore(bench.connection)
        let lines = try lines("articles.json")
        let dry = try store.store(lines, by: bench.person(), dryRun: true)
        #expect(try dry.added == lines.count && store.list().isEmpty)
        #expect(try store.store(lines, by: bench.person()).added == lines.count)
        #expect(try store.store(lines, by: bench.person("Ketut")).unchanged == lines.count)
        let group = try #require(try store.list(TargetFilter(level: .group, measure: .newParticipants)).first)
        #expect(group.amount == 7_200 && group.setBy == "Made")
        let results = try TargetReport.make(TargetFilter(), through: Branch.month(2019, 12), on: bench.connection)
        let sulama = try #require(results.first { $0.target.key.first == Branch.month(2016, 1) })
        #expect(sulama.reportedReached?.description == "117.4" && sulama.actual == 0)
        // 6,000 and 20,000 agents, 35 and 34.5 million stand side by side.
        #expect(results.count { $0.target.key.measure == .agents && $0.target.key.last.year == 2019 } == 2)
        #expect(
            results.filter { $0.target.key.measure == .activeParticipants && $0.target.key.level == .nation }.count == 2
        )
        let places = try TargetFile.places(
            Array(Data(contentsOf: repositoryFile("docs/examples/targets/places.csv"))), isJSON: false)
        #expect(try PlaceStore(bench.connection).store(places, by: bench.person()).added == 3)
        let coverage = try CoverageReport.make(
            ResultScope(from: Branch.month(2023, 5), through: Branch.month(2023, 5)), level: .branch,
            on: bench.connection)
        #expect(coverage.map(\.coverage.potential) == [820_000] && coverage.map(\.coverage.gap) == [820_000])
    }

    private func target(
        _ level: TargetLevel, _ amount: Target.Amount, source: String = "Plan", measure: TargetMeasure = .newBPU
    ) -> Target {
        let key = TargetKey(
            level: level, place: level == .nation ? "" : "DPS", measure: measure, first: Branch.month(2018, 1),
            last: Branch.month(2018, 12), source: source)
        return Target(key: key, amount: amount, definition: "Of the test")
    }

    @Test func anotherValueOfASourceNeedsReplaceAndIsKept() throws {
        let bench = try ResultBench()
        let store = TargetStore(bench.connection)
        let share = Target.Amount.share(.percent(30), level: .branch, place: "DPS", measure: .newBPU)
        _ = try store.store([target(.branch, .value(24_000)), target(.group, share)], by: bench.person())
        #expect(throws: RowFaults.self) {
            try store.store([target(.branch, .value(25_000))], by: bench.person("Ketut"))
        }
        #expect(try store.store([target(.branch, .value(25_000), source: "Other")], by: bench.person()).added == 1)
        let outcome = try store.store([target(.branch, .value(25_000))], by: bench.person("Ketut"), replace: true)
        #expect(outcome == ImportOutcome(added: 0, replaced: 1, unchanged: 0))
        // What is a share of it follows.
        #expect(try store.list(TargetFilter(level: .group)).map(\.amount) == [7_500])
        let old = try #require(try store.history().first)
        #expect(old.amount == 24_000 && old.setBy == "Made" && old.replaced?.by == "Ketut")
        for sql in ["DELETE FROM target", "DELETE FROM target_history", "UPDATE target_history SET value = 1"] {
            #expect(throws: PostgresError.self) { try bench.connection.execute(sql) }
        }
    }

    @Test func sharesNeedAParentWithAValue() throws {
        let bench = try ResultBench()
        let store = TargetStore(bench.connection)
        let ofBranch = Target.Amount.share(.percent(30), level: .branch, place: "DPS", measure: .newBPU)
        let ofNation = Target.Amount.share(.percent(1), level: .nation, place: "", measure: .newBPU)
        func faults(_ targets: [Target]) throws -> [String] {
            do {
                _ = try store.store(targets, by: bench.person(), replace: true)
                return []
            } catch let refused as RowFaults { return refused.faults.map { "\($0.line) \($0.field)" } }
        }
        #expect(try faults([target(.group, ofBranch)]) == ["1 of_place"])
        #expect(try faults([target(.group, ofBranch), target(.branch, ofNation)]) == ["1 of_place", "2 of_place"])
        #expect(try faults([target(.group, ofBranch), target(.branch, .value(5))]) == [])
        // Neither later nor in the same file does the parent become a share itself.
        let turned = [target(.nation, .value(9)), target(.branch, ofNation)]
        #expect(try faults(turned) == ["2 share_percent"])
        #expect(try store.list().count == 2)
    }

    /// Article 000: 54 employers with 1,556 workers and 1,167 others, enrolled by agents until June, are 37.8 % of 7,200.
    @Test func denpasarByJune2018() throws {
        let bench = try ResultBench()
        _ = try TargetStore(bench.connection).store(lines("articles.json"), by: bench.person())
        let time = try #require(Instant(microseconds: 0))
        var events: [Branch.Input] = []
        func add(_ input: CommissionInput) {
            events.append(Event(key: UUID(7, UInt64(events.count)), time: time, input: input))
        }
        var agent = AgentActivated.sample
        (agent.agentID, agent.branch) = (Branch.agent(1), try BranchCode("DPS"))
        agent.activatedOn = Branch.month(2018, 1).day(5)
        add(.agentActivated(agent))
        for number in 0..<54 {
            var data = EmployerEnrolled.sample
            (data.npp, data.submissionID) = (Branch.npp(number), try SubmissionID("E-\(number)"))
            (data.agentID, data.branch) = (Branch.agent(1), try BranchCode("DPS"))
            data.enrolledOn = Branch.month(2018, 1 + number % 6).day(9)
            var worker = EnrolledWorker.sample
            worker.newlyRegistered = true
            data.workers = Array(repeating: worker, count: number < 44 ? 29 : 28)
            add(.employerEnrolled(data))
        }
        for number in 0..<1_167 {
            var data = ParticipantEnrolled.sample
            (data.kpj, data.submissionID) = (Branch.kpj(number), try SubmissionID("P-\(number)"))
            (data.agentID, data.branch) = (Branch.agent(1), try BranchCode("DPS"))
            data.enrolledOn = Branch.month(2018, 1 + number % 6).day(9)
            data.newlyRegistered = true
            add(.participantEnrolled(data))
        }
        try bench.apply(events)
        let results = try TargetReport.make(
            TargetFilter(place: "DPS", measure: .newParticipants), through: Branch.month(2018, 6), on: bench.connection)
        #expect(results.map(\.target.key.level) == [.branch, .group])
        #expect(results.map(\.actual) == [2_723, 2_723] && results.map(\.amount) == [24_000, 7_200])
        #expect(results.map { $0.reached?.description } == ["11.3", "37.8"])
        #expect(results.last?.gap == 4_477)
        let agents = try AgentReport.make(
            ResultScope(from: Branch.month(2018, 1), through: Branch.month(2018, 6), place: "DPS"), on: bench.connection
        )
        #expect(agents.agents.first?.newEmployers == 54 && agents.agents.first?.newParticipants == 2_723)
    }
}
