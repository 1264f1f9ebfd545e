/// The formats that a bank's statement comes in.
public enum StatementFormat: String, Sendable, Hashable, CaseIterable {
    case mt940, mt942, camt053, camt054, csv

    /// Bytes from the start of a file that `detect` looks at.
    public static let detectionBytes = 16 * 1024

    /// The format by the first bytes of the file; nil when they tell none of them. CSV is anything that is text and none
    /// of the others, so the caller tells it by a profile.
    public static func detect(_ firstBytes: some Sequence<UInt8>) -> StatementFormat? {
        let start = Array(firstBytes.prefix(detectionBytes))
        return start.withUnsafeBufferPointer { detect(bytes: $0) }
    }

    private static func detect(bytes: UnsafeBufferPointer<UInt8>) -> StatementFormat? {
        if bytes.find("camt.053") != nil { return .camt053 }
        if bytes.find("camt.054") != nil { return .camt054 }
        if bytes.find("<BkToCstmrStmt") != nil { return .camt053 }
        if bytes.find("<BkToCstmrDbtCdtNtfctn") != nil { return .camt054 }
        if bytes.find("{2:I940") != nil || bytes.find("{2:O940") != nil { return .mt940 }
        if bytes.find("{2:I942") != nil || bytes.find("{2:O942") != nil { return .mt942 }
        guard bytes.find(":20:") != nil, bytes.find(":25:") != nil else { return nil }
        if bytes.find(":60F:") != nil || bytes.find(":60M:") != nil { return .mt940 }
        if bytes.find(":34F:") != nil || bytes.find(":13D:") != nil || bytes.find(":90") != nil { return .mt942 }
        return nil
    }
}

/// What a bank makes of the free fields of MT940 and MT942 (domain.md 6.3).
public enum StatementDialect: String, Sendable, Hashable, CaseIterable {
    /// All matching data sits in `:86:`. Mandiri does not use the references of `:61:`: where a file has them none the
    /// less, they are added to the text and not trusted as references.
    case mandiri
    /// The remark of the day (H+0) is the beginning of the remark of the day after (H+1), which adds a referral.
    case bri
    /// References in `:61:` as SWIFT has them.
    case generic

    /// By the bank's BIC in the header or the account, or by BRI's referral mark; `generic` when nothing tells.
    public static func detect(_ firstBytes: some Sequence<UInt8>) -> StatementDialect {
        Array(firstBytes.prefix(StatementFormat.detectionBytes)).withUnsafeBufferPointer { bytes in
            if bytes.find("BMRIIDJA") != nil { return .mandiri }
            if bytes.find("BRINIDJA") != nil || bytes.find(" WS_OB;") != nil { return .bri }
            return .generic
        }
    }
}

/// BRI's remark: `REMARK` on the day itself, `REMARK WS_OB;<referral>;<info>` from the next day on (domain.md 6.3).
public struct BRIRemark: Sendable, Hashable {
    static let mark: StaticString = " WS_OB;"

    /// The remark as it stood on the day itself: the same in both files, so the same money is known by it.
    public var original: String
    public var referral: String?

    public init(_ text: String) {
        original = text
        var text = text
        let found: (Int, Int)? = text.withUTF8 { bytes in
            guard let at = bytes.find(Self.mark) else { return nil }
            let from = at + Self.mark.utf8CodeUnitCount
            return (at, bytes.find(";", from: from) ?? bytes.count)
        }
        guard let (at, end) = found else { return }
        original = String(decoding: Array(text.utf8.prefix(at)), as: UTF8.self)
        let inner = text.utf8.prefix(end).dropFirst(at + Self.mark.utf8CodeUnitCount)
        Array(inner).withUnsafeBufferPointer { bytes in
            let body = bytes.trimmed
            if !body.isEmpty {
                referral = TextEncoding.cut(
                    String(decoding: body, as: UTF8.self), to: StatementEntry.referenceLimit)
            }
        }
    }
}
