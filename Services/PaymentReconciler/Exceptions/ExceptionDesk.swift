import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What persons do in the queue: assign, propose, approve, reject. Each is one transaction with one row in the audit
/// log; the one who proposes never decides, which the schema enforces for whoever writes to the table.
public struct ExceptionDesk {
    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    /// What a proposal is about.
    public enum Target: Sendable {
        case exception(UUID)
        /// An unmatch of a payment that has no exception.
        case payment(UUID)
    }

    private static let assign = Statement(
        "exceptions_assign", "UPDATE exception_case SET owner = $2 WHERE exception_id = $1")
    private static let noteAssignment = Statement(
        "exceptions_note_assignment",
        """
        INSERT INTO exception_assignment (exception_id, assigned_at, owner, assigned_by)
        VALUES ($1, clock_timestamp(), $2, $3)
        """)
    private static let insert = Statement(
        "exceptions_propose",
        """
        INSERT INTO exception_proposal
            (proposal_id, exception_id, payment_id, action, payer, reason, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
        """)
    private static let decide = Statement(
        "exceptions_decide",
        """
        UPDATE exception_proposal SET decision = $2, decided_by = $3, decided_at = clock_timestamp(),
            decision_reason = $4, outcome = $5
        WHERE proposal_id = $1
        """)

    /// Gives an open case to someone.
    /// - Throws: `DeskError` when it is not known or settled.
    public func assign(_ id: UUID, to owner: OperatorName, by person: OperatorName) throws {
        try connection.transaction {
            _ = try openCase(id)
            let parameters = Parameters {
                $0.append(id)
                $0.append(owner.text)
            }
            _ = try connection.query(Self.assign, parameters)
            var noted = parameters
            noted.append(person.text)
            _ = try connection.query(Self.noteAssignment, noted)
            try audit("exception-assigned", by: person, [("exception_id", id.text), ("owner", owner.text)])
        }
    }

    /// Returns the id of the proposal, which waits for someone else.
    /// - Throws: `DeskError` when the case is settled, the action is not for its code, the payer is not known, the
    ///   money is not where the action needs it, or a proposal is open already.
    public func propose(
        _ action: ResolutionAction, for target: Target, payer: PayerNumber? = nil, reason: DeskReason,
        by person: OperatorName
    ) throws -> UUID {
        let id = UUID()
        try refusals {
            let (exception, payment) = try checked(action, for: target, payer: payer)
            let parameters = Parameters {
                $0.append(id)
                $0.append(exception)
                $0.append(payment)
                $0.append(action.rawValue)
                $0.append(payer?.code)
                $0.append(reason.text)
                $0.append(person.text)
            }
            _ = try connection.query(Self.insert, parameters)
            try audit(
                "exception-proposed", by: person,
                [
                    ("proposal_id", id.text), ("exception_id", exception?.text ?? ""), ("payment_id", payment.text),
                    ("action", action.rawValue), ("payer", payer?.text ?? ""), ("reason", reason.text),
                ])
        }
        return id
    }

    /// Lets the worker apply a proposal, as soon as it comes to it.
    /// - Throws: `DeskError` when it is decided already, was proposed by the same person, or cannot be proposed any
    ///   more.
    public func approve(_ id: UUID, by person: OperatorName) throws {
        try refusals {
            let proposal = try openProposal(id, for: person)
            _ = try checked(proposal.action, for: proposal.target, payer: proposal.payer)
            try decide(id, "approved", by: person, reason: nil, outcome: nil)
        }
    }

    /// Ends a proposal; the case stays open and takes another one.
    public func reject(_ id: UUID, by person: OperatorName, reason: DeskReason) throws {
        try refusals {
            _ = try openProposal(id, for: person)
            try decide(id, "rejected", by: person, reason: reason, outcome: "rejected")
        }
    }

    private func decide(
        _ id: UUID, _ decision: String, by person: OperatorName, reason: DeskReason?, outcome: String?
    ) throws {
        let parameters = Parameters {
            $0.append(id)
            $0.append(decision)
            $0.append(person.text)
            $0.append(reason?.text)
            $0.append(outcome)
        }
        _ = try connection.query(Self.decide, parameters)
        try audit(
            "exception-\(decision)", by: person, [("proposal_id", id.text), ("reason", reason?.text ?? "")])
    }

    private func audit(_ what: String, by person: OperatorName, _ fields: [(StaticString, String)]) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("what")
        writer.string(what)
        writer.name("by")
        writer.string(person.text)
        for (name, value) in fields where !value.isEmpty {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
        try AuditChain.appendPerson(writer.text, on: connection)
    }

    /// One transaction; what the schema refuses is said in words.
    private func refusals(_ body: () throws -> Void) throws {
        do {
            try connection.transaction(body)
        } catch let error as PostgresError {
            switch (error.sqlState, error.constraint) {
            case ("23514", .some(let name)) where name.hasPrefix("exception_proposal_check"),
                ("23514", .some(let name)) where name == "exception_proposal_four_eyes":
                throw DeskError.samePerson
            case ("23505", .some("exception_proposal_one_open")):
                throw DeskError("a proposal waits already: it must be decided and applied before another is made")
            default: throw error
            }
        }
    }
}
