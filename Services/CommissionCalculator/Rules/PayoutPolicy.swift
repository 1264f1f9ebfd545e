import PerisaiModels

/// How payouts are made: to which banks, from which account, from how much on.
public struct PayoutPolicy: Sendable, Hashable {
    /// The account that pays.
    public struct Debtor: Sendable, Hashable {
        public let name: String
        public let bank: BankCode
        public let account: AccountNumber
        public let bic: String?

        public init(name: String, bank: BankCode, account: AccountNumber, bic: String? = nil) {
            self.name = name
            self.bank = bank
            self.account = account
            self.bic = bic
        }
    }

    /// Where a payee's account may be (domain.md 1.2); each once, in the order given.
    public let partnerBanks: [BankCode]
    /// Nil until operations has proposed one: no bank file can be written before.
    public let debtor: Debtor?
    /// Smaller balances wait for the next payout; 1 rupiah or more.
    public let minimum: Rupiah

    public init(partnerBanks: [BankCode], debtor: Debtor? = nil, minimum: Rupiah = Rupiah(1)) {
        self.partnerBanks = partnerBanks
        self.debtor = debtor
        self.minimum = minimum
    }
}

/// The payout policies by the day on which they apply.
public typealias PayoutPolicyTable = EffectiveTable<PayoutPolicy>
