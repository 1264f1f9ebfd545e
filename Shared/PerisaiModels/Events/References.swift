/// What a `ForeignReference` names.
public protocol ReferenceKind: Sendable {
    static var name: String { get }
}

/// A number that somebody else gave out: 1 to 64 printable ASCII characters without space, kept as it came.
public struct ForeignReference<Kind: ReferenceKind>: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(IdentifierFault) {
        guard (1...64).contains(text.utf8.count) else {
            throw IdentifierFault(Kind.name, "must have 1 to 64 characters")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw IdentifierFault(Kind.name, "must be printable ASCII without spaces")
        }
        self.text = text
    }

    init(known text: String) { self.text = text }

    /// No number: of a case that no payment has opened.
    public static var none: Self { Self(known: "-") }

    public var description: String { text }
}

public enum ApplicationKind: ReferenceKind { public static let name = "application id" }
public enum SubmissionNumberKind: ReferenceKind { public static let name = "submission id" }
public enum PaymentReferenceKind: ReferenceKind { public static let name = "payment reference" }

/// A permit office's own number of an application.
public typealias ApplicationID = ForeignReference<ApplicationKind>
/// An agent's (or the app's) own number of a submission.
public typealias SubmissionID = ForeignReference<SubmissionNumberKind>
/// A bank's own number of a payment or reversal.
public typealias PaymentReference = ForeignReference<PaymentReferenceKind>

/// The number of a bank account: 6 to 20 digits; personal, masked in descriptions.
public struct AccountNumber: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(IdentifierFault) {
        guard (6...20).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw IdentifierFault("account number", "must have 6 to 20 digits")
        }
        self.text = text
    }

    public var description: String { mask(text) }
}

/// An amount that may be negative: corrections and totals with corrections in them.
public struct SignedRupiah: Sendable, Hashable {
    public var rupiah: Rupiah
    public init(_ rupiah: Rupiah) { self.rupiah = rupiah }
}
