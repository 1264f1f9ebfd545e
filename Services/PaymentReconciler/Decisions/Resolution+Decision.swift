import PerisaiModels
import Worker

import struct Foundation.UUID

/// What two persons have decided about a payment or about money left over.
extension ReconcilerState {
    /// Applied, or told why not: a proposal is never tried again.
    mutating func apply(_ resolution: ApprovedResolution, _ cause: inout Cause, _ outgoing: inout Outgoing) {
        do {
            switch resolution.action {
            case .match: try match(resolution, &cause, &outgoing)
            case .refund: try payOut(resolution, to: .refundPayable, &cause)
            case .writeOff: try payOut(resolution, to: .writeOff, &cause)
            case .unmatch: try unmatch(resolution, &cause, &outgoing)
            case .note: break
            }
            resolutionOutcomes[resolution.proposalID] = "applied"
        } catch let fault as ResolutionFault {
            resolutionOutcomes[resolution.proposalID] = fault.reason
        } catch let fault as ReconcilerFault {
            resolutionOutcomes[resolution.proposalID] = fault.reason
        } catch {
            resolutionOutcomes[resolution.proposalID] = "cannot be applied"
        }
    }

    private struct ResolutionFault: Error {
        let reason: String
    }

    private func payment(_ resolution: ApprovedResolution) throws -> (index: Int, id: UUID) {
        let id = standing(resolution.paymentID)
        guard let index = paymentIndex[id] else { throw ResolutionFault(reason: "payment: is not known") }
        return (index, id)
    }

    /// Money in suspense goes to the payer that was found.
    private mutating func match(
        _ resolution: ApprovedResolution, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let (index, id) = try payment(resolution)
        guard payments[index].isSuspended else { throw ResolutionFault(reason: "payment: is not in suspense any more") }
        guard let payer = resolution.payer, let account = knownAccount(payer), accounts[account].isLocked else {
            throw ResolutionFault(reason: "payer: is not enrolled")
        }
        try post(suspended: index, id: id, to: account, months: 0, &cause, &outgoing, as: .matched)
    }

    /// Money in suspense, or a payer's credit, leaves the books of contributions.
    private mutating func payOut(
        _ resolution: ApprovedResolution, to target: LedgerAccount, _ cause: inout Cause
    ) throws {
        let date = businessDate
        if resolution.exceptionCode == .creditLeft || resolution.exceptionCode == .payerEnded {
            guard let payer = resolution.payer, let account = accountIndex[payer.code],
                accounts[account].isLocked, accounts[account].credit > 0
            else { throw ResolutionFault(reason: "payer: has no credit left") }
            let amount = accounts[account].credit
            accounts[account].credit = 0
            accounts[account].isChanged = true
            var lines = LedgerLines(key: cause.key, payer: payer.code, bookedOn: date ?? cause.day)
            lines.add(.payerCredit, amount, to: &rows)
            lines.add(target, -amount, to: &rows)
            return
        }
        let (index, id) = try payment(resolution)
        let known = payments[index]
        guard known.isSuspended else { throw ResolutionFault(reason: "payment: is not in suspense any more") }
        var lines = LedgerLines(key: cause.key, payer: known.payer?.code, bookedOn: date ?? known.bookedOn)
        lines.add(.suspense, known.amount, to: &rows)
        lines.add(target, -known.amount, to: &rows)
        rows.release(id, payer: nil, key: cause.key, generation: known.releases)
        payments[index].releases += 1
        payments[index].wasReleasedToPayer = false
        payments[index].paidOutTo = target
    }

    /// A posting was wrong: its months are due again, and the money waits in suspense.
    private mutating func unmatch(
        _ resolution: ApprovedResolution, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let (index, id) = try payment(resolution)
        let known = payments[index]
        guard known.isPosted, reversed[id] == nil else { throw ResolutionFault(reason: "payment: is not posted") }
        guard let payer = known.payer, let account = accountIndex[payer.code], accounts[account].isLocked else {
            throw ResolutionFault(reason: "payer: is not known")
        }
        let date = businessDate ?? known.bookedOn
        try takeBack(
            known, id: id, from: account, key: cause.key, to: .suspense, reference: known.reference, on: date, &cause,
            &outgoing)
        payments[index].suspensions = max(known.suspensions, known.releases) + 1
        payments[index].suspendedBy = cause.key
        payments[index].suspenseCode = .unknownPayer
        payments[index].wasReleasedToPayer = false
        rows.suspendAgain(payments[index], id: id, generation: known.releases, receivedAt: cause.time)
        raise(
            PaymentException(
                paymentID: id, bank: known.bank, reference: known.reference, code: .unknownPayer,
                amount: Rupiah(known.amount), bookedOn: date), cause.key, &outgoing)
    }
}

extension Cause {
    /// The day of the event in Jakarta, for what no date of the business decides.
    var day: CivilDate { time.date(in: .wib) }
}
