import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What a movement follows from; numbers the credit movements of one event.
struct Cause {
    let key: UUID
    let time: Instant
    var creditMovements = 0

    /// The ledger key of the next movement beside the event's own.
    mutating func nextCreditKey() -> UUID {
        defer { creditMovements += 1 }
        return EventKey.derived(from: key, ordinal: creditMovements, purpose: LedgerPurpose.credit)
    }
}

/// A reversal that waits for its payment.
struct PendingReversal: Sendable {
    let eventKey: UUID
    let time: Instant
    let reversal: IncomingReversal
}

/// A suspended payment, by its place in `ReconcilerState.payments`.
struct Waiting: Sendable {
    let paymentID: UUID
    let payment: Int
    let months: Int
    let receivedAt: Instant
    var nameKey: String?
}

/// A case that has settled itself.
struct SettledCase: Sendable {
    let paymentID: UUID
    let resolution: ExceptionResolution
    let on: CivilDate
    /// The case of a reversal that waited, not of money in suspense.
    var isReversal = false
}

/// A payment that only a statement has shown so far.
struct Unconfirmed: Sendable {
    let paymentID: UUID
    let amount: Int64
    let bookedOn: CivilDate
    let bank: BankCode
}

/// The parts of a group payment that is known.
struct KnownGroup: Sendable {
    var members: [UUID] = []
    var evidence = EvidenceKind.notice
}

struct RaisedException: Hashable {
    let eventKey: UUID
    let code: ExceptionCode
}

/// What a batch touches: loaded and locked, then changed by each event, then written.
public struct ReconcilerState {
    var accounts: [PayerAccount] = []
    /// By `PayerNumber.code`.
    var accountIndex: [Int64: Int] = [:]
    /// The NIKs whose payer is known.
    var payerOfNIK: [Int64: PayerNumber] = [:]
    var payments: [KnownPayment] = []
    var paymentIndex: [UUID: Int] = [:]
    var groups: [UUID: KnownGroup] = [:]
    /// Payment to event key of its reversal.
    var reversed: [UUID: UUID] = [:]
    /// Payment to the event keys of the statement lines that show its reversal.
    var reversalLines: [UUID: Set<UUID>] = [:]
    var pending: [UUID: PendingReversal] = [:]
    var raised: Set<RaisedException> = []
    var waitingByPayer: [Int64: [Waiting]] = [:]
    var waitingByNIK: [Int64: [Waiting]] = [:]
    /// By payer code, or by NIK where the payer was not known yet.
    var unconfirmed: [Int64: [Unconfirmed]] = [:]
    /// Statement lines that were applied before.
    var knownEntries: Set<UUID> = []
    /// Notices that are evidence of another payment already.
    var knownNotices: Set<UUID> = []
    // Only in batches with statement lines.
    var hasEntries = false
    /// By payer code.
    var paymentsOfPayer: [Int64: Set<UUID>] = [:]
    /// By `RemittanceText.remarkKey`.
    var paymentsByRemark: [Int64: [UUID]] = [:]
    /// By `NameKey.lookup`.
    var payersByName: [String: [(name: String, payer: Int64)]] = [:]
    var waitingByName: [String: [Waiting]] = [:]
    var policy = MatchPolicy()
    var businessDate: CivilDate?
    var rows = NewRows()

    // Changes that are no new rows.
    var enrolledNIKs: [Int64: Int64] = [:]
    var enrolledNames: [(name: String, payer: Int64)] = []
    /// When a payer's data were erased at its request.
    var erasedPayers: [Int64: Instant] = [:]
    var subjects: [SubjectChange] = []
    var forgottenNIKs: [Int64] = []
    var settledPending: [UUID] = []
    var confirmed: [UUID] = []
    /// Cases that have settled themselves.
    var settledCases: [SettledCase] = []
    /// Proposal to "applied", or to the reason why not.
    var resolutionOutcomes: [UUID: String] = [:]
    var dateHasChanged = false

    mutating func remember(_ payment: KnownPayment, id: UUID) {
        paymentIndex[id] = payments.count
        payments.append(payment)
        guard hasEntries else { return }
        if let payer = payment.payer { paymentsOfPayer[payer.code, default: []].insert(id) }
        if let remark = payment.remarkKey { paymentsByRemark[remark, default: []].append(id) }
    }

    /// Money that waited has found its payer.
    mutating func assign(_ index: Int, _ id: UUID, to payer: PayerNumber) {
        payments[index].payer = payer
        if hasEntries { paymentsOfPayer[payer.code, default: []].insert(id) }
    }

    mutating func addAccount(_ account: PayerAccount) {
        accountIndex[account.payer.code] = accounts.count
        accounts.append(account)
    }

    /// The payment that stands for the money: a further notice points to it, a refused one to its correction.
    func standing(_ id: UUID) -> UUID {
        guard let index = paymentIndex[id] else { return id }
        let known = payments[index]
        if let sameAs = known.sameAs { return sameAs }
        guard known.outcome == .refused else { return id }
        let corrected = PaymentIdentity.corrected(id)
        return paymentIndex[corrected] == nil ? id : corrected
    }
}
