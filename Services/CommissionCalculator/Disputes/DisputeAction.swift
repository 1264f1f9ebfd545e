import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// How a dispute ends.
public enum DisputeVerdict: String, JSONChoice {
    /// The line stands.
    case upheld
    /// The line was wrong: what is missing or too much is posted.
    case corrected
}

/// The decision of a dispute: what is held is released, and a correction is posted.
public struct DisputeAction: ProposalAction, Hashable {
    public static let summary = "The decision of a dispute"
    public static let kind = ProposalKind.dispute
    /// Largest correction either way, in rupiah.
    public static let correctionLimit: Int64 = 1_000_000_000

    public let dispute: UUID
    public let verdict: DisputeVerdict
    /// Of the total, before it is shared between agent and wadah; negative takes back.
    public let correction: Rupiah
    public var subject: String { dispute.text }

    public init(dispute: UUID, verdict: DisputeVerdict, correction: Rupiah) {
        self.dispute = dispute
        self.verdict = verdict
        self.correction = correction
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        dispute = try reader.required("dispute")
        verdict = try reader.required("verdict")
        correction = (try reader.required("correction", "Of the total, before it is shared") as SignedRupiah).rupiah
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("dispute", dispute)
        writer.field("verdict", verdict)
        writer.field("correction", SignedRupiah(correction))
    }

    public func validate() throws(JSONFault) {
        guard correction.isZero == (verdict == .upheld) else {
            throw JSONFault(field: "correction", reason: "is for corrected alone, and not zero there")
        }
        guard correction.amount.magnitude <= UInt64(Self.correctionLimit) else {
            throw JSONFault(field: "correction", reason: "must lie within \(Self.correctionLimit) rupiah")
        }
    }

    private static let read = Statement(
        "dispute_read",
        """
        SELECT state, agent_id, wadah_id, month, scheme, agent_held, wadah_held FROM dispute WHERE dispute_id = $1
        FOR UPDATE
        """)
    private static let decide = Statement(
        "dispute_decide",
        "UPDATE dispute SET state = $2, decided_on = $3, correction = $4 WHERE dispute_id = $1")

    public func check(on connection: Connection) throws {
        do { try validate() } catch { throw DeskError("\(error)") }
        let rows = try connection.query(Self.read, Parameters { $0.append(dispute) })
        guard rows.rowCount == 1 else { throw DeskError("there is no dispute \(dispute.text)") }
        switch try rows.text(0, 0) {
        case "held": break
        case "opened": throw DeskError("the worker has not held the line of this dispute yet")
        case let state: throw DeskError("this dispute is \(state) already")
        }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let rows = try context.connection.query(Self.read, Parameters { $0.append(dispute) })
        let code = try rows.text(0, 4)
        guard let scheme = try EffectiveRows.schemes(on: context.connection).scheme(code) else {
            throw DeskError("scheme \(code) is not known")
        }
        let parts = try scheme.share.parts(of: correction)
        let agent = try AgentID(rows.text(0, 1))
        let month = try CommissionStore.month(rows, 0, 3)
        let (owner, wadah) = (Owner.agent(agent.text), Owner.wadah(try rows.text(0, 2)))
        // A dismissal has taken what it held of the agent.
        let still = try Balances.of(owner, on: context.connection)[.held] ?? .zero
        let movements: [(Owner, Rupiah, TransferAccount)] = [
            (owner, min(Rupiah(try rows.int64(0, 5)), max(.zero, still)), .held),
            (wadah, Rupiah(try rows.int64(0, 6)), .held), (owner, parts.agent, .expense),
            (wadah, parts.wadah, .expense),
        ]
        var transfers = Transfer.buffer
        for (place, movement) in movements.enumerated() {
            try Transfer(
                id: EventKey.derived(from: context.proposalID, ordinal: place, purpose: 46), owner: movement.0,
                movement.1, from: movement.2, to: .payable, month: month, bookedOn: context.date, source: .dispute,
                sourceID: dispute.text
            )?.append(to: &transfers)
        }
        if !transfers.isEmpty { _ = try context.connection.copy(&transfers) }
        _ = try context.connection.query(
            Self.decide,
            Parameters {
                $0.append(dispute)
                $0.append(verdict.rawValue)
                $0.append(date: context.date.daysSince1970)
                $0.append(correction.amount)
            })
        outgoing.emit(
            DisputeChanged(
                disputeID: dispute, agentID: agent, month: month, state: verdict == .upheld ? .upheld : .corrected,
                held: SignedRupiah(.zero), correction: SignedRupiah(parts.agent), reason: context.reason,
                changedOn: context.date))
    }
}
