import HTTPTypes
import Hummingbird
import Kafka
import Logging
import NIOCore
import PerisaiModels
import Synchronization

/// Takes CloudEvents over HTTP (HTTP binding: binary, structured and batch mode) and answers 202 only once Kafka has
/// acknowledged all of them. A batch is accepted whole or not at all; after 503 the sender repeats it, and consumers
/// drop what they have seen.
public final class EventIntake: Sendable {
    public struct Limits: Sendable {
        /// Longest single event with its envelope, bytes.
        public var eventBytes = 1_048_576
        /// Longest batch, bytes.
        public var batchBytes = 4_194_304
        /// Most events in a batch.
        public var batchEvents = 1_000
        /// Bytes of all requests in hand; beyond it 503.
        public var heldBytes = 33_554_432
        /// How long Kafka may take to acknowledge.
        public var publishTimeout = Duration.seconds(10)
        /// Seconds until a sender should come again after 503.
        public var retryAfterSeconds = 5

        public init() {}
    }

    let limits: Limits
    private let topics: Set<Topic>
    private let senders: [EventSender]
    private let publisher: any EventPublisher
    private let logger: Logger
    private let requests: [Int: Counter]
    private let events: Counter
    private let held = Atomic<Int>(0)

    /// `topics`: the streams that this service takes; events of other types are refused with 400.
    public init(
        topics: Set<Topic>, senders: [EventSender], publisher: any EventPublisher, metrics: MetricsRegistry,
        logger: Logger, limits: Limits = Limits()
    ) {
        self.topics = topics
        self.senders = senders
        self.publisher = publisher
        self.logger = logger
        self.limits = limits
        requests = Dictionary(
            uniqueKeysWithValues: IntakeAnswer.statuses.map { status in
                let labels = [(name: "status", value: String(status))]
                let help = "Requests to the event intake by answer"
                return (status, metrics.counter("perisai_intake_requests_total", help: help, labels: labels))
            })
        events = metrics.counter("perisai_intake_events_total", help: "Events accepted over HTTP")
    }

    /// Answers one request; reads its body only as far as needed.
    func answer<Body: AsyncSequence>(headers: HTTPFields, body: Body) async -> IntakeAnswer
    where Body.Element == ByteBuffer {
        var reserved = 0
        let answer: IntakeAnswer
        do throws(IntakeAnswer) {
            answer = try await take(headers, body, &reserved)
        } catch {
            answer = error
        }
        held.subtract(reserved, ordering: .relaxed)
        requests[answer.status]?.add()
        return answer
    }

    private enum Mode { case binary, structured, batch }

    private func take<Body: AsyncSequence>(
        _ headers: HTTPFields, _ body: Body, _ reserved: inout Int
    ) async throws(IntakeAnswer) -> IntakeAnswer where Body.Element == ByteBuffer {
        guard headers[values: .authorization].count <= 1,
            let sender = senders.sender(authorization: headers[.authorization])
        else {
            throw .refused(401, "unauthorized", reason: "the bearer token is missing or unknown", closes: true)
        }
        let mode = try mode(headers)
        let most = mode == .batch ? limits.batchBytes : limits.eventBytes
        let bytes = try await read(headers, body, most, &reserved)
        let records = try records(mode, headers, bytes, sender)
        do {
            try await publisher.publish(records.map(\.record), timeout: limits.publishTimeout)
        } catch {
            logger.warning(
                "events not accepted", error: error,
                metadata: ["sender": "\(sender.name)", "count": "\(records.count)"])
            if error.code == .messageTooLarge {
                throw .refused(413, "too_large", reason: "an event is larger than Kafka takes")
            }
            throw .refused(503, "unavailable", reason: "Kafka has not acknowledged the events; send them again")
        }
        events.add(records.count)
        return .accepted(records.map(\.id))
    }

    private func mode(_ headers: HTTPFields) throws(IntakeAnswer) -> Mode {
        let media = MediaName(headers[.contentType] ?? "")
        switch media.name {
        case "application/cloudevents+json" where media.isUTF8: return .structured
        case "application/cloudevents-batch+json" where media.isUTF8: return .batch
        case let name where media.isJSON && !name.hasPrefix("application/cloudevents"): return .binary
        default:
            throw .refused(
                415, "unsupported_media_type", field: "content-type",
                reason: "must be application/json, application/cloudevents+json or application/cloudevents-batch+json",
                closes: true)
        }
    }

    // MARK: Body

    private func read<Body: AsyncSequence>(
        _ headers: HTTPFields, _ body: Body, _ most: Int, _ reserved: inout Int
    ) async throws(IntakeAnswer) -> [UInt8] where Body.Element == ByteBuffer {
        let tooLarge = IntakeAnswer.refused(
            413, "too_large", reason: "the body is longer than \(most) bytes", closes: true)
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > most { throw tooLarge }
        var bytes: [UInt8] = []
        do {
            for try await chunk in body {
                let count = chunk.readableBytes
                guard bytes.count + count <= most else { throw tooLarge }
                reserved += count
                guard held.add(count, ordering: .relaxed).newValue <= limits.heldBytes else {
                    throw IntakeAnswer.refused(503, "busy", reason: "too many requests are in hand", closes: true)
                }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch let answer as IntakeAnswer {
            throw answer
        } catch {
            throw .refused(400, "invalid_request", reason: "the body ends too early", closes: true)
        }
        return bytes
    }

    // MARK: Events

    private typealias Checked = (id: String, record: OutgoingRecord)

    /// All events of the request, each fully checked; the first fault refuses the request.
    private func records(
        _ mode: Mode, _ headers: HTTPFields, _ bytes: [UInt8], _ sender: EventSender
    ) throws(IntakeAnswer) -> [Checked] {
        switch mode {
        case .binary:
            let envelope: CloudEventEnvelope
            do throws(JSONFault) {
                envelope = try CloudEventEnvelope(
                    headers: { (name) throws(JSONFault) in try Self.attribute(name, headers) }, data: bytes)
            } catch { throw Self.invalid(error, nil) }
            return [try check(envelope, sender, nil, headers)]
        case .structured:
            let envelope: CloudEventEnvelope
            do throws(JSONFault) {
                envelope = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                    try CloudEventEnvelope.read(bytes: UnsafeRawBufferPointer(bytes))
                }
            } catch { throw Self.invalid(error, nil) }
            return [try check(envelope, sender, nil, headers)]
        case .batch:
            return try batch(bytes, sender)
        }
    }

    private func batch(_ bytes: [UInt8], _ sender: EventSender) throws(IntakeAnswer) -> [Checked] {
        var envelopes: [CloudEventEnvelope] = []
        var position: Int?
        do throws(JSONFault) {
            try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                let slice = try JSONSlice(UnsafeRawBufferPointer(bytes))
                try slice.forEachElement { (index, element) throws(JSONFault) in
                    position = index
                    guard index < limits.batchEvents else {
                        throw JSONFault(reason: "a batch holds at most \(limits.batchEvents) events")
                    }
                    envelopes.append(try CloudEventEnvelope.read(element))
                }
                position = nil
            }
        } catch { throw Self.invalid(error, position) }
        guard !envelopes.isEmpty else { throw Self.invalid(JSONFault(reason: "the batch is empty"), nil) }
        var records: [Checked] = []
        records.reserveCapacity(envelopes.count)
        for (index, envelope) in envelopes.enumerated() { records.append(try check(envelope, sender, index, nil)) }
        return records
    }

    private func check(
        _ envelope: CloudEventEnvelope, _ sender: EventSender, _ index: Int?, _ headers: HTTPFields?
    ) throws(IntakeAnswer) -> Checked {
        do throws(JSONFault) {
            var attributes = try envelope.attributes()
            if attributes.traceparent == nil, let trace = headers.flatMap(Self.trace) { attributes.traceparent = trace }
            guard sender.sources.contains(attributes.source) else { throw Self.foreignSource }
            guard let type = EventCatalog.type(named: attributes.type) else {
                throw JSONFault(field: "type", reason: "is not a known event type")
            }
            guard topics.contains(type.topic) else {
                throw JSONFault(field: "type", reason: "is not taken here")
            }
            guard let data = envelope.data else { throw JSONFault(field: "data", reason: "is missing") }
            guard data.bytes.count <= limits.eventBytes else { throw Self.longData }
            return (attributes.id, try EventRecord.make(attributes, validating: data.bytes))
        } catch {
            switch error {
            case Self.foreignSource:
                throw .refused(403, "forbidden", field: error.field, reason: error.reason, index: index)
            case Self.longData:
                throw .refused(413, "too_large", field: error.field, reason: error.reason, index: index)
            default: throw Self.invalid(error, index)
            }
        }
    }

    private static let foreignSource = JSONFault(field: "source", reason: "does not belong to this sender")
    private static let longData = JSONFault(field: "data", reason: "is longer than a single event may be")

    /// The trace context of the HTTP request itself.
    private static func trace(_ headers: HTTPFields) -> String? {
        HTTPField.Name("traceparent").flatMap { headers[$0] }.flatMap { EventRecord.isTraceparent($0) ? $0 : nil }
    }

    private static func invalid(_ fault: JSONFault, _ index: Int?) -> IntakeAnswer {
        .refused(
            400, "invalid_event", field: fault.field.isEmpty ? nil : fault.field, reason: fault.reason, index: index)
    }

    /// A `ce-` header; given twice it leaves open which one counts.
    private static func attribute(_ name: String, _ headers: HTTPFields) throws(JSONFault) -> String? {
        guard let field = HTTPField.Name("ce-" + name) else { return nil }
        let values = headers[values: field]
        guard values.count <= 1 else { throw JSONFault(field: name, reason: "is given twice") }
        guard let value = values.first else { return nil }
        guard let text = decodeAttribute(value) else {
            throw JSONFault(field: name, reason: "is not percent-encoded UTF-8")
        }
        return text
    }
}
