import Kafka
import PerisaiModels

/// The form of a dead letter: the record as it came, and headers that say where from and why.
///
/// Headers of the origin are written once: a record that comes back from a dead-letter topic keeps its first ones.
public enum DeadLetter {
    public static let causeHeader = "perisai_cause"
    public static let reasonHeader = "perisai_reason"
    public static let groupHeader = "perisai_group"
    public static let attemptsHeader = "perisai_attempts"
    public static let originTopicHeader = "perisai_origin_topic"
    public static let originPartitionHeader = "perisai_origin_partition"
    public static let originOffsetHeader = "perisai_origin_offset"
    /// The length that the value had, where it was cut.
    public static let originLengthHeader = "perisai_origin_length"

    /// A dead letter must pass where the record passed, with more headers than it had: so much of it is kept. What is
    /// over the limit of a producer would hold up everything behind it.
    static let mostValueBytes = 900_000
    static let mostKeyBytes = 16_384
    static let mostHeaderBytes = 32_768
    /// Of a value that was cut already nothing can be read again: a look at its beginning must do.
    static let mostCutBytes = 65_536

    /// Headers of the last failure, replaced each time.
    static let latest: Set<String> = [causeHeader, reasonHeader, groupHeader]
    static let origin: Set<String> = [originTopicHeader, originPartitionHeader, originOffsetHeader]

    static func write<Input>(
        _ record: DecodedRecord<Input>, _ fault: RecordFault, group: String, to buffer: inout OutboxBuffer
    ) {
        var headers: [(String, [UInt8]?)] = [
            (causeHeader, Array(fault.cause.utf8)), (reasonHeader, Array(fault.reason.utf8.prefix(512))),
            (groupHeader, Array(group.utf8)),
        ]
        var kept: [(String, [UInt8]?)] = []
        if let raw = record.chunk?.batch {
            var room = mostHeaderBytes
            for header in raw.headers(of: raw[record.index]).prefix(40) {
                let size = header.name.count + (header.value?.count ?? 0)
                guard size <= room, let name = String(validating: raw.bytes(header.name), as: UTF8.self),
                    !latest.contains(name)
                else { continue }
                room -= size
                kept.append((name, header.value.map { raw.bytes($0) }))
            }
        }
        if !kept.contains(where: { origin.contains($0.0) }) {
            headers.append((originTopicHeader, Array(record.partition.topic.utf8)))
            headers.append((originPartitionHeader, Array(String(record.partition.partition).utf8)))
            headers.append((originOffsetHeader, Array(String(record.offset).utf8)))
        }
        if !kept.contains(where: { $0.0 == originLengthHeader }), let source = record.chunk?.batch[record.index],
            self.kept(of: source) < source.valueLength || source.isOversize
        {
            headers.append((originLengthHeader, Array(String(source.valueLength).utf8)))
        }
        buffer.beginRecord(topic: Topic.deadLetters(of: group), headers: headers.count + kept.count)
        for (name, value) in headers + kept {
            buffer.append(text: name)
            if let value { buffer.append(value) } else { buffer.append(nil as UnsafeRawBufferPointer?) }
        }
        appendKeyAndValue(record, to: &buffer)
    }

    /// How much of the value a dead letter keeps.
    private static func kept(of source: RecordBatch.Record) -> Int {
        min(source.value?.count ?? 0, source.isOversize ? mostCutBytes : mostValueBytes)
    }

    private static func appendKeyAndValue<Input>(_ record: DecodedRecord<Input>, to buffer: inout OutboxBuffer) {
        guard let raw = record.chunk?.batch else {
            buffer.append(nil as UnsafeRawBufferPointer?)
            buffer.append(nil as UnsafeRawBufferPointer?)
            return
        }
        raw.withBytes { bytes in
            let source = raw[record.index]
            buffer.append(source.key.map { UnsafeRawBufferPointer(rebasing: bytes[$0].prefix(mostKeyBytes)) })
            buffer.append(source.value.map { UnsafeRawBufferPointer(rebasing: bytes[$0].prefix(kept(of: source))) })
        }
    }
}
