import PerisaiModels

/// Every kind of message with its trigger, for docs/messages.md.
public enum MessageTable {
    /// The file that `make messages` writes.
    public static let document = "docs/messages.md"

    /// The events that make messages of this kind; none for digests, which stand for other messages.
    static func triggers(of kind: MessageKind) -> [any EventData.Type] {
        switch kind {
        case .permitCleared, .permitReleased: [PermitCleared.self]
        case .permitHeld: [PermitHeld.self]
        case .permitReminder: [PermitReminded.self]
        case .permitClosed: [PermitClosed.self]
        case .officeWithhold, .officeRestore: [ServicesWithheld.self]
        case .welcomeParticipant: [ParticipantEnrolled.self]
        case .welcomeEmployer: [EmployerEnrolled.self]
        case .welcomeWorker: [EmployerEnrolled.self, EmployerChanged.self]
        case .employerChanged: [EmployerChanged.self]
        case .employerClosed: [EmployerClosed.self]
        case .participantExited: [ParticipantExited.self]
        case .submissionRefused: [SubmissionRefused.self]
        case .lapse, .coverReturned, .arrears1, .arrears2, .arrears3: [CoverChanged.self]
        case .receipt: [ContributionPosted.self]
        case .reversal: [ContributionReversed.self]
        case .paymentUnposted: [PaymentException.self]
        case .paymentUnder, .paymentOver: [PaymentDifferent.self]
        case .lateFine: [FineAssessed.self]
        case .reminderParticipant, .reminderBill, .reminderEmployer: [ContributionReminded.self]
        case .arrearsEmployer: [ArrearsChanged.self]
        case .warning1, .warning2, .sanctionFine, .servicesWithheld, .handedToInspector, .handedToProsecutor,
            .enforcementLifted:
            [EnforcementStepped.self]
        case .agentActivated: [AgentActivated.self]
        case .agentRefused: [AgentRefused.self]
        case .agentCredentialed: [AgentCredentialed.self]
        case .agentStanding: [AgentStandingChanged.self]
        case .idle1, .idle2, .agencyEnded, .agencyDismissed, .agencyReactivated: [AgencyChanged.self]
        case .wadahNotice: [WadahChanged.self]
        case .statement, .statementCorrection: [StatementIssued.self]
        case .dispute: [DisputeChanged.self]
        case .payoutPaid, .payoutRejected: [PayoutChanged.self]
        case .exceptionEscalated: [ExceptionEscalated.self]
        case .digest: []
        }
    }

    /// What it says, in a few words.
    static func summary(of kind: MessageKind) -> String {
        switch kind {
        case .permitCleared: "The permit may be issued, and on what ground"
        case .permitReleased: "A permit that was held may be issued"
        case .permitHeld: "The permit is held: what is missing, until when"
        case .permitReminder: "A held permit's deadline is near or has passed"
        case .permitClosed: "The application is closed: withdrawn, issued, or outside the programme"
        case .officeWithhold: "TMP2T is asked for (PP 86/2013 Art. 8)"
        case .officeRestore: "The request of TMP2T is lifted"
        case .welcomeParticipant: "KPJ, programmes, and the first month to pay"
        case .welcomeEmployer: "NPP, workers with their KPJ, and the first contribution"
        case .welcomeWorker: "KPJ and who pays; only where the worker's number is known"
        case .employerChanged: "Workers who joined and left, and the new contribution"
        case .employerClosed: "The last month that is due"
        case .participantExited: "The end of a membership, its reason, the last month"
        case .submissionRefused: "Why a submission was refused"
        case .lapse: "Cover has ended after more than 3 months unpaid; how to return"
        case .coverReturned: "Active again; protected until when"
        case .receipt: "Proof of payment: months, what is left, protection dates"
        case .reversal: "The bank has taken a payment back; what is due again"
        case .paymentUnposted: "Why a payment could not be posted"
        case .paymentUnder: "How much too little was paid (S03c 4)"
        case .paymentOver: "How much too much was paid, and that it is set off (S03c 5)"
        case .lateFine: "2 % a month late (PP 44/2015), with the next deposit"
        case .reminderParticipant: "BPU: amount, kode iuran or NIK, due date"
        case .reminderBill: "PU: bill with the kode iuran, 5th to 7th (S68)"
        case .reminderEmployer: "PU: amount, kode iuran, due date"
        case .arrears1: "BPU: one month unpaid, last day to pay"
        case .arrears2: "BPU: two months unpaid, last day to pay"
        case .arrears3: "BPU: three months unpaid, last day before the membership ends"
        case .arrearsEmployer: "PU: months 1 to 3 unpaid, amount and fines"
        case .warning1: "Written warning 1 with its deadline (PP 86/2013 Art. 6)"
        case .warning2: "Written warning 2 with its deadline (PP 86/2013 Art. 6)"
        case .sanctionFine: "Fine of 0,1 % a month (PP 86/2013 Art. 7, 10)"
        case .servicesWithheld: "TMP2T, and what lifts it (PP 86/2013 Art. 8)"
        case .handedToInspector: "The case is with the labour inspectors"
        case .handedToProsecutor: "The case is with the prosecutor's office (SKK)"
        case .enforcementLifted: "All is settled; sanctions are lifted"
        case .agentActivated: "All gates are passed"
        case .agentRefused: "Why an application, or a renewal, was not granted"
        case .agentCredentialed: "Certificate, Tanda Pengenal and Surat Tugas, valid until when"
        case .agentStanding: "May acquire no longer, or may again"
        case .idle1: "First idle month"
        case .idle2: "Second idle month in a row"
        case .agencyEnded: "Ended after three idle months; first day of re-entry"
        case .agencyDismissed: "Dismissed by the branch, with the reason"
        case .agencyReactivated: "Active again at the wadah's request"
        case .wadahNotice: "Contract (PKS) in force, near its end, ended; too few agents"
        case .statement: "Incentive of the month: lines, total, shares"
        case .statementCorrection: "Change of an earlier statement"
        case .dispute: "A line is held, stands, or is corrected"
        case .payoutPaid: "Net, gross and tax that were paid"
        case .payoutRejected: "The bank rejected or returned a payment, and why"
        case .exceptionEscalated: "Code, amount, level, deadline, and the number for `perisai exceptions show`"
        case .digest: "Several of the above in one, each with its line"
        }
    }

    /// Whom it goes to, as the samples tell.
    static func readers(of kind: MessageKind, _ samples: [Draft]) -> String {
        guard kind != .digest else { return "who reads several" }
        return Set(samples.map(\.recipient.kind)).sorted().joined(separator: ", ")
    }

    /// On which date a message is given up that has not left.
    static func expiry(_ samples: [Draft]) -> String {
        guard samples.contains(where: { $0.expiresOn != nil }) else { return "" }
        return samples.contains { $0.fields["due_on"] != nil } ? "due date" : "last day to pay"
    }

    public static func markdown(_ templates: TemplateSet) -> String {
        let check = TemplateCheck()
        let reports = Dictionary(grouping: templates.report(), by: \.kind)
        var lines = [
            introduction, "",
            "| Kind | Says | Event | Purpose | To | Hours | Digest | Given up after | SMS id | SMS en |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for kind in MessageKind.allCases {
            let samples = check.samples(of: kind)
            let cells = [
                "`\(kind.rawValue)`", summary(of: kind),
                triggers(of: kind).map { "`\(eventName($0))`" }.joined(separator: ", "),
                kind == .digest ? "of its lines" : kind.purpose.rawValue, readers(of: kind, samples),
                kind.isUrgent ? "any" : "day", kind.mayBeDigested ? "yes" : "", expiry(samples),
                segments(reports[kind], .indonesian), segments(reports[kind], .english),
            ]
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        return (lines + [""]).joined(separator: "\n")
    }

    /// `permit-cleared` for `id.perisai.permit-cleared.v1`.
    static func eventName(_ type: any EventData.Type) -> String {
        type.type.split(separator: ".").dropFirst(2).dropLast().joined(separator: ".")
    }

    private static func segments(_ reports: [TemplateReport]?, _ language: MessageLanguage) -> String {
        guard let range = reports?.first(where: { $0.language == language })?.segments else { return "" }
        return range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }

    private static let introduction = """
        # Messages

        Written by `make messages` from the code; a test compares this file with it. `perisai templates list` prints
        the templates with their versions, `perisai templates check` says whether they can be used.

        - **Kind**: each has a template in Indonesian and one in English, `Services/Notifier/Templates/id` and `en`:
          title (e-mail subject, push title), SMS, digest line, and the body for all other channels. Sentences that come
          with an event (reasons, remedies) stay Indonesian; amounts are written as on Indonesian bills.
        - **To**: `office` is a PTSP office, `branch` the staff of a branch (KANWIL and PUSAT for region and head office).
          A participant or worker without an address of their own is written to through the agent that handed them in.
        - **Hours**: `day` leaves from 08.00 to 20.00 of the reader's zone, Monday to Saturday, not on national holidays;
          `any` leaves at once.
        - **Digest**: several of one purpose to one reader may be joined.
        - **Given up after**: a message that has not left by the end of that day is not sent any more. The others do not
          expire.
        - **SMS**: segments that the sample messages take, all in GSM-7: 160 characters in one, 153 in each part of a
          longer one, 3 parts at most; the longest take names and sentences as long as they may be. An SMS that is read
          for somebody begins with `Utk NAME: `.
        - NIKs are masked in every message. A changed text gets a new version in its file (`version:`) and a new line in
          `Services/Notifier/Templates/versions.txt` (`perisai templates versions` prints that file); the version stands
          with each message that was made with it: `receipt/id/1`.
        """
}
