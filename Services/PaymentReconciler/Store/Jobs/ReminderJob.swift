import PerisaiModels
import Postgres
import Worker

/// Tells who has a contribution to pay soon and has not paid it.
///
/// A run stands for a kind and a month, whenever it is done: of several that a business date has skipped each has its
/// run, oldest first. One whose due date has passed by then reminds nobody and is only recorded. Nothing is locked: a
/// payment that comes while the run looks may cross with its reminder, as it may cross with any message.
public enum ReminderJob {
    static let chunk = 20_000

    struct Pending {
        let slot: ReminderRules.Slot
        let time: Instant
        let after: Int64
        let isNew: Bool
        let businessDate: CivilDate
        /// The oldest month that waits to be opened.
        let opening: ContributionMonth?
    }

    /// False when no run is due, or a month must be opened first.
    static func run(
        _ rules: ReminderRules, _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try run(rules, connection, &outgoing, &writer, chunk: chunk)
    }

    static func run(
        _ rules: ReminderRules, _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter,
        chunk: Int
    ) throws -> Bool {
        guard rules.isOn, let pending = try pending(rules, connection) else { return false }
        if pending.slot.isTooLate(on: pending.businessDate) {
            finish(pending, &writer)
            return true
        }
        if let opening = pending.opening, opening <= pending.slot.month { return false }
        if pending.isNew { try start(pending, connection) }
        _ = try connection.query(ReminderStatements.planByKey)
        try remind(pending, connection, &outgoing, &writer, chunk: chunk)
        return true
    }

    private static func remind(
        _ pending: Pending, _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter,
        chunk: Int
    ) throws {
        let slot = pending.slot
        let rows = try connection.query(
            ReminderStatements.chunk,
            Parameters {
                $0.append(pending.after)
                $0.append(slot.run.payers.upperBound)
                $0.append(chunk)
                $0.append(slot.month.index)
            })
        let count = try rows.int64(0, 1)
        let key = EventKey.of(source: "reminder-run", id: "\(slot.run.name) \(slot.month)")
        var reminded: Int64 = 0
        // Without anybody to remind there is one row, with the count alone.
        for row in 0..<rows.rowCount {
            guard let code = try rows.optionalInt64(row, 2) else { continue }
            outgoing.begin(key: EventKey.derived(from: key, ordinal: Int(code)), time: pending.time)
            outgoing.emit(
                try reminder(of: PayerNumber(code: code), slot, amount: Rupiah(rows.int64(row, 3))))
            reminded += 1
        }
        try advance(
            slot, to: rows.optionalInt64(0, 0) ?? pending.after, lookedAt: count, reminded: reminded,
            isDone: count < Int64(chunk), &writer)
    }

    private static func reminder(
        of payer: PayerNumber, _ slot: ReminderRules.Slot, amount: Rupiah
    ) throws -> ContributionReminded {
        let kode: KodeIuran? =
            if let npp = payer.npp {
                try? KodeIuran(employer: npp, month: slot.month)
            } else {
                payer.kpj.map { KodeIuran(participant: $0) }
            }
        return ContributionReminded(
            payer: payer, kind: slot.run.kind, month: slot.month, amount: amount, kodeIuran: kode, dueOn: slot.dueOn,
            remindedOn: slot.remindOn)
    }

    /// The run that is under way, or the next one that the business date asks for.
    static func pending(_ rules: ReminderRules, _ connection: Connection) throws -> Pending? {
        let rows = try connection.query(ReminderStatements.due)
        guard rows.rowCount > 0, let day = try rows.optionalDate(0, 0) else { return nil }
        let business = try date(day, "started_on")
        let opening = try month(rows, 1)
        if let kind = try rows.optionalInt16(0, 2) {
            return Pending(
                slot: ReminderRules.Slot(
                    run: try CorruptRow.checked(ReminderRun(rawValue: kind), "kind"),
                    month: try CorruptRow.checked(month(rows, 3), "month"),
                    remindOn: try date(rows.date(0, 4), "run_on"), dueOn: try date(rows.date(0, 5), "due_on")),
                time: try CorruptRow.checked(Instant(microseconds: rows.timestamp(0, 6)), "event_time"),
                after: try rows.int64(0, 7), isNew: false, businessDate: business, opening: opening)
        }
        var last: [ReminderRun: ContributionMonth] = [:]
        for (column, run) in zip(8..., ReminderRun.allCases) { last[run] = try month(rows, column) }
        guard let slot = rules.next(after: last, through: business) else { return nil }
        // The time of an event that follows from no other: the beginning of its date, as of the date's own event.
        let time = Instant(slot.remindOn, secondsFromMidnight: 0, in: .wib) ?? .earliest
        return Pending(
            slot: slot, time: time, after: slot.run.payers.lowerBound - 1, isNew: true, businessDate: business,
            opening: opening)
    }

    private static func date(_ day: Int32, _ column: String) throws -> CivilDate {
        try CorruptRow.checked(CivilDate(daysSince1970: day), column)
    }

    private static func month(_ rows: QueryResult, _ column: Int) throws -> ContributionMonth? {
        try rows.optionalInt32(0, column).flatMap { ContributionMonth(index: $0) }
    }

    private static func start(_ pending: Pending, _ connection: Connection) throws {
        _ = try connection.query(ReminderStatements.start, row(of: pending, isDone: false))
    }

    /// Nobody is reminded any more; who was reminded before the date moved on stays counted.
    private static func finish(_ pending: Pending, _ writer: inout BatchWriter) {
        guard pending.isNew else {
            return advance(pending.slot, to: pending.after, lookedAt: 0, reminded: 0, isDone: true, &writer)
        }
        writer.execute(ReminderStatements.start, row(of: pending, isDone: true))
    }

    private static func row(of pending: Pending, isDone: Bool) -> Parameters {
        Parameters {
            $0.append(pending.slot.run.rawValue)
            $0.append(pending.slot.month.index)
            $0.append(date: pending.slot.remindOn.daysSince1970)
            $0.append(date: pending.slot.dueOn.daysSince1970)
            $0.append(timestamp: pending.time.microseconds)
            $0.append(pending.after)
            $0.append(isDone)
        }
    }

    private static func advance(
        _ slot: ReminderRules.Slot, to payer: Int64, lookedAt: Int64, reminded: Int64, isDone: Bool,
        _ writer: inout BatchWriter
    ) {
        writer.execute(
            ReminderStatements.advance,
            Parameters {
                $0.append(slot.run.rawValue)
                $0.append(slot.month.index)
                $0.append(payer)
                $0.append(lookedAt)
                $0.append(reminded)
                $0.append(isDone)
            })
    }

    /// Newest date first.
    public static func progress(_ connection: Connection) throws -> [JobProgress] {
        let rows = try connection.query(ReminderStatements.newest)
        return try JobProgress.read("reminders", rows) { row in
            let run = try CorruptRow.checked(ReminderRun(rawValue: rows.int16(row, 0)), "kind")
            return try "\(run.name) \(date(rows.date(row, 6), "run_on"))"
        }
    }
}
