import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// The look at a month's agencies: one and two idle months are warned of, three in a row end the agency on the last day
/// of the third (S02, S01b; domain.md 1.5, T45).
enum AgencyLook {
    /// Months after its end until the wadah may ask for an agent again (S01b).
    static let reentryMonths = 6

    /// Active on the month's last day and since before the month; dismissed later counts too.
    private static let read = Statement(
        "agency_look",
        """
        SELECT \(AgencyRecord.columns) FROM agency_on($1) AS a
        WHERE agent_id > $2 AND state = 'active' AND since < $3 AND NOT EXISTS (
            SELECT FROM agency_change AS c WHERE c.agent_id = a.agent_id AND c.change = 'dismissed')
        ORDER BY agent_id LIMIT $4
        """)
    /// Events that came after a portfolio had passed may have brought the agent others.
    private static let lookAgain = Statement(
        "passing_look_again",
        """
        UPDATE portfolio_passing SET done = false, position = 0
        WHERE done AND reason IN ('agency-ended', 'dismissed') AND passed_on > $1
        """)

    /// Looks at one chunk; returns the last agent, nil when there are no more.
    static func run(
        _ clock: AgencyJob.Clock, _ settings: CommissionSettings, _ connection: Connection,
        _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> String? {
        if clock.position.isEmpty {
            writer.execute(
                lookAgain, Parameters { $0.append(date: clock.month.advanced(by: -3).firstDay.daysSince1970) })
        }
        guard settings.idleMonth != .never else { return nil }
        let agencies = try chunk(clock, settings.agentsPerChunk, connection)
        let runs = try runs(of: agencies, clock.month, settings.idleMonth, connection)
        var rows = AgencyChangeRow.buffer
        var passings: [PassingRow] = []
        for agency in agencies {
            guard let change = change(runs[agency.agent.text] ?? 0) else { continue }
            let row = row(agency, change, clock, settings.idleMonth)
            row.append(to: &rows)
            outgoing.begin(key: row.event, time: clock.time)
            outgoing.emit(
                AgencyChanged(
                    agentID: agency.agent, wadahID: agency.wadah, branch: agency.branch, change: change,
                    reason: row.reason, changedOn: row.on, reentryFrom: row.reentryFrom))
            guard change == .ended, settings.portfolio == .branch else { continue }
            passings.append(
                PassingRow(
                    agent: agency.agent, on: row.on.adding(days: 1), reason: .agencyEnded,
                    event: EventKey.derived(from: row.event, ordinal: 0, purpose: 49)))
        }
        writer.copy(rows)
        if !passings.isEmpty {
            let (statement, parameters) = PassingRow.statement(passings)
            writer.execute(statement, parameters)
        }
        return agencies.count < settings.agentsPerChunk ? nil : agencies.last?.agent.text
    }

    private static func chunk(
        _ clock: AgencyJob.Clock, _ limit: Int, _ connection: Connection
    ) throws -> [AgencyRecord] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(date: clock.month.lastDay.daysSince1970)
                $0.append(clock.position)
                $0.append(date: clock.month.firstDay.daysSince1970)
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { try AgencyRecord(rows, $0) }
    }

    /// Idle months in a row; the months before are read for those that were idle in this one alone.
    private static func runs(
        of agencies: [AgencyRecord], _ month: ContributionMonth, _ policy: CommissionSettings.IdleMonth,
        _ connection: Connection
    ) throws -> [String: Int] {
        var activity = try IdleMonths.activity(of: agencies.map(\.agent.text), in: [month], on: connection)
        let idle = agencies.filter { activity[$0.agent.text]?[month]?.isIdle(policy) ?? true }
        let before = (1..<IdleMonths.limit).map { month.advanced(by: -$0) }
        for (agent, months) in try IdleMonths.activity(of: idle.map(\.agent.text), in: before, on: connection) {
            activity[agent, default: [:]].merge(months) { $1 }
        }
        var runs: [String: Int] = [:]
        for agency in idle {
            runs[agency.agent.text] = IdleMonths.run(
                upTo: month, since: agency.since, activity[agency.agent.text] ?? [:], policy)
        }
        return runs
    }

    private static func change(_ run: Int) -> AgencyChange? {
        switch run {
        case ..<1: nil
        case 1: .idleOnce
        case 2: .idleTwice
        default: .ended
        }
    }

    private static func row(
        _ agency: AgencyRecord, _ change: AgencyChange, _ clock: AgencyJob.Clock,
        _ policy: CommissionSettings.IdleMonth
    ) -> AgencyChangeRow {
        let day = clock.month.lastDay
        let nothing =
            policy == .acquisition
            ? "tanpa akuisisi peserta baru" : "tanpa akuisisi peserta baru dan tanpa iuran yang diterima"
        let reentry = change == .ended ? day.adding(months: reentryMonths) : nil
        let reason: String
        switch (change, reentry) {
        case (.ended, .some(let reentry)):
            reason =
                "Tiga bulan berturut-turut (\(clock.month.advanced(by: -2)) s.d. \(clock.month)) \(nothing): keagenan "
                + "berakhir pada \(day). Dapat diaktifkan kembali atas permintaan wadah paling cepat \(reentry)."
        case (.idleTwice, _):
            reason =
                "Bulan kedua berturut-turut (\(clock.month)) \(nothing). Satu bulan lagi mengakhiri keagenan."
        default:
            reason = "Bulan \(clock.month) \(nothing). Tiga bulan berturut-turut mengakhiri keagenan."
        }
        return AgencyChangeRow(
            agent: agency.agent, on: day, change: change, reason: reason, reentryFrom: reentry,
            event: clock.key(change.rawValue, agency.agent.text, day))
    }
}
