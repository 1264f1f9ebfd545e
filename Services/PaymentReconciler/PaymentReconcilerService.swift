import Foundation
import PerisaiModels
import Postgres
import Worker

/// Opens the dues of enrolled payers and posts every payment exactly once.
///
/// A payment that the open months take whole needs two round trips to the database and no row of its payer; everything
/// else (surplus, months ahead, unknown payers, reversals) reads more.
public struct PaymentReconcilerService: WorkerService {
    public let settings: ReconcilerSettings

    public init(_ settings: ReconcilerSettings = ReconcilerSettings()) { self.settings = settings }

    public var name: String { "payment-reconciler" }
    public var inputs: [Topic] { [.payments, .enrollment, .clock] }
    public var migrations: Migrations {
        get throws { try Migrations(track: name, bundle: .module) }
    }

    public func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> ReconcilerInput? {
        try ReconcilerInput(type: type, data: data)
    }

    /// The tables of payments, reversals and exceptions know what was applied: no inbox row for the hot path.
    public func recognizes(_ input: ReconcilerInput) -> Bool {
        switch input {
        case .payment, .reversal, .entry: true
        case .participant, .employer, .changed, .ended, .sanction, .erased, .corrected, .resolution, .date: false
        }
    }

    public func load(_ events: [Event<ReconcilerInput>], from connection: Connection) throws -> ReconcilerState {
        var loader = StateLoader(connection: connection, policy: settings.matching)
        return try loader.load(events)
    }

    public func decide(
        _ event: Event<ReconcilerInput>, _ state: inout ReconcilerState, _ outgoing: inout Outgoing
    ) throws {
        var cause = Cause(key: event.key, time: event.time)
        state.rows.eventTime = event.time
        do {
            switch event.input {
            case .payment(let payment): try state.receive(payment, &cause, &outgoing)
            case .reversal(let reversal): try state.receive(reversal, &cause, &outgoing)
            case .entry(let entry): try state.receive(entry, &cause, &outgoing)
            case .participant(let enrolled): try state.enrol(enrolled, &cause, &outgoing)
            case .employer(let enrolled): try state.enrol(enrolled, &cause, &outgoing)
            case .changed(let changed): try state.change(changed, &cause, &outgoing)
            case .ended(let end): try state.end(end, &cause, &outgoing)
            case .erased(let erased): state.erase(erased, cause)
            case .corrected(let corrected): state.correct(corrected, cause)
            case .sanction(let sanction): try state.impose(sanction, &cause, &outgoing)
            case .resolution(let resolution): state.apply(resolution, &cause, &outgoing)
            case .date(let date): try state.start(date, cause)
            }
        } catch let fault as ReconcilerFault {
            throw RecordFault(cause: "not-applicable", reason: fault.reason)
        }
    }

    public func save(_ state: inout ReconcilerState, to writer: inout BatchWriter) throws {
        state.save(to: &writer)
    }

    public func work(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        if try MonthOpeningJob.run(connection, &outgoing, &writer) { return true }
        if try CoverRun.run(connection, &outgoing, &writer) { return true }
        if try ReminderJob.run(settings.reminders, connection, &outgoing, &writer) { return true }
        if try RepricingJob.run(connection, &outgoing, &writer) { return true }
        if try ResolutionJob.run(self, connection, &outgoing, &writer) { return true }
        if try EscalationJob.run(connection, &outgoing, &writer) { return true }
        if try StatementSweep.run(days: settings.matching.evidenceDays, connection, &outgoing, &writer) { return true }
        return try ReversalSweep.run(self, connection, &outgoing, &writer)
    }
}
