import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Changes of what employers pay, as rows.
enum ContributionChanges {
    static let read = Statement(
        "commission_read_contribution_changes",
        "SELECT payer, revision, from_month, monthly_contribution FROM contribution_change WHERE payer = ANY($1::int8[])"
    )

    static func each(_ rows: QueryResult, _ body: (Int64, ContributionChange) -> Void) throws {
        for row in 0..<rows.rowCount {
            body(
                try rows.int64(row, 0),
                ContributionChange(
                    revision: Int(try rows.int32(row, 1)), fromMonth: try CommissionStore.month(rows, row, 2),
                    monthlyContribution: Rupiah(try rows.int64(row, 3))))
        }
    }

    static func copy(_ changes: [(payer: Int64, change: ContributionChange, event: UUID)]) -> CopyBuffer {
        var buffer = CopyBuffer(
            table: "contribution_change",
            columns: ["payer", "revision", "from_month", "monthly_contribution", "event_key"])
        for (payer, change, event) in changes {
            buffer.beginRow()
            buffer.append(payer)
            buffer.append(Int32(clamping: change.revision))
            buffer.append(change.fromMonth.index)
            buffer.append(change.monthlyContribution.amount)
            buffer.append(event)
        }
        return buffer
    }
}
