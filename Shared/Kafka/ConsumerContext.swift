import CRdKafka

/// Told of partitions that come and go. Called on the consumer's thread, from within `poll` or `close`.
public protocol RebalanceHandler: AnyObject {
    /// Where to start each of the partitions, in the same order. The consumer holds all of them from its return on.
    func assigned(_ partitions: [TopicPartition]) -> [StartOffset]
    /// Must return only when no work for these partitions can take effect any more, and well within the session
    /// time-out. `lost`: another member may own them already, so nothing may be committed.
    func revoked(_ partitions: [TopicPartition], lost: Bool)
}

/// Figures of a consumer since it was made.
public struct ConsumerCounters: Sendable, Equatable {
    public internal(set) var records = 0
    public internal(set) var bytes = 0
    /// Records below the wanted offset or of a partition already given away; dropped.
    public internal(set) var stale = 0
    public internal(set) var oversize = 0
    public internal(set) var commits = 0
    public internal(set) var failedCommits = 0
    public internal(set) var rebalances = 0
}

/// State of a consumer that callbacks change. Confined to the consumer's thread.
final class ConsumerContext: ClientContext {
    struct Slot {
        let partition: TopicPartition
        /// The next offset that may be delivered; -1 while unknown.
        var next: Int64
    }

    var handler: (any RebalanceHandler)?
    var statistics: ((ConsumerStatistics) -> Void)?
    var counters = ConsumerCounters()
    private(set) var slots: [Slot] = []
    private(set) var slotOf: [TopicPartition: Int] = [:]
    /// Raised whenever `slots` is rebuilt, so that indices into it are taken anew.
    private(set) var generation = 0
    /// Partitions given away while a batch was being filled.
    private(set) var revokedMeanwhile: Set<TopicPartition> = []
    /// Partitions whose end was reached (`enable.partition.eof`).
    var ended: Set<TopicPartition> = []
    private var pending: [KafkaError] = []
    private static let maxPending = 64

    func nextError() -> KafkaError? { pending.isEmpty ? fatal : pending.removeFirst() }

    func hold(_ error: KafkaError) { if pending.count < Self.maxPending { pending.append(error) } }

    func advance(_ slot: Int, to next: Int64) { slots[slot].next = next }

    func place(_ positions: [(TopicPartition, StartOffset)], keeping: Bool) {
        var all = keeping ? slots.map { ($0.partition, $0.next) } : []
        all += positions.map { partition, start in
            if case .at(let offset) = start { return (partition, offset) }
            return (partition, -1)
        }
        rebuild(all.map { Slot(partition: $0.0, next: $0.1) })
    }

    func remove(_ partitions: [TopicPartition]) {
        let gone = Set(partitions)
        revokedMeanwhile.formUnion(gone)
        rebuild(slots.filter { !gone.contains($0.partition) })
    }

    func move(_ partition: TopicPartition, to start: StartOffset) {
        guard let slot = slotOf[partition] else { return }
        if case .at(let offset) = start { slots[slot].next = offset } else { slots[slot].next = -1 }
        ended.remove(partition)
    }

    func takeRevoked() -> Set<TopicPartition> {
        defer { revokedMeanwhile.removeAll() }
        return revokedMeanwhile
    }

    private func rebuild(_ new: [Slot]) {
        slots = new
        slotOf = Dictionary(new.enumerated().map { ($1.partition, $0) }) { _, last in last }
        ended.formIntersection(slotOf.keys)
        generation += 1
    }

    // MARK: callbacks

    func install(on conf: OpaquePointer, statistics wanted: Bool) {
        rd_kafka_conf_set_rebalance_cb(conf) { handle, code, list, opaque in
            guard let handle, let list, let context = ClientContext.from(opaque) as? ConsumerContext else { return }
            context.rebalance(handle, code, list)
        }
        rd_kafka_conf_set_offset_commit_cb(conf) { _, code, _, opaque in
            guard let context = ClientContext.from(opaque) as? ConsumerContext else { return }
            context.committed(code)
        }
        guard wanted else { return }
        rd_kafka_conf_set_stats_cb(conf) { _, json, length, opaque in
            guard let json, let context = ClientContext.from(opaque) as? ConsumerContext else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: json, count: length)
            if let parsed = ConsumerStatistics(json: bytes, positions: context.positions) {
                context.statistics?(parsed)
            }
            return 0
        }
    }

    var positions: [TopicPartition: Int64] {
        slots.reduce(into: [:]) { if $1.next >= 0 { $0[$1.partition] = $1.next } }
    }

    private func committed(_ code: rd_kafka_resp_err_t) {
        if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET { return }
        counters.failedCommits += 1
        events?(.commitFailed(KafkaError(code, "offset commit")))
    }

    private func rebalance(
        _ handle: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        counters.rebalances += 1
        let partitions = (0..<Int(list.pointee.cnt)).map { TopicPartition(list.pointee.elems[$0]) }
        let protocolName = rd_kafka_rebalance_protocol(handle).map { String(cString: $0) }
        let cooperative = protocolName == "COOPERATIVE"
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            take(handle, list, partitions, cooperative)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            handler?.revoked(partitions, lost: rd_kafka_assignment_lost(handle) != 0)
            remove(partitions)
            if cooperative {
                finish(rd_kafka_incremental_unassign(handle, list), "unassign")
            } else {
                finish(rd_kafka_assign(handle, nil), "unassign")
            }
        default:
            hold(KafkaError(code, "rebalance"))
            handler?.revoked(slots.map(\.partition), lost: true)
            remove(slots.map(\.partition))
            finish(rd_kafka_assign(handle, nil), "unassign")
        }
    }

    private func take(
        _ handle: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>,
        _ partitions: [TopicPartition], _ cooperative: Bool
    ) {
        let starts = handler?.assigned(partitions) ?? []
        guard starts.count == partitions.count else {
            // Without offsets nothing may be read; the group keeps its partitions idle until the caller gives up.
            hold(
                KafkaError(
                    .invalidArgument, "the rebalance handler gave \(starts.count) offsets for \(partitions.count)"))
            if !cooperative { finish(rd_kafka_assign(handle, nil), "assign") }
            return
        }
        for (index, start) in starts.enumerated() { list.pointee.elems[index].offset = start.raw }
        place(Array(zip(partitions, starts)), keeping: cooperative)
        if cooperative {
            finish(rd_kafka_incremental_assign(handle, list), "assign")
        } else {
            finish(rd_kafka_assign(handle, list), "assign")
        }
    }

    private func finish(_ error: OpaquePointer?, _ what: String) {
        if let error = KafkaError.take(error, what) { hold(error) }
    }

    private func finish(_ code: rd_kafka_resp_err_t, _ what: String) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { hold(KafkaError(code, what)) }
    }
}
