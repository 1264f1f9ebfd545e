/// What a `TextIdentifier` names.
public protocol TextIdentifierKind: Sendable {
    static var name: String { get }
}

/// A short code that we or the fund give out: 1 to 32 of A-Z, 0-9 and "-".
public struct TextIdentifier<Kind: TextIdentifierKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String

    public init(_ text: some StringProtocol) throws(IdentifierFault) { try self.init(utf8: text.utf8) }

    public init(utf8: some Collection<UInt8>) throws(IdentifierFault) {
        guard !utf8.isEmpty else { throw IdentifierFault(Kind.name, "must not be empty") }
        guard utf8.count <= 32 else { throw IdentifierFault(Kind.name, "must have 32 characters at most") }
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: throw IdentifierFault(Kind.name, "may have A to Z, 0 to 9 and - only")
            }
        }
        self.text = String(decoding: utf8, as: UTF8.self)
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
    public var description: String { text }
}

public enum AgentKind: TextIdentifierKind { public static let name = "agent id" }
public enum WadahKind: TextIdentifierKind { public static let name = "wadah id" }
public enum OfficeKind: TextIdentifierKind { public static let name = "office code" }
public enum BranchKind: TextIdentifierKind { public static let name = "branch code" }

/// A Perisai agent.
public typealias AgentID = TextIdentifier<AgentKind>
/// A wadah (kantor Perisai), the body that an agent belongs to.
public typealias WadahID = TextIdentifier<WadahKind>
/// A Perisai office.
public typealias OfficeCode = TextIdentifier<OfficeKind>
/// A branch (kantor cabang) of BPJS Ketenagakerjaan.
public typealias BranchCode = TextIdentifier<BranchKind>
