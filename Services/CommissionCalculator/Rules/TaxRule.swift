import PerisaiModels

/// Which tax is withheld from incentives (domain.md 9: "taxed under the prevailing rules", the rate is a setting).
public enum TaxKind: String, JSONChoice {
    case none
    /// From individuals; a wadah that is no legal entity counts as one.
    case pph21
    /// From wadah that are legal entities.
    case pph23
    /// PPh 21 or PPh 23, as the payee is.
    case byPayee = "by-payee"
}

/// What decides on a payee's tax.
public struct TaxPayee: Sendable, Hashable {
    public let kind: PayeeKind
    /// Of a wadah; an agent is never one.
    public let legalEntity: Bool
    /// An NPWP, or for individuals a valid NIK (PMK 112/2022).
    public let hasTaxNumber: Bool

    public init(kind: PayeeKind, legalEntity: Bool, hasTaxNumber: Bool) {
        self.kind = kind
        self.legalEntity = legalEntity
        self.hasTaxNumber = hasTaxNumber
    }

    var isIndividual: Bool { kind == .agent || !legalEntity }
}

/// A rule by which tax is withheld from a payment.
public struct TaxRule: Sendable, Hashable {
    /// A rate for what lies above the bracket before, up to `through`.
    public struct Bracket: Sendable, Hashable {
        /// Rupiah of the tax base, included; nil: without end.
        public let through: Rupiah?
        public let rate: Rate

        public init(through: Rupiah?, rate: Rate) {
            self.through = through
            self.rate = rate
        }
    }

    /// PPh 21 of persons who are no employees: brackets of a part of the gross, each payment for itself.
    public struct PPh21: Sendable, Hashable {
        /// The part of the gross that is taxed.
        public let base: Rate
        /// Ascending; the last has no end.
        public let brackets: [Bracket]
        /// So much more of the tax without NPWP or valid NIK.
        public let withoutNumber: Rate

        public init(base: Rate, brackets: [Bracket], withoutNumber: Rate) {
            self.base = base
            self.brackets = brackets
            self.withoutNumber = withoutNumber
        }

        /// PMK 168/2023: Art. 17 rates (UU 7/2021) of 50 % of the gross, per payment, not cumulative; 20 % more without
        /// a number (domain.md 9).
        public static let published = PPh21(
            base: .percent(50),
            brackets: [
                Bracket(through: Rupiah(60_000_000), rate: .percent(5)),
                Bracket(through: Rupiah(250_000_000), rate: .percent(15)),
                Bracket(through: Rupiah(500_000_000), rate: .percent(25)),
                Bracket(through: Rupiah(5_000_000_000), rate: .percent(30)), Bracket(through: nil, rate: .percent(35)),
            ], withoutNumber: .percent(20))
    }

    /// PPh 23 of services: a part of the gross.
    public struct PPh23: Sendable, Hashable {
        public let rate: Rate
        /// So much more of the tax without NPWP.
        public let withoutNumber: Rate

        public init(rate: Rate, withoutNumber: Rate) {
            self.rate = rate
            self.withoutNumber = withoutNumber
        }

        /// 2 % (domain.md 9). What is added without NPWP is not in our sources: nothing, unless a definition says so.
        public static let published = PPh23(rate: .percent(2), withoutNumber: .zero)
    }

    public let kind: TaxKind
    public let pph21: PPh21
    public let pph23: PPh23

    public init(_ kind: TaxKind, pph21: PPh21 = .published, pph23: PPh23 = .published) {
        self.kind = kind
        self.pph21 = pph21
        self.pph23 = pph23
    }

    public static let none = TaxRule(.none)

    /// The tax that this rule takes from a payee: none, pph21 or pph23.
    public func kind(for payee: TaxPayee) -> TaxKind {
        switch kind {
        case .pph21 where payee.isIndividual, .byPayee where payee.isIndividual: .pph21
        case .pph23 where !payee.isIndividual, .byPayee where !payee.isIndividual: .pph23
        default: .none
        }
    }

    /// Why no tax can be computed.
    public struct NegativeGross: Error, Hashable, CustomStringConvertible {
        public var description: String { "gross: must not be negative" }
    }

    /// What is withheld from one payment, rounded once, half-up to the rupiah (domain.md T34, T35).
    /// - Throws: `NegativeGross`; `MoneyOverflow` when it does not fit.
    public func withheld(gross: Rupiah, from payee: TaxPayee) throws -> Rupiah {
        guard !gross.isNegative else { throw NegativeGross() }
        func whole(_ more: Rate) -> Int128 {
            Int128(Rate.one.partsPerMillion) + (payee.hasTaxNumber ? 0 : Int128(more.partsPerMillion))
        }
        // Rates and surcharges are at most one: gross x 10^6 x 10^6 x 2 x 10^6 stays below 2 x 10^37, within 127 bits.
        let exact: Int128
        switch kind(for: payee) {
        case .pph21: exact = pph21.perMillion(of: gross) * whole(pph21.withoutNumber)
        case .pph23:
            exact = Int128(gross.amount) * 1_000_000 * Int128(pph23.rate.partsPerMillion) * whole(pph23.withoutNumber)
        case .none, .byPayee: return .zero
        }
        let unit = Int128(1_000_000_000_000_000_000)
        guard let tax = Int64(exactly: (exact + unit / 2) / unit) else { throw MoneyOverflow() }
        return Rupiah(tax)
    }
}

extension TaxRule.PPh21 {
    /// The brackets' tax in 10^-12 rupiah, without surcharge.
    fileprivate func perMillion(of gross: Rupiah) -> Int128 {
        let base = Int128(gross.amount) * Int128(self.base.partsPerMillion)
        var tax: Int128 = 0
        var from: Int128 = 0
        for bracket in brackets where from < base {
            let through = bracket.through.map { min(base, Int128($0.amount) * 1_000_000) } ?? base
            tax += max(0, through - from) * Int128(bracket.rate.partsPerMillion)
            from = through
        }
        return tax
    }
}

/// The tax rules by the day on which they apply.
public typealias TaxTable = EffectiveTable<TaxRule>
