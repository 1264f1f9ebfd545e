/// One setting that cannot be used: its key and the reason, never the value of a secret.
public struct SettingFault: Sendable, Hashable, CustomStringConvertible {
    public let key: String
    public let reason: String

    public init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }

    public var description: String { "\(key): \(reason)" }
}

/// Everything that is wrong with a configuration, sorted by key.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public let faults: [SettingFault]

    public init(_ faults: [SettingFault]) {
        var seen: Set<SettingFault> = []
        self.faults = faults.filter { seen.insert($0).inserted }
            .sorted { ($0.key, $0.reason) < ($1.key, $1.reason) }
    }

    public var description: String {
        let count = faults.count == 1 ? "1 setting is" : "\(faults.count) settings are"
        return "\(count) wrong:\n" + faults.map { "  \($0)" }.joined(separator: "\n")
    }
}

/// A setting as it is in force, fit to be shown.
public struct EffectiveSetting: Sendable, Hashable {
    /// Where the value came from.
    public enum Origin: String, Sendable {
        case environment, file
        case secretFile = "secret file"
        case byDefault = "default"
    }

    public let key: String
    /// Masked where it is secret; `(none)` where there is no value.
    public let shown: String
    public let origin: Origin
    public let doc: String
}
