import PerisaiModels
import Postgres

/// Reads and writes contacts.
///
/// Two workers may decide at the same time, one an event whose message waits for a contact, the other the event that
/// brings the contact. Both insert or lock the contact's row before they look further, so that one of them sees what
/// the other has done. People and firms are locked before agents, each in the order of their refs: no deadlocks. A
/// contact that is known and not to be changed needs no lock.
enum ContactStore {
    private static let readStatement = Statement(
        "notifier_contact_read",
        """
        SELECT ref, name, phone, zone, agent, learned_at, learned_by, erased_at FROM contact
        WHERE ref = ANY($1::text[]) AND name IS NOT NULL
        """)
    private static let gateStatement = Statement(
        "notifier_contact_gate",
        "INSERT INTO contact (ref) SELECT unnest($1::text[]) ON CONFLICT (ref) DO NOTHING")
    private static let lockStatement = Statement(
        "notifier_contact_lock",
        "SELECT ref FROM contact WHERE ref = ANY($1::text[]) ORDER BY ref COLLATE \"C\" FOR UPDATE")
    private static let writeStatement = Statement(
        "notifier_contact_write",
        """
        UPDATE contact AS c
        SET name = u.name, phone = u.phone, zone = u.zone, agent = u.agent, learned_at = u.learned_at,
            learned_by = u.learned_by, erased_at = u.erased_at
        FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[],
            $8::timestamptz[])
            AS u(ref, name, phone, zone, agent, learned_at, learned_by, erased_at)
        WHERE c.ref = u.ref
        """)

    /// The contacts among `wanted`, and those to be learned, with all rows locked that are unknown or to be changed.
    static func load(
        wanted: Set<String>, learned: Set<String>, from connection: Connection
    ) throws -> [String: KnownContact] {
        var contacts = try stage(
            wanted.filter { !Recipient.isAgent($0) }, learned: learned.filter { !Recipient.isAgent($0) }, connection)
        var agents = wanted.union(learned).filter { Recipient.isAgent($0) }
        for contact in contacts.values where contact.contact.phone == nil {
            if let agent = contact.contact.agent { agents.insert(Recipient.ref(of: agent)) }
        }
        contacts.merge(try stage(agents, learned: learned.intersection(agents), connection)) { $1 }
        return contacts
    }

    private static func stage(
        _ wanted: Set<String>, learned: Set<String>, _ connection: Connection
    ) throws -> [String: KnownContact] {
        guard !wanted.isEmpty || !learned.isEmpty else { return [:] }
        var contacts = try read(wanted.subtracting(learned), connection)
        let gates = wanted.union(learned).filter { contacts[$0] == nil }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        guard !gates.isEmpty else { return contacts }
        let parameters = Parameters { $0.append(gates) }
        // One after the other: what a gate shows must be read after it is locked.
        _ = try connection.query(gateStatement, parameters)
        _ = try connection.query(lockStatement, parameters)
        contacts.merge(try read(Set(gates), connection)) { $1 }
        return contacts
    }

    /// Contacts as they stand, without a lock.
    static func read(_ refs: Set<String>, _ connection: Connection) throws -> [String: KnownContact] {
        guard !refs.isEmpty else { return [:] }
        let rows = try connection.query(readStatement, Parameters { $0.append(Array(refs)) })
        var contacts: [String: KnownContact] = [:]
        for row in 0..<rows.rowCount {
            let contact = Contact(
                name: try rows.text(row, 1), phone: try rows.optionalInt64(row, 2).map { try PhoneNumber(code: $0) },
                zone: try rows.optionalText(row, 3).flatMap(IndonesianZone.init(rawValue:)),
                agent: try rows.optionalText(row, 4).map { try AgentID($0) })
            let time = Instant(microseconds: try rows.timestamp(row, 5)) ?? .earliest
            contacts[try rows.text(row, 0)] = KnownContact(
                contact, at: time, by: try rows.uuid(row, 6),
                erasedAt: try rows.optionalTimestamp(row, 7).flatMap { Instant(microseconds: $0) })
        }
        return contacts
    }

    static func write(_ contacts: [(ref: String, contact: KnownContact)]) -> (Statement, Parameters) {
        let parameters = Parameters {
            $0.append(contacts.map(\.ref))
            $0.append(contacts.map(\.contact.contact.name))
            $0.append(contacts.map(\.contact.contact.phone?.code))
            $0.append(contacts.map(\.contact.contact.zone?.rawValue))
            $0.append(contacts.map(\.contact.contact.agent?.text))
            $0.append(timestamps: contacts.map(\.contact.learnedAt.microseconds))
            $0.append(contacts.map(\.contact.learnedBy))
            $0.append(timestamps: contacts.map { $0.contact.erasedAt?.microseconds })
        }
        return (writeStatement, parameters)
    }
}
