import PerisaiModels
import Worker

extension ReconcilerState {
    /// Ledger lines and events of months that cost something else now. The changes themselves (`PayerAccount.changes`)
    /// are stamped by whoever calls and written with the account.
    mutating func tell(
        _ repriced: Repriced, _ payer: PayerNumber, on date: CivilDate, _ cause: inout Cause,
        _ outgoing: inout Outgoing
    ) {
        if !repriced.released.isEmpty {
            var lines = LedgerLines(key: cause.nextCreditKey(), payer: payer.code, bookedOn: date)
            for part in repriced.released { lines.add(.contribution, part.amount, month: part.month, to: &rows) }
            lines.add(.payerCredit, -repriced.releasedSum, to: &rows)
            outgoing.emit(
                ContributionReleased(
                    payer: payer, allocations: repriced.released.map { Allocation($0) }, releasedOn: date))
        }
        if let month = repriced.coverStarted {
            outgoing.emit(
                CoverActivated(
                    payer: payer, month: month, protectedFrom: Protection.period(of: month).lowerBound,
                    activatedOn: date))
        }
        tellFines(repriced.assessed, freed: repriced.freedFines, payer, &cause, &outgoing)
        if let applied = repriced.creditApplied { tellCredit(applied, payer, on: date, &cause, &outgoing) }
    }
}
