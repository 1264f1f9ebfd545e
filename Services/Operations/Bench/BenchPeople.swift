import PerisaiModels

/// Persons of the enrolment benchmarks, computed from a number: valid NIKs, no two alike, in an order that has nothing to
/// do with theirs, and the same by SQL, so that millions need not pass through a connection.
enum BenchPeople {
    /// Provinces before the new ones of 2022 (Kemendagri codes).
    private static let provinces: [Int64] = [
        11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 31, 32, 33, 34, 35, 36, 51, 52, 53, 61, 62, 63, 64, 65, 71, 72, 73, 74,
        75, 76, 81, 82, 91, 92,
    ]
    private static let regencies: Int64 = 4
    private static let districts: Int64 = 50
    private static let days: Int64 = 28
    private static let months: Int64 = 12
    /// Born 1970 to 1999.
    private static let years: Int64 = 30
    private static let serials: Int64 = 4
    /// A prime above `count`: its multiples visit every number below `count` once.
    private static let prime: Int64 = 2_147_483_647
    /// How many there are.
    static let count = Int64(provinces.count) * regencies * districts * days * months * years * 2 * serials
    private static let serialsOfMonth: Int64 = 9_999_999

    static func nik(_ index: Int64) -> Int64 {
        var rest = index * prime % count
        func take(_ size: Int64) -> Int64 {
            defer { rest /= size }
            return rest % size
        }
        let province = provinces[Int(take(Int64(provinces.count)))]
        let place = (province * 100 + 1 + take(regencies)) * 100 + 1 + take(districts)
        let day = 1 + take(days)
        let month = 1 + take(months)
        let year = 70 + take(years)
        let birth = (day + 40 * take(2)) * 10_000 + month * 100 + year
        return (place * 1_000_000 + birth) * 10_000 + 1 + rest
    }

    /// The same for the column `i`.
    static var nikExpression: String {
        let list = provinces.map { "\($0)" }.joined(separator: ",")
        var divisor: Int64 = 1
        func take(_ size: Int64) -> String {
            defer { divisor *= size }
            return "(j / \(divisor) % \(size))"
        }
        let province = "(ARRAY[\(list)]::int8[])[1 + \(take(Int64(provinces.count)))::int4]"
        let place = "((\(province) * 100 + 1 + \(take(regencies))) * 100 + 1 + \(take(districts)))"
        let (day, month, year) = (take(days), take(months), take(years))
        let birth = "((1 + \(day) + 40 * \(take(2))) * 10000 + (1 + \(month)) * 100 + 70 + \(year))"
        return "(\(place) * 1000000 + \(birth)) * 10000 + 1 + j / \(divisor)"
    }
    /// What `nikExpression` calls j.
    static var mixExpression: String { "i * \(prime) % \(count)" }

    /// A person who is too old, whatever the day: born 1930 to 1959.
    static func elder(_ index: Int64) -> Int64 { nik(index) - 40 * 10_000 }

    /// Numbers of February 2018 and the months behind it; serials begin at 1.
    static func kpj(_ index: Int64) -> Int64 {
        (1_802 + index / serialsOfMonth) * 10_000_000 + 1 + index % serialsOfMonth
    }
    static var kpjExpression: String {
        "(1802 + i / \(serialsOfMonth)) * 10000000 + 1 + i % \(serialsOfMonth)"
    }
}
