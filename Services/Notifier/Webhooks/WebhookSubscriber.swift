import PerisaiModels

/// Who takes posts: a permit office, or a bank that collects contributions.
public enum WebhookSubscriber: Sendable, Hashable, CustomStringConvertible {
    case office(OfficeCode)
    case bank(BankCode)

    private static let bankPrefix = "bank:"

    /// As the tables have it: `PTSP-DPS`, or `bank:008`; no office's code has a colon.
    public init(_ text: String) throws(IdentifierFault) {
        self =
            text.hasPrefix(Self.bankPrefix)
            ? .bank(try BankCode(text.dropFirst(Self.bankPrefix.count))) : .office(try OfficeCode(text))
    }

    public var text: String {
        switch self {
        case .office(let code): code.text
        case .bank(let code): Self.bankPrefix + code.text
        }
    }

    /// As announcements name it: `office:PTSP-DPS`, `bank:008`.
    var recipient: String {
        if case .office(let code) = self { "office:" + code.text } else { text }
    }

    var isBank: Bool {
        if case .bank = self { true } else { false }
    }

    public var description: String { text }
}
