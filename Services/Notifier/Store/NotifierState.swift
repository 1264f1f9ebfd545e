import PerisaiModels

import struct Foundation.UUID

/// A message as the notifier holds it while it decides.
struct MessageRow {
    let id: UUID
    let kind: String
    let recipientKind: String
    let recipientRef: String
    /// nil where the row is in the database already: there only its route changes.
    let text: NewText?
    var route: Route

    struct NewText {
        let eventKey: UUID
        let traceparent: String?
        let body: String
    }

    var waitsFor: String? { if case .waits(let ref) = route { ref } else { nil } }
}

/// What a batch touches: contacts, messages that wait for them, new messages and webhooks.
public struct NotifierState {
    private(set) var contacts: [String: KnownContact]
    private(set) var changedContacts: Set<String> = []
    private(set) var rows: [MessageRow] = []
    private(set) var changedRows: Set<Int> = []
    private var waiting: [String: [Int]] = [:]
    private var made: Set<UUID> = []
    private(set) var webhooks: [WebhookRow] = []
    private(set) var erasures: [SubjectErased] = []
    /// Of agents, under which messages about others went to them.
    private(set) var erasedPhones: [String] = []
    private(set) var corrections: [SubjectCorrected] = []

    init(contacts: [String: KnownContact]) { self.contacts = contacts }

    func contact(_ ref: String) -> Contact? { contacts[ref]?.contact }
    func erasedAt(_ ref: String) -> Instant? { contacts[ref]?.erasedAt }

    mutating func note(_ erased: SubjectErased) { erasures.append(erased) }
    mutating func note(_ corrected: SubjectCorrected) { corrections.append(corrected) }
    mutating func note(phone: String) { erasedPhones.append(phone) }

    /// A message of the database that waits for a contact.
    mutating func addWaiting(_ row: MessageRow) {
        guard let ref = row.waitsFor else { return }
        waiting[ref, default: []].append(rows.count)
        rows.append(row)
    }

    /// Notes a contact, and sends on what has waited for it.
    mutating func learn(_ ref: String, _ contact: KnownContact) {
        let merged = contacts[ref].map { $0.merged(with: contact) } ?? contact
        if contacts[ref] != merged {
            contacts[ref] = merged
            changedContacts.insert(ref)
        }
        for index in waiting.removeValue(forKey: ref) ?? [] {
            let route = Route.of(ref: rows[index].recipientRef) { self.contact($0) }
            rows[index].route = route
            changedRows.insert(index)
            if case .waits(let next) = route { waiting[next, default: []].append(index) }
        }
    }

    /// Adds a message unless it is there already.
    mutating func add(_ draft: Draft, id: UUID, text: MessageRow.NewText) {
        guard made.insert(id).inserted else { return }
        let route = Route.of(ref: draft.recipient.ref, own: draft.contact) { self.contact($0) }
        if case .waits(let ref) = route { waiting[ref, default: []].append(rows.count) }
        rows.append(
            MessageRow(
                id: id, kind: draft.kind.rawValue, recipientKind: draft.recipient.kind,
                recipientRef: draft.recipient.ref, text: text, route: route))
    }

    /// Adds an answer to an office.
    mutating func add(_ webhook: WebhookRow) { webhooks.append(webhook) }
}
