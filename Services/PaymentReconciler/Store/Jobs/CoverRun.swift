import PerisaiModels
import Postgres
import Worker

/// Looks at every payer on the day after a due date and tells whose cover, or arrears, have changed.
///
/// A run stands for its own date, whenever it is done: of several due dates that a business date has skipped each has
/// its run, oldest first, and between them the months are opened. What was paid by then is paid, also by a payment
/// booked after the run's date: that means fewer notices, never a wrong one.
///
/// A payment that meets months past due locks its payer's row before it decides. The run locks the rows of those whose
/// status seems to change and reads their months only then: whoever comes second sees what the first has written.
public enum CoverRun {
    static let chunk = 20_000

    struct Due {
        let date: CivilDate
        let time: Instant
        let after: Int64
        let isNew: Bool
        /// The oldest month that waits to be opened.
        let opening: ContributionMonth?
    }

    /// False when no run is due, or a month must be opened first.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try run(connection, &outgoing, &writer, chunk: chunk)
    }

    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter, chunk: Int
    ) throws -> Bool {
        guard let due = try due(connection) else { return false }
        if let opening = due.opening, opening <= due.date.contributionMonth { return false }
        if due.isNew { try start(due, connection) }
        _ = try connection.query(CoverStatements.planByKey)
        let months = Months(on: due.date)
        let bounds = try connection.query(
            CoverStatements.chunk,
            Parameters {
                $0.append(due.after)
                $0.append(chunk)
            })
        let count = try bounds.int64(0, 1)
        let last = try bounds.optionalInt64(0, 0) ?? due.after
        var changes = CoverChanges()
        if count > 0 {
            let found = try candidates(after: due.after, through: last, months, connection)
            if !found.isEmpty {
                let facts = try connection.query(CoverStatements.facts, months.parameters { $0.append(found) })
                let key = EventKey.of(source: "cover-run", id: due.date.description)
                for row in 0..<facts.rowCount {
                    let payer = try CoveredPayer(facts, row)
                    outgoing.begin(
                        key: EventKey.derived(from: key, ordinal: Int(payer.number.code)), time: due.time)
                    payer.tell(on: due.date, &changes, &outgoing)
                }
            }
        }
        changes.save(to: &writer)
        writer.execute(
            CoverStatements.advance,
            Parameters {
                $0.append(date: due.date.daysSince1970)
                $0.append(last)
                $0.append(count)
                $0.append(changes.count)
                $0.append(count < Int64(chunk))
            })
        return true
    }

    /// The newest months past due on a run's date.
    private struct Months {
        let participants: Int32
        let employers: Int32

        init(on date: CivilDate) {
            // Before the first due date there is nothing: month 0 has no dues.
            participants = CoverRules.newestPastDue(isEmployer: false, on: date)?.index ?? 0
            employers = CoverRules.newestPastDue(isEmployer: true, on: date)?.index ?? 0
        }

        func parameters(_ rest: (inout Parameters) -> Void) -> Parameters {
            var parameters = Parameters(capacity: 1 << 10)
            parameters.append(participants)
            parameters.append(employers)
            rest(&parameters)
            return parameters
        }
    }

    private static func candidates(
        after: Int64, through last: Int64, _ months: Months, _ connection: Connection
    ) throws -> [Int64] {
        let rows = try connection.query(
            CoverStatements.candidates,
            months.parameters {
                $0.append(after)
                $0.append(last)
                $0.append(Int32(CoverRules.graceMonths))
            })
        return try (0..<rows.rowCount).map { try rows.int64($0, 0) }
    }

    /// The run that is under way, or the next one that the business date asks for.
    static func due(_ connection: Connection) throws -> Due? {
        let rows = try connection.query(CoverStatements.due)
        guard rows.rowCount > 0, let day = try rows.optionalDate(0, 0) else { return nil }
        let business = try CorruptRow.checked(CivilDate(daysSince1970: day), "started_on")
        let opening = try rows.optionalInt32(0, 5).flatMap { ContributionMonth(index: $0) }
        if let started = try rows.optionalDate(0, 1) {
            return Due(
                date: try CorruptRow.checked(CivilDate(daysSince1970: started), "run_on"),
                time: try CorruptRow.checked(Instant(microseconds: rows.timestamp(0, 2)), "event_time"),
                after: try rows.int64(0, 3), isNew: false, opening: opening)
        }
        let last = try rows.optionalDate(0, 4).flatMap { CivilDate(daysSince1970: $0) }
        guard let date = CoverRules.nextRun(after: last, through: business) else { return nil }
        // The time of an event that follows from no other: the beginning of its date, as of the date's own event.
        let time = Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest
        return Due(date: date, time: time, after: 0, isNew: true, opening: opening)
    }

    private static func start(_ due: Due, _ connection: Connection) throws {
        _ = try connection.query(
            CoverStatements.start,
            Parameters {
                $0.append(date: due.date.daysSince1970)
                $0.append(timestamp: due.time.microseconds)
            })
    }

    /// Newest date first.
    public static func progress(_ connection: Connection) throws -> [JobProgress] {
        let rows = try connection.query(CoverStatements.newest)
        return try JobProgress.read("cover-run", rows) { row in
            try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 0)), "run_on").description
        }
    }
}
