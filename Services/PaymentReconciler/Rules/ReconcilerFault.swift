import PerisaiModels

/// Why a rule cannot be applied to a payer; nothing has changed when it is thrown.
enum ReconcilerFault: Error, Sendable, Hashable {
    case contribution(ContributionFault)
    /// More months at once than `PayerAccount.monthLimit`.
    case tooManyMonths
    /// A payment would open more months than `PayerAccount.bookingMonthLimit`.
    case bookedTooFarAhead
    /// Credit would not fit 64 bits.
    case overflow
    /// The account does not hold what is to be taken back.
    case notHeld

    var reason: String {
        switch self {
        case .contribution(let fault): fault.description
        case .tooManyMonths: "month: would open more than \(PayerAccount.monthLimit) months"
        case .bookedTooFarAhead: "booked_on: would open more than \(PayerAccount.bookingMonthLimit) months"
        case .overflow: MoneyOverflow().description
        case .notHeld: "amount: the payer's account does not hold what is to be taken back"
        }
    }
}
