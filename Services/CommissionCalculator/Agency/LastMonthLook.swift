import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Participants whose last earning month is over pass to the branch ("beralih ke Kacab" from month 61 under B, S04). It
/// is told only: the scheme's own rate is zero from then on, and what is paid late for an earlier month still earns.
enum LastMonthLook {
    private static let read = Statement(
        "last_month_look",
        """
        SELECT DISTINCT payer FROM enrolment
        WHERE first_month = $1 AND agent_id IS NOT NULL AND payer > $2 AND payer < $3 ORDER BY payer LIMIT $4
        """)
    /// Participants begin with 1, employers with 2.
    private static let employers: Int64 = 200_000_000_000

    /// Looks at one chunk for the month after the clock's; returns the last payer, nil when there are no more.
    static func run(
        _ clock: AgencyJob.Clock, _ limit: Int, _ connection: Connection, _ outgoing: inout Outgoing
    ) throws -> String? {
        let day = clock.month.next.firstDay
        let schemes = try EffectiveRows.schemes(on: connection)
        guard let last = schemes[day]?.steps.last?.through else { return nil }
        let first = clock.month.next.advanced(by: -last)
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(first.index)
                $0.append(Int64(clock.position) ?? 0)
                $0.append(employers)
                $0.append(Int64(limit))
            })
        let payers = try (0..<rows.rowCount).map { try rows.int64($0, 0) }
        let histories = try CommissionStore.portfolios(of: payers, on: connection)
        for code in payers {
            // Who enrolled again is counted from that acquisition.
            guard let history = histories[code], history.enrolment(on: day)?.firstMonth == first,
                let agent = history.agent(on: day)
            else { continue }
            outgoing.begin(key: clock.key("month-61", "\(code)", day), time: clock.time)
            outgoing.emit(
                PortfolioPassed(
                    payer: try PayerNumber(code: code), fromAgent: try AgentID(agent), reason: .month61, passedOn: day))
        }
        return payers.count < limit ? nil : payers.last.map { "\($0)" }
    }
}

extension CommissionStore {
    /// Enrolments and handovers of payers, without their movements and without locks.
    static func portfolios(of payers: [Int64], on connection: Connection) throws -> [Int64: PayerHistory] {
        guard !payers.isEmpty else { return [:] }
        let parameters = Parameters { $0.append(payers) }
        let results = try connection.pipeline {
            $0.query(readEnrolments, parameters)
            $0.query(readHandovers, parameters)
        }
        var state = CommissionState(schemes: Scheme.published, closing: .automatic)
        try restoreEnrolments(results[0], into: &state)
        try restoreHandovers(results[1], into: &state)
        return state.payers.mapValues(\.history)
    }
}
