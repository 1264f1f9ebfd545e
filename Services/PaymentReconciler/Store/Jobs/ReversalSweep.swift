import PerisaiModels
import Postgres
import Worker

/// Once a business date: reversals that wait although their payment is there. That happens when a bank sends the two
/// with different identifiers, so that two workers have decided them at the same moment.
enum ReversalSweep {
    private static let limit = 1_000

    private static let isDue = Statement("reconciler_sweep_due", "SELECT swept, started_on FROM business_date")
    private static let matched = Statement(
        "reconciler_sweep",
        """
        SELECT r.event_key, r.event_time, r.bank, r.reference, r.original, r.amount, r.booked_on
        FROM pending_reversal AS r WHERE EXISTS (SELECT FROM payment AS p WHERE p.payment_id = r.payment_id)
        ORDER BY r.payment_id LIMIT \(limit)
        """)
    /// A date that has begun meanwhile is swept on its own.
    private static let done = Statement(
        "reconciler_swept",
        "UPDATE business_date SET swept = true WHERE started_on IS NOT DISTINCT FROM $1::date")

    static func run(
        _ service: PaymentReconcilerService, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter
    ) throws -> Bool {
        let due = try connection.query(isDue)
        guard try !due.bool(0, 0) else { return false }
        let date = try due.optionalDate(0, 1)
        let rows = try connection.query(matched)
        var events: [Event<ReconcilerInput>] = []
        for row in 0..<rows.rowCount {
            let waiting = try PendingReversal(rows, row)
            events.append(Event(key: waiting.eventKey, time: waiting.time, input: .reversal(waiting.reversal)))
        }
        var state = try service.load(events, from: connection)
        for event in events {
            // The ids of the first decision (it waits) must not come again.
            outgoing.begin(key: EventKey.derived(from: event.key, ordinal: 0, purpose: 1), time: event.time)
            try service.decide(event, &state, &outgoing)
        }
        state.save(to: &writer)
        if rows.rowCount < limit { writer.execute(done, Parameters { $0.append(date: date) }) }
        return true
    }
}
