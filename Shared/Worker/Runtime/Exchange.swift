import Foundation
import Kafka

/// A batch on its way from the thread that fetches to the thread that owns the database.
struct FetchedBatch<Input: Sendable>: Sendable {
    var records: [DecodedRecord<Input>] = []
    var bytes = 0
}

/// What the fetching thread tells the database thread.
enum FetchMessage<Input: Sendable>: Sendable {
    /// These partitions are held from now on and go on at these offsets.
    case assigned([TopicPartition: Int64])
    case batch(FetchedBatch<Input>)
}

/// Where the fetching thread and the database thread of a lane meet: one batch waits here while another is in the
/// database.
///
/// @unchecked Sendable: every property is read and written under `condition` alone.
final class Exchange<Input: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var messages: [FetchMessage<Input>] = []
    private var held: Set<TopicPartition> = []
    private var working = false
    private var stopping = false
    private var databaseEnded = false
    private var failure: String?
    private var applied: [TopicPartition: Int64] = [:]
    private var lastProgress = ContinuousClock.now

    private func locked<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    // MARK: the fetching thread

    /// True when nothing waits to be taken: a batch may be handed over.
    var wantsBatch: Bool { locked { messages.isEmpty } }

    /// Waits until nothing waits to be taken; false after `seconds`.
    func waitForRoom(_ seconds: TimeInterval) -> Bool {
        locked {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while !messages.isEmpty, !stopping {
                if !condition.wait(until: deadline) { break }
            }
            return messages.isEmpty
        }
    }

    func hand(over message: FetchMessage<Input>) {
        locked {
            if case .assigned(let partitions) = message { held.formUnion(partitions.keys) }
            messages.append(message)
            condition.broadcast()
        }
    }

    /// Hands a batch over, or adds it to the one that waits already, so that it need not wait for that one's end too.
    /// False when there is no room for it.
    func offer(_ batch: FetchedBatch<Input>, mostRecords: Int, mostBytes: Int) -> Bool {
        locked {
            if messages.isEmpty {
                messages.append(.batch(batch))
                condition.broadcast()
                return true
            }
            guard fits(batch, mostRecords, mostBytes) else { return false }
            add(batch)
            return true
        }
    }

    private func fits(_ batch: FetchedBatch<Input>, _ mostRecords: Int, _ mostBytes: Int) -> Bool {
        guard case .batch(let waiting) = messages.last else { return false }
        return waiting.records.count + batch.records.count <= mostRecords && waiting.bytes + batch.bytes <= mostBytes
    }

    /// To the batch that waits, in its place.
    private func add(_ batch: FetchedBatch<Input>) {
        // Taken out first: changed in place it would be copied each time.
        guard case .batch(var waiting) = messages.popLast() else { return }
        waiting.records += batch.records
        waiting.bytes += batch.bytes
        messages.append(.batch(waiting))
    }

    /// Takes partitions back: what waits for them is dropped, and what runs is waited for until `deadline`.
    /// Returns false when the work did not end in time.
    func revoke(_ partitions: Set<TopicPartition>, until deadline: Date) -> Bool {
        drop(partitions)
        return waitForWork(until: deadline)
    }

    /// These partitions are held no longer: what waits for them is dropped, what runs gives them up where it can.
    func drop(_ partitions: Set<TopicPartition>) {
        locked {
            held.subtract(partitions)
            for partition in partitions { applied[partition] = nil }
            messages = messages.compactMap { message in
                switch message {
                case .assigned(let offsets):
                    let kept = offsets.filter { !partitions.contains($0.key) }
                    return kept.isEmpty ? nil : .assigned(kept)
                case .batch(var batch):
                    batch.records.removeAll { partitions.contains($0.partition) }
                    return batch.records.isEmpty ? nil : .batch(batch)
                }
            }
        }
    }

    /// Waits until nothing runs; false at `deadline`.
    func waitForWork(until deadline: Date) -> Bool {
        locked {
            while working {
                if !condition.wait(until: deadline) { return false }
            }
            return true
        }
    }

    /// Waits until the database thread has ended: what it holds is finished before the partitions are let go.
    func waitForDatabase(_ seconds: TimeInterval) {
        locked {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while !databaseEnded, condition.wait(until: deadline) {}
        }
    }

    /// Offsets to commit to Kafka since the last call, for lag tools.
    func takeApplied() -> [TopicPartition: Int64] {
        locked {
            defer { applied = [:] }
            return applied
        }
    }

    // MARK: the database thread

    /// The next message, or nil after `seconds` without one. Marks the thread as working until `finished`.
    func next(within seconds: TimeInterval) -> FetchMessage<Input>? {
        locked {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while messages.isEmpty, !stopping {
                if !condition.wait(until: deadline) { break }
            }
            lastProgress = .now
            guard !messages.isEmpty, !stopping else { return nil }
            working = true
            condition.broadcast()
            return messages.removeFirst()
        }
    }

    /// The work taken last is done; `offsets` are in the database.
    func finished(_ offsets: [TopicPartition: Int64] = [:]) {
        locked {
            working = false
            lastProgress = .now
            // What was taken away meanwhile is for its new owner to report.
            applied.merge(offsets.filter { held.contains($0.key) }) { $1 }
            condition.broadcast()
        }
    }

    /// The database thread has moved within its work.
    func noteProgress() { locked { lastProgress = .now } }

    /// The database thread takes nothing more and holds nothing.
    func endDatabase() {
        locked {
            working = false
            databaseEnded = true
            condition.broadcast()
        }
    }

    func isHeld(_ partition: TopicPartition) -> Bool { locked { held.contains(partition) } }
    var heldPartitions: Set<TopicPartition> { locked { held } }
    var heldCount: Int { locked { held.count } }

    /// Waits before another try; ends early when the worker stops. A thread that waits on purpose is alive.
    func pause(_ seconds: TimeInterval) {
        locked {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while !stopping, condition.wait(until: deadline) {}
            lastProgress = .now
        }
    }

    // MARK: both

    /// No batch is taken after this.
    func stop() {
        locked {
            stopping = true
            condition.broadcast()
        }
    }

    var isStopping: Bool { locked { stopping } }

    /// Ends the worker with a reason: the process exits and is started anew.
    func fail(_ reason: String) {
        locked {
            failure = failure ?? reason
            stopping = true
            condition.broadcast()
        }
    }

    var failureReason: String? { locked { failure } }

    /// Time since the database thread last moved.
    var sinceProgress: Duration { locked { ContinuousClock.now - lastProgress } }
}
