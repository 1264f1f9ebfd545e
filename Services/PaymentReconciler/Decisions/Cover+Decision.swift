import PerisaiModels
import Worker

import struct Foundation.UUID

/// What is told beside a posting: a restart, unpaid months, fines, and what was paid too much or too little.
extension ReconcilerState {
    func tellRestart(_ account: PayerAccount, on date: CivilDate, _ outgoing: inout Outgoing) {
        outgoing.emit(
            CoverChanged(
                payer: account.payer, status: .returned, unpaidMonths: account.unpaidMonths,
                protectedUntil: account.protectedUntil, unpaidSince: account.unpaidSince, changedOn: date))
    }

    func tell(_ news: UnpaidNews, _ account: PayerAccount, _ outgoing: inout Outgoing) {
        if account.isParticipant {
            let since = account.unpaidSince
            outgoing.emit(
                CoverChanged(
                    payer: account.payer, status: news.months == 0 ? .active : .grace, unpaidMonths: news.months,
                    protectedUntil: account.protectedUntil, unpaidSince: since,
                    payableUntil: since.flatMap { CoverRules.payableUntil(unpaidSince: $0) }, changedOn: news.on))
        } else {
            tellDebt(account, on: news.on, &outgoing)
        }
    }

    /// Of an employer, where what it owes is another sum than was told.
    mutating func tellDebt(of account: Int, since before: Debt, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard accounts[account].debtNews(since: before, on: date) != nil else { return }
        tellDebt(accounts[account], on: date, &outgoing)
    }

    private func tellDebt(_ account: PayerAccount, on date: CivilDate, _ outgoing: inout Outgoing) {
        let debt = account.debt(on: date)
        let sanction = account.newestSanction
        outgoing.emit(
            ArrearsChanged(
                payer: account.payer, ageClass: ArrearsClass(monthsUnpaid: debt.months), unpaidMonths: debt.months,
                amount: Rupiah(debt.pastDue), fines: Rupiah(debt.fines),
                unpaidSince: account.pastDue(on: max(account.statusOn ?? date, date)).first?.month, changedOn: date,
                sanctionFines: sanction == nil ? nil : Rupiah(debt.sanctions), sanctionCase: sanction?.caseID))
    }

    /// A sanction fine that enforcement has imposed, changed or cancelled (PP 86/2013 Art. 7 and 10). It is always
    /// answered with what is owed now: enforcement waits for that.
    mutating func impose(
        _ sanction: SanctionFineImposed, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let payer = PayerNumber.employer(sanction.npp)
        guard let index = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        let before = accounts[index].debt(on: sanction.imposedOn)
        if let part = accounts[index].impose(sanction) {
            var lines = LedgerLines(key: cause.nextCreditKey(), payer: payer.code, bookedOn: sanction.imposedOn)
            lines.add(.payerCredit, part.amount, to: &rows)
            lines.add(.sanctionFine, -part.amount, month: part.month, to: &rows)
        }
        _ = accounts[index].debtNews(since: before, on: sanction.imposedOn)
        tellDebt(accounts[index], on: sanction.imposedOn, &outgoing)
    }

    /// Fines that came, grew or went; what a lowered fine had taken becomes credit.
    mutating func tellFines(
        _ assessed: [Fine], freed: [MonthPart], _ payer: PayerNumber, _ cause: inout Cause,
        _ outgoing: inout Outgoing
    ) {
        for fine in assessed {
            guard let dueOn = CoverRules.dueDate(payer, fine.month) else { continue }
            outgoing.emit(
                FineAssessed(
                    payer: payer, month: fine.month, amount: Rupiah(fine.amount), monthsLate: fine.monthsLate,
                    dueOn: dueOn, settledOn: fine.assessedOn))
        }
        for part in freed {
            let date = assessed.first { $0.month == part.month }?.assessedOn ?? part.month.lastDay
            var lines = LedgerLines(key: cause.nextCreditKey(), payer: payer.code, bookedOn: date)
            lines.add(.lateFine, part.amount, month: part.month, to: &rows)
            lines.add(.payerCredit, -part.amount, to: &rows)
        }
    }

    /// An employer is told of over- and underpayment within 3 working days of the receipt (S03c 4); told at once, with
    /// the day by which the message must have gone. A payer that has ended owes no more months: its surplus waits for a
    /// refund.
    mutating func tellDifference(
        _ posting: Posting, of payment: KnownPayment, id: UUID, _ account: PayerAccount, _ cause: Cause,
        _ outgoing: inout Outgoing
    ) {
        if posting.credited > 0, account.exit != nil {
            raise(
                PaymentException(
                    paymentID: id, bank: payment.bank, reference: payment.reference, code: .payerEnded,
                    amount: Rupiah(posting.credited), payer: account.payer, bookedOn: payment.bookedOn), cause.key,
                &outgoing)
        }
        guard !account.isParticipant else { return }
        let missing = posting.poured.parts.reduce(0) { $0 + $1.outstanding }
        guard missing > 0 || posting.credited > 0 else { return }
        outgoing.emit(
            PaymentDifferent(
                paymentID: id, payer: account.payer, kind: missing > 0 ? .under : .over,
                amount: Rupiah(missing > 0 ? missing : posting.credited),
                notifyBy: HolidayCalendar.national.adding(workingDays: Self.noticeDays, to: payment.bookedOn),
                bookedOn: payment.bookedOn))
    }

    /// Working days (S03c 4).
    private static let noticeDays = 3
}

extension PayerAccount {
    /// Last day of the newest month paid in full of those that are loaded.
    var protectedUntil: CivilDate? {
        dues.last { $0.outstanding == 0 && $0.paid > 0 }.map { Protection.period(of: $0.month).upperBound }
    }

    var unpaidSince: ContributionMonth? { dues.first { $0.outstanding > 0 }?.month }
}
