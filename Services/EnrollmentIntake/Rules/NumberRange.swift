import PerisaiModels

/// Numbers given out without a shared sequence: each lane (a Kafka partition modulo 64) counts by itself.
public enum NumberRange {
    public static let lanes = 64
    /// Highest count of a lane in a month, so that serial = count × 64 + lane keeps 7 digits (domain.md 5 [I]).
    public static let kpjLimit = (9_999_999 - (lanes - 1)) / lanes
    /// Highest count of a lane, so that the number keeps 8 digits.
    public static let nppLimit = (99_999_999 - (lanes - 1)) / lanes

    public static func lane(of partition: Int32) -> Int { Int(partition.magnitude) % lanes }

    /// The KPJ of a lane's `count`-th number in a month; counts start at 1, so that no serial is 0.
    public static func kpj(month: ContributionMonth, lane: Int, count: Int) throws(IdentifierFault) -> KPJ {
        guard (1...kpjLimit).contains(count) else {
            throw IdentifierFault(KPJ.name, "the numbers of lane \(lane) for \(month) are used up")
        }
        return try KPJ(month: month, serial: count * lanes + lane)
    }

    public static func npp(lane: Int, count: Int) throws(IdentifierFault) -> NPP {
        guard (1...nppLimit).contains(count) else {
            throw IdentifierFault(NPP.name, "the numbers of lane \(lane) are used up")
        }
        return try NPP(number: Int64(count * lanes + lane))
    }
}
