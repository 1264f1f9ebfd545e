import Kafka
import PerisaiModels
import Worker

/// Sends the good rows of a list and reads what is decided about them.
struct EnrolmentImport {
    private(set) var list: EnrolmentList
    /// Where a row stands, by the number of its submission.
    private var indices: [String: Int] = [:]

    init(_ list: EnrolmentList) {
        self.list = list
        for (index, row) in list.rows.enumerated() {
            if let submission = row.submission { indices[submission.submissionID.text] = index }
        }
    }

    /// Sends; `flush` returns once everything is acknowledged. Throws what they throw: then no row counts as sent,
    /// and the command is repeated, as rows that did arrive keep their numbers.
    mutating func send(
        by: OperatorName, _ send: (OutgoingRecord) throws -> Void, flush: () throws -> Void
    ) throws {
        for row in list.rows {
            if let submission = row.submission { try send(EnrolmentNumbers.record(submission, by: by)) }
        }
        try flush()
        for index in indices.values { list.set(.sent, at: index) }
    }

    /// Waits for decisions; rows without one wait for the agent's own registration, or are unanswered.
    mutating func wait(_ decisions: EnrolmentDecisions, seconds: Int, progress: (Int) -> Void) throws {
        var answers: [String: EnrolmentRow.Outcome] = [:]
        var left = try decisions.wait(for: Set(indices.keys), seconds: seconds) {
            answers[$0] = $1
            progress(answers.count)
        }
        let isRead = try decisions.hasReadSubmissions()
        let recalled = try decisions.recall(left) { answers[$0] = $1 }
        left = recalled.left
        for id in left { answers[id] = isRead && recalled.isWhole ? .waiting : .unanswered }
        for (id, outcome) in answers {
            if let index = indices[id] { list.set(outcome, at: index) }
        }
    }
}
