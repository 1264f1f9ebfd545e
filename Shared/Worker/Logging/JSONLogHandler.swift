import Logging

/// A handler of swift-log that writes JSON lines: `time` (RFC 3339, UTC, milliseconds), `level`, `service`, `label`,
/// `message`, `metadata`. NIKs and secrets are masked (`Redaction`), a line holds at most 8 KiB.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let service: String
    private let label: String
    private let output: LogOutput

    public init(
        label: String, service: String, level: Logger.Level = .info, output: LogOutput = .standardError
    ) {
        self.label = label
        self.service = service
        self.output = output
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        output.log(
            LogLine(
                level: event.level, service: service, label: label, message: event.message.description, metadata: all))
    }
}

extension Logger {
    /// A logger of a service that writes JSON lines.
    public static func worker(
        _ service: String, label: String? = nil, level: Logger.Level = .info, output: LogOutput = .standardError
    ) -> Logger {
        Logger(label: label ?? service) { JSONLogHandler(label: $0, service: service, level: level, output: output) }
    }
}
