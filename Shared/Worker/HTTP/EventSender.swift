/// Someone who may post events: a bearer token and the CloudEvents sources that it stands for. Its description never
/// shows the token.
public struct EventSender: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Shown in logs: 1 to 64 letters, digits, dots, dashes and _.
    public let name: String
    /// 16 to 256 visible ASCII characters without colon and comma.
    let token: String
    /// The `ce-source` values that the sender may use.
    public let sources: Set<String>

    public init(name: String, token: String, sources: Set<String>) {
        self.name = name
        self.token = token
        self.sources = sources
    }

    public var description: String { "EventSender(\(name), token masked, sources: \(sources.sorted()))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }

    /// Reads `name:token:source` entries; entries of one name and token add up their sources. Throws every fault at
    /// once; its key is `entry <number>`.
    public static func parse(_ entries: [String]) throws(SettingsError) -> [EventSender] {
        var faults: [SettingFault] = []
        var order: [String] = []
        var found: [String: (name: String, sources: Set<String>)] = [:]
        for (index, entry) in entries.enumerated() {
            func fault(_ reason: String) { faults.append(SettingFault(key: "entry \(index + 1)", reason: reason)) }
            let parts = entry.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else {
                fault("is not name:token:source")
                continue
            }
            let (name, token, source) = (parts[0], parts[1], parts[2])
            if !isName(name) { fault("the name must be 1 to 64 letters, digits, dots, dashes and _") }
            if !(16...256).contains(token.utf8.count) || !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
                fault("the token must be 16 to 256 visible ASCII characters")
            }
            if source.isEmpty || source.utf8.count > EventRecord.maxSourceBytes {
                fault("the source must be 1 to \(EventRecord.maxSourceBytes) bytes")
            }
            if let known = found[token], known.name != name { fault("has the token of another sender") }
            if found[token] == nil { order.append(token) }
            found[token, default: (name, [])].sources.insert(source)
        }
        guard faults.isEmpty else { throw SettingsError(faults) }
        return order.compactMap { token in
            found[token].map { EventSender(name: $0.name, token: token, sources: $0.sources) }
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }
    }
}

extension [EventSender] {
    /// The sender of an `Authorization` header. Every token is compared over its whole length whatever the others
    /// gave, so that the time of the answer tells nothing about a token.
    func sender(authorization header: String?) -> EventSender? {
        guard let header, header.utf8.count <= 512, header.prefix(7).lowercased() == "bearer " else { return nil }
        let presented = [UInt8](header.dropFirst(7).trimmingSpace.utf8)
        var match: EventSender?
        for sender in self where isEqual([UInt8](sender.token.utf8), presented) { match = sender }
        return match
    }

    private func isEqual(_ token: [UInt8], _ presented: [UInt8]) -> Bool {
        guard !token.isEmpty else { return false }
        var difference = token.count ^ presented.count
        for index in token.indices {
            difference |= Int(token[index] ^ (presented.isEmpty ? 0 : presented[index % presented.count]))
        }
        return difference == 0
    }
}
