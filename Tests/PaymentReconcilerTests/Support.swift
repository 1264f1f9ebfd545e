import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// One private server for all tests of this module, a database for each test.
enum Server {
    private static let shared = TestCluster()

    static func database() throws -> Connection {
        try Connection(ConnectionSettings(url: shared.newDatabase(), schema: "payment_reconciler"))
    }
}

/// A month of the tests, by its number in 2018: 1 is January, 13 January 2019.
func month(_ number: Int) throws -> ContributionMonth {
    try #require(ContributionMonth(year: 2018, month: 1)).advanced(by: number - 1)
}

func day(_ number: Int, _ day: Int = 5) throws -> CivilDate { try month(number).day(day) }

func kpj(_ number: Int) throws -> KPJ { try KPJ(month: month(1), serial: number) }

func nik(_ number: Int) throws -> NIK { try NIK(code: 5_171_010_101_900_000 + Int64(number)) }

/// Makes events; an event with the same label has the same key.
struct Make {
    static func event(_ label: String, _ input: ReconcilerInput, second: Int = 0) -> Event<ReconcilerInput> {
        let time = Instant(microseconds: 1_514_764_800_000_000 + Int64(second) * 1_000_000) ?? .earliest
        return Event(key: EventKey.of(source: "/test", id: label), time: time, input: input)
    }

    static func enrolled(_ number: Int, first: Int = 1, on: Int = 1, programmes: [Programme] = [.jkk, .jkm]) throws
        -> Event<ReconcilerInput>
    {
        var data = ParticipantEnrolled.sample
        data.kpj = try kpj(number)
        data.nik = try nik(number)
        data.programmes = programmes
        data.monthlyIncome = Rupiah(1_000_000)
        data.occupation = .other
        data.enrolledOn = try day(on)
        data.firstMonth = try month(first)
        return event("enrolled-\(number)", .participant(data))
    }

    static func employer(_ number: Int, wages: [Int64], first: Int = 1) throws -> Event<ReconcilerInput> {
        var data = EmployerEnrolled.sample
        data.npp = try NPP(number: Int64(number))
        data.programmes = [.jkk, .jkm]
        data.riskClass = .low
        data.workers = wages.map { wage in
            var worker = EnrolledWorker.sample
            worker.wage = Rupiah(wage)
            return worker
        }
        data.enrolledOn = try day(first)
        data.firstMonth = try month(first)
        return event("employer-\(number)", .employer(data))
    }

    /// A payment by virtual account, or by NIK with a number of months.
    static func paid(
        _ number: Int, _ amount: Int64, _ label: String, on: Int = 1, byNIK months: Int? = nil,
        reference: String? = nil,
        breakdown: PaymentBreakdown? = nil, second: Int = 0
    ) throws -> Event<ReconcilerInput> {
        let account = VirtualAccount(payer: .participant(try kpj(number)))
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(reference ?? label),
            virtualAccount: months == nil ? account : nil, nik: months == nil ? nil : try nik(number), months: months,
            amount: Rupiah(amount), breakdown: breakdown, bookedOn: try day(on))
        return event(label, .payment(try IncomingPayment(data)), second: second)
    }

    static func employerPaid(_ npp: Int64, _ amount: Int64, _ label: String, on date: CivilDate) throws
        -> Event<ReconcilerInput>
    {
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(label),
            virtualAccount: VirtualAccount(payer: .employer(try NPP(number: npp))), amount: Rupiah(amount),
            bookedOn: date)
        return event(label, .payment(try IncomingPayment(data)))
    }

    static func reversed(
        _ number: Int, _ amount: Int64, of original: String, _ label: String, on: Int = 1, second: Int = 0
    ) throws -> Event<ReconcilerInput> {
        let data = PaymentReversed(
            bank: .bni, reference: try PaymentReference(label), originalReference: try PaymentReference(original),
            virtualAccount: VirtualAccount(payer: .participant(try kpj(number))), amount: Rupiah(amount),
            bookedOn: try day(on))
        return event(label, .reversal(IncomingReversal(data)), second: second)
    }

    static func date(_ number: Int, _ dayOfMonth: Int = 1) throws -> Event<ReconcilerInput> {
        event("date-\(number)-\(dayOfMonth)", .date(try day(number, dayOfMonth)))
    }
}

/// Applies events to a fresh database and reads back what stands in it.
final class Ledger {
    let connection: Connection
    let applier: BatchApplier<PaymentReconcilerService>

    init() throws {
        connection = try Server.database()
        applier = try BatchApplier(service: PaymentReconcilerService(), connection: connection)
    }

    deinit { connection.close() }

    @discardableResult
    func apply(_ events: Event<ReconcilerInput>...) throws -> [PublishedEvent] { try applier.apply(events) }

    func rows(_ sql: String) throws -> [String] { try connection.texts(sql) }

    /// "month:amount/paid" of a participant's dues, months as in `month(_:)`.
    func dues(_ number: Int) throws -> [String] {
        try rows(
            """
            SELECT concat(month - 24215, ':', amount, '/', paid) FROM due
            WHERE payer = \(PayerNumber.participant(try kpj(number)).code) ORDER BY month
            """)
    }

    func credit(_ number: Int) throws -> Int64 {
        let payer = PayerNumber.participant(try kpj(number)).code
        return try connection.query(Statement("credit \(payer)", "SELECT credit FROM payer WHERE payer = \(payer)"))
            .int64(0, 0)
    }

    /// What must hold whatever has happened: postings sum to zero, and the projections say what the ledger says.
    func audit(_ comment: Comment? = nil) throws {
        let faults = try rows(
            """
            SELECT concat('unbalanced ', event_key) FROM ledger GROUP BY event_key HAVING sum(amount) <> 0
            UNION ALL
            SELECT concat('due ', d.payer, ' ', d.month, ' ', d.paid) FROM due AS d
            WHERE d.paid <> -coalesce((SELECT sum(l.amount) FROM ledger AS l
                WHERE l.account = 2 AND l.payer = d.payer AND l.month = d.month), 0)
            UNION ALL
            SELECT concat('credit ', p.payer) FROM payer AS p
            WHERE p.credit <> -coalesce((SELECT sum(l.amount) FROM ledger AS l
                WHERE l.account = 3 AND l.payer = p.payer), 0)
            UNION ALL
            SELECT concat('fine ', f.payer, ' ', f.month) FROM fine AS f
            WHERE f.paid <> -coalesce((SELECT sum(l.amount) FROM ledger AS l
                WHERE l.account = 5 AND l.payer = f.payer AND l.month = f.month), 0)
            UNION ALL
            SELECT concat('sanction fine ', f.payer, ' ', f.month) FROM sanction_fine AS f
            WHERE f.paid <> -coalesce((SELECT sum(l.amount) FROM ledger AS l
                WHERE l.account = 9 AND l.payer = f.payer AND l.month = f.month), 0)
            UNION ALL
            SELECT concat('credit beside a shortfall ', p.payer) FROM payer AS p
            WHERE p.credit > 0 AND EXISTS (SELECT FROM due AS d WHERE d.payer = p.payer AND d.paid < d.amount)
            UNION ALL
            SELECT 'suspense' WHERE (SELECT coalesce(sum(-amount), 0) FROM ledger WHERE account = 4) <>
                (SELECT coalesce(sum(p.amount), 0) FROM suspense AS s JOIN payment AS p USING (payment_id)
                 WHERE NOT EXISTS (SELECT FROM suspense_release AS r
                     WHERE r.payment_id = s.payment_id AND r.generation = s.generation))
            UNION ALL
            SELECT 'bank' WHERE (SELECT coalesce(sum(amount), 0) FROM ledger WHERE account = 1) <>
                (SELECT coalesce(sum(p.amount), 0) FROM payment AS p
                 WHERE outcome IN (1, 2)
                 AND NOT EXISTS (SELECT FROM reversal AS r WHERE r.payment_id = p.payment_id)
                 AND NOT EXISTS (SELECT FROM payment_group AS g JOIN payment AS whole ON whole.payment_id = g.payment_id
                     WHERE g.member = p.payment_id AND whole.outcome <> 5))
            """)
        #expect(faults == [], comment)
    }

    /// All rows, in an order of their own, to compare two runs.
    func dump() throws -> [String] {
        try [
            "due", "payer", "nik_payer", "payment", "ledger", "suspense", "reversal", "pending_reversal",
            "payment_exception",
        ].flatMap { table in
            try rows("SELECT '\(table) ' || row_to_json(t)::text FROM \(table) AS t ORDER BY 1")
        }
    }

    /// What must be the same however the events were delivered. `due.credited` is left out: whether money came to its
    /// month straight or as credit is history, not a figure. So is a cover that had started before its money was taken
    /// back: it stays started, and money that was taken back before its payer was known has never started one.
    func figures() throws -> [String] {
        try rows(
            """
            SELECT concat('due ', payer, ' ', month, ' ', amount, ' ', paid, ' ',
                CASE WHEN paid < amount THEN least(cover, 1) ELSE cover END) FROM due ORDER BY 1
            """)
            + rows("SELECT concat(payer, ' ', known, ' ', credit, ' ', opened_through) FROM payer ORDER BY payer")
            + rows(
                """
                SELECT concat(account, ' ', payer, ' ', month, ' ', sum(amount)) FROM ledger
                WHERE account IN (2, 3) GROUP BY account, payer, month HAVING sum(amount) <> 0
                UNION ALL SELECT concat(account, ' ', sum(amount)) FROM ledger
                WHERE account IN (1, 4) GROUP BY account HAVING sum(amount) <> 0 ORDER BY 1
                """)
    }
}

extension [PublishedEvent] {
    /// The last word of each type: "contribution-posted.v1" and so on.
    var kinds: [String] { map { $0.type.replacing("id.perisai.", with: "").replacing(".v1", with: "") } }

    func first<Data: EventData>(_ type: Data.Type) throws -> Data {
        let found = try #require(first { $0.type == Data.type })
        return try found.data.withUnsafeBytes { try Data.read(bytes: $0) }
    }

    var exceptions: [ExceptionCode] {
        compactMap { event in
            guard event.type == PaymentException.type else { return nil }
            return try? event.data.withUnsafeBytes { try PaymentException.read(bytes: $0).code }
        }
    }
}
