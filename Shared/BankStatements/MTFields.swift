import PerisaiModels

/// Why a field of an MT940 or MT942 cannot be read.
struct MTProblem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Reads a field's content from left to right.
struct MTCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }
    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }
    var rest: UnsafeBufferPointer<UInt8> { bytes.slice(index, bytes.count) }

    /// Exactly `count` digits, or nil and no step.
    mutating func digits(_ count: Int) -> Int? {
        guard index + count <= bytes.count else { return nil }
        var value = 0
        for offset in 0..<count {
            let digit = bytes[index + offset] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        index += count
        return value
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    /// YYMMDD; years from 80 are 19YY.
    mutating func date() throws(MTProblem) -> CivilDate {
        guard let digits = digits(6) else { throw MTProblem("the date must be six digits, YYMMDD") }
        let year = digits / 10_000
        guard
            let date = CivilDate(year: year + (year >= 80 ? 1900 : 2000), month: digits / 100 % 100, day: digits % 100)
        else { throw MTProblem("the date is no day of the calendar") }
        return date
    }

    /// Up to 15 characters with a decimal comma, as sen.
    mutating func amount() throws(MTProblem) -> Int64 {
        let start = index
        var value: Int64 = 0
        while let byte = peek, byte &- UInt8(ascii: "0") < 10, index - start < 15 {
            value = value * 10 + Int64(byte &- UInt8(ascii: "0"))
            index += 1
        }
        guard index > start else { throw MTProblem("the amount is missing") }
        guard index - start < 15, skip(UInt8(ascii: ",")) else {
            throw MTProblem("the amount needs a decimal comma and 15 characters at most")
        }
        var fraction = 0
        while let byte = peek, byte &- UInt8(ascii: "0") < 10 {
            guard fraction < 2, index - start < 15 else {
                throw MTProblem("the amount has more than two decimals or 15 characters")
            }
            value = value * 10 + Int64(byte &- UInt8(ascii: "0"))
            fraction += 1
            index += 1
        }
        for _ in fraction..<2 { value *= 10 }
        return value
    }

    /// Three letters, of which only IDR is ours.
    mutating func currency() throws(MTProblem) {
        guard index + 3 <= bytes.count else { throw MTProblem("the currency is missing") }
        let isIDR = bytes.slice(index, index + 3).starts("IDR")
        index += 3
        guard isIDR else { throw MTProblem("the currency must be IDR") }
    }

    /// C or D: true for C.
    mutating func mark() throws(MTProblem) -> Bool {
        if skip(UInt8(ascii: "C")) { return true }
        guard skip(UInt8(ascii: "D")) else { throw MTProblem("must begin with C or D") }
        return false
    }
}

/// `:60F:`, `:60M:`, `:62F:`, `:62M:`: C or D, date, currency, amount.
struct MTBalance {
    var date: CivilDate
    /// Sen, negative for a debit balance.
    var sen: Int64
    /// Nil when the balance has sen other than 00.
    var rupiah: Rupiah? { sen % 100 == 0 ? Rupiah(sen / 100) : nil }

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(MTProblem) {
        var cursor = MTCursor(bytes.trimmedEnd)
        let isCredit = try cursor.mark()
        date = try cursor.date()
        try cursor.currency()
        let amount = try cursor.amount()
        guard cursor.isAtEnd else { throw MTProblem("has characters behind the amount") }
        sen = isCredit ? amount : -amount
    }
}

/// `:90C:` and `:90D:`: count, currency, sum.
struct MTSum {
    var count: Int
    var sen: Int64

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(MTProblem) {
        var cursor = MTCursor(bytes.trimmedEnd)
        count = 0
        let start = cursor.index
        while let digit = cursor.digits(1) {
            guard cursor.index - start <= 9 else { throw MTProblem("the count has more than nine digits") }
            count = count * 10 + digit
        }
        guard cursor.index > start else { throw MTProblem("the count is missing") }
        try cursor.currency()
        sen = try cursor.amount()
        guard cursor.isAtEnd else { throw MTProblem("has characters behind the amount") }
    }
}

/// `:61:` without its supplementary details.
struct MTLine {
    /// Longest reference; SWIFT has 16, some banks write more.
    static let referenceLimit = 34

    var valueDate: CivilDate
    var entryDate: CivilDate?
    /// As marked: C and RC are true.
    var isMarkedCredit: Bool
    var isReversal: Bool
    var sen: Int64
    var customerReference: UnsafeBufferPointer<UInt8>
    var bankReference: UnsafeBufferPointer<UInt8>

    /// The net effect: a reversed credit takes money away.
    var isCredit: Bool { isMarkedCredit != isReversal }

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(MTProblem) {
        var cursor = MTCursor(bytes.trimmedEnd)
        valueDate = try cursor.date()
        if let monthAndDay = cursor.digits(4) {
            guard let date = Self.entryDate(monthAndDay, near: valueDate) else {
                throw MTProblem("the entry date MMDD is no day of the calendar")
            }
            entryDate = date
        }
        isReversal = cursor.skip(UInt8(ascii: "R"))
        if cursor.skip(UInt8(ascii: "C")) {
            isMarkedCredit = true
        } else if cursor.skip(UInt8(ascii: "D")) {
            isMarkedCredit = false
        } else {
            throw MTProblem("C, D, RC or RD must follow the dates")
        }
        // Funds code: the third letter of the currency, R for IDR.
        if let byte = cursor.peek, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { cursor.index += 1 }
        sen = try cursor.amount()
        try Self.skipType(&cursor)
        let references = cursor.rest
        let split = references.find("//")
        customerReference = references.slice(0, split ?? references.count).trimmed
        bankReference = references.slice(split.map { $0 + 2 } ?? references.count, references.count).trimmed
        guard max(customerReference.count, bankReference.count) <= Self.referenceLimit else {
            throw MTProblem("a reference has more than \(Self.referenceLimit) characters")
        }
    }

    /// N, S or F and three characters.
    private static func skipType(_ cursor: inout MTCursor) throws(MTProblem) {
        let problem = MTProblem("the type must be N, S or F and three characters")
        guard let kind = cursor.peek,
            kind == UInt8(ascii: "N") || kind == UInt8(ascii: "S") || kind == UInt8(ascii: "F"),
            cursor.index + 4 <= cursor.bytes.count
        else { throw problem }
        for byte in cursor.bytes[(cursor.index + 1)..<(cursor.index + 4)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            default: throw problem
            }
        }
        cursor.index += 4
    }

    /// MMDD has no year: the one that lies nearest to the value date, so that New Year needs no rule of its own.
    private static func entryDate(_ monthAndDay: Int, near value: CivilDate) -> CivilDate? {
        let (year, month, day) = (value.year, monthAndDay / 100, monthAndDay % 100)
        let same = CivilDate(year: year, month: month, day: day)
        if let same, abs(same.distance(to: value)) < 180 { return same }
        let dates = [
            same, CivilDate(year: year - 1, month: month, day: day), CivilDate(year: year + 1, month: month, day: day),
        ]
        .compactMap { $0 }
        return dates.min { abs($0.distance(to: value)) < abs($1.distance(to: value)) }
    }
}

/// `:28:` and `:28C:`: number of the statement, and of its page where there are several.
struct MTNumber: Hashable {
    /// As the bank writes it, with the page.
    var text: String
    /// As the bank writes it, without the page.
    var number: String
    /// Nil when it is no number, or 0.
    var sequence: Int?
    var page: Int?

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(MTProblem) {
        let body = bytes.trimmed
        guard !body.isEmpty, body.count <= 35 else { throw MTProblem("must have 1 to 35 characters") }
        guard let text = TextEncoding.text(body) else { throw MTProblem("holds a control character") }
        self.text = text
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        number = String(parts[0])
        sequence = parts[0].utf8.count <= 9 ? Int(parts[0]).flatMap { $0 > 0 ? $0 : nil } : nil
        page = parts.count > 1 && parts[1].utf8.count <= 9 ? Int(parts[1]) : nil
    }
}
