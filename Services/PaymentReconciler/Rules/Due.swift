import PerisaiModels

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
    let amount: Int64
    var paid: Int64
    /// The part of `paid` that came from credit.
    var credited: Int64
    var cover: Cover
    var row: Row

    var outstanding: Int64 { amount - paid }

    init(
        month: ContributionMonth, amount: Int64, paid: Int64 = 0, credited: Int64 = 0, cover: Cover, row: Row = .stored
    ) {
        self.month = month
        self.amount = amount
        self.paid = paid
        self.credited = credited
        self.cover = cover
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
