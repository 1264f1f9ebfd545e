import PerisaiModels
import Postgres
import Worker

/// How somebody is reached, as operations see it: addresses and the names of persons are masked.
public struct ContactRecord: Sendable {
    public struct Field: Sendable {
        public let name: String
        /// Masked where it is personal.
        public let value: String
        /// `enrolment`, or `stated`.
        public let source: String
        public let since: Instant?
    }

    /// Where messages for one purpose go now.
    public struct Way: Sendable {
        public let purpose: MessagePurpose
        /// As the reader has stated it, or as the enrolment says; nil: nobody has asked for it, or it cannot be refused.
        public let consent: Bool?
        /// Channels with masked addresses, the preferred one first; empty when nobody can be written to.
        public let steps: [(channel: String, address: String)]
        /// An agent that reads them on somebody's behalf.
        public let readerRef: String?
        /// Why nobody can be written to: `NO_PHONE`, `NO_CONSENT`, or what is waited for.
        public let reason: String?
    }

    public let ref: String
    public let isEnrolled: Bool
    public let erasedAt: Instant?
    public let fields: [Field]
    public let ways: [Way]

    /// Nil when nothing is known of them; institutions need no contact and are always known.
    public static func read(_ recipient: Recipient, on connection: Connection) throws -> ContactRecord? {
        let ref = recipient.ref
        var contacts = try ContactStore.read([ref], connection)
        let known = contacts[ref]
        guard known != nil || Recipient.institution(ref) != nil else { return nil }
        if let agent = known?.contact.agent {
            contacts.merge(try ContactStore.read([Recipient.ref(of: agent)], connection)) { first, _ in first }
        }
        let state = NotifierState(contacts: contacts)
        return ContactRecord(
            ref: ref, isEnrolled: known?.isEnrolled ?? false, erasedAt: known?.erasedAt,
            fields: known.map { enrolled($0, ref) + stated($0.preference, ref) } ?? [],
            ways: MessagePurpose.allCases.map { way($0, ref, state) })
    }

    private static func enrolled(_ known: KnownContact, _ ref: String) -> [Field] {
        guard known.isEnrolled else { return [] }
        let base = known.base
        let values: [(String, String?)] = [
            ("name", base.name.isEmpty ? nil : shown(base.name, ref)), ("phone", base.phone?.description),
            ("zone", base.zone?.rawValue), ("agent", base.agent?.text), ("branch", base.branch?.text),
            ("consent", base.consent.map { $0 ? "yes" : "no" }),
        ]
        return values.compactMap { name, value in
            value.map { Field(name: name, value: $0, source: "enrolment", since: known.learnedAt) }
        }
    }

    private static func stated(_ preference: ContactPreference?, _ ref: String) -> [Field] {
        guard let preference else { return [] }
        func value(_ field: ContactPreference.Field) -> String? {
            switch field {
            case .name: preference.name.map { shown($0, ref) }
            case .phone: preference.phone?.description
            case .whatsapp: preference.whatsapp?.description
            case .email: preference.email?.description
            case .pushToken: preference.pushToken?.description
            case .language: preference.language?.rawValue
            case .zone: preference.zone?.rawValue
            case .consent(let purpose): preference.choices[purpose]?.consent.map { $0 ? "yes" : "no" }
            case .channels(let purpose):
                preference.choices[purpose]?.channels.map { $0.map(\.rawValue).joined(separator: ",") }
            }
        }
        return ContactPreference.Field.all.compactMap { field in
            value(field).map {
                Field(name: field.text, value: $0, source: "stated", since: preference.stamps[field]?.at)
            }
        }
    }

    /// An institution's name is no secret; of a person's each word shows its first letter.
    private static func shown(_ name: String, _ ref: String) -> String {
        guard Recipient.institution(ref) == nil else { return name }
        return name.split(separator: " ").map { $0.prefix(1) + "***" }.joined(separator: " ")
    }

    private static func way(_ purpose: MessagePurpose, _ ref: String, _ state: NotifierState) -> Way {
        // A worker's enrolment comes with the employer's and is kept nowhere: what was stated counts alone.
        let preference = state.contacts[ref]?.preference
        let own = ref.hasPrefix("worker:") ? preference.map { Contact(name: "", phone: nil, preference: $0) } : nil
        let consent = purpose.mayBeRefused ? (own ?? state.contact(ref))?.agrees(to: purpose) : nil
        func way(_ steps: [RouteStep], _ reader: String?, _ reason: String?) -> Way {
            let masked = steps.map { ($0.channel.rawValue, NotificationRecord.masked($0.address)) }
            return Way(purpose: purpose, consent: consent, steps: masked, readerRef: reader, reason: reason)
        }
        switch Route.of(ref: ref, for: purpose, own: own, known: { state.contact($0) }) {
        case .to(let step, let fallback, let reader): return way([step] + fallback, reader.ref, nil)
        case .waits(let other): return way([], nil, "waits for the enrolment of \(other)")
        case .undeliverable(let reason): return way([], nil, reason)
        }
    }
}
