/// How a fraction of a rupiah becomes a whole amount.
public enum RoundingRule: String, Sendable, Hashable, CaseIterable {
    /// To the nearest rupiah, the half away from zero, so that a reversal mirrors its original exactly.
    case halfUp
    /// Down to a multiple of 100 rupiah, as every published JP wage cap is (PP 45/2015 Art. 29; domain.md 3).
    case floorTo100

    /// `numerator / denominator` rounded; `denominator` must be positive, or the result is zero.
    func apply(_ numerator: Int128, over denominator: Int128) -> Int128 {
        guard denominator > 0 else { return 0 }
        switch self {
        case .halfUp:
            let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
            let size = remainder < 0 ? -remainder : remainder
            guard size >= denominator - size else { return quotient }
            return quotient + (numerator < 0 ? -1 : 1)
        case .floorTo100:
            let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
            let floored = remainder < 0 ? quotient - 1 : quotient
            let rest = ((floored % 100) + 100) % 100
            return floored - rest
        }
    }
}
