import PerisaiModels

/// How a bank writes its CSV, as data: read from a JSON file beside the statements.
public struct CSVProfile: JSONObject, Hashable {
    /// Most columns of a row.
    public static let columnLimit = 200
    /// Longest field in bytes.
    public static let fieldLimit = 16 * 1024
    /// Longest row in bytes, with the line breaks in it.
    public static let recordLimit = 256 * 1024
    /// Longest profile in bytes.
    public static let sizeLimit = 64 * 1024

    public var name: String
    public var account: String
    public var columns: CSVColumns
    public var datePattern: CSVDatePattern
    public var delimiter = CSVMark(",")
    public var quote = CSVMark("\"")
    public var hasHeader = true
    public var skippedLines = 0
    public var decimalMark = CSVMark(".")
    public var groupingMark: CSVMark?
    public var creditMarks = ["C", "CR", "K"]
    public var debitMarks = ["D", "DB", "DR"]
    public var reversalMarks: [String] = []
    public var reversalSign = CSVReversalSign.net
    public var controlTotal: CSVControlTotal?

    public static let summary = "How a bank writes its CSV statements"

    public init(name: String, account: String, columns: CSVColumns, datePattern: CSVDatePattern) {
        (self.name, self.account, self.columns, self.datePattern) = (name, account, columns, datePattern)
    }

    /// Reads a profile from JSON text; `JSONFault` names the field that is wrong.
    public init(json: [UInt8]) throws(JSONFault) {
        guard json.count <= Self.sizeLimit else { throw JSONFault(reason: "is longer than \(Self.sizeLimit) bytes") }
        let result: Result<CSVProfile, JSONFault> = json.withUnsafeBytes { bytes in
            do throws(JSONFault) { return .success(try CSVProfile.read(bytes: bytes)) } catch { return .failure(error) }
        }
        self = try result.get()
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        name = try reader.required("name")
        account = try reader.required("account", "Number of the account, up to 34 characters")
        delimiter = try reader.optional("delimiter", "Sets fields apart; , when not given") ?? CSVMark(",")
        quote = try reader.optional("quote", "Encloses fields, doubled within; \" when not given") ?? CSVMark("\"")
        hasHeader = try reader.optional("header", "The first row names the columns; true when not given") ?? true
        skippedLines = try reader.optional("skip_lines", "Lines before the header") ?? 0
        columns = try reader.required("columns")
        datePattern = try reader.required("date_pattern")
        decimalMark = try reader.optional("decimal_mark", ". when not given") ?? CSVMark(".")
        groupingMark = try reader.optional("grouping_mark", "Between groups of three digits; none when not given")
        creditMarks = try reader.optional("credit_marks", "Values of the sign column") ?? ["C", "CR", "K"]
        debitMarks = try reader.optional("debit_marks", "Values of the sign column") ?? ["D", "DB", "DR"]
        reversalMarks = try reader.optional("reversal_marks", "Values of the reversal column that mark it") ?? []
        reversalSign = try reader.optional("reversal_sign", "net when not given") ?? .net
        controlTotal = try reader.optional("control_total")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("account", account)
        writer.field("delimiter", delimiter)
        writer.field("quote", quote)
        writer.field("header", hasHeader)
        writer.field("skip_lines", skippedLines)
        writer.field("columns", columns)
        writer.field("date_pattern", datePattern)
        writer.field("decimal_mark", decimalMark)
        writer.field("grouping_mark", groupingMark)
        writer.field("credit_marks", creditMarks)
        writer.field("debit_marks", debitMarks)
        writer.field("reversal_marks", reversalMarks)
        writer.field("reversal_sign", reversalSign)
        writer.field("control_total", controlTotal)
    }

    public func validate() throws(JSONFault) {
        guard account.unicodeScalars.count <= 34 else {
            throw JSONFault(field: "account", reason: "is longer than 34 characters")
        }
        guard skippedLines <= 1_000 else { throw JSONFault(field: "skip_lines", reason: "must be 1000 at most") }
        guard delimiter != quote else { throw JSONFault(field: "quote", reason: "must differ from delimiter") }
        guard [".", ","].contains(where: { decimalMark == CSVMark($0) }) else {
            throw JSONFault(field: "decimal_mark", reason: "must be . or ,")
        }
        if let groupingMark {
            guard [".", ",", " ", "'"].contains(where: { groupingMark == CSVMark($0) }), groupingMark != decimalMark
            else {
                throw JSONFault(
                    field: "grouping_mark", reason: "must be . , ' or a blank, and differ from decimal_mark")
            }
        }
        if creditMarks.contains(where: debitMarks.contains) {
            throw JSONFault(field: "debit_marks", reason: "a mark stands in credit_marks too")
        }
        guard (columns.reversal != nil) == !reversalMarks.isEmpty else {
            throw JSONFault(field: "reversal_marks", reason: "goes with columns.reversal, and it with this")
        }
        do { try columns.validate() } catch { throw error.inside("columns") }
        do { try controlTotal?.validate() } catch { throw error.inside("control_total") }
    }
}
