/// The five programmes of BPJS Ketenagakerjaan.
public enum Programme: String, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    /// Jaminan Kecelakaan Kerja, work accident.
    case jkk = "JKK"
    /// Jaminan Kematian, death.
    case jkm = "JKM"
    /// Jaminan Hari Tua, old age (savings).
    case jht = "JHT"
    /// Jaminan Pensiun, pension.
    case jp = "JP"
    /// Jaminan Kehilangan Pekerjaan, loss of work.
    case jkp = "JKP"

    /// Place in the order above, 0...4.
    public var order: Int {
        switch self {
        case .jkk: 0
        case .jkm: 1
        case .jht: 2
        case .jp: 3
        case .jkp: 4
        }
    }

    public static func < (left: Programme, right: Programme) -> Bool { left.order < right.order }
    public var description: String { rawValue }
}

/// Some of the programmes, one bit each in their order (JKK is 1, JKP 16).
public struct ProgrammeSet: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue & 0b1_1111 }
    public init(_ programme: Programme) { rawValue = 1 << programme.order }
    public init(_ programmes: some Sequence<Programme>) {
        rawValue = programmes.reduce(0) { $0 | 1 << $1.order }
    }

    public static let jkk = ProgrammeSet(.jkk)
    public static let jkm = ProgrammeSet(.jkm)
    public static let jht = ProgrammeSet(.jht)
    public static let jp = ProgrammeSet(.jp)
    public static let jkp = ProgrammeSet(.jkp)

    /// JKK and JKM, the least that anyone has.
    public static let basic: ProgrammeSet = [.jkk, .jkm]
    /// JKK, JKM and JHT, the most that BPU can have.
    public static let three: ProgrammeSet = [.jkk, .jkm, .jht]

    /// Codes with commas between, as the billers write them: "JKK,JKM". Nil for an unknown or repeated code.
    public init?(parsing text: some StringProtocol) {
        guard text.utf8.count <= 32 else { return nil }
        var set: ProgrammeSet = []
        for code in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let programme = Programme(rawValue: String(code)), !set.contains(programme) else { return nil }
            set.formUnion(ProgrammeSet(programme))
        }
        self = set
    }

    public func contains(_ programme: Programme) -> Bool { rawValue & (1 << programme.order) != 0 }

    /// In the programmes' order.
    public var programmes: [Programme] { Programme.allCases.filter(contains) }

    /// "JKK,JKM".
    public var description: String { programmes.map(\.rawValue).joined(separator: ",") }
}
