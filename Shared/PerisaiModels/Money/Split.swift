/// Why an amount cannot be split.
public enum SplitFault: Error, Sendable, Hashable, CustomStringConvertible {
    case noWeight
    case negativeWeight(index: Int)
    case tooManyParts(limit: Int)

    public var description: String {
        switch self {
        case .noWeight: "weights: none is above zero"
        case .negativeWeight(let index): "weights: number \(index) is negative"
        case .tooManyParts(let limit): "weights: more than \(limit)"
        }
    }
}

extension Rupiah {
    /// Most parts of one split.
    public static let splitLimit = 1_000_000

    /// Parts in proportion to `weights` that always add up to this amount (largest remainder; among equal remainders
    /// the earlier part is served first). A negative amount gives the mirror image of the positive one.
    public func split(by weights: [Int64]) throws(SplitFault) -> [Rupiah] {
        guard weights.count <= Self.splitLimit else { throw .tooManyParts(limit: Self.splitLimit) }
        if let index = weights.firstIndex(where: { $0 < 0 }) { throw .negativeWeight(index: index) }
        let whole = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard whole > 0 else { throw .noWeight }
        let size = Int128(amount.magnitude)
        var parts: [Int128] = []
        var remainders: [Int128] = []
        parts.reserveCapacity(weights.count)
        remainders.reserveCapacity(weights.count)
        for weight in weights {
            let (quotient, remainder) = (size * Int128(weight)).quotientAndRemainder(dividingBy: whole)
            parts.append(quotient)
            remainders.append(remainder)
        }
        let missing = Int(size - parts.reduce(0, +))
        let order = weights.indices.sorted { (remainders[$0], $1) > (remainders[$1], $0) }
        for index in order.prefix(missing) { parts[index] += 1 }
        // No part is larger than the whole amount, so truncation cannot lose a bit.
        return parts.map { Rupiah(Int64(truncatingIfNeeded: amount < 0 ? -$0 : $0)) }
    }

    /// Parts in proportion to `rates`; the whole amount is given out whether or not the rates make 100 %.
    public func split(by rates: [Rate]) throws(SplitFault) -> [Rupiah] {
        try split(by: rates.map(\.partsPerMillion))
    }
}
