import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

extension ExceptionDesk {
    private static let caseByID = Statement(
        "exceptions_case", "SELECT \(ExceptionItem.columns) FROM exception_case WHERE exception_id = $1")
    private static let payment = Statement(
        "exceptions_payment",
        """
        SELECT p.outcome, EXISTS (SELECT FROM reversal AS r WHERE r.payment_id = p.payment_id),
            EXISTS (SELECT FROM suspense AS s WHERE s.payment_id = p.payment_id AND NOT EXISTS (
                SELECT FROM suspense_release AS r
                WHERE r.payment_id = s.payment_id AND r.generation = s.generation)),
            coalesce((SELECT r.payer IS NULL FROM suspense_release AS r WHERE r.payment_id = p.payment_id
                ORDER BY r.generation DESC LIMIT 1), false)
        FROM payment AS p WHERE p.payment_id = $1 AND p.outcome <> 5
        """)
    private static let knownPayer = Statement(
        "exceptions_known_payer", "SELECT EXISTS (SELECT FROM payer WHERE payer = $1 AND known)")
    private static let proposal = Statement(
        "exceptions_proposal",
        """
        SELECT exception_id, payment_id, action, payer, proposed_by, decision, decided_by FROM exception_proposal
        WHERE proposal_id = $1 FOR UPDATE
        """)

    struct Proposal {
        let target: Target
        let action: ResolutionAction
        let payer: PayerNumber?
    }

    /// A case that is not settled.
    func openCase(_ id: UUID) throws -> ExceptionItem {
        let rows = try connection.query(Self.caseByID, Parameters { $0.append(id) })
        guard rows.rowCount > 0 else { throw DeskError("there is no exception \(id.text)") }
        let item = try ExceptionItem(rows, 0)
        if let resolution = item.resolution {
            throw DeskError("this exception is settled: \(resolution) on \(item.resolvedOn?.description ?? "?")")
        }
        return item
    }

    /// Locks a proposal that is not decided, for someone who has not made it.
    func openProposal(_ id: UUID, for person: OperatorName) throws -> Proposal {
        let rows = try connection.query(Self.proposal, Parameters { $0.append(id) })
        guard rows.rowCount > 0 else { throw DeskError("there is no proposal \(id.text)") }
        if let decision = try rows.optionalText(0, 5) {
            throw DeskError("this proposal is \(decision) already, by \(try rows.text(0, 6))")
        }
        guard try !OperatorName(rows.text(0, 4)).isSamePerson(as: person) else { throw DeskError.samePerson }
        return Proposal(
            target: try rows.optionalUUID(0, 0).map { .exception($0) } ?? .payment(rows.uuid(0, 1)),
            action: try CorruptRow.checked(ResolutionAction(rawValue: rows.text(0, 2)), "action"),
            payer: try rows.optionalInt64(0, 3).map { try PayerNumber(code: $0) })
    }

    /// The exception and the payment that the action is for, when it can be done as far as can be seen now. The worker
    /// looks again when it applies it.
    func checked(
        _ action: ResolutionAction, for target: Target, payer: PayerNumber?
    ) throws -> (exception: UUID?, payment: UUID) {
        try checkPayer(payer, of: action)
        switch target {
        case .payment(let id):
            guard action == .unmatch else { throw DeskError("a payment without its exception can be unmatched alone") }
            try checkMoney(of: id, for: action)
            return (nil, id)
        case .exception(let id):
            let item = try openCase(id)
            let policy = ExceptionPolicy(of: item.code)
            guard policy.allows(action) else {
                let allowed = policy.actions.map(\.rawValue).joined(separator: ", ")
                throw DeskError("\(action.rawValue) is not for \(item.code.rawValue); there is \(allowed)")
            }
            // Elsewhere the money is no longer, or never was, this one payment in suspense.
            if action == .unmatch || item.code == .unknownPayer || item.code == .ambiguous {
                try checkMoney(of: item.paymentID, for: action)
            }
            return (id, item.paymentID)
        }
    }

    private func checkPayer(_ payer: PayerNumber?, of action: ResolutionAction) throws {
        guard action == .match else {
            guard payer == nil else { throw DeskError("--payer is for a match alone") }
            return
        }
        guard let payer else { throw DeskError("a match needs its payer: --payer") }
        guard try connection.query(Self.knownPayer, Parameters { $0.append(payer.code) }).bool(0, 0) else {
            throw DeskError("\(payer) is not enrolled: nothing can be matched to it")
        }
    }

    private func checkMoney(of payment: UUID, for action: ResolutionAction) throws {
        let rows = try connection.query(Self.payment, Parameters { $0.append(payment) })
        guard rows.rowCount > 0 else { throw DeskError("there is no payment \(payment.text)") }
        if try rows.bool(0, 1) { throw DeskError("the bank has taken this payment back") }
        if try rows.int16(0, 0) == KnownPayment.Outcome.refused.rawValue {
            throw DeskError("this payment was refused: there is no money of it")
        }
        let waits = try rows.bool(0, 2)
        if action == .unmatch, !waits, try rows.bool(0, 3) {
            throw DeskError("the money of this payment was given back or written off: there is no match to undo")
        }
        if action == .unmatch, waits { throw DeskError("this payment waits in suspense: there is no match to undo") }
        if action != .unmatch, !waits {
            throw DeskError("the money of this payment does not wait in suspense any more")
        }
    }
}
