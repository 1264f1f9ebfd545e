import PerisaiModels
import Worker

import struct Foundation.UUID

/// One answer to an office or notice to a bank: made once for an event, and posted until it is taken.
struct WebhookRow: Sendable {
    let id: UUID
    /// Answers of one stream are sent one after the other, in the order of their events.
    let stream: String
    let subscriber: WebhookSubscriber
    let kind: String
    let url: CallbackURL
    let traceparent: String?
    let body: [UInt8]
    /// Nil: it waits to be sent.
    let failure: WebhookFailure?

    /// Nil for an event that nobody is to be told of: without a callback address, of a bank that is not agreed, or that
    /// the bank does not want.
    init?(_ event: Event<NotifierInput>, _ offices: WebhookOffices) {
        if let answer = OfficeAnswer(event.input) {
            guard let url = answer.url else { return nil }
            self.init(
                event, .office(answer.office), answer.stream, answer.kind, url, offices, Self.officeSource, answer.type
            ) { answer.data.write(to: &$0) }
            return
        }
        guard !offices.banks.isEmpty, let notice = BankNotice(event.input), let bank = offices.banks[notice.bank],
            bank.events.contains(notice.kind)
        else { return nil }
        self.init(
            event, .bank(notice.bank), notice.stream, notice.kind.rawValue, bank.url, offices, Self.bankSource,
            notice.type, notice.write)
    }

    private init(
        _ event: Event<NotifierInput>, _ subscriber: WebhookSubscriber, _ stream: String, _ kind: String,
        _ url: CallbackURL, _ offices: WebhookOffices, _ source: String, _ type: String,
        _ data: (inout JSONWriter) -> Void
    ) {
        id = Self.id(of: event, source)
        self.stream = stream
        self.subscriber = subscriber
        self.kind = kind
        self.url = url
        traceparent = event.traceparent
        body = Self.body(id: id, event, source, type, data)
        failure = offices.target(of: url, for: subscriber) == nil ? .hostNotAgreed : nil
    }

    /// Who publishes on `ptsp.clearances.v1`.
    static let officeSource = "/perisai/enrollment-intake"
    /// Who publishes the events of payments.
    static let bankSource = "/perisai/payment-reconciler"

    /// The id that the event has in Kafka, where it is one of ours; else the key under which we know the event.
    private static func id(of event: Event<NotifierInput>, _ source: String) -> UUID {
        guard let id = event.id, EventKey.of(source: source, id: id.text) == event.key else { return event.key }
        return id
    }

    /// The event in the JSON format of CloudEvents 1.0.
    private static func body(
        id: UUID, _ event: Event<NotifierInput>, _ source: String, _ type: String, _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        for (name, value) in [
            ("specversion", "1.0"), ("id", id.text), ("source", source), ("type", type),
            ("time", event.time.description), ("datacontenttype", "application/json"),
        ] {
            writer.name(name)
            writer.string(value)
        }
        writer.name("data")
        data(&writer)
        writer.endObject()
        return writer.bytes
    }
}

/// What is common to the events that tell a permit office something.
struct OfficeAnswer {
    let office: OfficeCode
    let stream: String
    let url: CallbackURL?
    let type: String
    let data: any EventData

    /// `permit-held` of `id.perisai.permit-held.v1`.
    var kind: String { type.split(separator: ".").dropFirst(2).first.map(String.init) ?? type }

    /// Nil for an event that is no answer to an office.
    init?(_ input: NotifierInput) {
        switch input {
        case .permitCleared(let event): self.init(event, event.applicationID, event.office, event.callbackURL)
        case .permitHeld(let event): self.init(event, event.applicationID, event.office, event.callbackURL)
        case .permitReminded(let event): self.init(event, event.applicationID, event.office, event.callbackURL)
        case .permitClosed(let event): self.init(event, event.applicationID, event.office, event.callbackURL)
        case .servicesWithheld(let event):
            self.init(event, stream: "case:\(event.caseID.text)", event.office, event.callbackURL)
        default: return nil
        }
    }

    private init(_ event: some EventData, _ application: ApplicationID, _ office: OfficeCode, _ url: CallbackURL?) {
        self.init(event, stream: "permit:\(application.text)", office, url)
    }

    private init<Answer: EventData>(_ event: Answer, stream: String, _ office: OfficeCode, _ url: CallbackURL?) {
        self.office = office
        self.stream = "\(office.text) \(stream)"
        self.url = url
        type = Answer.type
        data = event
    }
}
