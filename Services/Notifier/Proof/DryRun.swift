import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What would go out for some events: decided by the service's own code against the contacts of the database, which is
/// only read.
///
/// Events come in batches. What the earlier ones make known is known to the later ones, and a message whose contact
/// comes later is routed then, as the service does. Contacts are those of today: for a day long past the answer is
/// what would go out now.
public struct DryRun {
    /// Events, contacts learned and waiting messages that are kept at most; more are refused.
    public static let most = (events: 2_000_000, contacts: 500_000, waiting: 100_000)

    private let service: NotifierService
    private let connection: Connection
    /// Messages that are listed at most; the summary counts all.
    private let limit: Int
    private var seen: Set<UUID> = []
    private var made: Set<UUID> = []
    private var learned: [String: KnownContact] = [:]
    private var waiting: [String: [MessageRow]] = [:]
    private var waitingCount = 0

    /// In the order in which they are decided.
    public private(set) var messages: [PlannedMessage] = []
    public private(set) var summary = PlannedSummary()

    /// - Parameter connection: with the notifier's schema as search path.
    public init(_ service: NotifierService, limit: Int, on connection: Connection) {
        self.service = service
        self.limit = limit
        self.connection = connection
    }

    /// Decides a batch: a thousand events, say.
    /// - Throws: `DeskError` for more than is kept; errors of the database.
    public mutating func take(_ batch: [Event<NotifierInput>]) throws {
        let events = batch.filter { seen.insert($0.key).inserted }
        guard !events.isEmpty else { return }
        guard seen.count <= Self.most.events, learned.count <= Self.most.contacts else {
            throw DeskError("a dry run takes \(Self.most.events) events and \(Self.most.contacts) new contacts at most")
        }
        let changed = events.reduce(into: Set<String>()) { $0.formUnion($1.input.changedRefs) }
        let rows = try stored(changed) + changed.sorted().flatMap { takeWaiting($0) }
        var state = NotifierState(contacts: try contacts(for: events, and: rows))
        for row in rows { state.addWaiting(row) }
        for event in events { service.decide(event, &state) }
        for ref in state.changedContacts { learned[ref] = state.contacts[ref] }
        summary.events += events.count
        summary.webhooks += state.webhooks.count
        let erased = Set(state.erasures.flatMap(\.refs))
        for ref in waiting.keys.sorted() where !erased.isEmpty {
            try add(takeWaiting(ref), erased: erased)
        }
        try add(state.rows, erased: erased)
    }

    /// Counts what still waits. To be called once, after the last batch.
    public mutating func finish() throws {
        for ref in waiting.keys.sorted() { try plan(takeWaiting(ref)) }
    }

    // MARK: Messages

    private mutating func add(_ rows: [MessageRow], erased: Set<String>) throws {
        var decided: [MessageRow] = []
        for var row in rows {
            // What was not sent yet is not sent.
            if erased.contains(row.recipientRef) { row.route = .undeliverable(SubjectStore.erasedReason) }
            guard let ref = row.waitsFor else {
                decided.append(row)
                continue
            }
            guard waitingCount < Self.most.waiting else {
                throw DeskError("more than \(Self.most.waiting) messages wait for contacts: enrolments are missing")
            }
            waiting[ref, default: []].append(row)
            waitingCount += 1
        }
        try plan(decided)
    }

    private mutating func takeWaiting(_ ref: String) -> [MessageRow] {
        let rows = waiting.removeValue(forKey: ref) ?? []
        waitingCount -= rows.count
        return rows
    }

    private mutating func plan(_ rows: [MessageRow]) throws {
        let rows = rows.filter { made.insert($0.id).inserted }
        guard !rows.isEmpty else { return }
        let stored = try states(of: rows.map(\.id))
        for row in rows {
            let planned = PlannedMessage(row, holds: service.settings.digestAfter > .zero, stored: stored[row.id])
            summary.add(planned)
            if messages.count < limit { messages.append(planned) }
        }
    }

    // MARK: Reading

    private static let waitingStatement = Statement(
        "notifications_dry_run_waiting",
        """
        SELECT message_id, kind, recipient_kind, recipient_ref, waits_for, event_key, coalesce(template, ''),
            coalesce(title, ''), coalesce(short, body), body, expires_on
        FROM message WHERE state = 'waiting_contact' AND waits_for = ANY($1::text[]) ORDER BY message_id
        LIMIT \(most.waiting)
        """)
    private static let statesStatement = Statement(
        "notifications_dry_run_states", "SELECT message_id, state FROM message WHERE message_id = ANY($1::uuid[])")

    /// Messages of earlier events that wait for contacts which these events bring.
    private func stored(_ refs: Set<String>) throws -> [MessageRow] {
        guard !refs.isEmpty else { return [] }
        let rows = try connection.query(Self.waitingStatement, Parameters { $0.append(refs.sorted()) })
        return try (0..<rows.rowCount).compactMap { row in
            guard let kind = MessageKind(rawValue: try rows.text(row, 1)), !made.contains(try rows.uuid(row, 0)) else {
                return nil
            }
            let text = MessageText(
                title: try rows.text(row, 7), short: try rows.text(row, 8), body: try rows.text(row, 9), line: nil,
                template: try rows.text(row, 6))
            return MessageRow(
                id: try rows.uuid(row, 0), kind: kind, recipientKind: try rows.text(row, 2),
                recipientRef: try rows.text(row, 3),
                text: MessageRow.NewText(
                    eventKey: try rows.uuid(row, 5), traceparent: nil, text: text,
                    expiresOn: try rows.optionalDate(row, 10).flatMap { CivilDate(daysSince1970: $0) }),
                route: .waits(for: try rows.text(row, 4)))
        }
    }

    private func states(of ids: [UUID]) throws -> [UUID: NotificationState] {
        let rows = try connection.query(Self.statesStatement, Parameters { $0.append(ids) })
        var states: [UUID: NotificationState] = [:]
        for row in 0..<rows.rowCount {
            states[try rows.uuid(row, 0)] = try NotificationState(stored: rows.text(row, 1))
        }
        return states
    }

    /// What the service loads, without its locks.
    private func contacts(
        for events: [Event<NotifierInput>], and rows: [MessageRow]
    ) throws -> [String: KnownContact] {
        var wanted = Set(rows.map(\.recipientRef) + rows.compactMap(\.waitsFor))
        for input in events.map(\.input) {
            wanted.formUnion(input.routeRefs + input.changedRefs + input.passingRefs + input.institutionRefs)
        }
        var contacts = try known(wanted)
        var others = NotifierService.deskRefs(events, contacts)
        others.formUnion(contacts.values.compactMap(\.contact.agent).map { Recipient.ref(of: $0) })
        contacts.merge(try known(others.subtracting(wanted))) { first, _ in first }
        return contacts
    }

    private func known(_ refs: Set<String>) throws -> [String: KnownContact] {
        var contacts = try ContactStore.read(refs, connection)
        for ref in refs {
            guard let learned = learned[ref] else { continue }
            contacts[ref] = contacts[ref]?.merged(with: learned) ?? learned
        }
        return contacts
    }
}
