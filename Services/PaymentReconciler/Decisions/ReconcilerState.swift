import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What a movement follows from; numbers the credit movements of one event.
struct Cause {
    let key: UUID
    let time: Instant
    var creditMovements = 0
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
    /// Payment to event key of its reversal.
    var reversed: [UUID: UUID] = [:]
    var pending: [UUID: PendingReversal] = [:]
    var raised: Set<RaisedException> = []
    var waitingByPayer: [Int64: [Waiting]] = [:]
    var waitingByNIK: [Int64: [Waiting]] = [:]
    var businessDate: CivilDate?
    var rows = NewRows()

    // Changes that are no new rows.
    var enrolledNIKs: [Int64: Int64] = [:]
    var settledPending: [UUID] = []
    var dateHasChanged = false

    mutating func remember(_ payment: KnownPayment, id: UUID) {
        paymentIndex[id] = payments.count
        payments.append(payment)
    }

    mutating func addAccount(_ account: PayerAccount) {
        accountIndex[account.payer.code] = accounts.count
        accounts.append(account)
    }
}
