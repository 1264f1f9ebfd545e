import PerisaiModels

import struct Foundation.UUID

/// A payment that was reported before, in an earlier batch or in this one.
struct KnownPayment: Sendable {
    enum Outcome: Int16, Sendable {
        case posted = 1
        case suspended = 2
        case refused = 3
        /// A notice of money that another payment stands for.
        case evidence = 4
        /// The number of a group payment, whose parts are payments of their own: a row without money, so that nobody
        /// else can take a payment of this number in at the same moment.
        case group = 5
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
    /// The kind of news that made it.
    var source = EvidenceKind.notice
    /// Every kind of news that tells of it.
    var evidence = EvidenceKind.notice
    var rule = MatchRule.noRule
    /// The payment that this one is another evidence of.
    var sameAs: UUID?
    /// How often the money has gone into suspense, and out of it again.
    var suspensions = 0
    var releases = 0
    /// The last release was to a payer, not back to the bank or to a refund.
    var wasReleasedToPayer = false
    /// The event of the last release, and the account that took the money when two persons gave it up.
    var releasedBy: UUID?
    var paidOutTo: LedgerAccount?
    /// Where the money went, once it is posted: what a reversal takes back.
    var parts: [MonthPart] = []
    var fineParts: [MonthPart] = []
    var sanctionParts: [MonthPart] = []
    var credited: Int64 = 0
    /// Within the tolerance of a rule: what came beyond the posting.
    var difference: Int64 = 0
    /// Of the statement's line that brought it.
    var remarkKey: Int64?
    /// What put the money into suspense last, and as what it was reported.
    var suspendedBy: UUID?
    var suspenseCode = ExceptionCode.unknownPayer

    var isSuspended: Bool { suspensions > releases }

    /// The money counts for a payer now.
    var isPosted: Bool {
        guard !isSuspended else { return false }
        return suspensions == 0 ? outcome == .posted : wasReleasedToPayer
    }

    /// The ledger key of the posting that holds now: the payment's own, or one derived from it for each time that the
    /// money came out of suspense.
    var postingKey: UUID { suspensions == 0 ? eventKey : releaseKey(releases - 1) }

    /// The key of the release that follows.
    func releaseKey(_ generation: Int) -> UUID {
        EventKey.derived(from: eventKey, ordinal: generation, purpose: LedgerPurpose.release)
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
