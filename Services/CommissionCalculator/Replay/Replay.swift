import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Recomputes a month from the facts alone (enrolments, handovers, movements of money) and compares with what is
/// stored: who earns from every movement, every line and share of the statements with what no statement holds yet, the
/// headers, and what is owed. Reads one moment of the database and changes nothing.
public struct Replay {
    /// Where the facts come from.
    public enum Source {
        /// The rows that hold what the events said; never an attribution that was stored.
        case tables
        /// Events read again, given out once the moment to compare with is fixed.
        case events(([AppliedOffset]) throws -> EventFacts)
    }

    public let month: ContributionMonth
    public let schemes: SchemeTable

    public init(month: ContributionMonth, schemes: SchemeTable) {
        self.month = month
        self.schemes = schemes
    }

    /// The search path of `connection` must be the service's schema. `progress` gets the movements done so far.
    /// - Parameter provisional: a month that is not closed is compared too; what no statement holds yet is left out.
    /// - Throws: `ReplayRefusal` for a month that is not closed, and for facts that are too many; `PostgresError`;
    ///   `StoredDataFault`; `MoneyOverflow`.
    public func run(
        on connection: Connection, provisional: Bool = false, source: Source = .tables,
        progress: (Int) -> Void = { _ in }
    ) throws -> ReplayResult {
        try connection.snapshot {
            var result = ReplayResult(month: month)
            result.closedOn = try ClosedMonths.closedOn(month, on: connection)
            if result.closedOn == nil, !provisional {
                throw ReplayRefusal(
                    "\(month) is not closed: its figures can still change (--provisional compares them)")
            }
            var run = ReplayRun(month: month, schemes: schemes, connection: connection, result: result)
            switch source {
            case .tables: try run.fromTables(progress)
            case .events(let read):
                var facts = try read(AppliedOffset.all(on: connection))
                facts.sort()
                try run.fromEvents(facts, progress)
            }
            return try run.finish()
        }
    }
}

/// How far the worker has applied a partition, in the same moment as its tables.
public struct AppliedOffset: Sendable, Hashable {
    public let topic: String
    public let partition: Int32
    /// The first offset that is not applied yet.
    public let next: Int64

    public init(topic: String, partition: Int32, next: Int64) {
        self.topic = topic
        self.partition = partition
        self.next = next
    }

    private static let read = Statement("replay_offsets", "SELECT topic, partition, next_offset FROM worker_offset")

    static func all(on connection: Connection) throws -> [AppliedOffset] {
        let rows = try connection.query(read)
        return try (0..<rows.rowCount).map { row in
            AppliedOffset(
                topic: try rows.text(row, 0), partition: try rows.int32(row, 1), next: try rows.int64(row, 2))
        }
    }
}

enum ClosedMonths {
    /// Months are closed in order: one before the first that was noted is closed with it.
    private static let read = Statement(
        "replay_closed", "SELECT closed_on FROM month_close WHERE month >= $1 ORDER BY month LIMIT 1")

    /// Nil while a month has not all its statements.
    static func closedOn(_ month: ContributionMonth, on connection: Connection) throws -> CivilDate? {
        let rows = try connection.query(read, Parameters { $0.append(month.index) })
        guard rows.rowCount == 1, try !rows.isNull(0, 0) else { return nil }
        return try CommissionStore.date(rows, 0, 0)
    }
}

/// One run: sums what the facts say and notes what is stored otherwise.
private struct ReplayRun {
    let month: ContributionMonth
    let connection: Connection
    var result: ReplayResult
    private var sums: ReplaySums
    /// Of each agent the first movement that differs: what stands behind a line that does.
    private var events: [String: ReplayDifference] = [:]

    init(month: ContributionMonth, schemes: SchemeTable, connection: Connection, result: ReplayResult) {
        self.month = month
        self.connection = connection
        self.result = result
        sums = ReplaySums(month: month, schemes: schemes)
    }

    mutating func fromTables(_ progress: (Int) -> Void) throws {
        for (agent, newcomers) in try StoredFacts.newcomers(month, on: connection) {
            try sums.add(newcomers, of: agent)
        }
        var stored = try StoredMonth(month, on: connection)
        while let payers = try stored.next() {
            for (payer, facts) in zip(payers, try StoredFacts.facts(payers, on: connection)) {
                try compare(payer, facts)
            }
            progress(result.contributions)
        }
    }

    mutating func fromEvents(_ facts: EventFacts, _ progress: (Int) -> Void) throws {
        try compareEnrolments(facts)
        var stored = try StoredMonth(month, on: connection)
        var position = 0
        var last: Int64 = .min
        while let chunk = try stored.next() {
            last = chunk.last?.payer ?? last
            try compare(facts.payers(in: month, from: &position, through: last), chunk, facts)
            progress(result.contributions)
        }
        try compare(facts.payers(in: month, from: &position, through: nil), [], facts)
        progress(result.contributions)
    }

    /// What events told of payers beside what is stored of them, both in key order.
    private mutating func compare(
        _ told: [(payer: Int64, movements: [Movement])], _ stored: [StoredMonth.Payer], _ facts: EventFacts
    ) throws {
        var histories: [Int64: PayerHistory] = [:]
        for (payer, _) in told { histories[payer] = facts.history(of: payer) }
        try StoredFacts.addHandovers(told.map(\.payer), to: &histories, on: connection)
        let rows = Dictionary(stored.map { ($0.payer, $0) }, uniquingKeysWith: { first, _ in first })
        for (payer, movements) in told {
            try compare(
                rows[payer] ?? StoredMonth.Payer(payer: payer),
                PayerFacts(history: histories[payer] ?? PayerHistory(), movements: movements))
        }
        let known = Set(told.map(\.payer))
        for payer in stored where !known.contains(payer.payer) { try compare(payer, PayerFacts()) }
    }

    // MARK: Row by row

    private struct Place: Hashable {
        let event: UUID
        let line: Int16
    }

    private mutating func compare(_ stored: StoredMonth.Payer, _ facts: PayerFacts) throws {
        let recomputed = try sums.add(facts)
        result.contributions += recomputed.count
        // From the tables both have the same order.
        if recomputed.count == stored.entries.count,
            zip(stored.entries, recomputed).allSatisfy({ $0.movement == $1.movement && $0.fault == nil })
        {
            for (entry, wanted) in zip(stored.entries, recomputed) where entry.attribution != wanted.attribution {
                note(stored.payer, wanted.movement, Self.text(entry.attribution), wanted.attribution, entry.attribution)
            }
            return
        }
        var entries: [Place: StoredMonth.Entry] = [:]
        for entry in stored.entries {
            entries[Place(event: entry.movement.event, line: entry.movement.line)] = entry
        }
        for wanted in recomputed {
            let place = Place(event: wanted.movement.event, line: wanted.movement.line)
            guard let entry = entries.removeValue(forKey: place) else {
                note(stored.payer, wanted.movement, "no row", wanted.attribution, nil)
                continue
            }
            let told = wanted.movement
            if let fault = entry.fault {
                note(stored.payer, told, fault, wanted.attribution, entry.attribution)
            } else if entry.movement != told {
                note(stored.payer, told, Self.text(entry.movement), wanted.attribution, entry.attribution)
            } else if entry.attribution != wanted.attribution {
                note(stored.payer, told, Self.text(entry.attribution), wanted.attribution, entry.attribution)
            }
        }
        for entry in entries.values.sorted(by: { $0.movement.event.text < $1.movement.event.text }) {
            add(
                ReplayDifference(
                    .contribution, agent: entry.attribution?.agent, line: Self.line(entry.movement),
                    stored: Self.text(entry.attribution), recomputed: "no such movement",
                    payer: try? PayerNumber(code: stored.payer), event: entry.movement.event))
        }
    }

    private mutating func note(
        _ payer: Int64, _ movement: Movement, _ stored: String, _ wanted: Attribution?, _ found: Attribution?
    ) {
        add(
            ReplayDifference(
                .contribution, agent: wanted?.agent ?? found?.agent, line: Self.line(movement), stored: stored,
                recomputed: Self.text(wanted), payer: try? PayerNumber(code: payer), event: movement.event))
        if let agent = found?.agent, events[agent] == nil { events[agent] = result.differences.last }
    }

    private mutating func add(_ difference: ReplayDifference) {
        result.add(difference)
        if let agent = difference.agent, events[agent] == nil { events[agent] = difference }
    }

    private static func line(_ movement: Movement) -> String {
        "allocation \(movement.line) for \(movement.contributionMonth), \(movement.base) on \(movement.bookedOn)"
    }

    private static func text(_ movement: Movement) -> String {
        let payment = movement.payment.map { ", payment \($0.text)" } ?? ""
        return
            "\(movement.kind) of \(movement.base) for \(movement.contributionMonth) on \(movement.bookedOn)\(payment)"
    }

    private static func text(_ attribution: Attribution?) -> String {
        guard let attribution else { return "nobody earns" }
        return "\(attribution.agent) earns \(attribution.rate) (scheme \(attribution.scheme), \(attribution.rule))"
    }

    // MARK: New participants

    private static let enrolments = Statement(
        "replay_month_enrolments",
        """
        SELECT payer, submission, agent_id, three_programmes, two_programmes, workers, event_key, enrolled_on
        FROM enrolment WHERE enrolled_on BETWEEN $1 AND $2 OR month = $3 ORDER BY payer, submission
        """)

    private mutating func compareEnrolments(_ facts: EventFacts) throws {
        var told: [String: EventFacts.Enrolled] = [:]
        for one in facts.enrolled where one.enrolment.enrolledOn.contributionMonth == month {
            told["\(one.payer) \(one.enrolment.submission) \(one.enrolment.agent ?? "")"] = one
            if let agent = one.enrolment.agent, !one.newcomers.isEmpty { try sums.add(one.newcomers, of: agent) }
        }
        let rows = try connection.query(
            Self.enrolments,
            Parameters {
                $0.append(date: month.firstDay.daysSince1970)
                $0.append(date: month.lastDay.daysSince1970)
                $0.append(month.index)
            })
        for row in 0..<rows.rowCount {
            let (payer, submission) = (try rows.int64(row, 0), try rows.text(row, 1))
            let agent = try rows.optionalText(row, 2)
            let newcomers = Newcomers(
                threeProgrammes: Int(try rows.int32(row, 3)), twoProgrammes: Int(try rows.int32(row, 4)),
                workers: Int(try rows.int32(row, 5)))
            // Numbers are an agent's own; a row with a wrong agent is compared with the submission all the same.
            let key = "\(payer) \(submission) \(agent ?? "")"
            let other = told.keys.sorted().first { $0.hasPrefix("\(payer) \(submission) ") }
            let wanted = (told[key] == nil ? other : key).flatMap { told.removeValue(forKey: $0) }
            let date = try CommissionStore.date(rows, row, 7)
            if let wanted, wanted.enrolment.agent == agent, wanted.newcomers == newcomers,
                wanted.enrolment.enrolledOn == date
            {
                continue
            }
            add(
                ReplayDifference(
                    .enrolment, agent: wanted?.enrolment.agent ?? agent, line: "submission \(submission)",
                    stored: Self.text(agent, newcomers, date),
                    recomputed: wanted.map { Self.text($0.enrolment.agent, $0.newcomers, $0.enrolment.enrolledOn) }
                        ?? "no such enrolment", payer: try? PayerNumber(code: payer),
                    event: try wanted?.event ?? rows.uuid(row, 6)))
        }
        for one in told.values.sorted(by: { $0.payer < $1.payer }) {
            add(
                ReplayDifference(
                    .enrolment, agent: one.enrolment.agent, line: "submission \(one.enrolment.submission)",
                    stored: "no row",
                    recomputed: Self.text(one.enrolment.agent, one.newcomers, one.enrolment.enrolledOn),
                    payer: try? PayerNumber(code: one.payer), event: one.event))
        }
    }

    private static func text(_ agent: String?, _ newcomers: Newcomers, _ date: CivilDate) -> String {
        "\(agent ?? "nobody") on \(date), new: \(newcomers.threeProgrammes) with JHT, "
            + "\(newcomers.twoProgrammes) without, \(newcomers.workers) workers"
    }

    // MARK: Statements

    mutating func finish() throws -> ReplayResult {
        result.agents = try sums.figures()
        for agent in sums.agents.values { result.newcomers = result.newcomers.adding(agent.newcomers) }
        let statements = try StoredStatements(month, on: connection)
        for difference in try statements.differences(from: sums.figures(less: statements.fresh), behind: events) {
            result.add(difference)
        }
        return result
    }
}
