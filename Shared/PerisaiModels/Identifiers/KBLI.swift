/// Klasifikasi Baku Lapangan Usaha Indonesia, the activity that OSS registers a firm under: 5 digits (BPS, KBLI 2020).
public struct KBLI: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(IdentifierFault) {
        guard text.utf8.count == 5, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw IdentifierFault("KBLI", "must have 5 digits")
        }
        guard text >= "01000" else { throw IdentifierFault("KBLI", "has an unknown division") }
        self.text = text
    }

    /// The first two digits, 1...99.
    public var division: Int { Int(text.prefix(2)) ?? 0 }

    /// Section F, divisions 41 to 43: its projects are insured each by itself at E-Jakon (domain.md 3).
    public var isConstruction: Bool { (41...43).contains(division) }

    /// Food, drink, tobacco, textiles, clothes, leather and shoes, furniture, toys: the industries that PP 7/2025 calls
    /// labour-intensive, read into divisions of KBLI [I].
    public var isLabourIntensive: Bool { (10...15).contains(division) || division == 31 || text.hasPrefix("324") }

    public var description: String { text }
}
