import PerisaiModels

import struct Foundation.UUID

/// A line of a statement as the rules see it, made while the batch before is in the database.
public final class IncomingEntry: Sendable {
    let event: StatementEntryBooked
    /// The id of the payment that the line stands for, if no other evidence of it is known.
    let paymentID: UUID
    let input: MatchInput
    let kind: EvidenceKind

    init(_ event: StatementEntryBooked) throws(JSONFault) {
        guard event.amount.amount <= IncomingPayment.amountLimit else {
            throw JSONFault(field: "amount", reason: "must be at most \(IncomingPayment.amountLimit)")
        }
        self.event = event
        paymentID = EventKey.payment(bank: event.bank.text, reference: event.reference.text)
        let remittance = event.text.map { RemittanceText($0) }
        kind = event.interim == true ? .interim : .statement
        let payerReference = event.payerReference.flatMap { try? PaymentReference($0) }
        input = MatchInput(
            amount: event.amount.amount, bookedOn: event.bookedOn, bank: event.bank, kind: kind,
            virtualAccount: event.virtualAccount, kodeIuran: event.virtualAccount == nil ? event.kodeIuran : nil,
            nik: event.virtualAccount == nil && event.kodeIuran == nil ? event.nik?.code : nil,
            months: event.months ?? 0, references: [event.reference] + (payerReference.map { [$0] } ?? []),
            remittance: remittance, payerName: event.payerName.flatMap { NameKey($0) })
    }

    /// Money came in, and not by the bank taking a debit back.
    var isMoney: Bool { event.direction == .credit && !event.isReversal }
    /// The bank takes money back that it had booked for us.
    var takesBack: Bool { event.direction == .debit && event.isReversal }

    var nik: Int64? { input.nik ?? (input.remittance?.niks.count == 1 ? input.remittance?.niks.first?.code : nil) }

    /// Every payer that a number of the line or of its text names.
    var namedPayers: [PayerNumber] { surePayers + (input.remittance?.kodeIuran.compactMap(\.payer) ?? []) }

    /// Those whose number is surely meant: not a mere row of 11 or 12 digits.
    var surePayers: [PayerNumber] {
        var payers = input.fieldPayer.map { [$0] } ?? []
        guard let text = input.remittance else { return payers }
        payers += text.virtualAccounts.compactMap(\.payer) + text.payers + text.labelledKodeIuran.compactMap(\.payer)
        return payers
    }

    var namedNIKs: [Int64] { (input.nik.map { [$0] } ?? []) + (input.remittance?.niks.map(\.code) ?? []) }

    /// The ids that known payments may have which this line tells of.
    var candidateIDs: [UUID] {
        var references = input.references.map(\.text)
        references += input.remittance?.references ?? []
        // Its own id too where the reference is no number: two lines without one must not be one payment.
        return [paymentID] + references.prefix(40).map { EventKey.payment(bank: event.bank.text, reference: $0) }
    }
}
