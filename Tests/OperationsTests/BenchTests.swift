import ArgumentParser
import Kafka
import PaymentReconciler
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import Operations

@Suite struct BenchTests {
    private static func all(_ source: some BenchSource, inPiecesOf limit: Int) throws -> [OutgoingRecord] {
        var source = source
        var records: [OutgoingRecord] = []
        while try source.next(limit, send: { records.append($0) }) > 0 {}
        return records
    }

    private static func payment(_ record: OutgoingRecord) throws -> PaymentReceived? {
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        guard !text.contains("original_reference") else { return nil }
        return try (record.value ?? []).withUnsafeBytes { try PaymentReceived.read(bytes: $0) }
    }

    @Test func aWaveMoreChangesNothing() throws {
        let region = RegionLoad(participants: 30_000, seed: 3)
        let (whole, pieces) = (try Self.all(region, inPiecesOf: .max), try Self.all(region, inPiecesOf: 7_001))
        #expect(whole.map(\.value) == pieces.map(\.value))
        #expect(whole.map(\.key) == pieces.map(\.key))
        let exact = ExactLoad(dues: 5_000, payments: 9_000, seed: 3)
        #expect(try Self.all(exact, inPiecesOf: .max).map(\.value) == Self.all(exact, inPiecesOf: 700).map(\.value))
    }

    @Test func sharesOfARegion() throws {
        var load = RegionLoad(participants: 100_000, seed: 5)
        var records: [OutgoingRecord] = []
        _ = try load.next(.max) { records.append($0) }
        let figures = load.expected
        #expect(figures.payments == 100_000)
        #expect(records.count == Int(figures.payments + figures.duplicates + figures.reversals))
        #expect(figures.received == figures.posted + figures.suspended + figures.reversed)
        let shares: [(Int64, Int64)] = [
            (figures.unknown, 5), (figures.duplicates, 10), (figures.partial, 50), (figures.over, 20),
            (figures.reversals, 2), (figures.older, 30),
        ]
        for (found, perMille) in shares { #expect(abs(found - perMille * 100) < perMille * 15 + 40) }
    }

    @Test func everyoneOfARegionPaysOnce() throws {
        let records = try Self.all(RegionLoad(participants: 20_000, seed: 1), inPiecesOf: .max)
        var places: [PaymentReference: Int] = [:]
        var payers: Set<VirtualAccount> = []
        var (again, early) = (0, 0)
        var late: [OutgoingRecord] = []
        for (place, record) in records.enumerated() {
            guard let payment = try Self.payment(record) else {
                late.append(record)
                continue
            }
            if places.updateValue(place, forKey: payment.reference) != nil {
                again += 1
            } else {
                #expect(payers.insert(try #require(payment.virtualAccount)).inserted)
            }
            #expect(payment.bookedOn.contributionMonth <= BenchPayers.month)
        }
        #expect(payers.count == 20_000)
        #expect(again > 100)
        for record in late {
            let reversal = try (record.value ?? []).withUnsafeBytes { try PaymentReversed.read(bytes: $0) }
            let place = try #require(places[reversal.originalReference])
            #expect(record.key == records[place].key)
            let own = try #require(records.firstIndex { $0.value == record.value })
            if own < place { early += 1 }
        }
        #expect(early > 0)
        #expect(early < late.count)
    }

    @Test func payersAreLoadedPieceByPiece() throws {
        let database = try PrivatePostgres()
        defer { database.stop() }
        let connection = try Self.migrated(database)
        defer { connection.close() }
        try BenchPayers.load(0..<700, on: connection, RegionLoad.standing)
        try BenchPayers.load(700..<1_500, on: connection, RegionLoad.standing)
        let counts = try connection.query(
            Statement(
                "bench_test_counts",
                """
                SELECT (SELECT count(*) FROM payer), (SELECT count(*) FROM due), (SELECT count(*) FROM nik_payer),
                    (SELECT count(*) FROM pg_constraint WHERE contype = 'p'
                        AND conrelid IN ('payer'::regclass, 'due'::regclass, 'nik_payer'::regclass))
                """))
        #expect(try (0..<4).map { try counts.int64(0, $0) } == [1_500, 1_546, 1_500, 3])
        for index in [0, 9_998, 9_999, 279_972, 9_999_999] { _ = try NIK(code: BenchPayers.nik(index)) }
    }

    /// Issue 3: payments in = posted + suspense + refused + reversed, to the rupiah.
    @Test(arguments: [1, 2] as [UInt64]) func aRegionIsProvenToTheRupiah(seed: UInt64) throws {
        let database = try PrivatePostgres()
        defer { database.stop() }
        let connection = try Self.migrated(database)
        defer { connection.close() }
        try BenchPayers.load(0..<3_000, on: connection, RegionLoad.standing)
        var load = RegionLoad(participants: 3_000, seed: seed)
        var events: [Event<ReconcilerInput>] = []
        let service = PaymentReconcilerService()
        _ = try load.next(.max) { record in
            let type = try Self.payment(record) == nil ? PaymentReversed.type : PaymentReceived.type
            let input = try (record.value ?? []).withUnsafeBytes { try service.decode(type: type, data: $0) }
            let time = try #require(Instant(microseconds: 1_520_000_000_000_000 + Int64(events.count)))
            events.append(
                Event(
                    key: EventKey.of(source: "bench", id: "\(events.count)"), time: time, input: try #require(input)))
        }
        let applier = try BatchApplier(service: service, connection: connection)
        for start in stride(from: 0, to: events.count, by: 500) {
            _ = try applier.apply(Array(events[start..<min(start + 500, events.count)]))
        }
        let proof = try RegionProof(load.expected, connection)
        try proof.check()
        #expect(proof.report.figures.received == load.expected.received)
        var other = load.expected
        other.posted += 1
        #expect(throws: OperationsError.self) { try RegionProof(other, connection).check() }
    }

    @Test func optionsAreChecked() throws {
        let command = try #require(
            try BenchCommand.parseAsRoot(["--scenario", "growth", "--steps", "1000,5000"]) as? BenchCommand)
        #expect(command.growthSteps == [1_000, 5_000])
        for words in [
            ["--scenario", "none"], ["--steps", "5000,1000"], ["--steps", "1000,x"], ["--participants", "1"],
            ["--batch", "0"],
        ] {
            #expect(throws: (any Error).self) { _ = try BenchCommand.parseAsRoot(words) }
        }
    }

    private static func migrated(_ database: PrivatePostgres) throws -> Connection {
        let connection = try Connection(ConnectionSettings(url: database.url(), schema: BenchSubject.reconciler.schema))
        _ = try ServiceEntry.named([BenchSubject.reconciler.service]).first?.migrate(connection)
        return connection
    }
}
