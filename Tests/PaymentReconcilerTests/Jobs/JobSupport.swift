import PerisaiModels
import Postgres
import Synchronization
import Testing
import Worker

@testable import PaymentReconciler

/// How many chunks a worker may still do before it stops.
final class Allowance: Sendable {
    private let left = Mutex<Int?>(nil)

    func set(_ count: Int?) { left.withLock { $0 = count } }

    func take() -> Bool {
        left.withLock { left in
            guard let count = left else { return true }
            left = count - 1
            return count > 0
        }
    }
}

/// The reconciler with its jobs alone, in chunks of a size of the test's own.
struct JobService: WorkerService {
    private let service = PaymentReconcilerService()
    let chunk: Int
    var reminders = ReminderRules()
    let allowance = Allowance()

    var name: String { service.name }
    var inputs: [Topic] { service.inputs }
    var migrations: Migrations { get throws { try service.migrations } }

    func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> ReconcilerInput? {
        try service.decode(type: type, data: data)
    }

    func recognizes(_ input: ReconcilerInput) -> Bool { service.recognizes(input) }

    func load(_ events: [Event<ReconcilerInput>], from connection: Connection) throws -> ReconcilerState {
        try service.load(events, from: connection)
    }

    func decide(
        _ event: Event<ReconcilerInput>, _ state: inout ReconcilerState, _ outgoing: inout Outgoing
    ) throws { try service.decide(event, &state, &outgoing) }

    func save(_ state: inout ReconcilerState, to writer: inout BatchWriter) throws {
        try service.save(&state, to: &writer)
    }

    func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        guard allowance.take() else { return false }
        if try MonthOpeningJob.run(connection, &outgoing, &writer, chunk: chunk) { return true }
        if try CoverRun.run(connection, &outgoing, &writer, chunk: chunk) { return true }
        if try ReminderJob.run(reminders, connection, &outgoing, &writer, chunk: chunk) { return true }
        return try RepricingJob.run(connection, &outgoing, &writer, chunk: chunk)
    }
}

extension ReminderRules {
    static let off: ReminderRules = {
        var rules = ReminderRules()
        rules.isOn = false
        return rules
    }()
}

/// A month of the tests of jobs, by its number in 2026.
func in2026(_ number: Int) throws -> ContributionMonth {
    try #require(ContributionMonth(year: 2026, month: 1)).advanced(by: number - 1)
}

/// Payers and a clock of a database of their own, without the core's decisions on dates.
final class JobBench {
    let ledger: Ledger
    let jobs: BatchApplier<JobService>
    private let allowance: Allowance

    init(chunk: Int = 100, reminders: ReminderRules = .off) throws {
        ledger = try Ledger()
        let service = JobService(chunk: chunk, reminders: reminders)
        allowance = service.allowance
        jobs = try BatchApplier(service: service, connection: ledger.connection)
    }

    /// Another worker goes on with the same database.
    init(after bench: JobBench, chunk: Int, reminders: ReminderRules = .off) throws {
        ledger = bench.ledger
        let service = JobService(chunk: chunk, reminders: reminders)
        allowance = service.allowance
        jobs = try BatchApplier(service: service, connection: Connection(bench.ledger.connection.settings))
    }

    /// Starts a business date, however far ahead, as the core does, and runs the jobs until there is nothing to do.
    @discardableResult
    func start(_ date: CivilDate) throws -> [PublishedEvent] {
        try set(date)
        return try jobs.work()
    }

    /// So many chunks, as of a worker that stops then.
    func work(chunks: Int) throws -> [PublishedEvent] {
        allowance.set(chunks)
        defer { allowance.set(nil) }
        return try jobs.work()
    }

    func set(_ date: CivilDate) throws {
        let month = date.contributionMonth.index
        try ledger.connection.execute(
            """
            INSERT INTO month_opening (month, started_on, event_time)
            SELECT \(month), '\(date)', '\(date)' FROM business_date
            WHERE started_on IS NULL OR extract(year FROM started_on) * 12 + extract(month FROM started_on) - 1 < \(month);
            UPDATE business_date SET started_on = '\(date)'
            """)
    }

    func enrol(
        _ number: Int, first: ContributionMonth, on date: CivilDate? = nil, occupation: OccupationGroup = .other
    ) throws {
        var data = ParticipantEnrolled.sample
        data.kpj = try kpj(number)
        data.nik = try nik(number)
        data.programmes = [.jkk, .jkm]
        data.monthlyIncome = Rupiah(1_000_000)
        data.occupation = occupation
        data.enrolledOn = date ?? first.firstDay
        data.firstMonth = first
        try ledger.apply(Make.event("enrolled-\(number)", .participant(data)))
    }

    func enrolEmployer(_ number: Int, wages: [Int64], first: ContributionMonth) throws {
        var data = EmployerEnrolled.sample
        data.npp = try NPP(number: Int64(number))
        data.programmes = [.jkk, .jkm]
        data.riskClass = .low
        data.workers = wages.map { wage in
            var worker = EnrolledWorker.sample
            worker.wage = Rupiah(wage)
            return worker
        }
        data.enrolledOn = first.firstDay
        data.firstMonth = first
        try ledger.apply(Make.event("employer-\(number)", .employer(data)))
    }

    func pay(_ number: Int, _ amount: Int64, on date: CivilDate, months: Int? = nil) throws {
        let payment = PaymentReceived(
            bank: .bni, reference: try PaymentReference("p-\(number)-\(date)-\(amount)"),
            virtualAccount: months == nil ? VirtualAccount(payer: .participant(try kpj(number))) : nil,
            nik: months == nil ? nil : try nik(number), months: months, amount: Rupiah(amount), bookedOn: date)
        try ledger.apply(Make.event("p-\(number)-\(date)-\(amount)", .payment(try IncomingPayment(payment))))
    }

    func rows(_ sql: String) throws -> [String] { try ledger.rows(sql) }

    /// "status/unpaid" of a participant.
    func standing(_ number: Int) throws -> String {
        try rows(
            "SELECT concat(status, '/', unpaid_months) FROM payer WHERE payer = \(PayerNumber.participant(kpj(number)).code)"
        )
        .joined()
    }

    func monthCount(_ number: Int) throws -> String {
        try rows("SELECT count(*)::text FROM due WHERE payer = \(PayerNumber.participant(kpj(number)).code)").joined()
    }
}

extension [PublishedEvent] {
    func all<Data: EventData>(_ type: Data.Type) throws -> [Data] {
        try filter { $0.type == Data.type }.map { event in
            try event.data.withUnsafeBytes { try Data.read(bytes: $0) }
        }
    }

    /// "KPJ's serial status unpaid on" of each change of cover.
    var cover: [String] {
        get throws {
            try all(CoverChanged.self).map { change in
                "\(change.payer.kpj?.serial ?? 0) \(change.status.rawValue) \(change.unpaidMonths) \(change.changedOn)"
            }
        }
    }
}
