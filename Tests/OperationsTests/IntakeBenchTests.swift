import ArgumentParser
import EnrollmentIntake
import Kafka
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import Operations

@Suite struct IntakeBenchTests {
    private static func migrated(_ database: PrivatePostgres) throws -> Connection {
        let connection = try Connection(ConnectionSettings(url: database.url(), schema: BenchSubject.intake.schema))
        _ = try ServiceEntry.named([BenchSubject.intake.service]).first?.migrate(connection)
        return connection
    }

    private static func events(_ load: inout SubmissionLoad) throws -> [Event<EnrollmentInput>] {
        let service = EnrollmentIntakeService()
        var events: [Event<EnrollmentInput>] = []
        let day = load.day
        _ = try load.next(.max) { record in
            let value = record.value ?? []
            let isEmployer = String(decoding: value, as: UTF8.self).contains("risk_class")
            let type = isEmployer ? EmployerSubmitted.type : ParticipantSubmitted.type
            let input = try value.withUnsafeBytes { try service.decode(type: type, data: $0) }
            let time = try #require(Instant(microseconds: 1_790_000_000_000_000 + Int64(events.count)))
            events.append(
                Event(
                    key: EventKey.of(source: "bench", id: "\(day) \(events.count)"), time: time,
                    input: try #require(input)))
        }
        return events
    }

    @Test func personsAreValidAndNeverTheSame() throws {
        var seen: Set<Int64> = []
        var places: Set<Int64> = []
        for index in 0..<40_000 {
            let nik = try NIK(code: BenchPeople.nik(Int64(index)))
            #expect(seen.insert(nik.code).inserted)
            places.insert(nik.code / 100_000_000_000_000)
        }
        #expect(places.count == 34)
        for index in [49_999_999, 50_000_000, BenchPeople.count - 1] {
            #expect(seen.insert(try NIK(code: BenchPeople.nik(index)).code).inserted)
            _ = try NIK(code: BenchPeople.elder(index))
            _ = try KPJ(code: BenchPeople.kpj(index % 60_000_000))
        }
    }

    /// What the server makes is what the load takes for known, and the decisions are those that were meant.
    @Test(arguments: [1, 2] as [UInt64]) func submissionsAreDecidedAsMeant(seed: UInt64) throws {
        let database = try PrivatePostgres()
        defer { database.stop() }
        let connection = try Self.migrated(database)
        defer { connection.close() }
        let tables = BenchIntakeTables(agents: 40, connection: connection)
        try tables.loadAgents()
        _ = try tables.loadKnown(0..<1_000)
        _ = try tables.loadKnown(1_000..<1_500)
        let known = try connection.query(
            Statement("bench_test_known", "SELECT nik, kpj FROM participant WHERE bpu_agent IS NOT NULL ORDER BY kpj"))
        #expect(known.rowCount == 1_500)
        for row in 0..<known.rowCount {
            #expect(try known.int64(row, 0) == BenchPeople.nik(Int64(row)))
            #expect(try known.int64(row, 1) == BenchPeople.kpj(Int64(row)))
        }
        let keys = try connection.query(
            Statement(
                "bench_test_keys",
                """
                SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'u')
                    AND conrelid IN ('participant'::regclass, 'submission'::regclass)
                """))
        #expect(try keys.int64(0, 0) == 3)

        let applier = try BatchApplier(service: EnrollmentIntakeService(), connection: connection)
        var fresh: Int64 = 1_500
        for run in 0..<2 {
            var load = try SubmissionLoad(known: 1_500, agents: 40, count: 1_000, run: run, seed: seed, fresh: fresh)
            let events = try Self.events(&load)
            #expect(events.count == 1_000)
            for start in stride(from: 0, to: events.count, by: 300) {
                _ = try applier.apply(Array(events[start..<min(start + 300, events.count)]))
            }
            fresh = load.fresh
            try SubmissionProof.check(load, connection)
            let expected = load.expected.outcomes
            #expect(
                Set(expected.keys) == [
                    "", "ALREADY_ENROLLED", "CLAIMED_BY_ANOTHER_AGENT", "AGE_LIMIT",
                    "PROGRAMMES_NOT_OFFERED",
                ])
            #expect((800...930).contains(expected[""] ?? 0))
        }
        var other = try SubmissionLoad(known: 1_500, agents: 40, count: 10, run: 0, seed: seed + 1, fresh: fresh)
        _ = try Self.events(&other)
        #expect(throws: OperationsError.self) { try SubmissionProof.check(other, connection) }
    }

    @Test func aWaveMoreChangesNothing() throws {
        func all(_ limit: Int) throws -> [OutgoingRecord] {
            var load = try SubmissionLoad(known: 500, agents: 9, count: 2_000, run: 3, seed: 4, fresh: 500)
            var records: [OutgoingRecord] = []
            while try load.next(limit, send: { records.append($0) }) > 0 {}
            return records
        }
        #expect(try all(.max).map(\.value) == all(301).map(\.value))
    }

    @Test func questionsAreClearedAndHeld() throws {
        let office = try OfficeCode("PTSP-DENPASAR")
        let database = try PrivatePostgres()
        defer { database.stop() }
        let connection = try Self.migrated(database)
        defer { connection.close() }
        let applier = try BatchApplier(service: EnrollmentIntakeService(), connection: connection)
        let answers = try applier.apply(
            (0..<10).map { number in
                let question = try PermitQuestions.question(number, label: "P1-", office: office)
                return Event(
                    key: EventKey.of(source: "bench", id: "\(number)"),
                    time: try #require(Instant(microseconds: 1_790_000_000_000_000)), input: .permitApplied(question))
            }
        ).filter { $0.topic == Topic.clearances.name }
        #expect(answers.count { $0.type == PermitCleared.type } == 5)
        #expect(answers.count { $0.type == PermitHeld.type } == 5)
        let ids = answers.map { PermitQuestions.applicationID(String(decoding: $0.data, as: UTF8.self)) }
        #expect(Set(ids) == Set((0..<10).map { "P1-\($0)" }))
        #expect(PermitQuestions.applicationID("{}") == nil)
    }

    @Test func percentilesOfAnswers() {
        let samples = (1...200).map {
            PermitQuestions.Sample(
                answered: Double($0) / 1_000, acknowledged: 0.001, written: 0.002, isCleared: $0 % 2 == 0)
        }
        let found = PermitCase("case", samples.shuffled())
        #expect([50.0, 90, 99, 100].map { found.percentile($0) } == [0.1, 0.18, 0.198, 0.2])
        #expect(found.row == ["case", "200", "100", "100.0", "180.0", "198.0", "200.0"])
        #expect(PermitCase("none", []).percentile(99) == 0)
        #expect(PermitCase.json([found], BenchResult(subject: .intake)).contains(#""p99_microseconds":198000"#))
    }

    @Test func stagesOfABatch() {
        func metrics(_ load: Double, _ batches: Int) -> String {
            """
            perisai_stage_seconds_total{stage="claim"} 0.5
            perisai_stage_seconds_total{stage="load"} \(load)
            perisai_stage_seconds_total{stage="publish"} 9
            perisai_batches_total \(batches)
            """
        }
        let stages = StageSums(metrics: metrics(3, 20)).since(StageSums(metrics: metrics(2, 10)))
        #expect(stages.databaseMilliseconds == 0.1)
        #expect(stages.text == "claim 0.0, load 100.0")
    }

    @Test func whatDoesNotFitIsRefused() throws {
        try BenchIntakeTables.checkDisk(for: 1_000_000, free: 20 << 30)
        #expect(throws: OperationsError.self) { try BenchIntakeTables.checkDisk(for: 50_000_000, free: 20 << 30) }
    }

    @Test func optionsOfIntake() throws {
        let command = try #require(
            try BenchCommand.parseAsRoot(["--scenario", "submissions-growth"]) as? BenchCommand)
        #expect(command.growthSteps == [1_000_000, 10_000_000, 50_000_000])
        #expect(command.scenario.subject.service == "enrollment-intake")
        #expect(try (BenchCommand.parseAsRoot([]) as? BenchCommand)?.growthSteps == [1_000_000, 3_000_000, 10_000_000])
        for words in [["--known", "10"], ["--questions", "1"]] {
            #expect(throws: (any Error).self) { _ = try BenchCommand.parseAsRoot(words) }
        }
    }
}
