import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Issues the statements of months that two persons or a business date close, and corrections of what came after, some agents
/// at a time. Both are the same work: whatever no statement holds yet of a closed month goes into the next one.
struct MonthClose {
    let settings: CommissionSettings

    /// An agent's month with what was issued for it and what is new.
    struct Item {
        let month: ContributionMonth
        let agent: String
        let wadah: String
        let branch: String
        let sequence: Int
        var issued = StatementFigures()
        var newcomers = Newcomers()
        /// Counts and bases that no statement holds yet.
        var fresh: [LineKey: LineFigures] = [:]
    }

    struct Clock {
        let date: CivilDate
        let event: UUID
        let time: Instant
        let month: Int32
        let agent: String
    }

    /// Closes one chunk; false when this business date has nothing left to close.
    func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        guard let clock = try readClock(connection) else { return false }
        let schemes = try EffectiveRows.schemes(on: connection)
        let through = try MonthCloseStore.through(settings, clock.date, connection)
        var items: [Item] = []
        if let through {
            items = try MonthCloseStore.chunk(
                after: (clock.month, clock.agent), through: through, limit: settings.agentsPerChunk, connection)
            try MonthCloseStore.fill(&items, connection)
        }
        var rows = StatementRows()
        for item in items {
            guard let scheme = schemes[item.month] else { continue }
            let figures = try figures(item, scheme, schemes)
            guard !figures.isEmpty else { continue }
            let key = Self.key(item, clock)
            try rows.append(item, scheme, figures, clock.date, key)
            outgoing.begin(key: key, time: clock.time)
            outgoing.emit(try Self.event(item, scheme, schemes, figures, clock.date))
        }
        writer.copy(rows.statements)
        writer.copy(rows.lines)
        writer.copy(rows.transfers)
        if items.count < settings.agentsPerChunk, let through {
            // The statements of this chunk are not written yet: the months are told of in a chunk of their own.
            if items.isEmpty {
                try tellMonths(through, clock, connection, &outgoing)
            } else {
                writer.execute(MonthCloseStore.advance, Self.position(done: false, items, clock))
                return true
            }
        }
        writer.execute(
            MonthCloseStore.advance, Self.position(done: items.count < settings.agentsPerChunk, items, clock))
        return true
    }

    private static func position(done: Bool, _ items: [Item], _ clock: Clock) -> Parameters {
        let last = items.last
        return Parameters {
            $0.append(done)
            $0.append(last?.month.index ?? clock.month)
            $0.append(last?.agent ?? clock.agent)
        }
    }

    /// Months that have all their statements now.
    private func tellMonths(
        _ through: ContributionMonth, _ clock: Clock, _ connection: Connection, _ outgoing: inout Outgoing
    ) throws {
        for closed in try MonthCloseStore.finish(through, clock.date, settings.closing, connection) {
            outgoing.begin(
                key: EventKey.derived(from: clock.event, ordinal: Int(closed.month.index), purpose: 43),
                time: clock.time)
            outgoing.emit(closed)
        }
    }

    /// The row is locked: a worker that has just lost the clock finishes before the next one goes on.
    private func readClock(_ connection: Connection) throws -> Clock? {
        let rows = try connection.query(MonthCloseStore.readClock)
        guard rows.rowCount == 1, try !rows.bool(0, 3) else { return nil }
        guard let time = Instant(microseconds: try rows.timestamp(0, 2)) else {
            throw StoredDataFault(column: "event_time", reason: "out of range")
        }
        return Clock(
            date: try CommissionStore.date(rows, 0, 0), event: try rows.uuid(0, 1), time: time,
            month: try rows.int32(0, 4), agent: try rows.text(0, 5))
    }

    /// The whole month's figures less those issued.
    private func figures(_ item: Item, _ scheme: Scheme, _ schemes: SchemeTable) throws -> StatementFigures {
        var contributions = item.issued.lines
        for (key, fresh) in item.fresh {
            var sum = contributions[key] ?? LineFigures()
            sum.count += fresh.count
            sum.base = try sum.base.adding(fresh.base)
            contributions[key] = sum
        }
        let whole = try scheme.statement(
            newcomers: item.issued.newcomers.adding(item.newcomers), contributions: contributions,
            others: schemes.rows.map(\.value))
        return try whole.subtracting(item.issued)
    }

    /// The id follows from agent, month and sequence, in time order by the date's event.
    private static func key(_ item: Item, _ clock: Clock) -> UUID {
        var hash = SipHash128(seed: 4)
        hash.combine(item.agent)
        hash.combine(UInt64(item.month.index.magnitude))
        hash.combine(UInt64(item.sequence.magnitude))
        return UUID(clock.event.halves.0, hash.finish().1)
    }

    private static func event(
        _ item: Item, _ scheme: Scheme, _ schemes: SchemeTable, _ figures: StatementFigures, _ date: CivilDate
    ) throws -> StatementIssued {
        let lines = figures.lines.sorted { $0.key < $1.key }.compactMap { key, line -> StatementLine? in
            guard let rule = key.rule.statementRule else { return nil }
            return StatementLine(
                rule: rule, label: schemes.label(of: key, earns: !line.amount.isZero), count: max(0, line.count),
                base: SignedRupiah(line.base),
                ratePPM: key.rule == .acquisition ? nil : Int(key.unit), amount: SignedRupiah(line.amount))
        }
        return StatementIssued(
            agentID: try AgentID(item.agent), wadahID: try WadahID(item.wadah), branch: try BranchCode(item.branch),
            month: item.month, sequence: item.sequence, scheme: scheme.code,
            newParticipants: max(0, figures.newParticipants), contributions: SignedRupiah(try figures.contributions),
            lines: lines, total: SignedRupiah(try figures.total), agentShare: SignedRupiah(figures.agentShare),
            wadahShare: SignedRupiah(figures.wadahShare), issuedOn: date)
    }
}

/// The rows of the statements of one chunk.
struct StatementRows {
    var transfers = Transfer.buffer

    var statements = CopyBuffer(
        table: "statement",
        columns: [
            "agent_id", "month", "sequence", "issued_on", "wadah_id", "branch", "scheme", "three_programmes",
            "two_programmes", "workers", "new_participants", "contributions", "total", "agent_share", "wadah_share",
        ])
    var lines = CopyBuffer(
        table: "statement_line",
        columns: ["agent_id", "month", "sequence", "scheme", "rule", "unit", "count", "base", "amount"])

    /// What a statement owes; what a correction takes back makes the balance less, below zero too.
    private mutating func owe(
        _ owner: Owner, _ amount: Rupiah, _ month: ContributionMonth, _ date: CivilDate, _ source: String, _ id: UUID
    ) throws {
        guard
            let transfer = try Transfer(
                id: id, owner: owner, amount, from: .expense, to: .payable, month: month, bookedOn: date,
                source: .statement, sourceID: source)
        else { return }
        transfer.append(to: &transfers)
    }

    mutating func append(
        _ item: MonthClose.Item, _ scheme: Scheme, _ figures: StatementFigures, _ date: CivilDate, _ key: UUID
    ) throws {
        let source = "\(item.agent)/\(item.month)/\(item.sequence)"
        try owe(
            .agent(item.agent), figures.agentShare, item.month, date, source,
            EventKey.derived(from: key, ordinal: 0, purpose: 44))
        try owe(
            .wadah(item.wadah), figures.wadahShare, item.month, date, source,
            EventKey.derived(from: key, ordinal: 1, purpose: 44))
        let (contributions, total) = (try figures.contributions, try figures.total)
        statements.beginRow()
        statements.append(item.agent)
        statements.append(item.month.index)
        statements.append(Int32(item.sequence))
        statements.append(date: date.daysSince1970)
        statements.append(item.wadah)
        statements.append(item.branch)
        statements.append(scheme.code)
        statements.append(figures.newcomers.threeProgrammes)
        statements.append(figures.newcomers.twoProgrammes)
        statements.append(figures.newcomers.workers)
        statements.append(figures.newParticipants)
        for amount in [contributions, total, figures.agentShare, figures.wadahShare] {
            statements.append(amount.amount)
        }
        for (key, line) in figures.lines.sorted(by: { $0.key < $1.key }) {
            lines.beginRow()
            lines.append(item.agent)
            lines.append(item.month.index)
            lines.append(Int32(item.sequence))
            lines.append(key.scheme)
            lines.append(key.rule.rawValue)
            lines.append(key.unit)
            lines.append(line.count)
            lines.append(line.base.amount)
            lines.append(line.amount.amount)
        }
    }
}
