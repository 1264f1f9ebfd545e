import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// Enrolment with the run of enforcement alone, in chunks of a size of the test's own.
struct EnforcementService: WorkerService {
    private let service: EnrollmentIntakeService
    private let chunk: Int

    init(_ settings: EnrollmentSettings, chunk: Int) {
        service = EnrollmentIntakeService(settings: settings)
        self.chunk = chunk
    }

    var name: String { service.name }
    var inputs: [Topic] { service.inputs }
    var migrations: Migrations { get throws { try service.migrations } }

    func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> EnrollmentInput? {
        try service.decode(type: type, data: data)
    }
    func load(_ events: [Event<EnrollmentInput>], from connection: Connection) throws -> IntakeState {
        try service.load(events, from: connection)
    }
    func decide(
        _ event: Event<EnrollmentInput>, _ state: inout IntakeState, _ outgoing: inout Outgoing
    ) throws { try service.decide(event, &state, &outgoing) }
    func save(_ state: inout IntakeState, to writer: inout BatchWriter) throws { try service.save(&state, to: &writer) }
    func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        try EnforcementRun(settings: service.settings).run(connection, &outgoing, &writer, chunk: chunk)
    }
}

/// A database with firms, and a clock.
final class EnforcementBench {
    let url: String
    let connection: Connection
    let applier: BatchApplier<EnforcementService>
    private(set) var published: [PublishedEvent] = []

    private let partition: Int32

    /// Benches of one database that work at the same time have partitions of their own, as workers have.
    init(_ settings: EnrollmentSettings = .init(), chunk: Int = 200, url: String? = nil, partition: Int32 = 0) throws {
        self.partition = partition
        self.url = try url ?? Cluster.newDatabase()
        connection = try Connection(ConnectionSettings(url: self.url, schema: "enrollment_intake"))
        applier = try BatchApplier(service: EnforcementService(settings, chunk: chunk), connection: connection)
    }

    deinit { connection.close() }

    /// What this part tells.
    static func isOurs(_ event: PublishedEvent) -> Bool {
        ["enforcement-stepped", "services-withheld", "sanction-fine-imposed"].contains(event.kind)
    }

    @discardableResult
    func apply(_ inputs: EnrollmentInput...) throws -> [PublishedEvent] { try apply(all: inputs) }

    @discardableResult
    func apply(all inputs: [EnrollmentInput]) throws -> [PublishedEvent] {
        note(try applier.apply(inputs.map { Make.event($0, partition: partition) }))
    }

    /// Starts the dates in one batch, and takes the steps that they make due.
    @discardableResult
    func start(_ dates: String...) throws -> [PublishedEvent] { try start(dates.map { Make.date($0) }) }

    @discardableResult
    func start(_ dates: [CivilDate]) throws -> [PublishedEvent] {
        try apply(all: dates.map { .businessDate($0) })
        return note(try applier.work())
    }

    private func note(_ events: [PublishedEvent]) -> [PublishedEvent] {
        published += events
        return events.filter(Self.isOurs)
    }

    /// A registered employer.
    func employer(_ number: Int, nib: NIB? = nil) throws -> NPP {
        try apply(
            .employer(
                try Make.employer("e-\(number)", nib: nib, niks: [try Make.nik(1_000 + number)], on: "2018-03-10")))
        let enrolled = try #require(published.last { $0.kind == "employer-enrolled" })
        return try enrolled.read(EmployerEnrolled.self).npp
    }

    func rows(_ sql: String) throws -> [String] { try connection.texts(sql) }

    /// "number step on deadline" of a subject.
    func file(_ subject: EnforcementSubject) throws -> [String] {
        try rows(
            """
            SELECT concat_ws(' ', number, step, stepped_on, deadline) FROM enforcement_step
            WHERE subject = \(subject.code) ORDER BY number, position
            """)
    }

    /// All rows of this part, in order.
    func dump() throws -> [String] {
        try rows("SELECT e::text FROM enforcement AS e ORDER BY subject")
            + rows("SELECT s::text FROM enforcement_step AS s ORDER BY subject, number, position")
            + rows("SELECT concat(nib, application_id, enforced) FROM permit ORDER BY 1")
    }

    /// Lets the deadline of held applications end on a day.
    func hold(_ nib: NIB, until date: String, answer: String) throws {
        try connection.execute(
            """
            UPDATE permit SET state = 0, enforced = false, until = '\(date)', answer = 'held:\(answer)'
            WHERE nib = \(nib.code)
            """)
    }
}

extension Make {
    static func owed(
        _ npp: NPP, _ months: Int, _ amount: Int64, fines: Int64 = 0, sanction: (Int64, EnforcementCase)? = nil,
        on: String
    ) -> EnrollmentInput {
        .arrears(
            npp,
            ArrearsChanged(
                payer: .employer(npp), ageClass: ArrearsClass(monthsUnpaid: months), unpaidMonths: months,
                amount: Rupiah(amount), fines: Rupiah(fines), changedOn: date(on),
                sanctionFines: sanction.map { Rupiah($0.0) }, sanctionCase: sanction?.1.caseID))
    }

    /// Of a firm that shows a callback.
    static func application(
        _ id: String, nib: NIB, office: String, npp: NPP? = nil, declared: Int = 1, on: String = "2026-09-01"
    ) throws -> EnrollmentInput {
        var applied = try permit(id, nib: nib, office: office, npp: npp, declared: declared, on: on)
        applied.callbackURL = try CallbackURL("https://\(office.lowercased()).example.go.id/perisai")
        return .permitApplied(applied)
    }
}

extension EnforcementBench {
    func found(_ subject: EnforcementSubject) throws -> EnforcementCase {
        try #require(try EnforcementReport.of(subject, connection)).found
    }
}

extension [PublishedEvent] {
    func steps() throws -> [EnforcementStepped] {
        try filter { $0.kind == "enforcement-stepped" }.map { try $0.read(EnforcementStepped.self) }
    }
    func services() throws -> [ServicesWithheld] {
        try filter { $0.kind == "services-withheld" }.map { try $0.read(ServicesWithheld.self) }
    }
    func fines() throws -> [SanctionFineImposed] {
        try filter { $0.kind == "sanction-fine-imposed" }.map { try $0.read(SanctionFineImposed.self) }
    }
}
