import PerisaiModels

/// A text of a SNAP BI message. An empty one counts as absent, as banks send it.
struct SnapText: JSONValue {
    /// The reason that JSON objects give for an absent field.
    static let missing = "is missing"

    let text: String

    static func read(_ slice: JSONSlice) throws(JSONFault) -> SnapText {
        let text = try slice.string()
        // PostgreSQL text holds no NUL, and no field of the standard needs another control character.
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw JSONFault(reason: "holds a control character")
        }
        return SnapText(text: text)
    }
    func write(to writer: inout JSONWriter) { writer.string(text) }
    static var schema: JSONSchema { .string(maxLength: JSONLimits.stringBytes) }
    static var sample: SnapText { SnapText(text: "contoh") }
}

/// Any value, kept without white space and given back as it came.
struct SnapAny: JSONValue, Hashable {
    let bytes: [UInt8]

    static func read(_ slice: JSONSlice) throws(JSONFault) -> SnapAny {
        SnapAny(bytes: SnapSignature.minified(Array(slice.raw)))
    }
    func write(to writer: inout JSONWriter) { writer.verbatim(bytes) }
    static var schema: JSONSchema { .object("Any JSON value", []) }
    static var sample: SnapAny { SnapAny(bytes: Array("{}".utf8)) }
}

/// An amount of rupiah: a text with exactly two decimals, both zero; never a number (domain.md 6.2).
struct SnapAmount: JSONObject, Hashable {
    static let summary = "An amount in rupiah"

    /// 0 to 9,999,999,999,999.
    let amount: Int64

    init(_ amount: Int64) { self.amount = amount }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let value = Array(try reader.snapRequired("value", 19).utf8)
        let currency = try reader.snapRequired("currency", 3)
        let digits = value.dropLast(3)
        guard value.suffix(3) == Array(".00".utf8)[...], (1...13).contains(digits.count),
            digits.allSatisfy({ $0 &- 0x30 < 10 }), digits.count == 1 || digits.first != 0x30
        else { throw JSONFault(field: "value", reason: "must be digits and .00") }
        guard currency == "IDR" else { throw JSONFault(field: "currency", reason: "must be IDR") }
        amount = digits.reduce(0) { $0 * 10 + Int64($1 &- 0x30) }
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("value", "\(amount).00")
        writer.field("currency", "IDR")
    }

    static var sample: SnapAmount { SnapAmount(16_800) }
}

extension FieldReader {
    /// A text of at most `most` characters; nil when absent or empty.
    mutating func snap(_ name: StaticString, _ most: Int) throws(JSONFault) -> String? {
        guard let value: SnapText = try optional(name), !value.text.isEmpty else { return nil }
        guard value.text.unicodeScalars.count <= most else {
            throw JSONFault(field: "\(name)", reason: "is longer than \(most) characters")
        }
        return value.text
    }

    mutating func snapRequired(_ name: StaticString, _ most: Int) throws(JSONFault) -> String {
        guard let text = try snap(name, most) else { throw JSONFault(field: "\(name)", reason: SnapText.missing) }
        return text
    }

    /// Printable ASCII without spaces.
    mutating func snapIdentifier(_ name: StaticString, _ most: Int) throws(JSONFault) -> String? {
        guard let text = try snap(name, most) else { return nil }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw JSONFault(field: "\(name)", reason: "must be printable ASCII without spaces")
        }
        return text
    }

    /// A code that banks send as a text or as a number: digits only.
    mutating func snapDigits(_ name: StaticString, _ most: Int) throws(JSONFault) -> SnapAny? {
        guard let value: SnapAny = try optional(name) else { return nil }
        let isText = value.bytes.first == UInt8(ascii: "\"")
        let digits = isText ? value.bytes.dropFirst().dropLast() : value.bytes[...]
        guard !digits.isEmpty || !isText else { return nil }
        guard (1...most).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw JSONFault(field: "\(name)", reason: "must have 1 to \(most) digits")
        }
        return value
    }

    /// ISO 8601 with an offset.
    mutating func snapTime(_ name: StaticString) throws(JSONFault) -> (text: String, time: Instant)? {
        guard let text = try snap(name, 35) else { return nil }
        guard let time = Instant(parsing: text) else {
            throw JSONFault(field: "\(name)", reason: "must be ISO 8601 with an offset")
        }
        return (text, time)
    }

    /// One of some characters, `Y` and `N` say.
    mutating func snapFlag(_ name: StaticString, of choices: String) throws(JSONFault) -> String? {
        guard let text = try snap(name, 1) else { return nil }
        guard choices.contains(text) else { throw JSONFault(field: "\(name)", reason: "must be one of \(choices)") }
        return text
    }
}

/// partnerServiceId, customerNo and virtualAccountNo, which say the same twice.
struct SnapAccount: Sendable, Hashable {
    /// As sent, padded with spaces perhaps.
    let partnerServiceId: String
    let customerNo: String
    let virtualAccountNo: String

    init(fields reader: inout FieldReader) throws(JSONFault) {
        partnerServiceId = try reader.snapRequired("partnerServiceId", 8)
        customerNo = try reader.snapRequired("customerNo", 20)
        virtualAccountNo = try reader.snapRequired("virtualAccountNo", 28)
        try Self.checkDigits("partnerServiceId", service)
        try Self.checkDigits("customerNo", customerNo[...])
        guard virtualAccountNo.drop(while: { $0 == " " }) == service + customerNo else {
            throw JSONFault(field: "virtualAccountNo", reason: "must be partnerServiceId and customerNo")
        }
    }

    private var service: Substring { partnerServiceId.drop { $0 == " " } }

    private static func checkDigits(_ field: String, _ text: Substring) throws(JSONFault) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw JSONFault(field: field, reason: "must be digits only")
        }
    }

    /// Nil for a number that the partner does not collect for us.
    func virtualAccount(of partner: SnapPartner) -> VirtualAccount? {
        guard service == partner.corporateCode.text else { return nil }
        return try? VirtualAccount(service + customerNo)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("partnerServiceId", partnerServiceId)
        writer.field("customerNo", customerNo)
        writer.field("virtualAccountNo", virtualAccountNo)
    }
}
