import Worker

/// How webhooks leave; without offices they are off.
public struct WebhookSettings: Sendable {
    /// Nil: no rows are made and nothing is posted.
    public var offices: WebhookOffices?
    /// How long an office may take for one answer, 100 ms to 2 min.
    public var timeout: Duration = .seconds(10)
    /// Posts at a time in one process, 1 to 256.
    public var concurrency = 32
    /// Posts at a time to one office, 1 to 64; one that has not answered three times gets one at a time.
    public var perOffice = 4
    /// Posts at a time to one bank, 1 to 256: a bank gets one for each of its payments.
    public var perBank = 8
    /// The wait after the first failed attempt; doubled with each further one up to `backoffLimit`.
    public var backoff: Duration = .seconds(5)
    public var backoffLimit: Duration = .seconds(1_800)
    /// From the first attempt until the answer has failed.
    public var retryFor: Duration = .seconds(86_400)
    /// How long to wait when nothing is due.
    public var pollInterval: Duration = .milliseconds(500)
    /// How long a stream belongs to the process that sends its answer; nil is long enough for an attempt.
    var lease: Duration?

    var claimLease: Duration { lease ?? timeout * 2 + .seconds(30) }

    public init() {}

    /// Reads the settings `PERISAI_WEBHOOK_…` and the offices' file; faults are kept by the reader.
    public init(reading reader: inout SettingsReader) {
        let prefix = "PERISAI_WEBHOOK_"
        let key = prefix + "OFFICES_FILE"
        let file = reader.optionalText(
            key, doc: "JSON file of the permit offices and banks that webhooks are agreed with; none: off")
        if let file {
            do throws(SettingsError) { offices = try WebhookOffices.read(file: file) } catch {
                for fault in error.faults { reader.fault(key, "\(fault.key): \(fault.reason)") }
            }
        }
        timeout = reader.duration(
            prefix + "TIMEOUT", default: timeout, in: .milliseconds(100)...(.seconds(120)),
            doc: "How long an office or bank may take for an answer")
        concurrency = reader.integer(
            prefix + "CONCURRENCY", default: concurrency, in: 1...256, doc: "Posts at a time")
        perOffice = reader.integer(
            prefix + "PER_OFFICE", default: perOffice, in: 1...64, doc: "Posts to one office at a time")
        perBank = reader.integer(
            prefix + "PER_BANK", default: perBank, in: 1...256, doc: "Posts to one bank at a time")
        backoff = reader.duration(
            prefix + "BACKOFF", default: backoff, in: .milliseconds(100)...(.seconds(600)),
            doc: "Wait after the first failed attempt; doubles with each further one")
        backoffLimit = reader.duration(
            prefix + "BACKOFF_LIMIT", default: backoffLimit, in: .seconds(1)...(.seconds(21_600)),
            doc: "Longest wait between two attempts")
        retryFor = reader.duration(
            prefix + "RETRY_FOR", default: retryFor, in: .seconds(60)...(.seconds(7 * 86_400)),
            doc: "How long after the first attempt an answer is given up")
        pollInterval = reader.duration(
            prefix + "POLL_INTERVAL", default: pollInterval, in: .milliseconds(10)...(.seconds(60)),
            doc: "How often to look for answers when there were none")
    }
}

/// What became of one attempt.
enum WebhookOutcome: Sendable, Hashable {
    case delivered
    /// 410: the office does not want this answer.
    case gone
    /// The host is not agreed with the office, or no longer; nothing was posted.
    case hostNotAgreed
    case notTaken(retryAfter: Duration?)
}

/// What follows from an attempt.
enum WebhookNext: Sendable, Hashable {
    case delivered
    case failed(WebhookFailure)
    case again(after: Duration)

    /// - Parameters:
    ///   - tries: attempts since the first one or the latest resend, this one counted.
    ///   - age: since the first of them.
    ///   - spread: 0 to 1, drawn at random: half of a wait is fixed, so that an office that is away is not hurried, and
    ///     half is spread, so that answers that failed together do not come back together.
    init(_ outcome: WebhookOutcome, tries: Int, age: Duration, spread: Double, _ settings: WebhookSettings) {
        switch outcome {
        case .delivered: self = .delivered
        case .gone: self = .failed(.gone)
        case .hostNotAgreed: self = .failed(.hostNotAgreed)
        case .notTaken where age >= settings.retryFor: self = .failed(.notTaken)
        case .notTaken(let retryAfter):
            let longest = min(
                settings.backoffLimit.milliseconds, settings.backoff.milliseconds << Int64(min(20, max(0, tries - 1))))
            let drawn = Duration.milliseconds(longest / 2 + Int64(Double(longest - longest / 2) * spread))
            // The last attempt is made when the time is over, not left out.
            self = .again(after: min(max(drawn, retryAfter ?? .zero), settings.retryFor - age))
        }
    }
}

/// Why an answer has failed.
public enum WebhookFailure: String, Sendable, CaseIterable {
    /// No 2xx within the time for it.
    case notTaken = "NOT_TAKEN"
    case gone = "GONE"
    case hostNotAgreed = "HOST_NOT_AGREED"
}
