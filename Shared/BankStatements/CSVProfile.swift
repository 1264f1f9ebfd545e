import PerisaiModels

/// A column by the name in the header, or by its place from 1.
public enum CSVColumn: JSONValue, Hashable {
    case name(String)
    case place(Int)

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> CSVColumn {
        if slice.raw.first == UInt8(ascii: "\"") { return .name(try String.read(slice)) }
        let place = try slice.integer()
        guard (1...Int64(CSVProfile.columnLimit)).contains(place) else {
            throw JSONFault(reason: "must be a column's name or its place, 1 to \(CSVProfile.columnLimit)")
        }
        return .place(Int(place))
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .name(let name): writer.string(name)
        case .place(let place): writer.integer(Int64(place))
        }
    }

    // The schema language here has no choice of types: a name is what profiles have nearly always.
    public static var schema: JSONSchema { .string(doc: "Name of the column, or its place as a number from 1") }
    public static var sample: CSVColumn { .place(1) }
}

/// One ASCII character that sets fields or digits apart.
public struct CSVMark: JSONValue, Hashable {
    public let byte: UInt8

    public init(_ character: Unicode.Scalar) { byte = UInt8(ascii: character) }
    init(byte: UInt8) { self.byte = byte }

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> CSVMark {
        let text = try slice.string()
        guard text.utf8.count == 1, let byte = text.utf8.first, byte == 0x09 || (0x20..<0x7F).contains(byte) else {
            throw JSONFault(reason: "must be one ASCII character")
        }
        return CSVMark(byte: byte)
    }

    public func write(to writer: inout JSONWriter) { writer.string(String(Unicode.Scalar(byte))) }
    public static var schema: JSONSchema { .string(maxLength: 1) }
    public static var sample: CSVMark { CSVMark(",") }
}

/// How a date is written. Times behind a date are read and left out: the day decides (domain.md 6.4).
public enum CSVDatePattern: String, JSONChoice, Hashable {
    case yearMonthDay = "yyyy-MM-dd"
    case slashed = "dd/MM/yyyy"
    case dashed = "dd-MM-yyyy"
    case compact = "yyyyMMdd"
    case moment = "yyyyMMddHHmmss"
    case shortYear = "dd/MM/yy"
}

/// What the amount and the sign of a reversed row say.
public enum CSVReversalSign: String, JSONChoice, Hashable {
    /// The row shows the net effect: a payment taken back is a debit already.
    case net
    /// The row repeats the original payment: its effect is the opposite.
    case original
}

/// What the control total sums.
public enum CSVControlSum: String, JSONChoice, Hashable {
    /// Credits less debits, by net effect.
    case net
    /// Credits alone.
    case credits
    /// Every row's amount, whatever its sign.
    case all
}

/// The line at the end that says how much the file holds.
public struct CSVControlTotal: JSONObject, Hashable {
    public var marker: String
    public var markerPlace: Int
    public var amountPlace: Int
    public var countPlace: Int?
    public var of: CSVControlSum

    public static let summary = "The line at the end that says how much the file holds; without it the file is cut off"

    public init(
        marker: String, markerPlace: Int = 1, amountPlace: Int, countPlace: Int? = nil, of: CSVControlSum = .net
    ) {
        (self.marker, self.markerPlace, self.amountPlace) = (marker, markerPlace, amountPlace)
        (self.countPlace, self.of) = (countPlace, of)
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        marker = try reader.required("marker", "Text that begins the field and tells the line")
        markerPlace = try reader.optional("marker_column", "Place from 1; 1 when not given") ?? 1
        amountPlace = try reader.required("amount_column", "Place of the sum, from 1")
        countPlace = try reader.optional("count_column", "Place of the number of rows, from 1")
        of = try reader.optional("of", "What is summed; net when not given") ?? .net
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("marker", marker)
        writer.field("marker_column", markerPlace)
        writer.field("amount_column", amountPlace)
        writer.field("count_column", countPlace)
        writer.field("of", of)
    }

    public func validate() throws(JSONFault) {
        for (name, place) in [
            ("marker_column", markerPlace), ("amount_column", amountPlace), ("count_column", countPlace ?? 1),
        ]
        where !(1...CSVProfile.columnLimit).contains(place) {
            throw JSONFault(field: name, reason: "must lie between 1 and \(CSVProfile.columnLimit)")
        }
    }
}

/// Where each part of an entry stands. Amounts: one column, with a sign of its own or in another column, or two.
public struct CSVColumns: JSONObject, Hashable {
    public var date: CSVColumn
    public var valueDate: CSVColumn?
    public var amount: CSVColumn?
    public var credit: CSVColumn?
    public var debit: CSVColumn?
    public var sign: CSVColumn?
    public var reference: CSVColumn?
    public var payerReference: CSVColumn?
    public var name: CSVColumn?
    public var virtualAccount: CSVColumn?
    public var reversal: CSVColumn?
    public var text: [CSVColumn]

    public static let summary = "Where each part of an entry stands: columns by name or by place from 1"

    public init(date: CSVColumn, amount: CSVColumn? = nil, text: [CSVColumn] = []) {
        (self.date, self.amount, self.text) = (date, amount, text)
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        date = try reader.required("date", "Booking date")
        valueDate = try reader.optional("value_date")
        amount = try reader.optional("amount", "Instead of credit and debit")
        credit = try reader.optional("credit")
        debit = try reader.optional("debit")
        sign = try reader.optional("sign", "Tells credit from debit; without it a minus before the amount does")
        reference = try reader.optional("reference", "The bank's own number of the booking")
        payerReference = try reader.optional("payer_reference")
        name = try reader.optional("name", "Name of the payer")
        virtualAccount = try reader.optional("virtual_account")
        reversal = try reader.optional("reversal", "Marks a row that takes another back")
        text = try reader.optional("text", "Columns that make the text, joined by a blank") ?? []
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("date", date)
        writer.field("value_date", valueDate)
        writer.field("amount", amount)
        writer.field("credit", credit)
        writer.field("debit", debit)
        writer.field("sign", sign)
        writer.field("reference", reference)
        writer.field("payer_reference", payerReference)
        writer.field("name", name)
        writer.field("virtual_account", virtualAccount)
        writer.field("reversal", reversal)
        writer.field("text", text)
    }

    public func validate() throws(JSONFault) {
        let isPair = credit != nil || debit != nil
        guard (amount != nil) != isPair else {
            throw JSONFault(field: "amount", reason: "either amount, or credit and debit, must be given")
        }
        guard !isPair || sign == nil else { throw JSONFault(field: "sign", reason: "goes with amount only") }
        guard text.count <= 20 else { throw JSONFault(field: "text", reason: "has more than 20 columns") }
    }
}
