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
        SELECT ref, name, phone, zone, agent, learned_at, learned_by, erased_at, branch, consent, stated_name,
            stated_phone, whatsapp, email, push_token, language, stated_zone, choices, stamps
        FROM contact
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
            learned_by = u.learned_by, erased_at = u.erased_at, branch = u.branch, consent = u.consent,
            stated_name = u.stated_name, stated_phone = u.stated_phone, whatsapp = u.whatsapp, email = u.email,
            push_token = u.push_token, language = u.language, stated_zone = u.stated_zone, choices = u.choices,
            stamps = u.stamps
        FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[],
            $8::timestamptz[], $9::text[], $10::bool[], $11::text[], $12::int8[], $13::int8[], $14::text[],
            $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
            AS u(ref, name, phone, zone, agent, learned_at, learned_by, erased_at, branch, consent, stated_name,
                stated_phone, whatsapp, email, push_token, language, stated_zone, choices, stamps)
        WHERE c.ref = u.ref
        """)

    /// The contacts among `wanted`, and those to be learned, with all rows locked that are unknown or to be changed.
    static func load(
        wanted: Set<String>, learned: Set<String>, from connection: Connection
    ) throws -> [String: KnownContact] {
        var contacts = try stage(
            wanted.filter { !Recipient.isAgent($0) }, learned: learned.filter { !Recipient.isAgent($0) }, connection)
        var agents = wanted.union(learned).filter { Recipient.isAgent($0) }
        for contact in contacts.values where !contact.contact.isReachable {
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
        for row in 0..<rows.rowCount { contacts[try rows.text(row, 0)] = try contact(rows, row) }
        return contacts
    }

    private static func contact(_ rows: QueryResult, _ row: Int) throws -> KnownContact {
        let contact = Contact(
            name: try rows.text(row, 1), phone: try phone(rows, row, 2), zone: try zone(rows, row, 3),
            agent: try rows.optionalText(row, 4).map { try AgentID($0) },
            branch: try rows.optionalText(row, 8).map { try BranchCode($0) }, consent: try rows.optionalBool(row, 9))
        return KnownContact(
            contact, at: Instant(microseconds: try rows.timestamp(row, 5)) ?? .earliest, by: try rows.uuid(row, 6),
            preference: try preference(rows, row),
            erasedAt: try rows.optionalTimestamp(row, 7).flatMap { Instant(microseconds: $0) })
    }

    private static func preference(_ rows: QueryResult, _ row: Int) throws -> ContactPreference? {
        guard let stamps = try rows.optionalText(row, 18) else { return nil }
        var preference = ContactPreference()
        preference.name = try rows.optionalText(row, 10)
        preference.phone = try phone(rows, row, 11)
        preference.whatsapp = try phone(rows, row, 12)
        preference.email = try rows.optionalText(row, 13).map { try EmailAddress($0) }
        preference.pushToken = try rows.optionalText(row, 14).map { try PushToken($0) }
        preference.language = try rows.optionalText(row, 15).flatMap(MessageLanguage.init(rawValue:))
        preference.zone = try zone(rows, row, 16)
        preference.choices = ContactPreference.choices(stored: try rows.optionalText(row, 17))
        preference.stamps = ContactPreference.stamps(stored: stamps)
        return preference
    }

    private static func phone(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> PhoneNumber? {
        try rows.optionalInt64(row, column).map { try PhoneNumber(code: $0) }
    }

    private static func zone(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> IndonesianZone? {
        try rows.optionalText(row, column).flatMap(IndonesianZone.init(rawValue:))
    }

    static func write(_ contacts: [(ref: String, contact: KnownContact)]) -> (Statement, Parameters) {
        let parameters = Parameters {
            $0.append(contacts.map(\.ref))
            $0.append(contacts.map(\.contact.base.name))
            $0.append(contacts.map(\.contact.base.phone?.code))
            $0.append(contacts.map(\.contact.base.zone?.rawValue))
            $0.append(contacts.map(\.contact.base.agent?.text))
            $0.append(timestamps: contacts.map(\.contact.learnedAt.microseconds))
            $0.append(contacts.map(\.contact.learnedBy))
            $0.append(timestamps: contacts.map { $0.contact.erasedAt?.microseconds })
            $0.append(contacts.map(\.contact.base.branch?.text))
            $0.append(contacts.map(\.contact.base.consent))
            let stated = contacts.map(\.contact.preference)
            $0.append(stated.map { $0?.name })
            $0.append(stated.map { $0?.phone?.code })
            $0.append(stated.map { $0?.whatsapp?.code })
            $0.append(stated.map { $0?.email?.text })
            $0.append(stated.map { $0?.pushToken?.text })
            $0.append(stated.map { $0?.language?.rawValue })
            $0.append(stated.map { $0?.zone?.rawValue })
            $0.append(stated.map { $0?.storedChoices })
            $0.append(stated.map { $0?.storedStamps })
        }
        return (writeStatement, parameters)
    }
}
