/// The accounts of the ledger. Debit is positive, credit negative; the lines under one key sum to zero.
///
/// | movement | bank clearing | contribution | payer credit | suspense |
/// | --- | --- | --- | --- | --- |
/// | payment posted | + amount | − each month's part | − surplus | |
/// | payment suspended | + amount | | | − amount |
/// | suspended payment posted | | − each month's part | − surplus | + amount |
/// | credit applied to a month | | − part | + part | |
/// | posted payment reversed | − amount | + each month's part | + surplus still there | |
/// | suspended payment reversed | − amount | | | + amount |
///
/// Contributions are counted when they are received; what is still due is told by the table `due`.
enum LedgerAccount: Int16, Sendable, CaseIterable {
    /// Money that banks have booked for us, until their statement confirms it.
    case bankClearing = 1
    /// Contributions received; each line names payer and month.
    case contribution = 2
    /// Surplus of a payer, kept for months to come (domain.md 3, S03c 5).
    case payerCredit = 3
    /// Money whose payer is not known yet (iuran belum rinci, domain.md 3, S03d).
    case suspense = 4
}
