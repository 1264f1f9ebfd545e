import PerisaiModels

import struct Foundation.UUID

/// What a bank may be told about a payment that was made through it.
public enum BankNoticeKind: String, Sendable, CaseIterable {
    case contributionPosted = "contribution-posted"
    case contributionReversed = "contribution-reversed"
    case paymentException = "payment-exception"
}

/// One of these, with what the bank gets of the event and no more: what the payment was, and what became of it.
///
/// Which months the money was counted for, what is still due, fines, sanctions, surplus and cover are the payer's and
/// ours: a bank needs none of it to settle a payment (UU 27/2022 Art. 16: specific and limited to the purpose). An
/// ExceptionResolved is not among them: it names no bank, and its two operators.
struct BankNotice {
    let kind: BankNoticeKind
    let bank: BankCode
    let stream: String
    private let event: NotifierInput

    /// Nil for an event that is none of a bank's.
    init?(_ input: NotifierInput) {
        event = input
        switch input {
        case .contributionPosted(let event): (kind, bank) = (.contributionPosted, event.bank)
        case .contributionReversed(let event): (kind, bank) = (.contributionReversed, event.bank)
        case .paymentException(let event):
            // What is left over when a payer ends is no payment of a bank.
            guard event.code != .creditLeft else { return nil }
            (kind, bank) = (.paymentException, event.bank)
        default: return nil
        }
        // The same for a payment and its reversal, which has a reference of its own.
        let payment =
            switch input {
            case .contributionPosted(let event): event.paymentID
            case .contributionReversed(let event): event.paymentID
            case .paymentException(let event): event.paymentID
            default: nil as UUID?
            }
        guard let payment else { return nil }
        stream = "\(WebhookSubscriber.bank(bank).text) payment:\(payment.text)"
    }

    /// CloudEvents `type`: not the one of the event in Kafka, which has more fields.
    var type: String { "id.perisai.bank.\(kind.rawValue).v1" }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch event {
        case .contributionPosted(let event):
            payment(event.paymentID, event.reference, event.payer, event.amount, event.bookedOn, to: &writer)
            writer.field("from_suspense", event.fromSuspense)
        case .contributionReversed(let event):
            payment(event.paymentID, event.reference, event.payer, event.amount, event.bookedOn, to: &writer)
        case .paymentException(let event):
            writer.field("code", event.code)
            payment(event.paymentID, event.reference, event.payer, event.amount, event.bookedOn, to: &writer)
        default: break
        }
        writer.endObject()
    }

    private func payment(
        _ id: UUID, _ reference: PaymentReference, _ payer: PayerNumber?, _ amount: Rupiah, _ bookedOn: CivilDate,
        to writer: inout JSONWriter
    ) {
        writer.field("payment_id", id)
        writer.field("bank", bank)
        writer.field("reference", reference)
        writer.field("payer", payer)
        writer.field("amount", amount)
        writer.field("booked_on", bookedOn)
    }
}
