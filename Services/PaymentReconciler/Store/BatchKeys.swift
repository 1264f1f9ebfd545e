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

    init(_ events: [Event<ReconcilerInput>]) {
        paymentIDs.reserveCapacity(events.count)
        demand.reserveCapacity(events.count)
        for event in events {
            switch event.input {
            case .payment(let payment): add(payment)
            case .reversal(let reversal):
                paymentIDs.append(reversal.paymentID)
                reversalIDs.append(reversal.paymentID)
                if let nik = reversal.nik { demandByNIK[nik, default: 0] += 0 }
            case .participant(let enrolled):
                enrolledPayers.append(PayerNumber.participant(enrolled.kpj).code)
                enrolledNIKs.append(enrolled.nik.code)
            case .employer(let enrolled): enrolledPayers.append(PayerNumber.employer(enrolled.npp).code)
            case .date: hasDate = true
            }
        }
        slowPayers.formUnion(enrolledPayers)
    }

    private mutating func add(_ payment: IncomingPayment) {
        paymentIDs.append(payment.paymentID)
        if let payer = payment.payer {
            Self.add(payment.amount, to: &demand[payer.code, default: 0])
        } else if let nik = payment.nik {
            Self.add(payment.amount, to: &demandByNIK[nik, default: 0])
        }
    }

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
