import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// One payer as a cover run finds it.
struct CoveredPayer {
    let number: PayerNumber
    let facts: CoverFacts
    let unpaidSince: ContributionMonth?
    /// Unpaid of the months past due, rupiah.
    let amount: Int64
    /// The newest month paid in full.
    let settled: ContributionMonth?
    /// Late fines unpaid, rupiah.
    let fines: Int64
    /// Sanction fines unpaid, rupiah, and the case of the newest one.
    let sanctions: Int64
    let sanctionCase: UUID?

    /// The columns of `CoverStatements.facts`.
    init(_ rows: QueryResult, _ row: Int) throws {
        number = try PayerNumber(code: rows.int64(row, 0))
        facts = CoverFacts(
            status: try CorruptRow.checked(PayerAccount.Status(rawValue: rows.int16(row, 1)), "status"),
            toldMonths: Int(try rows.int16(row, 2)), unpaidMonths: Int(try rows.int32(row, 3)),
            isAwaited: try rows.bool(row, 6))
        unpaidSince = try rows.optionalInt32(row, 4).flatMap { ContributionMonth(index: $0) }
        amount = try rows.int64(row, 5)
        settled = try rows.optionalInt32(row, 7).flatMap { ContributionMonth(index: $0) }
        fines = try rows.int64(row, 8)
        sanctions = try rows.int64(row, 9)
        sanctionCase = try rows.optionalUUID(row, 10)
    }

    func tell(on date: CivilDate, _ changes: inout CoverChanges, _ outgoing: inout Outgoing) {
        if number.npp == nil {
            tellCover(on: date, &changes, &outgoing)
        } else {
            tellArrears(on: date, &changes, &outgoing)
        }
    }

    private func tellCover(on date: CivilDate, _ changes: inout CoverChanges, _ outgoing: inout Outgoing) {
        guard let next = CoverRules.step(facts) else { return }
        changes.append(number, next.status, next.unpaidMonths, told: date)
        outgoing.emit(
            CoverChanged(
                payer: number, status: CoverStatus(next.status, isAwaited: facts.isAwaited),
                unpaidMonths: next.unpaidMonths,
                protectedUntil: settled.map { Protection.period(of: $0).upperBound },
                unpaidSince: next.unpaidMonths > 0 ? unpaidSince : nil,
                payableUntil: next.status == .grace
                    ? unpaidSince.flatMap { CoverRules.payableUntil(unpaidSince: $0) } : nil,
                changedOn: date))
    }

    /// Also of an employer that has closed: what it owes does not end with it.
    private func tellArrears(on date: CivilDate, _ changes: inout CoverChanges, _ outgoing: inout Outgoing) {
        let months = facts.unpaidMonths
        guard months != facts.toldMonths else { return }
        changes.append(number, facts.status, months, told: date)
        outgoing.emit(
            ArrearsChanged(
                payer: number, ageClass: ArrearsClass(monthsUnpaid: months), unpaidMonths: months,
                amount: Rupiah(amount), fines: Rupiah(fines + sanctions), unpaidSince: unpaidSince, changedOn: date,
                sanctionFines: sanctionCase == nil ? nil : Rupiah(sanctions), sanctionCase: sanctionCase))
    }
}

/// The rows of `payer` that a chunk of a run changes. `status_on` is the day that the unpaid months were counted on.
struct CoverChanges {
    private var payers: [Int64] = []
    private var statuses: [Int16] = []
    private var months: [Int16] = []
    private var dates: [Int32] = []

    var count: Int { payers.count }

    mutating func append(
        _ payer: PayerNumber, _ status: PayerAccount.Status, _ unpaidMonths: Int, told date: CivilDate
    ) {
        payers.append(payer.code)
        statuses.append(status.rawValue)
        months.append(Int16(clamping: unpaidMonths))
        dates.append(date.daysSince1970)
    }

    func save(to writer: inout BatchWriter) {
        guard !payers.isEmpty else { return }
        writer.execute(
            CoverStatements.update,
            Parameters {
                $0.append(payers)
                $0.append(statuses)
                $0.append(months)
                $0.append(dates: dates)
            })
    }
}
