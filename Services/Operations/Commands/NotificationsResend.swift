import ArgumentParser
import Notifier
import PerisaiModels
import Postgres
import Worker

extension NotificationsCommand {
    struct Resend: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a message again that has failed, expired or could go nowhere; or many that failed.",
            discussion: """
                Where it goes is decided anew from the contact as it is known now. One of which nobody knows whether it \
                arrived (OUTCOME_UNKNOWN) is refused without --accept-double, one whose last business date has passed \
                without --even-expired, one whose person's data were erased always.
                Many: --since with --provider, --reason or both; --dry-run counts them first.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The message's id, or its first 8 digits and more.") var id: String?
        @Option(help: "Those that failed with this provider.") var provider: String?
        @Option(help: "Those that failed for this reason.") var reason: String?
        @Option(help: "Those that failed since then: YYYY-MM-DD (WIB), or RFC 3339 with a zone.") var since: Moment?
        @Option(help: "At most so many.") var limit = 1_000
        @Flag(help: "Only count them.") var dryRun = false
        @Flag(help: "Also what may have arrived.") var acceptDouble = false
        @Flag(help: "Also what has expired, without an end from now on.") var evenExpired = false

        func validate() throws {
            if let id {
                guard provider == nil, reason == nil, since == nil, !dryRun else {
                    throw ValidationError("--provider, --reason, --since and --dry-run are for many: leave the id out")
                }
                _ = try wrongUse { try IdentifierPrefix(id) }
                return
            }
            guard since != nil, provider != nil || reason != nil else {
                throw ValidationError("give an id, or --since with --provider, --reason or both")
            }
            guard (1...FailedNotifications.most).contains(limit) else {
                throw ValidationError("--limit must lie between 1 and \(FailedNotifications.most)")
            }
        }

        func run() throws {
            let connection = try database.connect(schema: NotificationsCommand.schema)
            defer { connection.close() }
            let resend = NotificationResend(
                by: try actor.name(), acceptDouble: acceptDouble, evenExpired: evenExpired)
            if let id {
                let record = try NotificationRecord.find(IdentifierPrefix(id), on: connection)
                let way = try resend.resend(record.id, on: connection)
                return Console.out("\(record.id.text) will go out again: \(way.channel) to \(way.address)")
            }
            guard let since else { return }
            let failed = FailedNotifications(provider: provider, reason: reason, since: since.instant)
            try dryRun ? count(failed, on: connection) : many(failed, resend, on: connection)
        }

        private func count(_ failed: FailedNotifications, on connection: Connection) throws {
            var table = Table([.init("Provider"), .init("Channel"), .init("Reason"), .init("Failed", number: true)])
            for one in try failed.counts(on: connection) {
                table.append([one.provider, one.channel, NotificationText.hidden(one.reason), "\(one.count)"])
            }
            Console.out(table.rows.isEmpty ? "no message has failed so" : table.text)
        }

        private func many(
            _ failed: FailedNotifications, _ resend: NotificationResend, on connection: Connection
        ) throws {
            let (resent, refused) = try failed.resend(resend, limit: limit, on: connection)
            Console.out("\(resent) will go out again")
            for (reason, count) in refused.sorted(by: { $0.value > $1.value }) {
                Console.note("\(count) refused: \(reason)")
            }
            if !refused.isEmpty { throw OperationsError("\(refused.values.reduce(0, +)) were refused") }
        }
    }
}
