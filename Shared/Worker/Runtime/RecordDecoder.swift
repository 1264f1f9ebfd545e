import Kafka
import PerisaiModels

import struct Foundation.UUID

/// Turns Kafka records into events: CloudEvents 1.0 in binary mode (headers) or structured mode (one JSON object).
struct RecordDecoder<Service: WorkerService>: Sendable {
    typealias Record = DecodedRecord<Service.Input>

    let service: Service

    func decode(_ chunk: RawChunk) -> [Record] {
        let batch = chunk.batch
        return batch.withBytes { bytes in
            batch.records.indices.map { index in
                let record = batch[index]
                return Record(
                    partition: batch.partition(of: record), offset: record.offset, chunk: chunk, index: index,
                    outcome: outcome(of: record, in: batch, bytes))
            }
        }
    }

    private func outcome(
        of record: RecordBatch.Record, in batch: RecordBatch, _ bytes: UnsafeRawBufferPointer
    ) -> Record.Outcome {
        do {
            guard !record.isOversize else {
                throw RecordFault(cause: "oversize", reason: "value has \(record.valueLength) bytes and was cut")
            }
            guard let range = record.value else { throw RecordFault(cause: "null-value", reason: "value is null") }
            guard !range.isEmpty else { throw RecordFault(cause: "empty-value", reason: "value is empty") }
            let headers = Headers(record, batch, bytes)
            let partition = batch.partition(of: record).partition
            let value = UnsafeRawBufferPointer(rebasing: bytes[range])
            if headers.isStructured { return try structured(value, record, partition) }
            return try binary(headers, value, record, partition)
        } catch let fault as RecordFault {
            return .fault(fault)
        } catch {
            return .fault(RecordFault(cause: "unreadable", reason: "\(error)"))
        }
    }

    /// The attributes that the loop needs, found in one walk over the headers.
    private struct Headers {
        var id: UnsafeRawBufferPointer?
        var source: UnsafeRawBufferPointer?
        var type: UnsafeRawBufferPointer?
        var time: UnsafeRawBufferPointer?
        var version: UnsafeRawBufferPointer?
        var traceparent: UnsafeRawBufferPointer?
        var contentType: UnsafeRawBufferPointer?

        init(_ record: RecordBatch.Record, _ batch: RecordBatch, _ bytes: UnsafeRawBufferPointer) {
            for header in batch.headers(of: record) {
                guard let range = header.value else { continue }
                let name = UnsafeRawBufferPointer(rebasing: bytes[header.name])
                let value = UnsafeRawBufferPointer(rebasing: bytes[range])
                switch name.count {
                case 5 where Self.matches(name, "ce_id"): id = value
                case 7 where Self.matches(name, "ce_type"): type = value
                case 7 where Self.matches(name, "ce_time"): time = value
                case 9 where Self.matches(name, "ce_source"): source = value
                case 11 where Self.matches(name, "traceparent"): traceparent = value
                case 12 where Self.matches(name, "content-type"): contentType = value
                case 14 where Self.matches(name, "ce_specversion"): version = value
                default: break
                }
            }
        }

        private static func matches(_ name: UnsafeRawBufferPointer, _ wanted: StaticString) -> Bool {
            for index in 0..<name.count where name[index] != wanted.utf8Start[index] { return false }
            return true
        }

        var isStructured: Bool {
            guard let contentType, id == nil else { return false }
            return contentType.starts(with: "application/cloudevents+json".utf8)
        }
    }

    private func binary(
        _ headers: Headers, _ value: UnsafeRawBufferPointer, _ record: RecordBatch.Record,
        _ partition: Int32
    ) throws -> Record.Outcome {
        guard let version = headers.version, version.elementsEqual("1.0".utf8) else {
            throw RecordFault(cause: "not-cloudevents", reason: "ce_specversion: must be 1.0")
        }
        let id = try attribute(headers.id, "ce_id", most: 128)
        let source = try attribute(headers.source, "ce_source", most: 256)
        let type = String(decoding: try attribute(headers.type, "ce_type", most: 128), as: UTF8.self)
        var time = fallbackTime(record)
        if let given = headers.time {
            guard let parsed = Instant(parsing: given.bindMemory(to: UInt8.self)) else {
                throw RecordFault(cause: "not-cloudevents", reason: "ce_time: must be RFC 3339 with offset")
            }
            time = parsed
        }
        return try event(
            key: EventKey.of(source: source, id: id), id: UUID(hexadecimal: id), time: time,
            trace: trace(headers.traceparent), type: type,
            partition: partition, value)
    }

    /// The record's own timestamp: the same each time it is read, unlike a clock.
    private func fallbackTime(_ record: RecordBatch.Record) -> Instant {
        let milliseconds = min(max(record.timestampMilliseconds, 0), 4_000_000_000_000)
        return Instant(microseconds: milliseconds * 1_000) ?? .earliest
    }

    private func attribute(
        _ value: UnsafeRawBufferPointer?, _ name: String, most: Int
    ) throws(RecordFault) -> UnsafeRawBufferPointer {
        guard let value, !value.isEmpty else {
            throw RecordFault(cause: "not-cloudevents", reason: "\(name): is missing")
        }
        guard value.count <= most else {
            throw RecordFault(cause: "not-cloudevents", reason: "\(name): is longer than \(most) bytes")
        }
        // Nearly all are ASCII, which needs no String to be checked.
        guard value.allSatisfy({ $0 < 0x80 }) || String(validating: value, as: UTF8.self) != nil else {
            throw RecordFault(cause: "not-cloudevents", reason: "\(name): is not valid UTF-8")
        }
        return value
    }

    /// A trace context that is not well-formed is left out: it must never stop an event.
    private func trace(_ value: UnsafeRawBufferPointer?) -> String? {
        guard let value, let text = String(validating: value, as: UTF8.self), EventRecord.isTraceparent(text) else {
            return nil
        }
        return text
    }

    private func structured(
        _ value: UnsafeRawBufferPointer, _ record: RecordBatch.Record, _ partition: Int32
    ) throws -> Record.Outcome {
        do throws(JSONFault) {
            var envelope = try CloudEventEnvelope.read(bytes: value)
            guard let data = envelope.data?.bytes else { throw JSONFault(field: "data", reason: "is missing") }
            if envelope.time == nil { envelope.time = fallbackTime(record).description }
            let attributes = try envelope.attributes()
            let key = EventKey.of(source: attributes.source, id: attributes.id)
            var text = attributes.id
            let id = text.withUTF8 { UUID(hexadecimal: UnsafeRawBufferPointer($0)) }
            let outcome = data.withUnsafeBytes { bytes in
                Result { () throws(JSONFault) in
                    try decode(
                        key: key, id: id, time: attributes.time, trace: attributes.traceparent, type: attributes.type,
                        partition: partition, bytes)
                }
            }
            return try outcome.get()
        } catch {
            throw RecordFault(cause: "not-cloudevents", reason: "\(error)")
        }
    }

    private func event(
        key: UUID, id: UUID?, time: Instant, trace: String?, type: String, partition: Int32,
        _ data: UnsafeRawBufferPointer
    ) throws -> Record.Outcome {
        do throws(JSONFault) {
            return try decode(key: key, id: id, time: time, trace: trace, type: type, partition: partition, data)
        } catch {
            throw RecordFault(cause: "bad-data", reason: "\(type): \(error)")
        }
    }

    private func decode(
        key: UUID, id: UUID?, time: Instant, trace: String?, type: String, partition: Int32,
        _ data: UnsafeRawBufferPointer
    ) throws(JSONFault) -> Record.Outcome {
        if let input = try service.decode(type: type, data: data) {
            return .event(Event(key: key, id: id, time: time, traceparent: trace, partition: partition, input: input))
        }
        guard EventCatalog.type(named: type) != nil else {
            return .fault(RecordFault(cause: "unknown-type", reason: "ce_type: no such type or version"))
        }
        return .skipped
    }
}
