import ArgumentParser
import Notifier
import PerisaiModels
import Postgres
import Worker

extension NotificationsCommand {
    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How messages fared: states, delivery rate, times and cost; providers now, and what waits.",
            discussion: """
                Of the messages made in the range. Delivered %: delivered of those that providers have had in hand or \
                that failed (sent, delivered, failed, and expired after being sent); what goes into files is left out, \
                as nobody reports of it. Times are the median and the 95th percentile in seconds: from queued to sent \
                (quiet hours included), and from sent to delivered. Tables: messages, providers, queue.
                """)

        @OptionGroup var database: DatabaseOptions
        @Option(help: "The first day, YYYY-MM-DD in WIB (default: 30 days before the last).") var since: CivilDate?
        @Option(help: "The last day (default: today).") var until: CivilDate?
        @Option(help: "channel, provider, kind, purpose or day.") var by = NotificationStats.Group.channel
        @OptionGroup var output: ReportOutput

        func range() throws -> (since: CivilDate, until: CivilDate) {
            let last = until ?? Moment.now.date(in: .wib)
            let first = since ?? last.adding(days: 1 - NotificationStats.usualDays)
            guard first <= last else { throw ValidationError("--since must not lie after --until") }
            guard first.distance(to: last) < NotificationStats.mostDays else {
                throw ValidationError("--since and --until: \(NotificationStats.mostDays) days at most")
            }
            return (first, last)
        }

        func validate() throws { _ = try range() }

        func run() throws {
            let connection = try database.connect(
                schema: NotificationsCommand.schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            let (since, until) = try range()
            guard let from = Instant(since, secondsFromMidnight: 0, in: .wib),
                let end = Instant(until.adding(days: 1), secondsFromMidnight: 0, in: .wib)
            else { throw ValidationError("--since and --until: out of range") }
            let stats = try NotificationStats.read(from: from, until: end, by: by, on: connection)
            try output.print(
                [
                    Self.messages(stats, since, until), Self.providers(try ProviderCondition.read(on: connection)),
                    Self.queue(try WaitingNotifications.read(on: connection)),
                ],
                notes: [
                    "delivered %: delivered of sent, delivered, failed and expired after being sent; files left out",
                    "seconds: median and 95th percentile, from queued to sent and from sent to delivered",
                ])
        }

        static func messages(_ stats: NotificationStats, _ since: CivilDate, _ until: CivilDate) -> ReportTable {
            var table = ReportTable(
                "messages", "Messages of \(since) to \(until) by \(stats.group.rawValue)",
                [
                    .init(stats.group.rawValue.capitalized, "name"), .init("All", nil, .number),
                    .init("Delivered", nil, .number), .init("Sent", nil, .number), .init("Failed", nil, .number),
                    .init("Expired", nil, .number), .init("Undeliverable", nil, .number),
                    .init("Under way", nil, .number), .init("Digested", nil, .number),
                    .init("Delivered %", "delivered_percent", .decimal), .init("To sent", "to_sent_median", .decimal),
                    .init("95 %", "to_sent_p95", .decimal), .init("To delivered", "to_delivered_median", .decimal),
                    .init("95 %", "to_delivered_p95", .decimal), .init("Segments", nil, .number),
                    .init("Cost Rp", "cost", .decimal),
                ])
            for line in stats.lines + (stats.total.map { [$0] } ?? []) { table.append(cells(line)) }
            return table
        }

        private static func cells(_ line: NotificationStats.Line) -> [String] {
            func count(_ states: NotificationState...) -> String {
                "\(states.reduce(0) { $0 + (line.states[$1] ?? 0) })"
            }
            func seconds(_ milliseconds: Int64?) -> String {
                milliseconds.map { decimal($0, thousandths: true) } ?? ""
            }
            return [
                line.name, "\(line.total)", count(.delivered), count(.sent), count(.failed), count(.expired),
                count(.undeliverable), count(.waitingContact, .held, .queued, .sending, .unknown), count(.digested),
                line.rate.map { decimal(Int64($0), thousandths: false) } ?? "", seconds(line.toSent?.median),
                seconds(line.toSent?.p95), seconds(line.toDelivered?.median), seconds(line.toDelivered?.p95),
                "\(line.segments)", NotificationText.rupiah(line.costMilli),
            ]
        }

        /// 12345 as 12.345, or as 123.45.
        private static func decimal(_ value: Int64, thousandths: Bool) -> String {
            let unit: Int64 = thousandths ? 1_000 : 100
            let (whole, rest) = max(0, value).quotientAndRemainder(dividingBy: unit)
            return "\(whole)." + "\(unit + rest)".dropFirst()
        }

        static func providers(_ conditions: [ProviderCondition]) -> ReportTable {
            var table = ReportTable(
                "providers", "Providers now",
                [
                    .init("Provider"), .init("Breaker"), .init("Open until"), .init("Failures in a row", nil, .number),
                    .init("Failing %", "failing_percent", .decimal), .init("Latency ms", nil, .number),
                    .init("Last used at"),
                ])
            for one in conditions {
                table.append([
                    one.name, one.breaker.rawValue, one.openUntil?.description ?? "", "\(one.failures)",
                    decimal(Int64((min(max(one.failureRate, 0), 1) * 10_000).rounded()), thousandths: false),
                    "\(Int64(min(max(one.latency, 0), 1e9).rounded()))", "\(one.updatedAt)",
                ])
            }
            return table
        }

        static func queue(_ lines: [WaitingNotifications]) -> ReportTable {
            var table = ReportTable(
                "queue", "What waits now",
                [
                    .init("State"), .init("Lane"), .init("Messages", nil, .number), .init("Oldest since"),
                    .init("Meaning"),
                ])
            for one in lines {
                table.append([one.state.rawValue, one.lane, "\(one.count)", "\(one.oldest)", one.state.meaning])
            }
            return table
        }
    }
}

extension NotificationStats.Group: ExpressibleByArgument {}
