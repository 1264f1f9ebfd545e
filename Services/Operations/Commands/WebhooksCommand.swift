import ArgumentParser
import Foundation
import Notifier
import PerisaiModels
import Postgres
import Worker

struct WebhooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Posts to permit offices and banks: what waits, what failed, and tools for them.",
        discussion: """
            A post that an office or a bank has not taken for a day has failed; so has one for a host that is not \
            agreed. verify and listen need no database: an office or a bank tries its own code against them.
            """,
        subcommands: [List.self, Show.self, Resend.self, Verify.self, Listen.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Posts with what became of them, the latest first.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only to this office.") var office: OfficeCode?
        @Option(help: "Only to this bank: its code of 3 digits.") var bank: BankCode?
        @Option(help: "Only \(WebhookRecord.State.allCases.map(\.rawValue).joined(separator: ", ")).")
        var state: WebhookRecord.State?
        @Option(help: "At most so many.") var limit = 50
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard office == nil || bank == nil else { throw ValidationError("--office or --bank, not both") }
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit must lie between 1 and 10000") }
        }

        func run() throws {
            let connection = try database.connect(schema: WebhooksCommand.schema)
            defer { connection.close() }
            let subscriber = office.map { WebhookSubscriber.office($0) } ?? bank.map { .bank($0) }
            let records = try WebhookRecord.list(
                subscriber: subscriber, state: state, limit: limit, on: connection)
            if records.isEmpty, !json { return Console.out("no webhooks") }
            WebhookText.table(records).print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One post with its attempts and what is in it.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The webhook's id, or its first 8 digits and more.") var id: String
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(id) } }

        func run() throws {
            let connection = try database.connect(schema: WebhooksCommand.schema)
            defer { connection.close() }
            let story = try WebhookStory.of(IdentifierPrefix(id), on: connection)
            Console.out(json ? WebhookText.json(story) : WebhookText.text(story))
        }
    }

    struct Resend: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a failed one again, for another day.",
            discussion: "Refused where the office was told something later about the same application, case or payment."
        )

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The webhook's id, or its first 8 digits and more.") var id: String

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(id) } }

        func run() throws {
            let connection = try database.connect(schema: WebhooksCommand.schema)
            defer { connection.close() }
            let record = try WebhookResend.resend(IdentifierPrefix(id), by: actor.name(), on: connection)
            Console.out("\(record.id.text) will be posted to \(record.subscriber) again")
        }
    }

    static let schema = "notifier"

    /// One or two secrets, a line each.
    static func secrets(in file: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8), text.utf8.count <= 4_096 else {
            throw ValidationError("the secret's file cannot be read")
        }
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard (1...WebhookSignature.mostSecrets).contains(lines.count) else {
            throw ValidationError("the secret's file must have one secret, or two, a line each")
        }
        return lines
    }
}

extension WebhookRecord.State: ExpressibleByArgument {}

/// Webhooks in words and JSON.
enum WebhookText {
    static func table(_ records: [WebhookRecord]) -> Table {
        var table = Table([
            .init("Webhook", "webhook_id"), .init("Subscriber"), .init("About"), .init("Kind"), .init("State"),
            .init("Attempts", number: true), .init("Result"), .init("Made at"), .init("Next at"), .init("Ended at"),
        ])
        for one in records {
            table.append([
                one.id.text, one.subscriber, NIK.hidden(in: one.about), one.kind, one.state.rawValue, "\(one.attempts)",
                result(one), "\(one.createdAt)", one.dueAt?.description ?? "", one.finishedAt?.description ?? "",
            ])
        }
        return table
    }

    private static func result(_ one: WebhookRecord) -> String {
        let last = one.detail ?? one.status.map { "HTTP \($0)" } ?? ""
        guard let reason = one.reason else { return last }
        return last.isEmpty ? reason.rawValue : "\(reason.rawValue) (\(last))"
    }

    private static func attempts(_ story: WebhookStory) -> Table {
        var table = Table([
            .init("Attempt", number: true), .init("At"), .init("Took ms", number: true), .init("Status", number: true),
            .init("Reason"),
        ])
        for one in story.attempts {
            let reason = one.milliseconds == nil ? "no end is known: under way, or its process ended" : one.detail ?? ""
            table.append([
                "\(one.number)", "\(one.startedAt)", one.milliseconds.map { "\($0)" } ?? "",
                one.status.map { "\($0)" } ?? "", reason,
            ])
        }
        return table
    }

    private static func resends(_ story: WebhookStory) -> Table {
        var table = Table([.init("Resent at"), .init("By")])
        for one in story.resends { table.append(["\(one.at)", one.by]) }
        return table
    }

    static func text(_ story: WebhookStory) -> String {
        let one = story.record
        var lines = [
            "Webhook \(one.id.text): \(one.kind), \(one.state.rawValue) \(result(one))",
            "For \(one.subscriber), \(NIK.hidden(in: one.about)), to \(one.url)", "Made at \(one.createdAt)",
        ]
        if let due = one.dueAt { lines.append("Next attempt at \(due)") }
        if one.state == .waiting, one.dueAt == nil { lines.append("Waits for an earlier post about the same") }
        if let reason = one.reason { lines.append("\(reason.rawValue): \(reason.meaning)") }
        lines += ["", story.attempts.isEmpty ? "nothing was posted" : attempts(story).text]
        if !story.resends.isEmpty { lines += ["", resends(story).text] }
        lines += ["", String(decoding: story.body, as: UTF8.self)]
        return lines.joined(separator: "\n")
    }

    static func json(_ story: WebhookStory) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, table) in [
            ("webhook", table([story.record])), ("attempts", attempts(story)), ("resends", resends(story)),
        ] {
            writer.name(name)
            table.write(to: &writer)
        }
        writer.name("url")
        writer.string(story.record.url)
        writer.name("body")
        writer.verbatim(story.body)
        writer.endObject()
        return writer.text
    }
}

extension WebhookFailure {
    /// What it means and what to do, for operators.
    var meaning: String {
        switch self {
        case .notTaken: "no answer 2xx within the time; call the office or bank, then resend"
        case .gone: "the answer was 410: this post is not wanted; call the office or bank"
        case .hostNotAgreed:
            "the host of the callback address is not agreed with this office, or the bank is not agreed any more; "
                + "nothing was posted. Agree on it, add it to the offices' file, restart the notifiers, then resend"
        }
    }
}

extension BankCode: ExpressibleByArgument {
    public init?(argument: String) {
        guard let code = try? Self(argument) else { return nil }
        self = code
    }
}
