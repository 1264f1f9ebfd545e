import PerisaiModels

import struct Foundation.UUID

/// Events of every kind, once with all that an event may hold and once with the least: what templates are checked
/// against.
public enum Samples {
    /// The messages of all sample events, and digests.
    public static var drafts: [Draft] { inputs.flatMap(\.drafts) + digests }

    public static var inputs: [NotifierInput] {
        permits + enrollment + changes + money + dues + enforcement + agents + incentives
    }

    /// As long as a sentence of an event may be in a message.
    static let longSentence: String = {
        let beginning = "Bulan kedua berturut-turut tanpa akuisisi peserta baru dan tanpa iuran yang diterima, "
        let words = beginning + String(repeating: "keterangan ", count: 20)
        return words.prefix(IndonesianText.sentenceLimit - 2) + "a."
    }()
    static let shortSentence = "Berkas lengkap."
    /// As long as a name may be.
    static let longName: String =
        String(repeating: "Koperasi Usaha ", count: 6).prefix(IndonesianText.nameLimit - 1) + "a"

    static var permits: [NotifierInput] {
        var cleared = PermitCleared.sample
        cleared.npp = .sample
        cleared.wasHeld = false
        var released = cleared
        released.wasHeld = true
        var bare = cleared
        bare.npp = nil
        var bareReleased = released
        bareReleased.npp = nil
        let missing = [
            MissingCondition(code: .notRegistered, remedy: "Daftarkan perusahaan pada BPJS Ketenagakerjaan"),
            MissingCondition(code: .workersMissing, remedy: longSentence),
        ]
        var held = PermitHeld.sample
        held.missing = missing
        held.until = .sample
        held.answer = .unknownEmployer
        var bareHeld = held
        bareHeld.until = nil
        bareHeld.answer = nil
        let reminders = [true, false].map { overdue in
            var reminded = PermitReminded.sample
            reminded.missing = missing
            reminded.overdue = overdue
            return NotifierInput.permitReminded(reminded)
        }
        return [
            .permitCleared(cleared), .permitCleared(released), .permitCleared(bare), .permitCleared(bareReleased),
            .permitHeld(held), .permitHeld(bareHeld),
        ] + reminders + closures + withheld
    }

    private static var closures: [NotifierInput] {
        ([nil] + PermitClosure.allCases.map { $0 }).map { reason in
            var closed = PermitClosed.sample
            closed.reason = reason
            closed.remedy = reason == .outside ? longSentence : nil
            return .permitClosed(closed)
        }
    }

    private static var withheld: [NotifierInput] {
        [true, false].flatMap { withheld in
            [true, false].map { full in
                var event = ServicesWithheld.sample
                event.withheld = withheld
                event.npp = full ? .sample : nil
                event.nib = .sample
                event.employerName = full ? longName : "PT A"
                event.remedy = full ? longSentence : shortSentence
                return .servicesWithheld(event)
            }
        }
    }

    static var enrollment: [NotifierInput] {
        var agentRefused = AgentRefused.sample
        agentRefused.reasons = Array(
            repeating: RefusalReason(code: "NOT_TRAINED", field: "trained_on", text: longSentence), count: 5)
        var bareRefused = agentRefused
        bareRefused.reasons = []
        var submissionRefused = SubmissionRefused.sample
        submissionRefused.reasons = agentRefused.reasons
        submissionRefused.agentID = .sample
        submissionRefused.kind = .employer
        var bareSubmission = submissionRefused
        bareSubmission.reasons = []
        bareSubmission.kind = .participant
        var worker = EnrolledWorker.sample
        worker.phone = .sample
        var employer = EmployerEnrolled.sample
        employer.nib = .sample
        employer.workers = Array(repeating: worker, count: 12)
        var small = employer
        small.nib = nil
        small.workers = [.sample]
        return [
            .agentRefused(agentRefused), .agentRefused(bareRefused), .participantEnrolled(.sample),
            .employerEnrolled(employer), .employerEnrolled(small), .submissionRefused(submissionRefused),
            .submissionRefused(bareSubmission),
        ]
    }

    static var changes: [NotifierInput] {
        var worker = EnrolledWorker.sample
        worker.phone = .sample
        var changed = EmployerChanged.sample
        changed.joined = [worker]
        changed.left = [.sample]
        changed.lateReport = true
        var bare = changed
        bare.joined = []
        bare.left = []
        bare.lateReport = false
        let exits = ExitReason.allCases.map { reason in
            var exited = ParticipantExited.sample
            exited.reason = reason
            return NotifierInput.participantExited(exited)
        }
        return [.employerChanged(changed), .employerChanged(bare), .employerClosed(.sample)] + exits
    }

    /// A digest with as many lines as fit, and one with the least.
    static var digests: [Draft] {
        let lines = (1...6).map { (subject: "Ni Luh \($0)", line: "iuran Rp16.800 diterima 5 Februari 2018") }
        return MessagePurpose.allCases.flatMap { purpose in
            [
                TemplateSet.digestFields(lines, count: 20, purpose, more: 12),
                TemplateSet.digestFields([("", "terdaftar")], count: 1, purpose, more: 0),
            ].map { Draft(.digest, to: .agent(.sample), $0) }
        }
    }
}
