import PerisaiModels

import struct Foundation.UUID

/// A payment that was reported before, in an earlier batch or in this one.
struct KnownPayment: Sendable {
    enum Outcome: Int16, Sendable {
        case posted = 1
        case suspended = 2
        case refused = 3
    }

    let eventKey: UUID
    let bank: BankCode
    let reference: PaymentReference
    /// As the bank named it; a payment by NIK that posted at once has the payer that the NIK stands for.
    var payer: PayerNumber?
    let nik: Int64?
    let amount: Int64
    let bookedOn: CivilDate
    var outcome: Outcome
    /// A suspended payment that has left suspense.
    var isReleased = false
    /// Where the money went, once it is posted: what a reversal takes back.
    var parts: [MonthPart] = []
    var credited: Int64 = 0

    /// The ledger key of the posting: the payment's own, or one derived from it when the money came out of suspense.
    var postingKey: UUID {
        outcome == .suspended ? EventKey.derived(from: eventKey, ordinal: 0, purpose: LedgerPurpose.release) : eventKey
    }
}

/// Keeps the ledger keys of movements apart that follow from one event.
enum LedgerPurpose {
    static let release: UInt64 = 1
    static let credit: UInt64 = 2
    static let opening: UInt64 = 3
}

/// What a payment is whose bank and reference are known already.
enum Repetition: Equatable {
    /// The same event comes again: nothing to do, nothing to say.
    case redelivery
    /// The same payment in another event (domain.md 6.4: no second posting).
    case duplicate
    /// The reference with another amount or payer.
    case conflict
    /// Two references with the same hash: cannot happen by chance.
    case collision

    init(of payment: IncomingPayment, key: UUID, known: KnownPayment) {
        if known.bank != payment.bank || known.reference != payment.reference {
            self = .collision
        } else if known.eventKey == key {
            self = .redelivery
        } else {
            let samePayer = payment.nik != nil ? payment.nik == known.nik : payment.payer == known.payer
            self = samePayer && payment.amount == known.amount ? .duplicate : .conflict
        }
    }
}
