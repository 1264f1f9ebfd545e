import Crypto
import PerisaiModels
import Postgres

/// The hash chains over ledger lines and over what persons did: a later change of either breaks a chain.
///
/// One chain for each Kafka partition, one for the leader's work and one for persons, so that workers never wait for
/// one another. hash(n) = SHA-256(hash(n − 1) ‖ chain ‖ seq ‖ kind ‖ lines ‖ digest), integers big-endian of 4, 8, 2
/// and 4 bytes; hash(0) is empty. `LedgerVerification` recomputes all of it.
public enum AuditChain {
    /// The chain of what the leader does between batches: opening months, cover, arrears.
    public static let leader: Int32 = -1
    /// The chain of what persons did: imports, proposals, decisions.
    public static let persons: Int32 = -2

    /// What a row of the log stands for.
    public enum Kind: Int16, Sendable {
        /// The ledger lines that one transaction has written.
        case ledger = 1
        /// What a person did; the digest is that of the detail.
        case person = 2
    }

    private static let seqBits: Int64 = 40

    /// The value of `ledger.batch`: chain and seq in one number that sorts by both.
    public static func batch(chain: Int32, seq: Int64) -> Int64 { (Int64(chain) + 2) << seqBits | seq }

    /// The chain and seq that a value of `ledger.batch` stands for.
    public static func place(ofBatch batch: Int64) -> (chain: Int32, seq: Int64) {
        (Int32(truncatingIfNeeded: batch >> seqBits) - 2, batch & (1 << seqBits - 1))
    }

    /// Makes the head of chain $1 if there is none, locks it and returns its seq. No row: another transaction has made
    /// the head this moment; run it once more (`lock` does).
    public static let lockHead = Statement(
        "audit_lock_head",
        """
        WITH made AS (
            INSERT INTO audit_head (chain, seq, hash) VALUES ($1::int4, 0, '') ON CONFLICT DO NOTHING RETURNING seq
        ), locked AS (
            SELECT seq FROM audit_head WHERE chain = $1::int4 FOR UPDATE
        )
        SELECT seq FROM made UNION ALL SELECT seq FROM locked
        """)

    /// Moves the head of a locked chain on and writes the log's row: chain, kind, lines, digest, detail. The row gets
    /// the seq behind the one that `lockHead` returned.
    public static let append = Statement(
        "audit_append",
        """
        WITH head AS (
            UPDATE audit_head SET seq = seq + 1, hash = sha256(hash || int4send(chain) || int8send(seq + 1)
                || int2send($2::int2) || int4send($3::int4) || $4::bytea)
            WHERE chain = $1::int4 RETURNING chain, seq, hash
        )
        INSERT INTO audit_log (chain, seq, kind, lines, digest, hash, detail)
        SELECT chain, seq, $2::int2, $3::int4, $4::bytea, hash, $5::text FROM head
        """)

    /// Locks a chain until the transaction ends and returns the seq of its newest row, 0 for none.
    public static func lock(_ chain: Int32, on connection: Connection) throws -> Int64 {
        while true {
            let rows = try connection.query(lockHead, Parameters { $0.append(chain) })
            if rows.rowCount > 0 { return try rows.int64(0, 0) }
        }
    }

    /// Parameters of `append` for the ledger lines of one transaction.
    static func parameters(chain: Int32, of digest: LedgerDigest) -> Parameters {
        parameters(chain: chain, kind: .ledger, lines: digest.lines, digest: digest.finish(), detail: nil)
    }

    static func parameters(chain: Int32, kind: Kind, lines: Int, digest: [UInt8], detail: String?) -> Parameters {
        Parameters {
            $0.append(chain)
            $0.append(kind.rawValue)
            $0.append(Int32(clamping: lines))
            $0.append(digest)
            $0.append(detail)
        }
    }

    /// Notes what a person did, inside the caller's transaction. `detail`: JSON; NIKs in it are masked here.
    public static func appendPerson(_ detail: String, on connection: Connection) throws {
        let detail = masked(detail)
        _ = try lock(persons, on: connection)
        let digest = Array(SHA256.hash(data: Array(detail.utf8)))
        _ = try connection.query(
            append, parameters(chain: persons, kind: .person, lines: 0, digest: digest, detail: detail))
    }

    /// Whoever wrote the detail: no NIK stays in clear.
    static func masked(_ text: String) -> String { NIK.hidden(in: text) }
}
