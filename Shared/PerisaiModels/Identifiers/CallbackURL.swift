/// Where a permit office wants its answers posted: https, a host name, at most 300 characters; no user, no fragment.
///
/// An address and a port of one's own network would let a sender reach what only we reach: the host must be a name with
/// a dot, and the notifier posts only to hosts that are agreed with the office.
public struct CallbackURL: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    /// In lower case.
    public let host: String

    public init(_ text: String) throws(IdentifierFault) {
        func fault(_ reason: String) -> IdentifierFault { IdentifierFault("callback URL", reason) }
        guard (12...300).contains(text.utf8.count) else { throw fault("must have 12 to 300 characters") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw fault("must be printable ASCII") }
        guard text.hasPrefix("https://") else { throw fault("must begin with https://") }
        guard !text.contains("#"), !text.contains("\\") else { throw fault("must have no fragment and no backslash") }
        let authority = text.dropFirst(8).prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw fault("must name no user") }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2 else { throw fault("must have a host name") }
        if parts.count == 2 {
            guard let port = Int(parts[1]), (1...65_535).contains(port) else { throw fault("has no usable port") }
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }),
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }),
            labels.last?.contains(where: \.isLetter) == true
        else { throw fault("must have a host name with a dot, and no address") }
        self.text = text
        host = name.lowercased()
    }

    public var description: String { text }
}
