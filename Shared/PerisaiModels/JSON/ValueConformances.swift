import struct Foundation.UUID

/// Values that stand in JSON as a string in their text form.
protocol TextJSONValue: JSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault)
    var jsonText: String { get }
}

extension TextJSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Self { try Self(jsonText: slice.plainString()) }
    public func write(to writer: inout JSONWriter) { writer.string(jsonText) }
}

extension JSONFault {
    init(_ fault: IdentifierFault) { self.init(reason: fault.reason) }
}

/// Makes a sample from a text that is known to be valid.
private func sampleOf<T>(_ make: () throws -> T) -> T {
    do { return try make() } catch { preconditionFailure("a sample is not valid: \(error)") }
}

extension DigitIdentifier where Self: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(utf8: jsonText) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
}

extension DigitIdentifier {
    /// Digits need no escaping and no string of their own.
    func writeDigits(to writer: inout JSONWriter) {
        writer.plainString { FixedText.append(UInt64(code), width: Self.digitCount, to: &$0) }
    }
}

extension NIK: TextJSONValue {
    public func write(to writer: inout JSONWriter) { writeDigits(to: &writer) }
    public static var schema: JSONSchema {
        .string(
            pattern: "^[0-9]{16}$", doc: "NIK: 16 digits, a known province, a real date of birth (women's day + 40)")
    }
    public static var sample: NIK { sampleOf { try NIK("1271215712960003") } }
}
extension KPJ: TextJSONValue {
    public func write(to writer: inout JSONWriter) { writeDigits(to: &writer) }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{11}$", doc: "KPJ: 11 digits") }
    public static var sample: KPJ { sampleOf { try KPJ("18020000017") } }
}
extension NPP: TextJSONValue {
    /// Its own text: division 000 is left out, so that no NPP reads as a KPJ.
    var jsonText: String { text }
    public static var schema: JSONSchema {
        .string(pattern: "^[0-9]{8}(-?[0-9]{3})?$", doc: "NPP: 8 digits, and the division when it is not 000")
    }
    public static var sample: NPP { sampleOf { try NPP("15092870") } }
}
extension NIB: TextJSONValue {
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{13}$", doc: "NIB: 13 digits") }
    public static var sample: NIB { sampleOf { try NIB("9120000000017") } }
}
extension NPWP: TextJSONValue {
    public static var schema: JSONSchema {
        .string(maxLength: 20, doc: "NPWP: 15 or 16 digits, points and hyphen allowed")
    }
    public static var sample: NPWP { sampleOf { try NPWP("0012345678901000") } }
}
extension BankCode: TextJSONValue {
    public func write(to writer: inout JSONWriter) { writeDigits(to: &writer) }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{3}$", doc: "Clearing code of the bank: 3 digits") }
    public static var sample: BankCode { .bni }
}

extension PhoneNumber: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(utf8: jsonText) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema { .string(maxLength: 20, doc: "Mobile number: 08…, 628… or +628…") }
    public static var sample: PhoneNumber { sampleOf { try PhoneNumber("081234567890") } }
}

extension VirtualAccount: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(utf8: jsonText) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema {
        .string(pattern: "^[0-9]{6,18}$", doc: "Virtual account: 5-digit corporate code and the customer number")
    }
    public static var sample: VirtualAccount { VirtualAccount(payer: .sample) }
}

extension KodeIuran: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(utf8: jsonText) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{11,12}$", doc: "Kode iuran: 11 or 12 digits") }
    public static var sample: KodeIuran { KodeIuran(participant: .sample) }
}

extension TextIdentifier: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(utf8: jsonText) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
}
extension TextIdentifier: JSONValue {
    public static var schema: JSONSchema { .string(pattern: "^[A-Z0-9-]{1,32}$") }
    public static var sample: TextIdentifier { sampleOf { try TextIdentifier("PRS-0001") } }
}

extension ForeignReference: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(String(decoding: jsonText, as: UTF8.self)) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
}
extension ForeignReference: JSONValue {
    public static var schema: JSONSchema { .string(pattern: "^[!-~]{1,64}$") }
    public static var sample: ForeignReference { ForeignReference(known: "REF-0001") }
}

extension AccountNumber: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(String(decoding: jsonText, as: UTF8.self)) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{6,20}$") }
    public static var sample: AccountNumber { sampleOf { try AccountNumber("0123456789") } }
}

extension PayerNumber: TextJSONValue {
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .participant(let kpj): kpj.write(to: &writer)
        case .employer(let npp): npp.write(to: &writer)
        }
    }

    /// 11 digits are a KPJ; 8 digits, with a hyphen and the division where there is one, an NPP.
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do throws(IdentifierFault) {
            self =
                jsonText.count == KPJ.digitCount
                ? .participant(try KPJ(utf8: jsonText)) : .employer(try NPP(utf8: jsonText))
        } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    /// The KPJ or the NPP in its text form; no text is both.
    public var text: String {
        switch self {
        case .participant(let kpj): kpj.text
        case .employer(let npp): npp.text
        }
    }
    public static var schema: JSONSchema {
        .string(pattern: "^([0-9]{11}|[0-9]{8}(-[0-9]{3})?)$", doc: "KPJ of a participant or NPP of an employer")
    }
    public static var sample: PayerNumber { .participant(.sample) }
}

extension CivilDate: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        guard let date = CivilDate(parsing: jsonText) else { throw JSONFault(reason: "must be a date YYYY-MM-DD") }
        self = date
    }
    var jsonText: String { description }
    public func write(to writer: inout JSONWriter) { writer.plainString { appendText(to: &$0) } }
    public static var schema: JSONSchema { .string(format: "date") }
    public static var sample: CivilDate { ContributionMonth.sample.day(5) }
}

extension Instant: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        guard let instant = Instant(parsing: jsonText) else {
            throw JSONFault(reason: "must be a time with a zone as in RFC 3339")
        }
        self = instant
    }
    var jsonText: String { description }
    public static var schema: JSONSchema { .string(format: "date-time") }
    public static var sample: Instant { Instant(.sample, secondsFromMidnight: 36_000, in: .wita) ?? .earliest }
}

extension ContributionMonth: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        guard let month = ContributionMonth(parsing: jsonText) else {
            throw JSONFault(reason: "must be a month YYYY-MM")
        }
        self = month
    }
    var jsonText: String { description }
    public func write(to writer: inout JSONWriter) {
        writer.plainString {
            FixedText.append(UInt64(year), width: 4, to: &$0)
            $0.append(UInt8(ascii: "-"))
            FixedText.append(UInt64(month), width: 2, to: &$0)
        }
    }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{4}-(0[1-9]|1[0-2])$", doc: "Contribution month") }
    public static var sample: ContributionMonth { CivilDate(daysSince1970: 17_563)?.contributionMonth ?? .earliest }
}

extension IndonesianZone: JSONChoice {}

extension Rupiah: JSONValue {
    /// The largest amount in one event: a thousand trillion rupiah, far above a year of all contributions.
    private static var most: Int64 { 1_000_000_000_000_000 }

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Rupiah {
        let amount = try slice.integer()
        guard (0...most).contains(amount) else { throw JSONFault(reason: "must lie between 0 and \(most) rupiah") }
        return Rupiah(amount)
    }
    public func write(to writer: inout JSONWriter) { writer.integer(amount) }
    public static var schema: JSONSchema { .integer(minimum: 0, maximum: most, doc: "Whole rupiah") }
    public static var sample: Rupiah { Rupiah(16_800) }
}

extension SignedRupiah: JSONValue {
    private static var most: Int64 { 1_000_000_000_000_000 }

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> SignedRupiah {
        let amount = try slice.integer()
        guard (-most...most).contains(amount) else { throw JSONFault(reason: "is out of range") }
        return SignedRupiah(Rupiah(amount))
    }
    public func write(to writer: inout JSONWriter) { writer.integer(rupiah.amount) }
    public static var schema: JSONSchema {
        .integer(minimum: -most, maximum: most, doc: "Whole rupiah; negative in corrections")
    }
    public static var sample: SignedRupiah { SignedRupiah(Rupiah(16_800)) }
}

extension Programme: JSONChoice {}
extension OccupationGroup: JSONChoice {}
extension EmployerSize: JSONChoice {}

extension RiskClass: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> RiskClass {
        guard let value = RiskClass(rawValue: Int(clamping: try slice.integer())) else {
            throw JSONFault(reason: "must be a JKK risk class, 1 (very low) to 5 (very high)")
        }
        return value
    }
    public func write(to writer: inout JSONWriter) { writer.integer(Int64(rawValue)) }
    public static var schema: JSONSchema {
        .integer(minimum: 1, maximum: 5, doc: "JKK risk class, 1 very low to 5 very high")
    }
    public static var sample: RiskClass { allCases[1] }
}

extension KBLI: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(String(decoding: jsonText, as: UTF8.self)) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema { .string(pattern: "^[0-9]{5}$", doc: "KBLI: 5 digits") }
    public static var sample: KBLI { sampleOf { try KBLI("56102") } }
}
extension CallbackURL: TextJSONValue {
    init(jsonText: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        do { try self.init(String(decoding: jsonText, as: UTF8.self)) } catch { throw JSONFault(error) }
    }
    var jsonText: String { text }
    public static var schema: JSONSchema { .string(maxLength: 300, doc: "https URL with a host name") }
    public static var sample: CallbackURL { sampleOf { try CallbackURL("https://ptsp.example.go.id/perisai") } }
}
