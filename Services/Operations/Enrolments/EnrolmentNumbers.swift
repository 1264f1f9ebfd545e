import Crypto
import Foundation
import Kafka
import PerisaiModels
import Worker

/// The numbers of rows and of their events follow from what they say: the same file twice is the same submissions, and
/// a row that was corrected is another one.
enum EnrolmentNumbers {
    static let source = "/import/enrolments"
    /// Header with the name of the person who imported.
    static let operatorHeader = "perisai_by"

    /// With its number: the agent's own one, or one made of agent, branch, day, month and the row's content.
    ///
    /// Own numbers are the agent's alone: its id stands before them, so that two agents may both have a "1".
    static func numbered(_ submission: ParticipantSubmitted, _ own: String?) -> ParticipantSubmitted {
        var numbered = submission
        let text = own.map { "\(submission.agentID?.text ?? "")/\($0)" } ?? made(submission)
        // 32 characters of an agent's id, a slash and 31 of a number fit; should they ever not, the made number does.
        numbered.submissionID = (try? SubmissionID(text)) ?? submission.submissionID
        return numbered
    }

    /// "IMP-" and 100 bits in four groups that nobody takes for a NIK.
    private static func made(_ submission: ParticipantSubmitted) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let digits = SHA256.hash(data: submission.json).prefix(20).map { alphabet[Int($0 & 31)] }
        let groups = stride(from: 0, to: digits.count, by: 5).map { String(digits[$0..<$0 + 5]) }
        return "IMP-" + groups.joined(separator: "-")
    }

    /// The record of a row. Its time is the start of the day that the list is handed in on.
    static func record(_ submission: ParticipantSubmitted, by: OperatorName) -> OutgoingRecord {
        let time = Instant(submission.submittedOn, secondsFromMidnight: 0, in: .wib) ?? .earliest
        let digest = Array(SHA256.hash(data: submission.json))
        func word(_ start: Int) -> UInt64 { digest[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        // The form of a UUIDv7: keys in time order cost an index a third of what random ones do.
        let milliseconds = UInt64(clamping: time.microseconds / 1_000)
        let id = UUID(milliseconds << 16 | 0x7000 | word(0) & 0xFFF, 0x8000_0000_0000_0000 | word(8) >> 2)
        let attributes = EventAttributes(
            id: id.text, source: source, type: ParticipantSubmitted.type, subject: submission.submissionID.text,
            time: time)
        var record = EventRecord.make(attributes, submission)
        record.headers.append(operatorHeader, text: by.text)
        return record
    }
}
