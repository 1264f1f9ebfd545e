import PerisaiModels

import struct Foundation.UUID

/// A payment as the rules see it, made while the batch before is in the database.
public struct IncomingPayment: Sendable {
    /// Highest amount that can be a contribution: a million times the largest real payment, and sums stay in 64 bits.
    static let amountLimit: Int64 = 1_000_000_000_000_000

    var paymentID: UUID
    let bank: BankCode
    let reference: PaymentReference
    /// By the arithmetic of virtual account or kode iuran; nil for a NIK and for a number that is not ours.
    var payer: PayerNumber?
    var nik: Int64?
    /// Months to be paid, from the booking month; 0 when the bank names none.
    var months: Int
    let amount: Int64
    let bookedOn: CivilDate
    /// The parts sum to the amount, or there are none (domain.md 6.1, bank code 10).
    let breakdownMatches: Bool
    /// What decided for whom it is.
    var rule: MatchRule
    /// The parts of a group payment: payments of their own. Empty for any other.
    var members: [IncomingPayment] = []
    /// Set when a line of a statement has brought the money and no notice of the bank.
    var statement: IncomingEntry?
    /// Rupiah that came beyond what is posted (negative: that came less), within the tolerance of a rule.
    var difference: Int64 = 0

    init(_ event: PaymentReceived) throws(JSONFault) {
        guard event.amount.amount <= Self.amountLimit else {
            throw JSONFault(field: "amount", reason: "must be at most \(Self.amountLimit)")
        }
        self.init(
            bank: event.bank, reference: event.reference, virtualAccount: event.virtualAccount,
            kodeIuran: event.kodeIuran, nik: event.nik, months: event.months, amount: event.amount,
            bookedOn: event.bookedOn, breakdownMatches: event.breakdown?.sums(to: event.amount) ?? true)
        for (index, member) in (event.members ?? []).enumerated() {
            var part = IncomingPayment(
                bank: event.bank, reference: event.reference, virtualAccount: member.virtualAccount,
                kodeIuran: member.kodeIuran, nik: member.nik, months: member.months, amount: member.amount,
                bookedOn: event.bookedOn, breakdownMatches: true)
            part.paymentID = PaymentIdentity.member(index, of: paymentID)
            members.append(part)
        }
    }

    private init(
        bank: BankCode, reference: PaymentReference, virtualAccount: VirtualAccount?, kodeIuran: KodeIuran?, nik: NIK?,
        months: Int?, amount: Rupiah, bookedOn: CivilDate, breakdownMatches: Bool
    ) {
        paymentID = EventKey.payment(bank: bank.text, reference: reference.text)
        self.bank = bank
        self.reference = reference
        payer = virtualAccount?.payer ?? kodeIuran?.payer
        self.nik = nik?.code
        self.months = months ?? 0
        self.amount = amount.amount
        self.bookedOn = bookedOn
        self.breakdownMatches = breakdownMatches
        rule = kodeIuran != nil ? .kodeIuran : virtualAccount != nil ? .virtualAccount : .nikMonths
    }

    /// Money that a statement has brought; `payer` by the rule, nil for suspense.
    init(_ entry: IncomingEntry, paymentID: UUID, payer: PayerNumber?, amount: Int64, rule: MatchRule) {
        self.paymentID = paymentID
        bank = entry.event.bank
        reference = entry.event.reference
        self.payer = payer
        // What the statement names counts only when the rule has believed it.
        nik = rule == .nikMonths ? entry.nik : nil
        months = rule == .nikMonths ? entry.input.months : 0
        self.amount = amount
        bookedOn = entry.event.bookedOn
        breakdownMatches = true
        self.rule = rule
        statement = entry
    }
}

/// Ids of payments that follow from the id that bank and reference give.
enum PaymentIdentity {
    private static let memberPurpose: UInt64 = 5
    private static let correctedPurpose: UInt64 = 6

    /// A part of a group payment.
    static func member(_ index: Int, of payment: UUID) -> UUID {
        EventKey.derived(from: payment, ordinal: index, purpose: memberPurpose)
    }

    /// The event key of a part of a group payment.
    static func memberKey(_ index: Int, of key: UUID) -> UUID {
        EventKey.derived(from: key, ordinal: index, purpose: memberPurpose)
    }

    /// A payment that was refused for its breakdown and came again under the same reference, corrected.
    static func corrected(_ payment: UUID) -> UUID {
        EventKey.derived(from: payment, ordinal: 0, purpose: correctedPurpose)
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
        nik: Int64?, amount: Int64, bookedOn: CivilDate, paymentID: UUID? = nil
    ) {
        self.paymentID = paymentID ?? EventKey.payment(bank: bank.text, reference: originalReference.text)
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
