import PerisaiModels

import struct Foundation.UUID

/// A payment as the rules see it, made while the batch before is in the database.
public struct IncomingPayment: Sendable {
    /// Highest amount that can be a contribution: a million times the largest real payment, and sums stay in 64 bits.
    static let amountLimit: Int64 = 1_000_000_000_000_000

    let paymentID: UUID
    let bank: BankCode
    let reference: PaymentReference
    /// By the arithmetic of virtual account or kode iuran; nil for a NIK and for a number that is not ours.
    let payer: PayerNumber?
    let nik: Int64?
    /// Months to be paid, from the booking month; 0 when the bank names none.
    let months: Int
    let amount: Int64
    let bookedOn: CivilDate
    /// The parts sum to the amount, or there are none (domain.md 6.1, bank code 10).
    let breakdownMatches: Bool

    init(_ event: PaymentReceived) throws(JSONFault) {
        guard event.amount.amount <= Self.amountLimit else {
            throw JSONFault(field: "amount", reason: "must be at most \(Self.amountLimit)")
        }
        paymentID = EventKey.payment(bank: event.bank.text, reference: event.reference.text)
        bank = event.bank
        reference = event.reference
        payer = event.virtualAccount?.payer ?? event.kodeIuran?.payer
        nik = event.nik?.code
        months = event.months ?? 0
        amount = event.amount.amount
        bookedOn = event.bookedOn
        breakdownMatches = event.breakdown?.sums(to: event.amount) ?? true
    }
}

/// A reversal as the rules see it.
public struct IncomingReversal: Sendable {
    /// Of the payment that is taken back.
    let paymentID: UUID
    let bank: BankCode
    /// The bank's number of the reversal.
    let reference: PaymentReference
    let originalReference: PaymentReference
    let payer: PayerNumber?
    let nik: Int64?
    let amount: Int64
    let bookedOn: CivilDate

    init(_ event: PaymentReversed) {
        self.init(
            bank: event.bank, reference: event.reference, originalReference: event.originalReference,
            payer: event.virtualAccount?.payer ?? event.kodeIuran?.payer, nik: event.nik?.code,
            amount: event.amount.amount, bookedOn: event.bookedOn)
    }

    init(
        bank: BankCode, reference: PaymentReference, originalReference: PaymentReference, payer: PayerNumber?,
        nik: Int64?, amount: Int64, bookedOn: CivilDate
    ) {
        paymentID = EventKey.payment(bank: bank.text, reference: originalReference.text)
        self.bank = bank
        self.reference = reference
        self.originalReference = originalReference
        self.payer = payer
        self.nik = nik
        self.amount = amount
        self.bookedOn = bookedOn
    }
}

extension PaymentBreakdown {
    /// jht + jkk + jkm + jp + jkp = total (domain.md 6.1, S72; T27 and T28).
    func sums(to amount: Rupiah) -> Bool {
        (try? Rupiah.sum(of: [jkk, jkm, jht, jp, jkp].compactMap { $0 })) == amount
    }
}
