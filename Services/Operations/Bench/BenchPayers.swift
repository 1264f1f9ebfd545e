import PerisaiModels
import Postgres

/// The payers of the benchmark and their dues, computed from a number so that nothing has to be kept, loaded by COPY.
struct BenchPayers {
    static let month = ContributionMonth(year: 2018, month: 3) ?? .earliest
    /// JKK and JKM of a declared income of 1 million, in rupiah a month.
    static let amount: Int64 = 16_800
    /// KPJ of payer 0: registered in February 2018; the others follow.
    static let firstKPJ: Int64 = 18_020_000_001
    /// What a KPJ lies above `firstKPJ` that belongs to nobody.
    static let unknownOffset: Int64 = 50_000_000_000

    /// What is there of a payer beside its terms.
    struct Standing {
        /// Unpaid months before `month`, at most 24.
        var arrears = 0
        /// `month` is open and unpaid; otherwise paid.
        var isOpen = true
        /// The unpaid months that were told before.
        var told = 0
    }

    private static let chunk = 100_000
    private static let keys = [("payer", "payer"), ("due", "payer, month"), ("nik_payer", "nik")]

    static func kpj(_ index: Int) throws -> KPJ { try KPJ(code: firstKPJ + Int64(index)) }
    static func unknownKPJ(_ index: Int) throws -> KPJ { try KPJ(code: firstKPJ + Int64(index) + unknownOffset) }
    private static func payer(_ index: Int) -> Int64 { 100_000_000_000 + firstKPJ + Int64(index) }

    static func nik(_ index: Int) -> Int64 {
        let district = Int64(index / 279_972 % 90) * 10_000_000_000
        let day = Int64(1 + index / 9_999 % 28) * 100_000_000
        return 5_171_010_000_000_000 + district + day + 1_800_000 + Int64(1 + index % 9_999)
    }

    /// The payer that comes `number`-th of `count`, each once: a multiple of a prime, none near the one before.
    static func spread(_ number: Int, over count: Int, seed: UInt64) -> Int {
        Int((UInt64(number) * 2_147_483_647 + seed % UInt64(count)) % UInt64(count))
    }

    /// Adds payers. Keys are made after the rows: that costs half of adding rows to them.
    static func load(
        _ range: Range<Int>, on connection: Connection, _ standing: (Int) -> Standing = { _ in Standing() }
    ) throws {
        for (table, _) in keys { try connection.execute("ALTER TABLE \(table) DROP CONSTRAINT \(table)_pkey") }
        var rows = PayerRows()
        for index in range {
            rows.add(payer(index), nik: nik(index), standing(index))
            guard (index + 1 - range.lowerBound) % chunk == 0 || index + 1 == range.upperBound else { continue }
            try rows.send(on: connection)
            Console.progress("loading payers: \(index + 1) of \(range.upperBound)")
        }
        Console.endProgress()
        for (table, key) in keys { try connection.execute("ALTER TABLE \(table) ADD PRIMARY KEY (\(key))") }
        for (table, _) in keys { try connection.execute("VACUUM ANALYZE \(table)") }
        try connection.execute("CHECKPOINT")
    }
}

/// Rows of payers on their way to the tables.
private struct PayerRows {
    var payers = CopyBuffer(
        table: "payer",
        columns: [
            "payer", "known", "first_month", "opened_through", "programmes", "income", "transport", "payer_kind",
            "status", "unpaid_months", "status_on",
        ])
    var dues = CopyBuffer(
        table: "due", columns: ["payer", "month", "amount", "paid", "credited", "cover", "settled_on", "waived"])
    var niks = CopyBuffer(table: "nik_payer", columns: ["nik", "payer"])

    mutating func add(_ payer: Int64, nik: Int64, _ standing: BenchPayers.Standing) {
        let month = BenchPayers.month
        let first = month.advanced(by: -standing.arrears)
        payers.beginRow()
        payers.append(payer)
        payers.append(true)
        payers.append(first.advanced(by: -1).index)
        payers.append(month.index)
        payers.append(Int16(3))
        payers.append(Int64(1_000_000))
        payers.append(false)
        payers.append(Int16(0))
        payers.append(Int16(standing.told > 0 ? 2 : 0))
        payers.append(Int16(clamping: standing.told))
        payers.append(date: standing.told > 0 ? month.advanced(by: -1).day(16).daysSince1970 : nil)
        for back in (0...standing.arrears).reversed() {
            let isPaid = back == 0 && !standing.isOpen
            dues.beginRow()
            dues.append(payer)
            dues.append(month.advanced(by: -back).index)
            dues.append(BenchPayers.amount)
            dues.append(isPaid ? BenchPayers.amount : 0)
            dues.append(Int64(0))
            dues.append(Int16(0))
            dues.append(date: isPaid ? month.day(5).daysSince1970 : nil)
            dues.append(Int64(0))
        }
        niks.beginRow()
        niks.append(nik)
        niks.append(payer)
    }

    mutating func send(on connection: Connection) throws {
        _ = try connection.copy(&payers)
        _ = try connection.copy(&dues)
        _ = try connection.copy(&niks)
        payers.removeAll()
        dues.removeAll()
        niks.removeAll()
    }
}
