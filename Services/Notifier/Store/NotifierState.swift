import PerisaiModels

import struct Foundation.UUID

/// A message as the notifier holds it while it decides.
struct MessageRow {
    let id: UUID
    let kind: MessageKind
    let recipientKind: String
    let recipientRef: String
    /// nil where the row is in the database already: there only its route changes.
    let text: NewText?
    var route: Route

    struct NewText {
        let eventKey: UUID
        let traceparent: String?
        let text: MessageText
        let expiresOn: CivilDate?
    }

    var waitsFor: String? { if case .waits(let ref) = route { ref } else { nil } }
}

/// A purpose that somebody does not want to be written to for.
struct Refusal {
    let ref: String
    let purpose: MessagePurpose
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
    /// Purposes that somebody has refused: what waits for them is not sent.
    private(set) var refusals: [Refusal] = []
    /// The newest date that has started in the batch.
    private(set) var businessDate: CivilDate?

    init(contacts: [String: KnownContact]) { self.contacts = contacts }

    /// The contact, once its enrolment has come; an institution needs none.
    func contact(_ ref: String) -> Contact? {
        guard let known = contacts[ref], known.isEnrolled || Recipient.institution(ref) != nil else { return nil }
        return known.contact
    }
    func erasedAt(_ ref: String) -> Instant? { contacts[ref]?.erasedAt }

    mutating func start(_ date: CivilDate) { businessDate = businessDate.map { max($0, date) } ?? date }

    /// Notes how somebody wants to be written to.
    mutating func prefer(_ stated: ContactPreferenceStated, at time: Instant, by key: UUID) {
        let preference = ContactPreference(stated, at: time, by: key)
        for ref in stated.refs {
            learn(ref, KnownContact(preference))
            // By all that is known, not by this statement: a later one may have come before it.
            for purpose in MessagePurpose.allCases where contacts[ref]?.contact.agrees(to: purpose) == false {
                refusals.append(Refusal(ref: ref, purpose: purpose))
            }
        }
    }

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
    mutating func learn(_ ref: String, _ learned: KnownContact) {
        let merged = contacts[ref].map { $0.merged(with: learned) } ?? learned
        if contacts[ref] != merged {
            contacts[ref] = merged
            changedContacts.insert(ref)
        }
        // An address alone does not say who somebody is: messages wait for the enrolment.
        guard contact(ref) != nil else { return }
        for index in waiting.removeValue(forKey: ref) ?? [] {
            let row = rows[index]
            let route = Route.of(ref: row.recipientRef, for: row.kind.purpose) { self.contact($0) }
            rows[index].route = route
            changedRows.insert(index)
            if case .waits(let next) = route { waiting[next, default: []].append(index) }
        }
    }

    /// Adds a message unless it is there already.
    /// - Parameter write: gives it words, once its reader's language is known.
    mutating func add(
        _ draft: Draft, id: UUID, eventKey: UUID, traceparent: String?,
        write: (MessageLanguage) -> MessageText
    ) {
        guard made.insert(id).inserted else { return }
        var own = draft.contact
        own?.preference = contacts[draft.recipient.ref]?.preference
        let route = Route.of(ref: draft.recipient.ref, for: draft.kind.purpose, own: own) { self.contact($0) }
        if case .waits(let ref) = route { waiting[ref, default: []].append(rows.count) }
        var language = MessageLanguage.indonesian
        if case .to(_, _, let reader) = route { language = reader.language }
        let text = MessageRow.NewText(
            eventKey: eventKey, traceparent: traceparent, text: write(language), expiresOn: draft.expiresOn)
        rows.append(
            MessageRow(
                id: id, kind: draft.kind, recipientKind: draft.recipient.kind, recipientRef: draft.recipient.ref,
                text: text, route: route))
    }

    /// Adds an answer to an office.
    mutating func add(_ webhook: WebhookRow) { webhooks.append(webhook) }
}
