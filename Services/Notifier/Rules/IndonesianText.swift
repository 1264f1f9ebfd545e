import PerisaiModels

/// Values as Indonesian readers write them, and foreign text made fit for a message.
public enum IndonesianText {
    /// Longest name of a person or firm in a message, in characters.
    public static let nameLimit = 80
    /// Longest sentence taken over from an event (remedies, reasons), in characters.
    public static let sentenceLimit = 240

    /// "15 Januari 2018".
    public static func date(_ date: CivilDate) -> String { date.inIndonesian }

    /// "Januari 2018".
    public static func month(_ month: ContributionMonth) -> String { month.inIndonesian }

    /// "Rp1.234.567".
    public static func money(_ amount: Rupiah) -> String { amount.formatted }

    /// "1.234".
    public static func number(_ value: Int) -> String { Rupiah(Int64(value)).formatted.replacing("Rp", with: "") }

    /// Parts per million as a percentage: 75000 → "7,5%".
    public static func percent(partsPerMillion: Int) -> String {
        let (whole, rest) = partsPerMillion.magnitude.quotientAndRemainder(dividingBy: 10_000)
        var fraction = String(String(rest + 10_000).dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return (partsPerMillion < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : ",\(fraction)") + "%"
    }

    /// "JKK, JKM dan JHT".
    public static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " dan " + last
    }

    /// Foreign text on one line: without control and invisible characters and link marks, numbers of 16 digits and
    /// more masked (a NIK may have been written into a name; domain.md 5), cut at `limit` characters.
    public static func clean(_ text: String, limit: Int) -> String {
        clean(text, limit: limit) { $0.count >= NIK.digitCount }
    }

    /// A sentence of one of our own services: a NIK in it is masked, a virtual account of 17 digits is not, as somebody
    /// must pay to it.
    static func sentence(_ text: String) -> String {
        clean(text, limit: sentenceLimit) { NIKShape.matches($0) }
    }

    private static func clean(_ text: String, limit: Int, isMasked: ([UInt8]) -> Bool) -> String {
        var scalars = String.UnicodeScalarView()
        var pendingSpace = false
        // Limits the work too: whatever comes, four times the limit is looked at.
        for scalar in text.unicodeScalars.prefix(limit * 4) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator: pendingSpace = true
            case .format, .surrogate, .privateUse, .unassigned: continue
            default:
                if pendingSpace, !scalars.isEmpty { scalars.append(" ") }
                pendingSpace = false
                scalars.append(scalar)
            }
        }
        let line = maskingDigits(String(scalars).replacing("://", with: " "), isMasked: isMasked)
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }

    /// A foreign number, masked where it could be a NIK.
    public static func reference(_ text: String) -> String { maskingDigits(text, isMasked: { NIKShape.matches($0) }) }

    /// Keeps the first four and the last two digits of runs of 16 digits and more; single blanks, dots and hyphens
    /// between digits do not end a run.
    static func maskingDigits(
        _ text: String, isMasked: ([UInt8]) -> Bool = { $0.count >= NIK.digitCount }
    ) -> String {
        var scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            guard digit(scalars[index]) != nil else {
                index += 1
                continue
            }
            var places: [Int] = []
            var digits: [UInt8] = []
            while index < scalars.count {
                if let value = digit(scalars[index]) {
                    places.append(index)
                    digits.append(value)
                } else if !" .-/".unicodeScalars.contains(scalars[index]) || index + 1 == scalars.count
                    || digit(scalars[index + 1]) == nil
                {
                    break
                }
                index += 1
            }
            if isMasked(digits) {
                for place in places.dropFirst(4).dropLast(2) { scalars[place] = "*" }
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Digits of any script: "１" hides a NIK no better than "1".
    private static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
        if scalar.isASCII { return (0x30...0x39).contains(scalar.value) ? UInt8(scalar.value - 0x30) : nil }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return UInt8(value)
    }
}

/// Looks for a NIK inside a longer number.
enum NIKShape {
    static func matches(_ digits: [UInt8]) -> Bool {
        guard digits.count >= NIK.digitCount else { return false }
        return (0...(digits.count - NIK.digitCount)).contains { start in
            let code = digits[start..<start + NIK.digitCount].reduce(Int64(0)) { $0 * 10 + Int64($1) }
            return (try? NIK(code: code)) != nil
        }
    }
}
