import Foundation
import Kafka
import PerisaiModels

/// Reads what enrollment-intake decides about submissions, from `enrollment.events`.
final class EnrolmentDecisions {
    /// Longest look back for what was decided before.
    private static let historyTime = Duration.seconds(60)
    /// Between two looks at how far enrollment-intake is; its events may come so much later than its offsets.
    private static let lookTime = Duration.seconds(2)

    private let reader: TopicReader
    private let group: String
    /// Where the reading goes on; at first where the topic ended before anything was published.
    private var positions: [TopicPartition: Int64] = [:]
    private let starts: [TopicPartition]
    /// Where the topic of submissions ended once everything was published.
    private var published: [TopicPartition: Int64] = [:]

    init(configuration: KafkaConfiguration, group: String = "enrollment-intake") throws {
        reader = try TopicReader(configuration: configuration)
        self.group = group
        starts = try reader.partitions(of: Topic.enrollment.name)
        positions = try reader.ends(of: starts)
    }

    func close() { reader.close() }

    /// Gives out the decisions about these submissions until each has one, no more can come or the time is over;
    /// returns those without.
    func wait(
        for ids: Set<String>, seconds: Int, found: (String, EnrolmentRow.Outcome) -> Void
    ) throws -> Set<String> {
        published = try reader.ends(of: reader.partitions(of: Topic.submissions.name))
        var open = ids
        let deadline = ContinuousClock.now + .seconds(seconds)
        var isRead = false
        var ends: [TopicPartition: Int64] = [:]
        while !open.isEmpty, ContinuousClock.now < deadline {
            let until = min(deadline, ContinuousClock.now + Self.lookTime)
            try reader.follow(from: positions.map { ($0.key, .at($0.value)) }, until: until) { batch in
                for record in batch.records {
                    positions[batch.partition(of: record)] = record.offset + 1
                    guard let answer = Self.answer(record, batch), ids.contains(answer.id) else { continue }
                    open.remove(answer.id)
                    found(answer.id, answer.outcome)
                }
                return !open.isEmpty
            }
            if isRead {
                // All submissions had been read before this look: beyond these ends nothing is decided about them.
                if ends.isEmpty { ends = (try? reader.ends(of: starts)) ?? [:] }
                if !ends.isEmpty, ends.allSatisfy({ $0.value <= positions[$0.key] ?? 0 }) { break }
            }
            // A question that fails is put again.
            isRead = isRead || (try? hasReadSubmissions()) == true
        }
        return open
    }

    /// Looks for decisions from before this import: a row that is sent again is not decided again. Returns the ids
    /// without one, and whether the topic was read to its end.
    func recall(
        _ ids: Set<String>, found: (String, EnrolmentRow.Outcome) -> Void
    ) throws -> (left: Set<String>, isWhole: Bool) {
        guard !ids.isEmpty else { return ([], true) }
        var open = ids
        do throws(KafkaError) {
            try reader.read(from: starts.map { ($0, .beginning) }, within: Self.historyTime) { batch in
                for record in batch.records {
                    guard let answer = Self.answer(record, batch), open.contains(answer.id) else { continue }
                    open.remove(answer.id)
                    found(answer.id, answer.outcome)
                }
                return !open.isEmpty
            }
        } catch {
            guard error.code == .timedOut else { throw error }
            return (open, false)
        }
        return (open, true)
    }

    /// Whether enrollment-intake has read everything that was in the topic of submissions when the wait began.
    func hasReadSubmissions() throws -> Bool {
        let committed = try reader.committedOffsets(group: group, partitions: Array(published.keys))
        return published.allSatisfy { partition, end in end <= committed[partition] ?? 0 }
    }

    private struct Answer {
        let id: String
        let outcome: EnrolmentRow.Outcome
    }

    private static func answer(_ record: RecordBatch.Record, _ batch: RecordBatch) -> Answer? {
        guard let value = record.value, let type = batch.headerText("ce_type", of: record) else { return nil }
        return batch.withBytes { bytes in
            let data = UnsafeRawBufferPointer(rebasing: bytes[value])
            // An event that this program cannot read decides nothing here; its row stays unanswered.
            switch type {
            case ParticipantEnrolled.type:
                guard let event = try? ParticipantEnrolled.read(bytes: data) else { return nil }
                return Answer(
                    id: event.submissionID.text,
                    outcome: .enrolled(event.kpj, returning: event.returning ?? false))
            case SubmissionRefused.type:
                guard let event = try? SubmissionRefused.read(bytes: data) else { return nil }
                return Answer(id: event.submissionID.text, outcome: .rejected(event.reasons))
            default: return nil
            }
        }
    }
}

extension TopicReader {
    /// Where these partitions end now.
    fileprivate func ends(of partitions: [TopicPartition]) throws -> [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: try partitions.map { ($0, try watermarks($0).high) })
    }
}
