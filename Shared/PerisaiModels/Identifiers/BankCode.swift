/// Clearing code of a bank: 3 digits (names from domain.md 5 [B]; a bank outside the table has no name here).
public struct BankCode: DigitIdentifier {
    public static let name = "bank code"
    public static let digitCount = 3

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        self.code = code
    }

    private init(known code: Int64) { self.code = code }

    public var bankName: String? { Self.names[code] }

    /// Stands for no bank in a case that no payment has opened; no bank has this code.
    public static let none = BankCode(known: 999)
    public static let bni = BankCode(known: 9)
    public static let cimbNiaga = BankCode(known: 22)

    static let names: [Int64: String] = [
        2: "BRI", 8: "Mandiri", 9: "BNI", 14: "BCA", 22: "CIMB Niaga", 110: "BJB", 111: "Bank DKI", 147: "Muamalat",
        200: "BTN", 451: "BSI",
    ]

    /// The banks where a Perisai agent's account may be: CIMB Niaga and BNI since the launch of 5 February 2018
    /// (domain.md 1.2). No later list is known.
    public static let perisaiPartners = EffectiveTable<Set<BankCode>>(successive: [
        Successive(2018, 2, 5, regulation: "Perisai launch, 5 Feb 2018 (domain.md 1.2)", [.cimbNiaga, .bni])
    ])
}
