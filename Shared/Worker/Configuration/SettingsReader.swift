import Foundation

/// Reads typed settings and remembers every fault: a key that is asked for is a known key, and `finish` refuses the
/// rest. A service reads its own keys with the same reader after `WorkerSettings`.
///
/// The environment wins over the file that `PERISAI_CONFIG_FILE` names (`KEY=VALUE` lines or one JSON object). Where
/// `secret` is set the value may also come from the file named by `<KEY>_FILE`.
public struct SettingsReader: Sendable {
    let source: SettingsSource
    private var known: Set<String> = [SettingsSource.fileKey]
    private var faults: [SettingFault]
    /// The settings read so far in their order; secrets are masked.
    public private(set) var effective: [EffectiveSetting] = []

    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        source = SettingsSource(environment: environment)
        faults = source.faults
    }

    // MARK: Typed reading

    /// A text, 1 to `maxBytes` bytes; missing without a default is a fault.
    public mutating func text(
        _ key: String, default standard: String? = nil, maxBytes: Int = 4_096, secret: Bool = false, doc: String
    ) -> String {
        value(
            key, standard, secret: secret, doc: doc, show: { $0 },
            parse: {
                $0.utf8.count <= maxBytes ? .success($0) : .failure("is longer than \(maxBytes) bytes")
            }) ?? required(key, standard, "")
    }

    /// A text that may be missing.
    public mutating func optionalText(
        _ key: String, maxBytes: Int = 4_096, secret: Bool = false, doc: String
    ) -> String? {
        value(
            key, nil, secret: secret, doc: doc, show: { $0 },
            parse: {
                $0.utf8.count <= maxBytes ? .success($0) : .failure("is longer than \(maxBytes) bytes")
            })
    }

    public mutating func integer(
        _ key: String, default standard: Int, in range: ClosedRange<Int>, doc: String
    ) -> Int {
        value(
            key, standard, doc: doc, show: { String($0) },
            parse: { text in
                guard let number = Int(text) else { return .failure("must be a whole number") }
                guard range.contains(number) else {
                    return .failure("must lie between \(range.lowerBound) and \(range.upperBound)")
                }
                return .success(number)
            }) ?? standard
    }

    /// A whole number with a unit: `250ms`, `5s`, `2m`, `1h`, `1d`.
    public mutating func duration(
        _ key: String, default standard: Duration, in range: ClosedRange<Duration>, doc: String
    ) -> Duration {
        value(
            key, standard, doc: doc, show: SettingsUnits.show,
            parse: { text in
                guard let duration = SettingsUnits.duration(text) else {
                    return .failure("must be a duration such as 250ms, 5s, 2m or 1h")
                }
                guard range.contains(duration) else {
                    let (low, high) = (SettingsUnits.show(range.lowerBound), SettingsUnits.show(range.upperBound))
                    return .failure("must lie between \(low) and \(high)")
                }
                return .success(duration)
            }) ?? standard
    }

    /// Bytes with a unit: `4096`, `512KiB`, `32MiB`, `1GiB`.
    public mutating func bytes(
        _ key: String, default standard: Int, in range: ClosedRange<Int>, doc: String
    ) -> Int {
        value(
            key, standard, doc: doc, show: SettingsUnits.show(bytes:),
            parse: { text in
                guard let bytes = SettingsUnits.bytes(text) else {
                    return .failure("must be a size such as 512KiB or 32MiB")
                }
                guard range.contains(bytes) else {
                    let low = SettingsUnits.show(bytes: range.lowerBound)
                    return .failure("must lie between \(low) and \(SettingsUnits.show(bytes: range.upperBound))")
                }
                return .success(bytes)
            }) ?? standard
    }

    /// `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`.
    public mutating func flag(_ key: String, default standard: Bool, doc: String) -> Bool {
        value(
            key, standard, doc: doc, show: { String($0) },
            parse: { text in
                switch text.lowercased() {
                case "true", "yes", "on", "1": .success(true)
                case "false", "no", "off", "0": .success(false)
                default: .failure("must be true or false")
                }
            }) ?? standard
    }

    /// One word of a closed list.
    public mutating func choice<Choice>(_ key: String, default standard: Choice, doc: String) -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        value(
            key, standard, doc: doc, show: \.rawValue,
            parse: { text in
                if let choice = Choice(rawValue: text) { return .success(choice) }
                return .failure("must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
            }) ?? standard
    }

    /// An absolute URL with one of the schemes and a host; user and password in it are masked when shown.
    public mutating func url(
        _ key: String, default standard: String? = nil, schemes: [String], secret: Bool = false, doc: String
    ) -> String {
        optionalURL(key, default: standard, schemes: schemes, secret: secret, doc: doc) ?? required(key, standard, "")
    }

    /// A URL that may be missing.
    public mutating func optionalURL(
        _ key: String, default standard: String? = nil, schemes: [String], secret: Bool = false, doc: String
    ) -> String? {
        value(
            key, standard, secret: secret, doc: doc, show: Redaction.redact,
            parse: { text in
                guard text.utf8.count <= 2_048 else { return .failure("is longer than 2048 bytes") }
                guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
                    schemes.contains(scheme), parts.host?.isEmpty == false
                else { return .failure("must be a URL of the form \(schemes.joined(separator: " or "))://host…") }
                return .success(text)
            })
    }

    /// Words parted by commas, spaces or line ends; at most `maxCount`.
    public mutating func list(
        _ key: String, default standard: [String] = [], maxCount: Int = 100, secret: Bool = false, doc: String
    ) -> [String] {
        value(
            key, standard, secret: secret, doc: doc, show: { $0.joined(separator: ",") },
            parse: { text in
                let words = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
                return words.count <= maxCount ? .success(words) : .failure("holds more than \(maxCount) entries")
            }) ?? standard
    }

    // MARK: Any value

    enum Parsed<Value> {
        case success(Value)
        case failure(String)
    }

    /// Reads, parses and records one key; nil when it is absent without a default, or wrong.
    mutating func value<Value>(
        _ key: String, _ standard: Value?, secret: Bool = false, readsFile: Bool? = nil, doc: String,
        show: (Value) -> String, parse: (String) -> Parsed<Value>
    ) -> Value? {
        known.insert(key)
        let found = raw(key, readsFile: readsFile ?? secret)
        guard let found, !found.text.isEmpty else {
            let shown = standard.map { secret ? "***" : show($0) } ?? "(none)"
            record(key, shown, .byDefault, doc)
            return standard
        }
        switch parse(found.text) {
        case .success(let value):
            record(key, secret ? "***" : show(value), found.origin, doc)
            return value
        case .failure(let reason):
            fault(key, reason)
            record(key, "(wrong)", found.origin, doc)
            return nil
        }
    }

    /// The text of a key, or of the file that `<key>_FILE` names.
    mutating func raw(_ key: String, readsFile: Bool) -> (text: String, origin: EffectiveSetting.Origin)? {
        let direct = source.text(key)
        guard readsFile else { return direct }
        let fileKey = key + "_FILE"
        known.insert(fileKey)
        guard let path = source.text(fileKey), !path.text.isEmpty else { return direct }
        guard direct == nil else {
            fault(fileKey, "stands beside \(key): give one of the two")
            return direct
        }
        do {
            var text = Substring(try SettingsSource.read(path.text))
            while text.last?.isNewline == true { text.removeLast() }
            if text.isEmpty { fault(fileKey, "the file is empty") }
            return (String(text), .secretFile)
        } catch {
            fault(fileKey, error.reason)
            return nil
        }
    }

    mutating func record(_ key: String, _ shown: String, _ origin: EffectiveSetting.Origin, _ doc: String) {
        effective.append(EffectiveSetting(key: key, shown: Redaction.redact(shown), origin: origin, doc: doc))
    }

    /// A required value that is neither given nor wrong is missing; `placeholder` is never used since `finish` throws.
    private mutating func required<Value>(_ key: String, _ standard: Value?, _ placeholder: Value) -> Value {
        if let standard { return standard }
        if !faults.contains(where: { $0.key == key || $0.key == key + "_FILE" }) { fault(key, "is missing") }
        return placeholder
    }

    /// Adds a fault that the caller has found.
    public mutating func fault(_ key: String, _ reason: String) {
        faults.append(SettingFault(key: key, reason: Redaction.redact(reason)))
    }

    /// Keys with this prefix that nobody has asked for yet; they become known.
    mutating func claim(prefix: String) -> [String] {
        let keys = source.keys.filter { $0.hasPrefix(prefix) && !known.contains($0) }.sorted()
        known.formUnion(keys)
        return keys
    }

    // MARK: End

    /// Throws every fault at once: of the keys read, and each `PERISAI_` key that nobody asked for.
    public func finish() throws(SettingsError) {
        var all = faults
        for key in source.keys where !known.contains(key) {
            let near = known.map { (editDistance(key, $0), $0) }.min { $0 < $1 }
            let hint = near.flatMap { $0.0 <= 4 ? "; did you mean \($0.1)?" : nil } ?? ""
            all.append(SettingFault(key: String(key.prefix(128)), reason: "is not a known setting" + hint))
        }
        if !all.isEmpty { throw SettingsError(all) }
    }

    /// The settings in force, one a line, with origin and meaning; secrets are masked.
    public var report: String {
        let width = effective.map(\.key.count).max() ?? 0
        return effective.map { setting in
            let key = setting.key.padding(toLength: width, withPad: " ", startingAt: 0)
            return "\(key) = \(setting.shown)  [\(setting.origin.rawValue)] \(setting.doc)"
        }.joined(separator: "\n")
    }
}
