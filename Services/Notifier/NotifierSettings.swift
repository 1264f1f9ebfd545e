import Worker

/// How messages leave: all settings have defaults that work without configuration.
public struct NotifierSettings: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where messages go.
    public enum Channel: String, Sendable, CaseIterable {
        /// JSONL files in a directory, for a gateway that reads files.
        case file
        /// One POST a message.
        case http
    }

    public var channel: Channel = .file
    /// Directory of the files; created where it is missing.
    public var outboxDirectory = "outbox"
    /// Where messages are posted; needed by the channel `http`.
    public var gatewayURL: String?
    /// How long the gateway may take for one answer, 100 ms to 2 min.
    public var timeout: Duration = .seconds(10)
    /// Attempts before a message has failed, 1 to 100.
    public var attempts = 8
    /// Sent as `Authorization: Bearer …`; secret.
    public var token: String?
    /// Requests at a time, 1 to 256.
    public var concurrency = 16
    /// Messages in one batch, 1 to 5,000.
    public var batchMessages = 500
    /// How long to wait when nothing is due, 10 ms to 1 min.
    public var pollInterval: Duration = .milliseconds(250)
    /// How long a batch belongs to one process before another may take it; not less than its requests may take.
    public var lease: Duration = .seconds(60)
    /// Longest wait before the second attempt; doubled with each further one up to `backoffLimit`.
    public var backoff: Duration = .milliseconds(500)
    public var backoffLimit: Duration = .seconds(300)
    /// Posts to permit offices, beside the messages.
    public var webhooks = WebhookSettings()

    public init() {}

    /// Reads the settings `PERISAI_NOTIFIER_…`; faults are kept by the reader.
    public init(reading reader: inout SettingsReader) {
        let prefix = "PERISAI_NOTIFIER_"
        channel = reader.choice(prefix + "CHANNEL", default: channel, doc: "file (JSONL files) or http (a gateway)")
        outboxDirectory = reader.text(
            prefix + "OUTBOX_DIR", default: outboxDirectory, doc: "Directory of the message files (channel file)")
        gatewayURL = reader.optionalURL(
            prefix + "GATEWAY_URL", schemes: ["http", "https"], doc: "Messages are posted here (channel http)")
        timeout = reader.duration(
            prefix + "TIMEOUT", default: timeout, in: .milliseconds(100)...(.seconds(120)),
            doc: "How long the gateway may take for an answer")
        attempts = reader.integer(
            prefix + "ATTEMPTS", default: attempts, in: 1...100, doc: "Attempts before a message has failed")
        token = reader.optionalText(prefix + "TOKEN", secret: true, doc: "Bearer token for the gateway")
        concurrency = reader.integer(
            prefix + "CONCURRENCY", default: concurrency, in: 1...256, doc: "Requests to the gateway at a time")
        batchMessages = reader.integer(
            prefix + "BATCH_MESSAGES", default: batchMessages, in: 1...5_000, doc: "Messages in one batch or file")
        pollInterval = reader.duration(
            prefix + "POLL_INTERVAL", default: pollInterval, in: .milliseconds(10)...(.seconds(60)),
            doc: "How often to look for messages when there were none")
        webhooks = WebhookSettings(reading: &reader)
        if channel == .http, gatewayURL == nil {
            reader.fault(prefix + "GATEWAY_URL", "is needed by the channel http")
        }
        if let token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            reader.fault(prefix + "TOKEN", "must be printable ASCII without spaces")
        }
    }

    /// Messages in one batch of this channel: with a gateway few enough that all may time out within the lease.
    var claimLimit: Int { channel == .file ? batchMessages : min(batchMessages, concurrency * 4) }

    /// The lease of one batch: for a gateway at least twice what its requests may take.
    var claimLease: Duration {
        guard channel == .http else { return lease }
        let rounds = (claimLimit + concurrency - 1) / concurrency
        return max(lease, timeout * (rounds * 2))
    }

    public var description: String {
        "NotifierSettings(channel \(channel.rawValue), attempts \(attempts), timeout \(timeout), token masked)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}
