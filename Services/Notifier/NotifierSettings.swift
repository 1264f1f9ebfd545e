import PerisaiModels
import Worker

/// How messages leave: all settings have defaults that work without configuration.
public struct NotifierSettings: Sendable {
    /// Who takes messages, by channel; none: files in `outboxDirectory` take them all.
    public var providers: ProviderSet = .filesOnly
    /// Directory of the files; created where it is missing.
    public var outboxDirectory = "outbox"
    /// Messages in one file, 1 to 5,000.
    public var batchMessages = 500
    /// How long to wait when nothing is due, 10 ms to 1 min.
    public var pollInterval: Duration = .milliseconds(250)
    /// How long a batch of messages for a file belongs to one process before another may take it.
    public var lease: Duration = .seconds(60)
    /// Attempts of one message on one channel before the next channel is tried, 1 to 100.
    public var attempts = 8
    /// Longest wait before the second attempt; doubled with each further one up to `backoffLimit`.
    public var backoff: Duration = .milliseconds(500)
    public var backoffLimit: Duration = .seconds(300)
    /// How long an outcome that nobody knows is asked about, or waited for, before the message has failed.
    public var unknownFor: Duration = .seconds(86_400)
    /// Hours in which people are written to; nil: any.
    public var quietHours: QuietHours? = QuietHours()
    /// How long messages to one reader are collected; zero: no digests.
    public var digestAfter: Duration = .seconds(900)
    /// Fewer than so many are sent one by one, 2 to 50.
    public var digestFrom = 3
    /// How long what is over is kept, 60 to 3,650 days: longer than any topic keeps its events.
    public var keep: Duration = .seconds(400 * 86_400)
    /// Posts to permit offices and banks, beside the messages.
    public var webhooks = WebhookSettings()

    public init() {}

    /// Reads the settings `PERISAI_NOTIFIER_…`; faults are kept by the reader.
    public init(reading reader: inout SettingsReader) {
        let prefix = "PERISAI_NOTIFIER_"
        let file = reader.optionalText(
            prefix + "PROVIDERS_FILE", doc: "JSON file of providers by channel; none: files take all messages")
        if let file {
            do throws(SettingsError) { providers = try ProviderSet.read(file: file) } catch {
                for fault in error.faults {
                    reader.fault(prefix + "PROVIDERS_FILE", "\(fault.key): \(fault.reason)")
                }
            }
        }
        outboxDirectory = reader.text(
            prefix + "OUTBOX_DIR", default: outboxDirectory, doc: "Directory of the message files")
        batchMessages = reader.integer(
            prefix + "BATCH_MESSAGES", default: batchMessages, in: 1...5_000, doc: "Messages in one file")
        pollInterval = reader.duration(
            prefix + "POLL_INTERVAL", default: pollInterval, in: .milliseconds(10)...(.seconds(60)),
            doc: "How often to look for messages when there were none")
        attempts = reader.integer(
            prefix + "ATTEMPTS", default: attempts, in: 1...100,
            doc: "Attempts of a message on one channel before the next one is tried")
        unknownFor = reader.duration(
            prefix + "UNKNOWN_FOR", default: unknownFor, in: .seconds(1)...(.seconds(7 * 86_400)),
            doc: "How long an outcome that nobody knows is asked about before the message has failed")
        quietHours = Self.hours(&reader, prefix)
        digestAfter = reader.duration(
            prefix + "DIGEST_AFTER", default: digestAfter, in: .zero...(.seconds(86_400)),
            doc: "How long messages to one reader are collected into a digest; 0s: none are")
        digestFrom = reader.integer(
            prefix + "DIGEST_FROM", default: digestFrom, in: 2...50,
            doc: "Fewer messages than this are not joined but sent one by one")
        keep = reader.duration(
            prefix + "KEEP", default: keep, in: .seconds(60 * 86_400)...(.seconds(3_650 * 86_400)),
            doc: "How long messages and posts that are over are kept; longer than any topic keeps its events")
        webhooks = WebhookSettings(reading: &reader)
    }

    /// `any`, or hours; with holidays that the calendar does not have yet.
    private static func hours(_ reader: inout SettingsReader, _ prefix: String) -> QuietHours? {
        let words = reader.list(
            prefix + "HOLIDAYS", maxCount: 200,
            doc: "Further national holidays, YYYY-MM-DD: the joint decree (SKB) of a year that is not built in")
        let days = words.compactMap { CivilDate(parsing: $0) }
        if days.count < words.count { reader.fault(prefix + "HOLIDAYS", "must be dates YYYY-MM-DD") }
        let text = reader.text(
            prefix + "HOURS", default: "08:00-20:00",
            doc: "Local hours in which people are written to, Monday to Saturday without holidays; any: all hours")
        if text == "any" { return nil }
        guard let hours = QuietHours(text, calendar: .national.adding(days)) else {
            reader.fault(prefix + "HOURS", "must be any, or HH:MM-HH:MM with three hours or more between")
            return nil
        }
        return hours
    }

    /// The waves that may leave at this moment.
    func openWaves(at now: Instant) -> [Wave] { quietHours?.open(now) ?? Wave.allCases }
}
