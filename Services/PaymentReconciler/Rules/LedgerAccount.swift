/// The accounts of the ledger. Debit is positive, credit negative; the lines under one key sum to zero.
///
/// | movement | bank clearing | contribution | payer credit | suspense | late fine | other |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | payment posted | + amount | − each month's part | − surplus | | − each month's part | |
/// | payment suspended | + amount | | | − amount | | |
/// | suspended payment posted | | − each month's part | − surplus | + amount | − each month's part | |
/// | credit applied to a month | | − part | + part | | | |
/// | posted payment reversed | − amount | + each month's part | + surplus still there | | + each month's part | |
/// | fine cancelled or lowered | | | − what was paid of it | | + what was paid of it | |
/// | month became cheaper | | + paid too much | − paid too much | | | |
/// | suspended payment reversed | − amount | | | + amount | | |
/// | posted payment un-matched | | + each month's part | + surplus still there | − amount | + each month's part | |
/// | refund approved | | | + amount, or | + amount | | refund payable − amount |
/// | write-off approved | | | | + amount | | write-off − amount |
/// | match within tolerance | | | | | | match difference ± difference |
/// | sanction fine paid by credit | | | + part | | | sanction fine − part |
///
/// What a payment pays of a sanction fine is booked as of a late fine, on the account of its own.
///
/// Contributions and fines are counted when they are received; what is still due is told by the tables `due`,
/// `fine` and `sanction_fine`.
enum LedgerAccount: Int16, Sendable, CaseIterable {
    /// Money that banks have booked for us, until their statement confirms it.
    case bankClearing = 1
    /// Contributions received; each line names payer and month.
    case contribution = 2
    /// Surplus of a payer, kept for months to come (domain.md 3, S03c 5).
    case payerCredit = 3
    /// Money whose payer is not known yet (iuran belum rinci, domain.md 3, S03d).
    case suspense = 4
    /// Late fines of employers received; each line names payer and month (PP 44/2015).
    case lateFine = 5
    /// Money that two persons have decided to give back, until it is paid out.
    case refundPayable = 6
    /// Money that two persons have decided to keep without a payer: nobody could be found.
    case writeOff = 7
    /// Small differences that a matching rule tolerates; surplus negative, shortfall positive.
    case matchDifference = 8
    /// Sanction fines of employers received; each line names payer and month (PP 86/2013 Art. 10).
    case sanctionFine = 9
}
