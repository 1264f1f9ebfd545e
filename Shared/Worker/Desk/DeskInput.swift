import PerisaiModels

import struct Foundation.UUID

/// Why something cannot be done by an operator; all that an operator needs to read. Holds no NIK.
public struct DeskError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    public static let samePerson = DeskError(
        "the one who proposes never decides: someone else must approve or reject this")
}

/// A person who acts, without blanks at its ends and with single blanks inside.
public struct OperatorName: Sendable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// - Throws: `DeskError` unless it has 2 to 64 characters that can be printed and holds no NIK.
    public init(_ raw: String) throws {
        text = raw.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (2...64).contains(text.unicodeScalars.count) else {
            throw DeskError("name: must have 2 to 64 characters")
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw DeskError("name: must have no control characters")
        }
        guard NIK.hidden(in: text) == text else { throw DeskError("name: must not hold a NIK") }
    }

    /// Blanks and case do not make another person; the schema compares in the same way.
    public func isSamePerson(as other: OperatorName) -> Bool { key == other.key }

    private var key: String { text.lowercased().filter { !$0.isWhitespace } }
}

/// Why something is proposed or rejected.
public struct DeskReason: Sendable {
    public let text: String

    /// - Throws: `DeskError` unless it has 3 to 500 characters and holds no NIK in clear.
    public init(_ raw: String) throws {
        text = raw.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (3...500).contains(text.unicodeScalars.count) else {
            throw DeskError("reason: must have 3 to 500 characters")
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw DeskError("reason: must have no control characters")
        }
        guard NIK.hidden(in: text) == text else { throw DeskError("reason: must not hold a NIK") }
    }
}

/// The beginning of an identifier, at least eight hexadecimal digits, hyphens left out or not.
public struct IdentifierPrefix: Sendable {
    /// The least and the greatest identifier that begins so.
    public let range: ClosedRange<UUID>
    public let text: String

    public init(_ raw: String) throws {
        let digits = raw.utf8.filter { $0 != UInt8(ascii: "-") }
        let number = UInt128(String(decoding: digits, as: UTF8.self), radix: 16)
        guard (8...32).contains(digits.count), digits.first != UInt8(ascii: "+"), let number else {
            throw DeskError("id: give its first 8 to 32 hexadecimal digits")
        }
        let free = UInt128(32 - digits.count) * 4
        let low = number << free
        let high = low | ((1 << free) &- 1)
        range = Self.uuid(low)...Self.uuid(high)
        text = raw
    }

    private static func uuid(_ value: UInt128) -> UUID {
        UUID(UInt64(truncatingIfNeeded: value >> 64), UInt64(truncatingIfNeeded: value))
    }
}

extension PayerNumber {
    /// 11 digits are a KPJ; 8 digits, with a hyphen and the division where there is one, an NPP.
    /// - Throws: `DeskError` for anything else.
    public init(operatorText text: String) throws {
        do {
            self = text.utf8.count == KPJ.digitCount ? .participant(try KPJ(text)) : .employer(try NPP(text))
        } catch {
            throw DeskError("payer: a KPJ has 11 digits, an NPP 8 and perhaps a hyphen and the division")
        }
    }
}
