import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Service 25: a payment becomes one event, published before the answer says so.
///
/// The request is stored and claimed, published, then marked. After a failure or crash in between, its repetition
/// publishes the same event under the same id again; the reconciler knows a payment by bank and reference.
struct SnapPayment: Sendable {
    let gate: SnapGate
    let pool: DatabasePool
    let bills: @Sendable (Connection) -> any BillSource
    let publisher: any EventPublisher
    let publishTimeout: Duration
    /// How long a call may take from claim to mark; after that another may publish.
    let lease: Duration
    let running: RunningCalls

    func answer(_ request: ServiceRequest) async throws -> SnapAnswer {
        let caller = try gate.admit(request)
        let payment: SnapPaymentRequest = try snapBody(request)
        // A date far ahead would open months that nobody owes yet.
        if let time = payment.trxDateTime?.time, time > gate.now().adding(seconds: 86_400) {
            throw SnapRefusal.fieldFormat("trxDateTime")
        }
        // The same payment at the same moment waits for the first call and then finds its answer.
        let key = "\(caller.partner.id) \(payment.paymentRequestId)"
        switch await running.begin(key) {
        case .full: throw SnapRefusal.busy
        case .waited: return try await settle(payment, caller)
        case .first:
            do {
                let answer = try await settle(payment, caller)
                await running.end(key)
                return answer
            } catch {
                await running.end(key)
                throw error
            }
        }
    }

    private func settle(_ payment: SnapPaymentRequest, _ caller: SnapAuthorized) async throws -> SnapAnswer {
        let call = SnapCall(
            partner: caller.partner, service: .payment, day: caller.time.date(in: .wib), externalID: caller.externalID,
            fingerprint: payment.fingerprint)
        let claim = UUID()
        let decision = SnapPaymentDecision(
            payment: payment, caller: caller, call: call, today: gate.now().date(in: .wib), claim: claim, lease: lease)
        let bills = bills
        let outcome = try await pool.run { connection in
            try connection.transaction { try decision.decide(SnapStore(connection: connection), bills(connection)) }
        }
        switch outcome {
        case .answered(let body): return SnapAnswer(stored: body, .payment)
        case .refused(let refusal): return decision.refused(refusal)
        case .publish(let acceptance):
            do {
                try await publish(acceptance, caller.partner)
            } catch {
                // Best effort: without it the claim runs out by itself.
                try? await pool.run { try SnapStore(connection: $0).release(call, acceptance.requestID, claim) }
                throw error
            }
            let partner = caller.partner.id
            try await pool.run { try SnapStore(connection: $0).markPublished(partner, acceptance.requestID) }
            return SnapAnswer(stored: acceptance.answer, .payment)
        }
    }

    private func publish(_ acceptance: SnapAcceptance, _ partner: SnapPartner) async throws {
        let id = EventKey.of(source: partner.source, id: acceptance.requestID).text
        let record = try EventRecord.make(
            EventAttributes(
                id: id, source: partner.source, type: PaymentReceived.type, time: acceptance.eventTime),
            validating: acceptance.eventData)
        do { try await publisher.publish([record], timeout: publishTimeout) } catch {
            throw SnapPublishFault(isTimeout: error.code == .timedOut, reason: error.description)
        }
    }
}

/// Kafka has not acknowledged the event of a payment.
struct SnapPublishFault: Error, CustomStringConvertible {
    let isTimeout: Bool
    let reason: String
    var description: String { "not published: \(reason)" }
}

/// What becomes of one payment call, inside its transaction.
struct SnapPaymentDecision: Sendable {
    let payment: SnapPaymentRequest
    let caller: SnapAuthorized
    let call: SnapCall
    let today: CivilDate
    let claim: UUID
    let lease: Duration

    func decide(_ store: SnapStore, _ bills: any BillSource) throws -> SnapClaim {
        guard try store.use(call, repeating: true) else { return .refused(.conflict) }
        if let known = try store.known(call, payment.paymentRequestId, claim, lease: lease) { return known }
        guard payment.totalAmount.map({ $0 == payment.paidAmount }) ?? true else { return .refused(.invalidAmount) }
        guard let account = payment.account.virtualAccount(of: caller.partner), let payer = account.payer,
            let bill = try bills.bill(of: payer, on: today)
        else { return .refused(.notFound) }
        if let refusal = refusal(bill) { return .refused(refusal) }
        let acceptance = try accept(account, bill)
        if try store.add(acceptance, call, claim, lease: lease) { return .publish(acceptance) }
        // Another worker was quicker, or another payment has this reference.
        return try store.known(call, payment.paymentRequestId, claim, lease: lease) ?? .refused(.inconsistent)
    }

    private func refusal(_ bill: Bill) -> SnapRefusal? {
        if bill.standing == .exited { return .inactive }
        guard caller.partner.amounts == .closed else { return nil }
        return bill.refusal ?? (payment.paidAmount.amount == bill.total ? nil : .invalidAmount)
    }

    private func accept(_ account: VirtualAccount, _ bill: Bill) throws -> SnapAcceptance {
        let time = payment.trxDateTime?.time ?? caller.time
        let event = PaymentReceived(
            bank: caller.partner.bank, reference: try PaymentReference(payment.reference), virtualAccount: account,
            amount: Rupiah(payment.paidAmount.amount), bookedOn: time.date(in: .wib))
        return SnapAcceptance(
            requestID: payment.paymentRequestId, reference: payment.reference, eventTime: time, eventData: event.json,
            answer: accepted(bill).body)
    }

    private func accepted(_ bill: Bill) -> SnapAnswer {
        .successful(.payment) { writer in
            write(&writer, name: bill.name, status: "00") {
                $0.texts("paymentFlagReason", english: "Success", indonesia: "Sukses")
            }
        }
    }

    func refused(_ refusal: SnapRefusal) -> SnapAnswer {
        .refused(refusal, .payment) { writer in
            guard refusal.http == 404, refusal != .inconsistent else { return }
            write(&writer, name: nil, status: "01") {
                $0.reason("paymentFlagReason", refusal)
            }
        }
    }

    /// The echo of the request. E-mail and phone number are left out: the answer is stored.
    private func write(
        _ writer: inout JSONWriter, name: String?, status: String, reason: (inout JSONWriter) -> Void
    ) {
        writer.name("virtualAccountData" as StaticString)
        writer.beginObject()
        writer.field("paymentFlagStatus", status)
        reason(&writer)
        payment.account.write(fields: &writer)
        writer.field("virtualAccountName", name)
        writer.field("trxId", payment.trxId)
        writer.field("paymentRequestId", payment.paymentRequestId)
        writer.field("paidAmount", payment.paidAmount)
        writer.field("paidBills", payment.paidBills)
        writer.field("totalAmount", payment.totalAmount)
        writer.field("trxDateTime", payment.trxDateTime.map { SnapText(text: $0.text) })
        writer.field("referenceNo", payment.referenceNo.map { SnapText(text: $0) })
        writer.field("journalNum", payment.journalNum)
        writer.field("paymentType", payment.paymentType)
        writer.field("flagAdvise", payment.flagAdvise)
        writer.name("billDetails" as StaticString)
        writer.beginArray()
        for bill in payment.billDetails ?? [] {
            writer.beginObject()
            bill.write(fields: &writer)
            writer.field("status", status)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

/// The payments that are being settled in this process: a repetition waits for the first call, at most once, and then
/// finds what that has stored. Each call ends by its own deadlines, so a wait does too.
actor RunningCalls {
    enum Turn: Sendable {
        /// The caller must call `end`.
        case first
        case waited
        case full
    }

    /// Calls that wait for the same payment.
    private static let waitingLimit = 16
    private var running: [String: [CheckedContinuation<Void, Never>]] = [:]

    func begin(_ key: String) async -> Turn {
        guard let waiting = running[key] else {
            running[key] = []
            return .first
        }
        guard waiting.count < Self.waitingLimit else { return .full }
        await withCheckedContinuation { running[key, default: []].append($0) }
        return .waited
    }

    func end(_ key: String) {
        for waiter in running.removeValue(forKey: key) ?? [] { waiter.resume() }
    }
}
