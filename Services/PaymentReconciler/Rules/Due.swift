import PerisaiModels

import struct Foundation.UUID

/// What a payer owes for one contribution month and what is paid of it, in rupiah.
struct Due: Sendable, Hashable {
    /// The first month starts cover when it is settled: payments fill the oldest month first, so no other is before it.
    enum Cover: Int16, Sendable {
        case laterMonth = 0
        case awaited = 1
        case started = 2
    }

    enum Row: Sendable { case stored, changed, new }

    let month: ContributionMonth
    /// What the month costs; less than it did where arrears were waived.
    var amount: Int64
    var paid: Int64
    /// The part of `paid` that came from credit.
    var credited: Int64
    var cover: Cover
    /// Booking date of the newest instalment: once the month is paid in full, the day that settled it (S03c 3).
    var settledOn: CivilDate?
    var waived: Int64
    var row: Row

    var outstanding: Int64 { amount - paid }

    init(
        month: ContributionMonth, amount: Int64, paid: Int64 = 0, credited: Int64 = 0, cover: Cover,
        settledOn: CivilDate? = nil, waived: Int64 = 0, row: Row = .stored
    ) {
        self.month = month
        self.amount = amount
        self.paid = paid
        self.credited = credited
        self.cover = cover
        self.settledOn = settledOn
        self.waived = waived
        self.row = row
    }

    mutating func touch() { if row == .stored { row = .changed } }
}

/// Money counted for a month, or taken from it, and what is due for it afterwards, in rupiah.
struct MonthPart: Sendable, Hashable {
    let month: ContributionMonth
    var amount: Int64
    var outstanding: Int64
}

/// What lateness of a month costs an employer, and what is paid of it, in rupiah.
struct Fine: Sendable, Hashable {
    let month: ContributionMonth
    var amount: Int64
    var paid: Int64
    var monthsLate: Int
    var assessedOn: CivilDate
    var isChanged = false

    var outstanding: Int64 { amount - paid }
}

/// A change of what a month costs.
struct DueChange: Sendable, Hashable {
    enum Reason: Int16, Sendable {
        /// Arrears of a membership that had ended are not collected (S21; domain.md 2.4).
        case lapse = 1
        case exit = 2
        case terms = 3
    }

    let month: ContributionMonth
    let reason: Reason
    let before: Int64
    var after: Int64
    let changedOn: CivilDate
    /// The event that it follows from.
    var key: UUID?
}
