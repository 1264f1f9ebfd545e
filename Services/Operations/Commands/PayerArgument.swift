import PerisaiModels

/// A payer as people write it: KPJ (11 digits), NPP (8 digits, or with "-" and the division), or virtual account.
enum PayerArgument {
    /// Throws with the forms that are taken; never repeats what was given, which may be a NIK.
    static func payer(_ text: String) throws -> PayerNumber {
        let digits = text.filter { $0 != "-" }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { throw fault }
        if text.contains("-") || digits.count == 8 {
            return .employer(try NPP(text))
        }
        if digits.count == KPJ.digitCount { return .participant(try KPJ(text)) }
        guard let payer = try VirtualAccount(text).payer else { throw fault }
        return payer
    }

    private static let fault = OperationsError(
        "the payer must be a KPJ of 11 digits, an NPP of 8 digits (with -division), or a virtual account")
}
