import Foundation

/// Text as every bank can take it: the Latin set of SWIFT and SEPA without accents (a-z, A-Z, 0-9, blank and
/// `/ - ? : ( ) . , ' +`). What cannot be written so is left out; nothing of XML or CSV is left to escape but the comma.
enum BankText {
    /// Single blanks, none at the ends; no `+ - '` or other sign at the start, at most `limit` characters.
    static func plain(_ text: String, limit: Int = .max) -> String {
        var result: [UInt8] = []
        func put(_ byte: UInt8) {
            if byte == 0x20, result.last == 0x20 || result.isEmpty { return }
            if result.isEmpty, !isWordStart(byte) { return }
            result.append(byte)
        }
        // Far more than any limit of a field: what is behind is never looked at.
        let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(2_000)))
        for scalar in start.decomposedStringWithCanonicalMapping.unicodeScalars {
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                put(isPlain(byte) ? byte : substitute(byte))
            } else if let letters = ligatures[scalar] {
                letters.utf8.forEach(put)
            } else if scalar.properties.generalCategory == .spaceSeparator || scalar.properties.isDash {
                put(scalar.properties.isDash ? UInt8(ascii: "-") : 0x20)
            } else if scalar.value == 0x2019 {
                put(UInt8(ascii: "'"))
            }
        }
        result = Array(result.prefix(limit))
        while result.last == 0x20 { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "(")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isWordStart(byte) || byte == 0x20 || "/-?:().,'+".utf8.contains(byte)
    }

    /// A sign that banks take in place of one that they do not.
    private static func substitute(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "&"): UInt8(ascii: "+")
        case UInt8(ascii: "_"), UInt8(ascii: "~"): UInt8(ascii: "-")
        case UInt8(ascii: "`"): UInt8(ascii: "'")
        case UInt8(ascii: "["), UInt8(ascii: "{"): UInt8(ascii: "(")
        case UInt8(ascii: "]"), UInt8(ascii: "}"): UInt8(ascii: ")")
        default: 0x20
        }
    }

    private static let ligatures: [Unicode.Scalar: String] = [
        "\u{C6}": "AE", "\u{E6}": "ae", "\u{D8}": "O", "\u{F8}": "o", "\u{DF}": "ss", "\u{110}": "D", "\u{111}": "d",
        "\u{141}": "L", "\u{142}": "l", "\u{152}": "OE", "\u{153}": "oe", "\u{D0}": "D", "\u{F0}": "d", "\u{DE}": "TH",
        "\u{FE}": "th", "\u{131}": "i",
    ]
}
