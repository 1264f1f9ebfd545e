import CRdKafka
import Synchronization

/// Ends a running or the next wait of one consumer's `poll`. Callable from any thread, also after the consumer closed.
public final class WakeUpHandle: Sendable {
    /// The C queue is safe to use from every thread as long as it exists; the mutex guards that.
    private struct Queue: @unchecked Sendable { let pointer: OpaquePointer }

    private let queue = Mutex<Queue?>(nil)
    private let requested = Atomic<Bool>(false)

    init() {}

    public func wakeUp() {
        requested.store(true, ordering: .releasing)
        queue.withLock { if let queue = $0 { rd_kafka_queue_yield(queue.pointer) } }
    }

    func open(_ pointer: OpaquePointer) {
        let opened = Queue(pointer: pointer)
        queue.withLock { $0 = opened }
    }

    /// After it returns no thread uses the queue any more.
    func close() { queue.withLock { $0 = nil } }

    func takeRequest() -> Bool { requested.exchange(false, ordering: .acquiringAndReleasing) }
}
