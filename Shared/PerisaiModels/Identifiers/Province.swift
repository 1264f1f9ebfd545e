/// A province by its Kemendagri code, as in the first two digits of a NIK (domain.md 5: 38 provinces).
public struct Province: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let code: Int

    /// Nil for a code that is not in the table.
    public init?(code: Int) {
        guard Self.names[code] != nil else { return nil }
        self.code = code
    }

    public var name: String { Self.names[code] ?? "" }
    public var zone: IndonesianZone? { IndonesianZone(provinceCode: code) }
    public static var all: [Province] { names.keys.sorted().compactMap(Province.init(code:)) }
    public static func < (left: Province, right: Province) -> Bool { left.code < right.code }
    public var description: String { name }

    static let names: [Int: String] = [
        11: "Aceh", 12: "Sumatera Utara", 13: "Sumatera Barat", 14: "Riau", 15: "Jambi", 16: "Sumatera Selatan",
        17: "Bengkulu", 18: "Lampung", 19: "Kepulauan Bangka Belitung", 21: "Kepulauan Riau",
        31: "DKI Jakarta", 32: "Jawa Barat", 33: "Jawa Tengah", 34: "DI Yogyakarta", 35: "Jawa Timur", 36: "Banten",
        51: "Bali", 52: "Nusa Tenggara Barat", 53: "Nusa Tenggara Timur",
        61: "Kalimantan Barat", 62: "Kalimantan Tengah", 63: "Kalimantan Selatan", 64: "Kalimantan Timur",
        65: "Kalimantan Utara", 71: "Sulawesi Utara", 72: "Sulawesi Tengah", 73: "Sulawesi Selatan",
        74: "Sulawesi Tenggara", 75: "Gorontalo", 76: "Sulawesi Barat", 81: "Maluku", 82: "Maluku Utara",
        91: "Papua", 92: "Papua Barat", 93: "Papua Selatan", 94: "Papua Tengah", 95: "Papua Pegunungan",
        96: "Papua Barat Daya",
    ]
}
