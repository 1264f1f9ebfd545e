import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What a business date brings to agencies and wadah, in chunks: each month in its turn, however far the clock jumps.
///
/// Of a month: participants whose last month has earned pass to the branch as the next one begins; from the closing day
/// of the next one on, agencies that were idle are warned or ended, and wadah with too few agents likewise. What comes
/// late for a month that was looked at does not undo an end.
enum AgencyJob {
    struct Clock {
        let date: CivilDate
        let event: UUID
        let time: Instant
        /// Being looked at.
        let month: ContributionMonth
        let step: Step
        let position: String
        let settledOn: CivilDate?

        /// An event's id: of what happens to whom in a month, in time order by the date's event.
        func key(_ what: String, _ whom: String, _ day: CivilDate) -> UUID {
            var hash = SipHash128(seed: 48)
            hash.combine(what)
            hash.combine(whom)
            hash.combine(UInt64(bitPattern: Int64(day.daysSince1970)))
            return UUID(event.halves.0, hash.finish().1)
        }
    }

    enum Step: Int16 {
        case lastMonths = 0
        case agencies = 1
        case wadah = 2
    }

    private static let read = Statement(
        "agency_clock",
        """
        SELECT b.business_date, b.event_key, b.event_time, c.month, c.step, c.position, c.settled_on
        FROM business_clock AS b LEFT JOIN agency_clock AS c ON c.id = 1
        """)
    private static let begin = Statement(
        "agency_clock_begin", "INSERT INTO agency_clock (id, month, step, position) VALUES (1, $1, 0, '')")
    private static let advance = Statement(
        "agency_clock_advance", "UPDATE agency_clock SET month = $1, step = $2, position = $3")

    /// One chunk; false when this business date has nothing left.
    static func run(
        _ settings: CommissionSettings, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter
    ) throws -> Bool {
        guard let clock = try clock(connection) else { return false }
        if try PassingJob.run(clock, settings, connection, &outgoing, &writer) { return true }
        guard clock.month < clock.date.contributionMonth else { return false }
        let last: String?
        switch clock.step {
        case .lastMonths:
            last = try LastMonthLook.run(clock, settings.agentsPerChunk, connection, &outgoing)
        case .agencies:
            guard clock.month <= settings.lastClosable(on: clock.date) else { return false }
            last = try AgencyLook.run(clock, settings, connection, &outgoing, &writer)
        case .wadah:
            last = try WadahLook.run(clock, settings.agentsPerChunk, connection, &outgoing, &writer)
        }
        let next = Step(rawValue: clock.step.rawValue + 1)
        writer.execute(
            advance,
            Parameters {
                $0.append(last == nil && next == nil ? clock.month.next.index : clock.month.index)
                $0.append((last == nil ? next ?? .lastMonths : clock.step).rawValue)
                $0.append(last ?? "")
            })
        return true
    }

    /// Nil before the first business date. The first one looks at the month before it.
    static func clock(_ connection: Connection) throws -> Clock? {
        var rows = try connection.query(read)
        guard rows.rowCount == 1 else { return nil }
        if try rows.isNull(0, 3) {
            let month = try CommissionStore.date(rows, 0, 0).contributionMonth.previous
            _ = try connection.query(begin, Parameters { $0.append(month.index) })
            rows = try connection.query(read)
        }
        guard let time = Instant(microseconds: try rows.timestamp(0, 2)) else {
            throw StoredDataFault(column: "event_time", reason: "out of range")
        }
        guard let step = Step(rawValue: try rows.int16(0, 4)) else {
            throw StoredDataFault(column: "step", reason: "is not known")
        }
        return Clock(
            date: try CommissionStore.date(rows, 0, 0), event: try rows.uuid(0, 1), time: time,
            month: try CommissionStore.month(rows, 0, 3), step: step, position: try rows.text(0, 5),
            settledOn: try rows.isNull(0, 6) ? nil : CommissionStore.date(rows, 0, 6))
    }
}
