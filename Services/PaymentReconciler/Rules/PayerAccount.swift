import PerisaiModels

/// One payer's open months and credit. On the hot path only the open dues are there; everything else, and `isLocked`,
/// comes with the payer's row.
///
/// Invariant between events: where credit is left, no due is open.
struct PayerAccount: Sendable {
    /// Most months opened at once: fifty years.
    static let monthLimit = 600

    /// Most months that one payment opens: a booking date further ahead is a slip of the bank, and what it opened would
    /// stay due. The payment becomes a dead letter, from where it can be sent again.
    static let bookingMonthLimit = 36

    let payer: PayerNumber
    /// By month. All of them only when a payment of the payer may be taken back; otherwise the open ones.
    var dues: [Due] = []
    var isLocked = false
    var isKnown = false
    var firstMonth: ContributionMonth?
    var openedThrough: ContributionMonth?
    var credit: Int64 = 0
    var terms: PayerTerms?
    /// The row is to be written: credit and months.
    var isChanged = false
    /// The row is to be written with its terms.
    var isEnrolled = false

    init(payer: PayerNumber) { self.payer = payer }

    /// Makes the payer known with these terms; months opened before keep their amounts.
    mutating func enrol(_ terms: PayerTerms, firstMonth: ContributionMonth) {
        self.terms = terms
        if !isKnown { self.firstMonth = firstMonth }
        isKnown = true
        isEnrolled = true
        isChanged = true
    }
}
