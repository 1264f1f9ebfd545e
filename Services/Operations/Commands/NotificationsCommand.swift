import ArgumentParser
import Foundation
import Notifier
import PerisaiModels
import Postgres
import Worker

struct NotificationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifications",
        abstract: "Messages: what was sent to whom, what failed, how they fare, and what would go out.",
        discussion: """
            Addresses are masked everywhere. A reason that is not explained is the provider's own word. \
            docs/notifications.md says what to do about each.
            """,
        subcommands: [List.self, Show.self, Resend.self, Stats.self, DryRun.self])

    static let schema = "notifier"

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Messages with what became of them, the latest first; of one recipient, the history.",
            discussion: """
                States: \(NotificationState.allCases.map { "\($0.rawValue) (\($0.meaning))" }.joined(separator: "; ")).
                """)

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only to this one: participant:KPJ, worker:KPJ, employer:NPP, agent:ID ….")
        var recipient: String?
        @OptionGroup var of: RecipientOptions
        @Option(help: "Only in this state.") var state: NotificationState?
        @Option(help: "Only of this kind: receipt, permit-held ….") var kind: String?
        @Option(help: "Only on push, whatsapp, sms, email or file.") var channel: MessageChannel?
        @Option(
            help: "Only those made since then: YYYY-MM-DD (WIB), or RFC 3339 (default without a recipient: 30 days).")
        var since: Moment?
        @Option(help: "At most so many.") var limit = 50
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print CSV.") var csv = false

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit must lie between 1 and 10000") }
            guard !(json && csv) else { throw ValidationError("give one of --json and --csv") }
            _ = try filter()
        }

        func filter() throws -> NotificationFilter {
            var filter = NotificationFilter()
            let given = try of.recipients()
            guard given.isEmpty || recipient == nil else {
                throw ValidationError("give one of --recipient and \(RecipientOptions.names)")
            }
            if let recipient, !recipient.contains(":") || recipient.utf8.count > 64 {
                throw ValidationError("--recipient: must be kind:number, as the list shows it")
            }
            if let kind, MessageKind(rawValue: kind) == nil {
                let kinds = MessageKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--kind: there is no such message; there are \(kinds)")
            }
            filter.recipients = recipient.map { [$0] } ?? given.map(\.ref)
            filter.state = state
            filter.kind = kind
            filter.channel = channel
            // Without a recipient all messages are looked through, the latest first: that must have an end.
            let usual = Moment.now.adding(seconds: -Int64(NotificationStats.usualDays) * 86_400)
            filter.since = since?.instant ?? (filter.recipients.isEmpty ? usual : nil)
            return filter
        }

        func run() throws {
            let connection = try database.connect(schema: NotificationsCommand.schema)
            defer { connection.close() }
            let records = try NotificationRecord.list(filter(), limit: limit, on: connection)
            let table = NotificationText.table(records)
            if csv { return Console.raw(table.csv) }
            if records.isEmpty, !json { return Console.out("no messages") }
            table.print(json: json)
            guard !json else { return }
            let states = NotificationState.allCases.filter { state in records.contains { $0.state == state } }
            Console.out("\n" + states.map { "\($0.rawValue): \($0.meaning)" }.joined(separator: "\n"))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One message: where it went and may go, every attempt, every receipt, and what it cost.",
            discussion: "The words are personal: --text prints them.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The message's id, or its first 8 digits and more.") var id: String
        @Flag(help: "Print title and text as sent.") var text = false
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(id) } }

        func run() throws {
            let connection = try database.connect(schema: NotificationsCommand.schema)
            defer { connection.close() }
            let story = try NotificationStory.of(IdentifierPrefix(id), on: connection)
            Console.out(
                json
                    ? NotificationText.json(story, words: text)
                    : NotificationText.text(story, words: text))
        }
    }
}

extension NotificationState: ExpressibleByArgument {}
extension MessageChannel: ExpressibleByArgument {}

/// A moment: a date stands for its beginning in WIB, the zone of the head office.
struct Moment: ExpressibleByArgument {
    let instant: Instant

    init?(argument: String) {
        let start = CivilDate(parsing: argument).flatMap { Instant($0, secondsFromMidnight: 0, in: .wib) }
        guard let instant = start ?? Instant(parsing: argument) else { return nil }
        self.instant = instant
    }

    init(_ instant: Instant) { self.instant = instant }

    static var now: Instant { WallClock.now() }
}

/// Who is meant. Values are never repeated in a complaint: one may be a NIK.
struct RecipientOptions: ParsableArguments {
    static let names = "--participant, --employer, --agent, --wadah, --branch and --office"

    @Option(help: "A participant or worker, by the KPJ (11 digits).") var participant: String?
    @Option(help: "An employer, by the NPP (8 digits, with -division).") var employer: String?
    @Option(help: "An agent, by the id.") var agent: String?
    @Option(help: "A wadah, by the id.") var wadah: String?
    @Option(help: "The staff of a branch, by its code.") var branch: String?
    @Option(help: "A permit office, by its code.") var office: String?

    func validate() throws { _ = try recipients() }

    /// One person as a participant and as a worker; empty when none is given.
    func recipients() throws -> [Recipient] {
        var given: [[Recipient]] = []
        func take<Value>(
            _ name: String, _ text: String?, _ read: (String) throws(IdentifierFault) -> Value,
            as make: (Value) -> [Recipient]
        ) throws {
            guard let text else { return }
            do throws(IdentifierFault) { given.append(make(try read(text))) } catch {
                throw ValidationError("--\(name): \(error)")
            }
        }
        try take("participant", participant, { text throws(IdentifierFault) in try KPJ(text) }, as: Self.person)
        try take("employer", employer, { text throws(IdentifierFault) in try NPP(text) }, as: { [.employer($0)] })
        try take("agent", agent, { text throws(IdentifierFault) in try AgentID(text) }, as: { [.agent($0)] })
        try take("wadah", wadah, { text throws(IdentifierFault) in try WadahID(text) }, as: { [.wadah($0)] })
        try take("branch", branch, { text throws(IdentifierFault) in try BranchCode(text) }, as: { [.branch($0)] })
        try take("office", office, { text throws(IdentifierFault) in try OfficeCode(text) }, as: { [.office($0)] })
        guard given.count <= 1 else { throw ValidationError("give one of \(Self.names)") }
        return given.first ?? []
    }

    private static func person(_ kpj: KPJ) -> [Recipient] { [.participant(kpj), .worker(kpj)] }

    /// Exactly one is given.
    func one() throws -> [Recipient] {
        let found = try recipients()
        guard !found.isEmpty else { throw ValidationError("say who: one of \(Self.names)") }
        return found
    }
}
