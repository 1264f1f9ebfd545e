import Foundation
import Kafka
import PerisaiModels
import Postgres
import Worker

/// The dues and the payments of the benchmark, both computed from a number, so that nothing has to be kept.
struct BenchLoad {
    let dues: Int
    let payments: Int
    let seed: UInt64
    static let month = ContributionMonth(year: 2018, month: 3) ?? .earliest
    static let amount: Int64 = 16_800

    /// KPJ of the i-th payer: registered in February 2018 and the months after.
    private static let firstKPJ: Int64 = 18_020_000_001

    /// Fills the reconciler's tables with `dues` payers of one open month each, in SQL.
    func fillTables(_ connection: Connection) throws {
        let month = Self.month.index
        let first = 100_000_000_000 + Self.firstKPJ
        try connection.execute(
            """
            SET statement_timeout = 0;
            INSERT INTO payer (payer, known, first_month, opened_through, programmes, income, transport)
            SELECT \(first) + i, true, \(month - 1), \(month), 3, 1000000, false FROM generate_series(0::bigint, \(dues - 1)) AS i;
            INSERT INTO due (payer, month, amount, paid, cover)
            SELECT \(first) + i, \(month), \(Self.amount), 0, 0 FROM generate_series(0::bigint, \(dues - 1)) AS i;
            INSERT INTO nik_payer (nik, payer)
            SELECT 5171010000000000 + (i / 279972 % 90) * 10000000000 + (1 + i / 9999 % 28) * 100000000
                + 1800000 + (1 + i % 9999), \(first) + i
            FROM generate_series(0::bigint, \(dues - 1)) AS i;
            """)
        try connection.execute("VACUUM ANALYZE payer; ")
        try connection.execute("VACUUM ANALYZE due")
        try connection.execute("VACUUM ANALYZE nik_payer")
        try connection.execute("CHECKPOINT")
    }

    private func nik(_ index: Int) throws -> NIK {
        let district = Int64(index / 279_972 % 90) * 10_000_000_000
        let day = Int64(1 + index / 9_999 % 28) * 100_000_000
        return try NIK(code: 5_171_010_000_000_000 + district + day + 1_800_000 + Int64(1 + index % 9_999))
    }

    /// Publishes the payments: 85 % by virtual account, 10 % by kode iuran, 5 % by NIK; 91.5 % exact, 5 % partial,
    /// 2 % over, 1 % reported twice, 0.5 % of unknown payers; payers uniformly random.
    func publish(to configuration: KafkaConfiguration, progress: (Int) -> Void) throws {
        var configuration = configuration
        // The embedded broker keeps 5 MiB a partition as stored: the backlog fits only compressed.
        configuration.properties["compression.codec"] = "zstd"
        configuration.properties["linger.ms"] = "50"
        let producer = try Producer(configuration: configuration)
        defer { producer.close() }
        var random = SimulatedRandom(seed: seed)
        let time = Instant(Self.month.day(5), secondsFromMidnight: 36_000, in: .wita) ?? .earliest
        for number in 0..<payments {
            let event = try payment(number, &random)
            let record = EventRecord.make(
                EventAttributes(
                    id: random.uuid(at: time.adding(seconds: Int64(number / 1_000))).text, source: "/bank/009",
                    type: PaymentReceived.type, time: time), event.payment)
            try producer.send(record)
            if event.isRepeated { try producer.send(record) }
            if number % 10_000 == 0 { progress(number) }
        }
        try producer.awaitAcknowledgements(within: .seconds(120))
    }

    private func payment(_ number: Int, _ random: inout SimulatedRandom) throws -> (
        payment: PaymentReceived, isRepeated: Bool
    ) {
        let index = random.below(dues)
        let roll = random.below(1_000)
        let isUnknown = roll < 5
        let kpj = try KPJ(code: Self.firstKPJ + Int64(index) + (isUnknown ? 50_000_000_000 : 0))
        var amount = Self.amount
        if (15..<65).contains(roll) { amount -= 6_800 }
        if (65..<85).contains(roll) { amount += 3_200 }
        let way = random.below(100)
        let payment = PaymentReceived(
            bank: .bni, reference: try PaymentReference("BNI\(seed)\(number)"),
            virtualAccount: way < 85 || isUnknown ? VirtualAccount(payer: .participant(kpj)) : nil,
            kodeIuran: !isUnknown && (85..<95).contains(way) ? KodeIuran(participant: kpj) : nil,
            nik: !isUnknown && way >= 95 ? try nik(index) : nil, amount: Rupiah(amount), bookedOn: Self.month.day(5))
        return (payment, (5..<15).contains(roll))
    }
}
