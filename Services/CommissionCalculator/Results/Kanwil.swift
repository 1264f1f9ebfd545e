/// The regional offices (kantor wilayah) of BPJS Ketenagakerjaan (domain.md 7).
public enum Kanwil: String, Sendable, CaseIterable {
    case sumbagut = "Sumbagut"
    case sumbarriau = "Sumbarriau"
    case sumbagsel = "Sumbagsel"
    case banten = "Banten"
    case jakarta = "DKI Jakarta"
    case jawaBarat = "Jawa Barat"
    /// With Yogyakarta.
    case jawaTengah = "Jawa Tengah"
    case jawaTimur = "Jawa Timur"
    case kalimantan = "Kalimantan"
    /// Sulawesi and Maluku.
    case sulama = "Sulama"
    /// Bali, Nusa Tenggara and Papua.
    case banuspa = "Banuspa"

    /// The office of that name, whatever the case of its letters.
    public init?(named text: String) {
        let key = text.lowercased()
        guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == key }) else { return nil }
        self = found
    }

    public static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
