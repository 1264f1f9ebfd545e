import Foundation

/// What an SMS takes on the air.
public struct SMSCount: Sendable, Hashable {
    public enum Encoding: String, Sendable, CaseIterable {
        /// The 7-bit alphabet of GSM 03.38, with its extension table.
        case gsm7 = "GSM-7"
        /// Two bytes a character, for everything else.
        case ucs2 = "UCS-2"
    }

    public let encoding: Encoding
    /// Parts that are billed one by one.
    public let segments: Int
    /// Septets in GSM-7, of which characters of the extension table take two; UTF-16 units in UCS-2.
    public let units: Int
}

/// Counts and shortens texts for SMS (3GPP TS 23.038 and 23.040).
public enum SMSText {
    /// Longest SMS that is sent, in segments: 459 septets.
    public static let mostSegments = 3
    /// Units of an SMS that stands alone, and of one part of a longer one: six bytes go to the header that joins them.
    static let gsmSingle = 160
    static let gsmPart = 153
    static let ucsSingle = 70
    static let ucsPart = 67

    /// Segments of a text as it stands.
    public static func segments(of text: String) -> Int { count(text).segments }

    /// Encoding, segments and units of a text as it stands; nothing is transliterated. An empty text takes one segment.
    public static func count(_ text: String) -> SMSCount {
        var widths: [UInt8] = []
        widths.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard let width = GSM7.width(of: scalar) else { return countUCS2(text) }
            widths.append(width)
        }
        return count(widths, .gsm7, single: gsmSingle, part: gsmPart)
    }

    private static func countUCS2(_ text: String) -> SMSCount {
        let widths = text.unicodeScalars.map { UInt8($0.utf16.count) }
        return count(widths, .ucs2, single: ucsSingle, part: ucsPart)
    }

    /// A character is never cut in two: an escape and its character, or a surrogate pair, go into the next part.
    private static func count(
        _ widths: [UInt8], _ encoding: SMSCount.Encoding, single: Int, part: Int
    ) -> SMSCount {
        let units = widths.reduce(0) { $0 + Int($1) }
        guard units > single else { return SMSCount(encoding: encoding, segments: 1, units: units) }
        var segments = 1
        var filled = 0
        for width in widths {
            if filled + Int(width) > part {
                segments += 1
                filled = 0
            }
            filled += Int(width)
        }
        return SMSCount(encoding: encoding, segments: segments, units: units)
    }

    /// A text for SMS: on one line, in GSM-7, of at most `mostSegments` segments; what is longer is cut at the end of a
    /// word and ends in "...".
    public static func fit(_ text: String) -> String {
        let plain = transliterated(text)
        guard count(plain).segments > mostSegments else { return plain }
        return cut(plain, to: mostSegments * gsmPart - mostSegments)
    }

    /// Words up to `limit` septets, with "..." behind them.
    static func cut(_ plain: String, to limit: Int) -> String {
        var kept = ""
        var wordEnd = ""
        var used = 0
        for scalar in plain.unicodeScalars {
            let width = Int(GSM7.width(of: scalar) ?? 2)
            guard used + width <= limit - 3 else { break }
            if scalar == " " { wordEnd = kept }
            kept.unicodeScalars.append(scalar)
            used += width
        }
        // A single word that fills half the room is cut itself.
        return (wordEnd.utf8.count * 2 > kept.utf8.count ? wordEnd : kept) + "..."
    }

    /// The text in characters of GSM-7: typographic marks become plain ones, letters lose marks that GSM-7 does not
    /// know, and what has no likeness becomes "?".
    static func transliterated(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x80 && $0 != 0x60 && $0 != 0x7F }) { return text }
        var plain = ""
        for character in text { plain += likeness(of: character) }
        return plain
    }

    private static func likeness(of character: Character) -> String {
        if character.isWhitespace || character.isNewline { return " " }
        let own = String(character)
        if own.unicodeScalars.allSatisfy({ GSM7.width(of: $0) != nil }) { return own }
        if let mark = marks[character] { return mark }
        // Letters that come with their mark apart: first joined, then without the mark.
        let joined = own.precomposedStringWithCanonicalMapping
        if joined.unicodeScalars.allSatisfy({ GSM7.width(of: $0) != nil }) { return joined }
        let bare = own.decomposedStringWithCompatibilityMapping.unicodeScalars.filter {
            !($0.properties.generalCategory == .nonspacingMark || $0.properties.generalCategory == .format)
        }
        let text = String(String.UnicodeScalarView(bare))
        if text.unicodeScalars.allSatisfy({ GSM7.width(of: $0) != nil }) { return text }
        return "?"
    }

    private static let marks: [Character: String] = [
        "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"",
        "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-", "\u{2014}": "-", "\u{2212}": "-",
        "\u{2022}": "-", "\u{2026}": "...", "\u{00D7}": "x", "`": "'", "\u{00B4}": "'", "\u{00AB}": "\"",
        "\u{00BB}": "\"", "\u{0131}": "i", "\u{0142}": "l", "\u{0141}": "L", "\u{0111}": "d", "\u{0110}": "D",
    ]
}

/// The alphabet of GSM 03.38.
enum GSM7 {
    private static let basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    private static let extended = "\u{C}^{}\\[~]|€"

    /// Septets by code of the first 256 characters, 0 for what the alphabet does not have.
    private static let latin: [UInt8] = {
        var widths = [UInt8](repeating: 0, count: 256)
        for scalar in basic.unicodeScalars where scalar.value < 256 { widths[Int(scalar.value)] = 1 }
        for scalar in extended.unicodeScalars where scalar.value < 256 { widths[Int(scalar.value)] = 2 }
        return widths
    }()
    private static let others: [UInt32: UInt8] = {
        var widths: [UInt32: UInt8] = [:]
        for scalar in basic.unicodeScalars where scalar.value >= 256 { widths[scalar.value] = 1 }
        for scalar in extended.unicodeScalars where scalar.value >= 256 { widths[scalar.value] = 2 }
        return widths
    }()

    /// Septets that a character takes: 1, 2 with an escape, nil where the alphabet does not have it.
    static func width(of scalar: Unicode.Scalar) -> UInt8? {
        guard scalar.value < 256 else { return others[scalar.value] }
        let width = latin[Int(scalar.value)]
        return width == 0 ? nil : width
    }
}
