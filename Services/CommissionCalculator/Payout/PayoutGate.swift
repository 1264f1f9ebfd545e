import PerisaiModels

/// An account at a bank.
public struct PayeeAccount: Sendable, Hashable {
    public let bank: BankCode
    public let number: AccountNumber
    public let holder: String

    /// Longest name of a holder, in characters.
    static let holderLimit = 140

    public init(bank: BankCode, number: AccountNumber, holder: String) {
        self.bank = bank
        self.number = number
        self.holder = holder
    }
}

/// Why somebody is not paid; the raw value is stored.
public enum PayoutRefusalCode: String, Sendable, CaseIterable {
    case noAccount = "NO_ACCOUNT"
    case notPartnerBank = "NOT_PARTNER_BANK"
    case foreignName = "FOREIGN_NAME"
    case noContract = "NO_CONTRACT"
    case noWadah = "NO_WADAH"
    case dismissed = "DISMISSED"
    case belowMinimum = "BELOW_MINIMUM"
    case taxTakesAll = "TAX_TAKES_ALL"
}

/// Who may be paid into which account (domain.md 1.2: an account at a partner bank in the payee's own name).
struct PayoutGate {
    /// Somebody to be paid, as known on the day.
    struct Payee {
        let owner: Owner
        var name: String?
        var account: PayeeAccount?
        /// Of a wadah: a contract (PKS) that began by the month's end.
        var hasContract = true
        var legalEntity = false
        var isDismissed = false
    }

    typealias Refusal = (code: PayoutRefusalCode, reason: String)

    let partnerBanks: [BankCode]

    /// Banks cut names after 20 characters at the earliest, blanks included; shorter names must be the same.
    static let cutLength = 20
    /// Letters and digits that a cut name must have at least.
    static let cutLetters = 16

    /// Nil when the payee may be paid into `account`.
    func refusal(_ payee: Payee, into account: PayeeAccount?) -> Refusal? {
        guard !payee.isDismissed else {
            return (.dismissed, "agent: dismissed, all rights are revoked")
        }
        guard payee.hasContract else { return (.noContract, "wadah: no contract (PKS) of it is known") }
        guard let account else { return (.noAccount, "account: none is known") }
        guard partnerBanks.contains(account.bank) else {
            let names = partnerBanks.map(Self.title)
            let bank = Self.title(account.bank)
            return (
                .notPartnerBank,
                "bank: \(bank) is no partner bank on this day; there are \(names.joined(separator: ", "))"
            )
        }
        guard let name = payee.name else { return (.foreignName, "account_holder: the payee's own name is not known") }
        guard Self.isSame(holder: account.holder, payee: name) else {
            return (.foreignName, "account_holder: \(account.holder) is not the payee, \(name)")
        }
        return nil
    }

    private static func title(_ bank: BankCode) -> String {
        bank.bankName.map { "\($0) (\(bank.text))" } ?? bank.text
    }

    /// The same name, or the payee's name as a bank has cut it. Never the other way: a longer name is somebody else.
    static func isSame(holder: String, payee: String) -> Bool {
        let isCut = holder.unicodeScalars.count >= cutLength
        guard let holder = NameKey(holder), let payee = NameKey(payee) else { return false }
        if holder == payee { return true }
        return isCut && holder.text.utf8.count >= cutLetters && payee.text.hasPrefix(holder.text)
    }
}
