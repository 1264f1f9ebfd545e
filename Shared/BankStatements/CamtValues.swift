import PerisaiModels

/// Values of XML text in whole rupiah, dates and codes; nil for what does not fit. Bytes are UTF-8.
enum CamtValues {
    /// Why an amount is refused.
    enum AmountFault: String, Error {
        case malformed = "expected digits with a point and at most 5 decimals"
        case sen = "is not a whole number of rupiah"
        case range = "does not fit 64 bits of rupiah"
    }

    /// A positive decimal or zero, `digits[.digits]`; decimals must be zeros. ISO 20022 gives amounts 5 and sums 17.
    static func rupiah(_ text: Slice<UnsafeBufferPointer<UInt8>>, decimals limit: Int = 5) -> Result<
        Rupiah, AmountFault
    > {
        var value: Int64 = 0
        var digits = 0
        var decimals: Int?
        var hasSen = false
        for byte in text {
            if byte == UInt8(ascii: "."), decimals == nil, digits > 0 {
                decimals = 0
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return .failure(.malformed) }
            let digit = Int64(byte - UInt8(ascii: "0"))
            if let count = decimals {
                guard count < limit else { return .failure(.malformed) }
                decimals = count + 1
                hasSen = hasSen || digit != 0
            } else {
                digits += 1
                let (tens, over) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow) = tens.addingReportingOverflow(digit)
                guard !over, !overflow else { return .failure(.range) }
                value = sum
            }
        }
        guard digits > 0, decimals != 0 else { return .failure(.malformed) }
        return hasSen ? .failure(.sen) : .success(Rupiah(value))
    }

    /// A whole number of at most 18 digits.
    static func number(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard (1...18).contains(text.count) else { return nil }
        var value = 0
        for byte in text {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// An XML date, with or without a zone: the zone does not move the bank's day.
    static func date(_ text: String) -> CivilDate? {
        if text.utf8.count == 10 { return CivilDate(parsing: text) }
        let day = text.utf8.prefix(10)
        // The rest must be a zone: the day's first second with it is a moment.
        guard Instant(parsing: String(text.prefix(10)) + "T00:00:00" + text.dropFirst(10)) != nil else { return nil }
        return CivilDate(parsing: day)
    }

    /// An XML date and time: the day in Jakarta where a zone is given, else the day as written.
    static func dateTime(_ text: String) -> CivilDate? {
        if let instant = Instant(parsing: text) { return instant.date(in: .wib) }
        guard Instant(parsing: text + "Z") != nil else { return nil }
        return CivilDate(parsing: text.utf8.prefix(10))
    }

    static func isCredit(_ text: String) -> Bool? {
        switch text {
        case "CRDT": true
        case "DBIT": false
        default: nil
        }
    }

    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    /// At most `limit` Unicode scalars, and so at most `limit` characters of bounded size.
    static func cut(_ text: String, to limit: Int) -> String {
        text.utf8.count <= limit ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }

    /// `text` and `piece` joined by a blank, cut to the limit of free text.
    static func append(_ piece: String, to text: inout String) {
        guard !piece.isEmpty else { return }
        text = text.isEmpty ? piece : text + " " + piece
        text = cut(text, to: StatementEntry.textLimit)
    }
}

/// The text of the element that is read now, never more than `limit` bytes.
struct CamtText {
    static let limit = 16 * 1024
    private(set) var bytes: [UInt8] = []
    /// The element holds more; nothing of the rest is kept.
    private(set) var isTooLong = false

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    mutating func append(_ piece: UnsafeBufferPointer<UInt8>) {
        guard !isTooLong, bytes.count + piece.count <= Self.limit else {
            isTooLong = true
            return
        }
        bytes.append(contentsOf: piece)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    /// Calls with the bytes, without blanks around them.
    func withTrimmed<Value>(_ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { all in
            var from = all.startIndex
            var end = all.endIndex
            while from < end, Self.isBlank(all[from]) { from += 1 }
            while from < end, Self.isBlank(all[end - 1]) { end -= 1 }
            return body(Slice(base: all, bounds: from..<end))
        }
    }

    /// Without blanks around it, each run of blanks and line ends within it as one blank. Control characters that XML
    /// allows (DEL and C1) are blanks too: a terminal that shows the text must not obey them.
    var string: String {
        withTrimmed { trimmed in
            var previous: UInt8 = 0x20
            let isPlain = trimmed.allSatisfy { byte in
                defer { previous = byte }
                // C1 is 0xC2 with 0x80...0x9F in UTF-8.
                if byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return false }
                return !(Self.isBlank(byte) && (Self.isBlank(previous) || byte != 0x20))
            }
            if isPlain { return String(decoding: trimmed, as: UTF8.self) }
            let words = String(decoding: trimmed, as: UTF8.self).unicodeScalars.split { scalar in
                scalar == " " || scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            }
            return words.map { String($0) }.joined(separator: " ")
        }
    }
}
