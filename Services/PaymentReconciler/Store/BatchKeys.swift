import PerisaiModels
import Worker

import struct Foundation.UUID

/// What the events of a batch ask for, before anything is read.
struct BatchKeys {
    /// Of payments, and of the payments that reversals name.
    var paymentIDs: [UUID] = []
    var reversalIDs: [UUID] = []
    /// Payer code to the sum of the batch's payments for it.
    var demand: [Int64: Int64] = [:]
    var demandByNIK: [Int64: Int64] = [:]
    /// Payers that more than the open dues are needed of.
    var slowPayers: Set<Int64> = []
    /// Payers whose settled months are needed too, because a payment is taken back.
    var fullPayers: Set<Int64> = []
    var enrolledPayers: [Int64] = []
    var enrolledNIKs: [Int64] = []
    var hasDate = false
    /// The newest of the booking dates of the batch's payments, the day of its events and the business date: payers with
    /// months past due on it need more than open dues.
    var newestBooking: CivilDate?

    // Lines of statements.
    var entries: [IncomingEntry] = []
    var entryKeys: [UUID] = []
    /// Payers that are looked at only if they are there: named by a mere row of digits, or by name.
    var possiblePayers: Set<Int64> = []
    /// NIKs that only a statement names.
    var possibleNIKs: Set<Int64> = []
    private var paidNIKs: Set<Int64> = []
    var names: Set<String> = []
    var remarks: Set<Int64> = []

    init(_ events: [Event<ReconcilerInput>]) {
        paymentIDs.reserveCapacity(events.count)
        demand.reserveCapacity(events.count)
        var newestTime = Instant.earliest
        for event in events {
            newestTime = max(newestTime, event.time)
            switch event.input {
            case .payment(let payment): add(payment)
            case .entry(let entry): add(entry, event.key)
            case .ended(let end):
                slowPayers.insert(end.payer.code)
                fullPayers.insert(end.payer.code)
            case .changed(let changed):
                slowPayers.insert(PayerNumber.employer(changed.npp).code)
                fullPayers.insert(PayerNumber.employer(changed.npp).code)
            case .sanction(let sanction): slowPayers.insert(PayerNumber.employer(sanction.npp).code)
            case .resolution(let resolution): add(resolution)
            case .reversal(let reversal):
                paymentIDs.append(reversal.paymentID)
                reversalIDs.append(reversal.paymentID)
                if let nik = reversal.nik { demandByNIK[nik, default: 0] += 0 }
            case .participant(let enrolled):
                enrolledPayers.append(PayerNumber.participant(enrolled.kpj).code)
                enrolledNIKs.append(enrolled.nik.code)
            case .employer(let enrolled): enrolledPayers.append(PayerNumber.employer(enrolled.npp).code)
            case .erased, .corrected: break
            case .date: hasDate = true
            }
        }
        // A payment that is heard of late meets what a run has told since.
        if let booked = newestBooking { newestBooking = max(booked, newestTime.date(in: .wib)) }
        slowPayers.formUnion(enrolledPayers)
        // Changed terms reach back into months that are settled.
        fullPayers.formUnion(enrolledPayers)
        if !possibleNIKs.isEmpty { possibleNIKs.subtract(paidNIKs) }
    }

    private mutating func add(_ payment: IncomingPayment) {
        paymentIDs.append(payment.paymentID)
        if newestBooking.map({ $0 < payment.bookedOn }) ?? true { newestBooking = payment.bookedOn }
        guard payment.members.isEmpty else {
            for member in payment.members { add(member) }
            return
        }
        if let payer = payment.payer {
            Self.add(payment.amount, to: &demand[payer.code, default: 0])
        } else if let nik = payment.nik {
            Self.add(payment.amount, to: &demandByNIK[nik, default: 0])
            paidNIKs.insert(nik)
        }
    }

    private mutating func add(_ entry: IncomingEntry, _ key: UUID) {
        entries.append(entry)
        entryKeys.append(key)
        guard entry.isMoney || entry.takesBack else { return }
        let ids = entry.candidateIDs
        paymentIDs += ids
        if entry.takesBack { reversalIDs += ids }
        if newestBooking.map({ $0 < entry.event.bookedOn }) ?? true { newestBooking = entry.event.bookedOn }
        for payer in entry.surePayers {
            demand[payer.code, default: 0] += 0
            slowPayers.insert(payer.code)
            if entry.takesBack { fullPayers.insert(payer.code) }
        }
        possiblePayers.formUnion(entry.namedPayers.map(\.code))
        for nik in entry.namedNIKs { demandByNIK[nik, default: 0] += 0 }
        possibleNIKs.formUnion(entry.namedNIKs)
        if let name = entry.input.payerName { names.insert(name.lookup) }
        if let remark = entry.input.remittance?.remarkKey { remarks.insert(remark) }
    }

    private mutating func add(_ resolution: ApprovedResolution) {
        paymentIDs.append(resolution.paymentID)
        reversalIDs.append(resolution.paymentID)
        if let payer = resolution.payer { slowPayers.insert(payer.code) }
        hasDate = true
    }

    /// A payment that has waited longer than the clock meets what the runs of that date have told.
    mutating func hasBegun(_ date: CivilDate?) {
        guard let date, let booked = newestBooking else { return }
        newestBooking = max(booked, date)
    }

    /// A payer with a month past due on that day needs its row: what was told of its cover or arrears may change.
    func mayBePastDue(_ month: ContributionMonth) -> Bool {
        guard let newestBooking else { return false }
        return month <= newestBooking.contributionMonth
            && (month < newestBooking.contributionMonth || newestBooking.day > Self.earliestDueDay)
    }

    /// No rule sets a due date before this day of a month (`DueDate.table`: the 15th, the 30th or a working day next to
    /// them).
    private static let earliestDueDay = 15

    /// The payer that a NIK stands for pays what was asked by NIK.
    mutating func resolve(_ nik: Int64, to payer: Int64) {
        if let sum = demandByNIK[nik] { Self.add(sum, to: &demand[payer, default: 0]) }
    }

    /// Stops at the largest number: all that counts is whether the open dues take it.
    private static func add(_ amount: Int64, to sum: inout Int64) {
        let (total, overflow) = sum.addingReportingOverflow(amount)
        sum = overflow ? .max : total
    }

    /// Payments of this batch that a reversal names need all of their payer's months.
    mutating func takeBack(_ ids: Set<UUID>, in events: [Event<ReconcilerInput>], niks: [Int64: PayerNumber]) {
        guard !ids.isEmpty else { return }
        for event in events {
            guard case .payment(let payment) = event.input, ids.contains(payment.paymentID),
                let payer = payment.payer ?? payment.nik.flatMap({ niks[$0] })
            else { continue }
            fullPayers.insert(payer.code)
        }
        slowPayers.formUnion(fullPayers)
    }
}
