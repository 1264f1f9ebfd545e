/// How the contracts of this program differ from those that were published.
public struct ContractComparison: Sendable, Hashable {
    /// A change that a reader or writer of the published contract would not survive.
    public struct Break: Sendable, Hashable, CustomStringConvertible {
        public let file: String
        /// Names of the fields on the way, parted by dots; empty for the file as a whole.
        public let field: String
        public let reason: String

        public var description: String { "\(file)\(field.isEmpty ? "" : " \(field)"): \(reason)" }
    }

    /// Files that are missing, changed or no longer made, by path.
    public private(set) var changed: [String] = []
    public private(set) var breaks: [Break] = []

    public var isSame: Bool { changed.isEmpty }
    public var isCompatible: Bool { breaks.isEmpty }

    /// `published` holds the bytes of every published file by path.
    public init(published: [String: [UInt8]], current: [Contracts.File]) {
        let now = Dictionary(current.map { ($0.path, $0.bytes) }, uniquingKeysWith: { first, _ in first })
        for path in Set(published.keys).union(now.keys).sorted() {
            guard published[path] != now[path] else { continue }
            changed.append(path)
            guard path.hasPrefix("schemas/"), let old = published[path] else { continue }
            guard let new = now[path] else {
                report(path, "", "the event type is gone; publish a new version beside it instead")
                continue
            }
            do {
                compare(try JSONTree(bytes: old), try JSONTree(bytes: new), path, [])
            } catch { report(path, "", "cannot be read: \(error.reason)") }
        }
    }

    private mutating func report(_ file: String, _ field: String, _ reason: String) {
        breaks.append(Break(file: file, field: field, reason: reason))
    }

    private mutating func compare(_ old: JSONTree, _ new: JSONTree, _ file: String, _ path: [String]) {
        let field = path.joined(separator: ".")
        guard old["type"] == new["type"] else {
            let types = [old, new].map { $0["type"]?.text ?? "none" }
            return report(file, field, "type changed from \(types[0]) to \(types[1])")
        }
        compareBounds(old, new, file, field)
        compareChoices(old, new, file, field)
        compareFields(old, new, file, path)
        if let oldItems = old["items"], let newItems = new["items"] { compare(oldItems, newItems, file, path + ["[]"]) }
    }

    private mutating func compareBounds(_ old: JSONTree, _ new: JSONTree, _ file: String, _ field: String) {
        for name in ["maximum", "maxLength", "maxItems"] {
            guard let limit = new[name]?.integer else { continue }
            if old[name]?.integer.map({ limit < $0 }) ?? true { report(file, field, "\(name) is narrower than before") }
        }
        if let limit = new["minimum"]?.integer, old["minimum"]?.integer.map({ limit > $0 }) ?? true {
            report(file, field, "minimum is narrower than before")
        }
        for name in ["pattern", "format"] {
            if let rule = new[name], rule != old[name] { report(file, field, "\(name) changed") }
        }
    }

    private mutating func compareChoices(_ old: JSONTree, _ new: JSONTree, _ file: String, _ field: String) {
        guard let choices = new["enum"]?.elements else { return }
        guard let before = old["enum"]?.elements else {
            return report(file, field, "only some values are allowed now")
        }
        let gone = before.filter { !choices.contains($0) }.compactMap(\.text)
        if !gone.isEmpty { report(file, field, "no longer allows \(gone.joined(separator: ", "))") }
    }

    private mutating func compareFields(_ old: JSONTree, _ new: JSONTree, _ file: String, _ path: [String]) {
        let newFields = new["properties"]
        for member in old["properties"]?.members ?? [] {
            let inner = path + [member.name]
            guard let field = newFields?[member.name] else {
                report(file, inner.joined(separator: "."), "the field is gone")
                continue
            }
            compare(member.value, field, file, inner)
        }
        let before = old["required"]?.elements ?? []
        for name in new["required"]?.elements ?? [] where !before.contains(name) {
            report(file, (path + [name.text ?? ""]).joined(separator: "."), "the field is required now")
        }
    }
}
