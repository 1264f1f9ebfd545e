import PerisaiModels
import Worker

import struct Foundation.UUID

/// One answer to an office: made once for an event, and posted until it is taken.
struct WebhookRow: Sendable {
    let id: UUID
    /// Answers of one stream are sent one after the other, in the order of their events.
    let stream: String
    let office: OfficeCode
    let kind: String
    let url: CallbackURL
    let traceparent: String?
    let body: [UInt8]
    /// Nil: it waits to be sent.
    let failure: WebhookFailure?

    /// Nil for an event without a callback address.
    init?(_ event: Event<NotifierInput>, _ offices: WebhookOffices) {
        guard let answer = OfficeAnswer(event.input), let url = answer.url else { return nil }
        id = Self.id(of: event)
        stream = answer.stream
        office = answer.office
        kind = answer.kind
        self.url = url
        traceparent = event.traceparent
        body = Self.body(id: id, event, answer)
        failure = offices.target(of: url, for: answer.office) == nil ? .hostNotAgreed : nil
    }

    /// Who publishes on `ptsp.clearances.v1`.
    static let source = "/perisai/enrollment-intake"

    /// The id that the event has in Kafka, where it is one of ours; else the key under which we know the event.
    private static func id(of event: Event<NotifierInput>) -> UUID {
        guard let id = event.id, EventKey.of(source: source, id: id.text) == event.key else { return event.key }
        return id
    }

    /// The event in the JSON format of CloudEvents 1.0.
    private static func body(id: UUID, _ event: Event<NotifierInput>, _ answer: OfficeAnswer) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        for (name, value) in [
            ("specversion", "1.0"), ("id", id.text), ("source", source), ("type", answer.type),
            ("time", event.time.description), ("datacontenttype", "application/json"),
        ] {
            writer.name(name)
            writer.string(value)
        }
        writer.name("data")
        answer.data.write(to: &writer)
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
