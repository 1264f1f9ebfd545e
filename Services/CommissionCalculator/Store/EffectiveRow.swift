import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A row as it is stored, whatever it holds.
public struct EffectiveRow: Sendable {
    public let kind: EffectiveKind
    public let code: String
    public let validFrom: CivilDate
    public internal(set) var validUntil: CivilDate?
    public let regulation: String
    /// JSON.
    public let definition: String
    /// Nil: published with the software.
    public let proposal: UUID?
    public let proposedBy: String?
    public let approvedBy: String?

    /// "2017-01-01 to 2022-03-31", or "from 2022-04-01 on".
    public var days: String { validUntil.map { "\(validFrom) to \($0)" } ?? "from \(validFrom) on" }

    private static let read = Statement(
        "effective_list",
        """
        SELECT e.kind, e.code, e.valid_from, e.valid_until, e.regulation, e.definition::text, e.proposal_id,
            p.proposed_by, p.decided_by
        FROM effective_row AS e LEFT JOIN proposal AS p USING (proposal_id)
        WHERE $1::int2 IS NULL OR e.kind = $1 ORDER BY e.kind, e.valid_from
        """)

    /// In the order of their first day; nil: of all kinds.
    public static func list(_ kind: EffectiveKind?, on connection: Connection) throws -> [EffectiveRow] {
        let rows = try connection.query(read, Parameters { $0.append(kind?.rawValue) })
        return try (0..<rows.rowCount).map { row in
            guard let kind = EffectiveKind(rawValue: try rows.int16(row, 0)) else {
                throw StoredDataFault(column: "kind", reason: "is not known")
            }
            return EffectiveRow(
                kind: kind, code: try rows.text(row, 1), validFrom: try CommissionStore.date(rows, row, 2),
                validUntil: try rows.isNull(row, 3) ? nil : CommissionStore.date(rows, row, 3),
                regulation: try rows.text(row, 4), definition: try rows.text(row, 5),
                proposal: try rows.optionalUUID(row, 6), proposedBy: try rows.optionalText(row, 7),
                approvedBy: try rows.optionalText(row, 8))
        }
    }
}

/// What is computed already from a day on, so that no row may start there.
struct ComputedDays {
    private let kind: EffectiveKind
    private let from: CivilDate
    private let businessDate: CivilDate?
    private let closed, issued, booked: ContributionMonth?
    private let paid: CivilDate?

    // Accruals and new participants that no statement holds yet are in `touched`; what statements hold has their month.
    // What earns nothing was computed too, and is in neither.
    private static let read = Statement(
        "effective_computed",
        """
        SELECT (SELECT business_date FROM business_clock), (SELECT max(month) FROM month_close),
            (SELECT max(month) FROM statement WHERE month >= $1), greatest(
                (SELECT max(month) FROM touched WHERE month >= $1),
                (SELECT max(month) FROM accrual WHERE month >= $1 AND agent_id IS NOT NULL AND mark IS NULL)),
            (SELECT max(created_on) FROM payout WHERE created_on >= $2)
        """)

    init(_ kind: EffectiveKind, from: CivilDate, on connection: Connection) throws {
        let rows = try connection.query(
            Self.read,
            Parameters {
                $0.append(from.contributionMonth.index)
                $0.append(date: from.daysSince1970)
            })
        func month(_ column: Int) throws -> ContributionMonth? {
            try rows.isNull(0, column) ? nil : CommissionStore.month(rows, 0, column)
        }
        self.kind = kind
        self.from = from
        businessDate = try rows.isNull(0, 0) ? nil : CommissionStore.date(rows, 0, 0)
        closed = try month(1)
        issued = try month(2)
        booked = try month(3)
        paid = try rows.isNull(0, 4) ? nil : CommissionStore.date(rows, 0, 4)
    }

    /// - Throws: `DeskError` that says what stands in the way.
    func check() throws {
        func refuse(_ reason: String) throws -> Never { throw DeskError("valid_from: \(reason)") }
        guard kind == .scheme else {
            if let businessDate, from < businessDate { try refuse("is before the business date, \(businessDate)") }
            if let paid { try refuse("payouts were made by the old rule up to \(paid)") }
            return
        }
        let month = from.contributionMonth
        if let businessDate, month <= businessDate.contributionMonth {
            try refuse("must lie after \(businessDate.contributionMonth), the month of the business date")
        }
        if let closed, month <= closed { try refuse("\(closed) is closed already") }
        if let issued { try refuse("statements are issued already for \(issued)") }
        if let booked { try refuse("contributions or new participants are booked already in \(booked)") }
    }
}
