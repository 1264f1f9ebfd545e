import PerisaiModels
import Postgres
import Worker

/// The look at a month's wadah: with fewer active agents than the scheme asks for (3 under A, 5 under B, S04) it is
/// warned, and in the third such month in a row its contract ends (S04, cut off there [I]; domain.md 1.5).
enum WadahLook {
    /// In force on the month's last day, and not over already.
    private static let read = Statement(
        "wadah_look",
        """
        SELECT \(WadahContract.columns) FROM wadah_contract AS w
        WHERE contract_from <= $1 AND contract_until >= $1 AND wadah_id > $2 AND NOT EXISTS (
            SELECT FROM wadah_change AS c
            WHERE c.wadah_id = w.wadah_id AND c.change = 'ended'
                AND c.changed_on BETWEEN w.contract_from AND w.contract_until)
        ORDER BY wadah_id LIMIT $3
        """)
    private static let count = Statement(
        "wadah_agents",
        """
        SELECT wadah_id, count(*)::int8 FROM agency_on($1) WHERE state = 'active' AND wadah_id = ANY($2::text[])
        GROUP BY wadah_id
        """)

    /// Looks at one chunk; returns the last wadah, nil when there are no more.
    static func run(
        _ clock: AgencyJob.Clock, _ limit: Int, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter
    ) throws -> String? {
        let day = clock.month.lastDay
        let found = try connection.query(
            read,
            Parameters {
                $0.append(date: day.daysSince1970)
                $0.append(clock.position)
                $0.append(Int64(limit))
            })
        let contracts = try (0..<found.rowCount).map { try WadahContract(found, $0) }
        let schemes = try EffectiveRows.schemes(on: connection)
        let months = (0..<IdleMonths.limit).map { clock.month.advanced(by: -$0) }
        let counts = try months.map { try agents(of: contracts.map(\.wadah), on: $0.lastDay, connection) }
        var rows = WadahChangeRow.buffer
        for contract in contracts {
            // The month in which a contract begins does not count.
            let short = zip(months, counts).prefix { month, counts in
                month > contract.from.contributionMonth
                    && counts[contract.wadah.text, default: 0] < schemes[month.lastDay]?.wadahMinimumAgents ?? 0
            }
            guard !short.isEmpty, let minimum = schemes[day]?.wadahMinimumAgents else { continue }
            let agents = "\(counts[0][contract.wadah.text, default: 0]) agen aktif, paling sedikit \(minimum)"
            let change = short.count < IdleMonths.limit ? WadahChange.belowMinimum : .ended
            let reason =
                change == .ended
                ? "Tiga bulan berturut-turut kurang dari jumlah agen (\(agents)): perjanjian (PKS) berakhir pada \(day)."
                : "Pada \(day) \(agents); tiga bulan berturut-turut mengakhiri perjanjian (PKS)."
            WadahChangeRow.append(change, of: contract, on: day, reason: reason, clock, to: &rows, &outgoing)
        }
        writer.copy(rows)
        return contracts.count < limit ? nil : contracts.last?.wadah.text
    }

    /// Active agents on a day.
    static func agents(
        of wadah: [WadahID], on date: CivilDate, _ connection: Connection
    ) throws -> [String: Int] {
        guard !wadah.isEmpty else { return [:] }
        let rows = try connection.query(
            count,
            Parameters {
                $0.append(date: date.daysSince1970)
                $0.append(wadah.map(\.text))
            })
        var counts: [String: Int] = [:]
        for row in 0..<rows.rowCount { counts[try rows.text(row, 0)] = Int(try rows.int64(row, 1)) }
        return counts
    }
}
