import Foundation

/// The raw texts of a configuration: environment first, then one optional file.
struct SettingsSource: Sendable {
    static let prefix = "PERISAI_"
    static let fileKey = "PERISAI_CONFIG_FILE"
    /// Longest configuration or secret file, 256 KiB.
    static let maxFileBytes = 262_144
    static let maxKeys = 1_000

    private(set) var environment: [String: String]
    private(set) var file: [String: String] = [:]
    private(set) var faults: [SettingFault] = []

    init(environment: [String: String]) {
        self.environment = environment.filter { $0.key.hasPrefix(Self.prefix) }
        guard let path = self.environment[Self.fileKey], !path.isEmpty else { return }
        do {
            let text = try Self.read(path)
            if text.drop(while: \.isWhitespace).first == "{" { readJSON(text) } else { readLines(text) }
        } catch {
            faults.append(SettingFault(key: Self.fileKey, reason: error.reason))
        }
    }

    var keys: Set<String> { Set(environment.keys).union(file.keys) }

    /// The text of a key and whether the environment gave it.
    func text(_ key: String) -> (text: String, origin: EffectiveSetting.Origin)? {
        if let text = environment[key] { return (text, .environment) }
        return file[key].map { ($0, .file) }
    }

    struct ReadFault: Error { let reason: String }

    /// A whole text file. The reason of a fault names no content.
    static func read(_ path: String) throws(ReadFault) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ReadFault(reason: "the file cannot be opened")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: maxFileBytes + 1) else {
            // An empty file reads as nothing on some file systems.
            var directory: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &directory), !directory.boolValue { return "" }
            throw ReadFault(reason: "the file cannot be read")
        }
        guard data.count <= maxFileBytes else {
            throw ReadFault(reason: "the file is longer than \(maxFileBytes) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ReadFault(reason: "the file is not UTF-8")
        }
        return text
    }

    /// `KEY=VALUE` a line; `#` starts a comment line; a value may stand in double quotes.
    private mutating func readLines(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.drop(while: \.isWhitespace)
            if line.isEmpty || line.first == "#" { continue }
            guard let equals = line.firstIndex(of: "=") else {
                faults.append(SettingFault(key: Self.fileKey, reason: "line \(index + 1) is not KEY=VALUE"))
                continue
            }
            var value = line[line.index(after: equals)...].trimmingSpace
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            add(String(line[..<equals].trimmingSpace), String(value))
        }
    }

    /// One flat object of texts, numbers and booleans.
    private mutating func readJSON(_ text: String) {
        guard let members = try? JSONDecoder().decode([String: Scalar].self, from: Data(text.utf8)) else {
            faults.append(
                SettingFault(key: Self.fileKey, reason: "is not one JSON object of texts, whole numbers and booleans"))
            return
        }
        for (key, value) in members.sorted(by: { $0.key < $1.key }) { add(key, value.text) }
    }

    private mutating func add(_ key: String, _ value: String) {
        guard key.hasPrefix(Self.prefix), key != Self.fileKey else {
            let shown = String(key.prefix(64))
            faults.append(SettingFault(key: Self.fileKey, reason: "holds \(shown), which is no setting for a file"))
            return
        }
        if file[key] != nil { faults.append(SettingFault(key: key, reason: "stands twice in the file")) }
        guard file.count < Self.maxKeys else {
            faults.append(SettingFault(key: Self.fileKey, reason: "holds more than \(Self.maxKeys) settings"))
            return
        }
        file[key] = value
    }

    private struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = String(flag)
            } else if let number = try? container.decode(Int64.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}

extension Substring {
    var trimmingSpace: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
