import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What persons propose, approve and reject. Each call is one transaction; the one who proposes never decides, which the
/// schema enforces for whoever writes to the table.
public struct CommissionDesk {
    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    private static let insert = Statement(
        "commission_propose",
        """
        INSERT INTO proposal (proposal_id, kind, subject, payload, reason, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
        """)
    private static let lock = Statement(
        "commission_open_proposal",
        "SELECT kind, payload::text, proposed_by, decision, decided_by FROM proposal WHERE proposal_id = $1 FOR UPDATE")
    private static let read = Statement(
        "commission_read_proposal",
        "SELECT kind, payload::text, proposed_by, reason FROM proposal WHERE proposal_id = $1")
    private static let decide = Statement(
        "commission_decide",
        """
        UPDATE proposal SET decision = $2, decided_by = $3, decided_at = clock_timestamp(), decision_reason = $4,
            outcome = $5
        WHERE proposal_id = $1
        """)
    private static let byPrefix = Statement(
        "commission_proposal_by_prefix",
        "SELECT proposal_id FROM proposal WHERE proposal_id BETWEEN $1 AND $2 ORDER BY proposal_id LIMIT 2")

    /// Returns the id of the proposal, which waits for someone else.
    /// - Throws: `DeskError` when it cannot be done, or one about the same subject is open.
    public func propose(_ action: some ProposalAction, reason: DeskReason, by person: OperatorName) throws -> UUID {
        let id = UUID()
        try refusals {
            try action.check(on: connection)
            _ = try connection.query(
                Self.insert,
                Parameters {
                    $0.append(id)
                    $0.append(type(of: action).kind.rawValue)
                    $0.append(action.subject)
                    $0.append(jsonb: String(decoding: action.json, as: UTF8.self))
                    $0.append(reason.text)
                    $0.append(person.text)
                })
        }
        return id
    }

    /// What a proposal would do now, in words: what it is, who asks for it and why.
    /// - Throws: `DeskError` when there is none.
    public func preview(_ id: UUID) throws -> String {
        let rows = try connection.query(Self.read, Parameters { $0.append(id) })
        guard rows.rowCount > 0 else { throw DeskError("there is no proposal \(id.text)") }
        guard let kind = ProposalKind(rawValue: try rows.text(0, 0)) else {
            throw StoredDataFault(column: "kind", reason: "is not known")
        }
        let action = try kind.read(rows.text(0, 1))
        let text = "\(kind.rawValue) \(action.subject), by \(try rows.text(0, 2)): \(try rows.text(0, 3))"
        return try action.preview(on: connection).map { "\(text)\n\($0)" } ?? text
    }

    /// Lets the worker apply a proposal, as soon as it comes to it.
    /// - Throws: `DeskError` when it is decided already, was proposed by the same person, or cannot be done any more.
    public func approve(_ id: UUID, by person: OperatorName) throws {
        try refusals {
            try open(id, for: person).check(on: connection)
            try decide(id, "approved", by: person, reason: nil)
        }
    }

    /// Ends a proposal; another one can be made.
    public func reject(_ id: UUID, by person: OperatorName, reason: DeskReason) throws {
        try refusals {
            _ = try open(id, for: person)
            try decide(id, "rejected", by: person, reason: reason)
        }
    }

    /// The proposal whose id begins so.
    /// - Throws: `DeskError` for none or several.
    public func proposalID(_ prefix: IdentifierPrefix) throws -> UUID {
        let rows = try connection.query(
            Self.byPrefix,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount > 0 else { throw DeskError("there is no proposal \(prefix.text)") }
        guard rows.rowCount == 1 else { throw DeskError("\(prefix.text) begins several proposals: give more of it") }
        return try rows.uuid(0, 0)
    }

    private func open(_ id: UUID, for person: OperatorName) throws -> any ProposalAction {
        let rows = try connection.query(Self.lock, Parameters { $0.append(id) })
        guard rows.rowCount > 0 else { throw DeskError("there is no proposal \(id.text)") }
        if let decision = try rows.optionalText(0, 3) {
            throw DeskError("this proposal is \(decision) already, by \(try rows.text(0, 4))")
        }
        guard try !OperatorName(rows.text(0, 2)).isSamePerson(as: person) else { throw DeskError.samePerson }
        guard let kind = ProposalKind(rawValue: try rows.text(0, 0)) else {
            throw StoredDataFault(column: "kind", reason: "is not known")
        }
        return try kind.read(rows.text(0, 1))
    }

    private func decide(_ id: UUID, _ decision: String, by person: OperatorName, reason: DeskReason?) throws {
        _ = try connection.query(
            Self.decide,
            Parameters {
                $0.append(id)
                $0.append(decision)
                $0.append(person.text)
                $0.append(reason?.text)
                $0.append(decision == "rejected" ? decision : nil)
            })
    }

    /// One transaction; what the schema refuses is said in words.
    private func refusals(_ body: () throws -> Void) throws {
        do {
            try connection.transaction(body)
        } catch let error as PostgresError {
            switch (error.sqlState, error.constraint) {
            case ("23514", .some("proposal_four_eyes")): throw DeskError.samePerson
            case ("23505", .some("proposal_one_open")):
                throw DeskError("a proposal about this waits already: it must be decided and applied first")
            default: throw error
            }
        }
    }
}

/// A proposal as it is listed.
public struct ProposalSummary: Sendable {
    public let id: UUID
    public let kind: String
    public let subject: String
    public let reason: String
    public let proposedBy: String
    public let decision: String?
    public let decidedBy: String?
    public let outcome: String?

    private static let read = Statement(
        "commission_proposals",
        """
        SELECT proposal_id, kind, subject, reason, proposed_by, decision, decided_by, outcome FROM proposal
        WHERE outcome IS NULL OR $1 ORDER BY proposed_at DESC, proposal_id LIMIT $2
        """)

    /// Most proposals that are listed.
    public static let limit = 1_000

    /// The latest first; without `all` those that are not applied or rejected yet.
    public static func list(all: Bool, on connection: Connection) throws -> [ProposalSummary] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(all)
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { row in
            ProposalSummary(
                id: try rows.uuid(row, 0), kind: try rows.text(row, 1), subject: try rows.text(row, 2),
                reason: try rows.text(row, 3), proposedBy: try rows.text(row, 4),
                decision: try rows.optionalText(row, 5), decidedBy: try rows.optionalText(row, 6),
                outcome: try rows.optionalText(row, 7))
        }
    }
}
