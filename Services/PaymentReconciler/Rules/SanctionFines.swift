import PerisaiModels

import struct Foundation.UUID

/// What enforcement has imposed on an employer (0,1 % a month of contributions due, PP 86/2013 Art. 7 and 10), and what
/// is paid of it, in rupiah. Not the late fine of 2 % (PP 44/2015), which lateness brings by itself.
struct SanctionFine: Sendable, Hashable {
    let caseID: UUID
    /// Of the deposit that it is paid with; one fine a month, so that the ledger's lines name it.
    let month: ContributionMonth
    var amount: Int64
    var paid: Int64 = 0
    /// The part of `paid` that came from credit.
    var credited: Int64 = 0
    var imposedOn: CivilDate
    var isChanged = false

    var outstanding: Int64 { amount - paid }
}

extension PayerAccount {
    /// Opens, changes or cancels (zero) the fine of a case. What is paid of it stays paid: it was due when it was paid.
    /// Gives what credit has paid of it.
    mutating func impose(_ sanction: SanctionFineImposed) -> MonthPart? {
        let index: Int
        if let known = sanctions.firstIndex(where: { $0.caseID == sanction.caseID }) {
            index = known
            let amount = max(sanction.amount.amount, sanctions[index].paid)
            guard sanctions[index].amount != amount else { return nil }
            sanctions[index].amount = amount
            sanctions[index].imposedOn = sanction.imposedOn
        } else {
            var month = sanction.month
            // Two cases of one month: the later one is paid with the next deposit.
            while sanctions.contains(where: { $0.month == month }) { month = month.next }
            let new = SanctionFine(
                caseID: sanction.caseID, month: month, amount: max(0, sanction.amount.amount),
                imposedOn: sanction.imposedOn)
            index = sanctions.firstIndex { $0.month > month } ?? sanctions.endIndex
            sanctions.insert(new, at: index)
        }
        sanctions[index].isChanged = true
        return paySanction(index)
    }

    /// Surplus pays what is due before it waits for months to come (S03c 5).
    private mutating func paySanction(_ index: Int) -> MonthPart? {
        let part = min(credit, sanctions[index].outstanding)
        guard part > 0 else { return nil }
        credit -= part
        isChanged = true
        sanctions[index].paid += part
        sanctions[index].credited += part
        return MonthPart(
            month: sanctions[index].month, amount: part, outstanding: sanctions[index].outstanding)
    }

    /// After months and late fines, the oldest first.
    mutating func paySanctions(_ posting: inout Posting) {
        for index in sanctions.indices where posting.poured.rest > 0 && sanctions[index].outstanding > 0 {
            let part = min(posting.poured.rest, sanctions[index].outstanding)
            sanctions[index].paid += part
            sanctions[index].isChanged = true
            posting.poured.rest -= part
            posting.sanctionParts.append(
                MonthPart(month: sanctions[index].month, amount: part, outstanding: sanctions[index].outstanding))
        }
    }

    /// The case of the newest sanction fine that is known here, for `ArrearsChanged`.
    var newestSanction: SanctionFine? {
        sanctions.max { ($0.imposedOn, $0.month) < ($1.imposedOn, $1.month) }
    }
}

/// What an employer owes on a day, as `ArrearsChanged` tells it.
struct Debt: Sendable, Hashable {
    var months = 0
    /// Contributions unpaid whose due date has passed, rupiah.
    var pastDue: Int64 = 0
    var lateFines: Int64 = 0
    var sanctions: Int64 = 0

    var fines: Int64 { lateFines + sanctions }
}

extension PayerAccount {
    /// Counted on the day, or on the newest day that a run has looked at.
    func debt(on date: CivilDate) -> Debt {
        guard !isParticipant else { return Debt() }
        let counted = max(statusOn ?? date, date)
        var debt = Debt(
            lateFines: fines.reduce(0) { $0 + $1.outstanding }, sanctions: sanctions.reduce(0) { $0 + $1.outstanding })
        for due in pastDue(on: counted) {
            debt.months += 1
            debt.pastDue += due.outstanding
        }
        return debt
    }

    func pastDue(on date: CivilDate) -> [Due] {
        dues.filter { due in
            guard due.outstanding > 0, due.month <= date.contributionMonth else { return false }
            return CoverRules.dueDate(payer, due.month).map { $0 < date } ?? false
        }
    }

    /// What is to be told of an employer's debt after something has moved it; nil where it stands as it was told. Months
    /// that have only just become past due are left to the run of their day.
    mutating func debtNews(since before: Debt, on date: CivilDate) -> UnpaidNews? {
        guard !isParticipant, isLocked else { return nil }
        let after = debt(on: date)
        let isKnownDebtor = unpaidMonths > 0
        guard
            before.lateFines != after.lateFines || before.sanctions != after.sanctions || after.months > before.months
                || isKnownDebtor && (before.pastDue != after.pastDue || after.months != unpaidMonths)
        else { return nil }
        if unpaidMonths != after.months {
            unpaidMonths = after.months
            isChanged = true
        }
        return UnpaidNews(status: status, months: after.months, on: date)
    }
}
