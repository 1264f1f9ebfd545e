import PerisaiModels

import struct Foundation.UUID

/// One payer's open months, fines and credit. On the hot path only the open dues are there; everything else, and
/// `isLocked`, comes with the payer's row.
///
/// Invariant between events: where credit is left, no due is open and no fine unpaid.
struct PayerAccount: Sendable {
    /// Most months opened at once: fifty years.
    static let monthLimit = 600

    /// Most months that one payment opens: a booking date further ahead is a slip of the bank, and what it opened would
    /// stay due. The payment becomes a dead letter, from where it can be sent again.
    static let bookingMonthLimit = 36

    /// What was told of cover or arrears last; payments that say the same need no event.
    enum Status: Int16, Sendable {
        /// Nothing to tell: not covered yet, or covered (`Due.cover`).
        case usual = 0
        case grace = 2
        case lapsed = 3
        case returned = 4
        case exited = 5
    }

    enum Exit: Int16, Sendable {
        case jhtClaim = 1
        case death = 2
        case age = 3
        case contractEnd = 4
        case other = 5
        case closed = 6

        /// Whoever claimed or changed jobs may come back by paying (S03b, S28b); the others may not.
        var allowsReturn: Bool { self == .jhtClaim || self == .contractEnd || self == .other }
    }

    let payer: PayerNumber
    /// By month. All of them only when a payment of the payer may be taken back; otherwise the open ones.
    var dues: [Due] = []
    /// By month; employers only.
    var fines: [Fine] = []
    /// Imposed by enforcement, by month; employers only.
    var sanctions: [SanctionFine] = []
    var isLocked = false
    var isKnown = false
    var firstMonth: ContributionMonth?
    var openedThrough: ContributionMonth?
    var credit: Int64 = 0
    var terms: PayerTerms?
    /// From which month the terms hold; months before keep the price of the terms that held then. Nil: all months.
    var termsFrom: ContributionMonth?
    /// Which change of the employer the terms are; 0: as enrolled.
    var termsRevision = 0
    /// Left or closed: no month after it is due.
    var lastMonth: ContributionMonth?
    var exit: Exit?
    var status = Status.usual
    /// Unpaid months that were told last.
    var unpaidMonths = 0
    var statusOn: CivilDate?
    /// Changes of what months cost, to be written.
    var changes: [DueChange] = []
    /// The row is to be written: credit, months, status.
    var isChanged = false
    /// The row is to be written with its terms.
    var isEnrolled = false

    init(payer: PayerNumber) { self.payer = payer }

    var isParticipant: Bool { payer.npp == nil }

    /// Makes the payer known with these terms.
    mutating func enrol(_ terms: PayerTerms, firstMonth: ContributionMonth) {
        self.terms = terms
        if !isKnown { self.firstMonth = firstMonth }
        isKnown = true
        isEnrolled = true
        isChanged = true
    }

    /// Says what the newest changes follow from.
    mutating func stamp(_ key: UUID) {
        for index in changes.indices where changes[index].key == nil { changes[index].key = key }
        // One event may change a month twice (other terms, then a lapse): told as one change.
        var merged: [DueChange] = []
        for change in changes {
            if let first = merged.firstIndex(where: { $0.month == change.month && $0.key == change.key }) {
                merged[first].after = change.after
            } else {
                merged.append(change)
            }
        }
        changes = merged
    }

    /// Lowers what a month costs to what is paid of it.
    mutating func waive(_ index: Int, _ reason: DueChange.Reason, on date: CivilDate) {
        let due = dues[index]
        guard due.outstanding > 0 else { return }
        changes.append(
            DueChange(month: due.month, reason: reason, before: due.amount, after: due.paid, changedOn: date))
        dues[index].waived += due.outstanding
        dues[index].amount = due.paid
        dues[index].touch()
    }
}
