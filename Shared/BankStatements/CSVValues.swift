import PerisaiModels

/// Why a field of a CSV file cannot be read.
struct CSVProblem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension CSVDatePattern {
    /// The day; a time may follow behind a blank or a T.
    func date(_ bytes: UnsafeBufferPointer<UInt8>) throws(CSVProblem) -> CivilDate {
        guard let date = day(bytes) else { throw CSVProblem("must be a day of the calendar as \(rawValue)") }
        return date
    }

    private func day(_ bytes: UnsafeBufferPointer<UInt8>) -> CivilDate? {
        var cursor = MTCursor(bytes)
        let (year, month, day): (Int?, Int?, Int?)
        switch self {
        case .yearMonthDay:
            year = cursor.digits(4)
            guard cursor.skip(UInt8(ascii: "-")) else { return nil }
            month = cursor.digits(2)
            guard cursor.skip(UInt8(ascii: "-")) else { return nil }
            day = cursor.digits(2)
        case .slashed, .dashed, .shortYear:
            let mark = UInt8(ascii: self == .dashed ? "-" : "/")
            day = cursor.digits(2)
            guard cursor.skip(mark) else { return nil }
            month = cursor.digits(2)
            guard cursor.skip(mark) else { return nil }
            year = self == .shortYear ? cursor.digits(2).map { $0 + 2000 } : cursor.digits(4)
        case .compact, .moment:
            (year, month, day) = (cursor.digits(4), cursor.digits(2), cursor.digits(2))
            if self == .moment {
                guard let hour = cursor.digits(2), let minute = cursor.digits(2), let second = cursor.digits(2),
                    hour < 24, minute < 60, second < 61, cursor.isAtEnd
                else { return nil }
            }
        }
        guard let year, let month, let day else { return nil }
        guard cursor.isAtEnd || cursor.peek == UInt8(ascii: " ") || cursor.peek == UInt8(ascii: "T") else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }
}

/// Reads amounts with the profile's marks. Nothing is calculated: a formula is no amount.
struct CSVAmounts {
    let decimal: UInt8
    let grouping: UInt8?

    /// Sen, negative behind a minus; up to 14 digits of rupiah.
    func sen(_ bytes: UnsafeBufferPointer<UInt8>) throws(CSVProblem) -> Int64 {
        var index = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { index = 1 }
        var (value, digits, group, isGrouped): (Int64, Int, Int, Bool) = (0, 0, 0, false)
        while index < bytes.count, bytes[index] != decimal {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 {
                (digits, group) = (digits + 1, group + 1)
                guard digits <= 14 else { throw CSVProblem("has more than 14 digits") }
                value = value * 10 + Int64(digit)
            } else if bytes[index] == grouping {
                guard isGrouped ? group == 3 : (1...3).contains(group) else {
                    throw CSVProblem("is not grouped by three digits")
                }
                (isGrouped, group) = (true, 0)
            } else {
                throw CSVProblem("must be digits with the marks of the profile")
            }
            index += 1
        }
        guard digits > 0 else { throw CSVProblem("holds no digits") }
        guard !isGrouped || group == 3 else { throw CSVProblem("is not grouped by three digits") }
        value *= 100
        if index < bytes.count { value += try fraction(bytes.slice(index + 1, bytes.count)) }
        return isNegative ? -value : value
    }

    private func fraction(_ bytes: UnsafeBufferPointer<UInt8>) throws(CSVProblem) -> Int64 {
        guard (1...2).contains(bytes.count) else { throw CSVProblem("must have one or two decimals behind the mark") }
        var value: Int64 = 0
        for byte in bytes {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { throw CSVProblem("must be digits with the marks of the profile") }
            value = value * 10 + Int64(digit)
        }
        return bytes.count == 1 ? value * 10 : value
    }
}

/// The profile's columns as indexes from 0.
struct CSVPlaces {
    var date: Int
    var valueDate, amount, credit, debit, sign, reference, payerReference, name, virtualAccount, reversal: Int?
    var text: [Int]

    /// `names` are those of the header; nil without one.
    init(_ columns: CSVColumns, names: [String]?, line: Int) throws(StatementFault) {
        func place(_ column: CSVColumn, _ field: String) throws(StatementFault) -> Int {
            func fault(_ reason: String) -> StatementFault {
                StatementFault(line: line, field: "profile.columns.\(field)", reason: reason)
            }
            switch column {
            case .place(let place):
                if let names, place > names.count { throw fault("the file has \(names.count) columns only") }
                return place - 1
            case .name(let name):
                guard let names else { throw fault("a name needs a header; the profile says there is none") }
                let wanted = name.lowercased()
                let found = names.indices.filter { names[$0] == wanted }
                guard found.count < 2 else { throw fault("the header has this column \(found.count) times") }
                guard let only = found.first else { throw fault("the header has no such column") }
                return only
            }
        }
        func optional(_ column: CSVColumn?, _ field: String) throws(StatementFault) -> Int? {
            guard let column else { return nil }
            return try place(column, field)
        }
        date = try place(columns.date, "date")
        valueDate = try optional(columns.valueDate, "value_date")
        amount = try optional(columns.amount, "amount")
        credit = try optional(columns.credit, "credit")
        debit = try optional(columns.debit, "debit")
        sign = try optional(columns.sign, "sign")
        reference = try optional(columns.reference, "reference")
        payerReference = try optional(columns.payerReference, "payer_reference")
        name = try optional(columns.name, "name")
        virtualAccount = try optional(columns.virtualAccount, "virtual_account")
        reversal = try optional(columns.reversal, "reversal")
        text = []
        for (index, column) in columns.text.enumerated() { text.append(try place(column, "text[\(index)]")) }
    }

    /// The greatest place, from 1: a row without a header needs as many columns.
    var width: Int {
        let places = [
            date, valueDate, amount, credit, debit, sign, reference, payerReference, name, virtualAccount, reversal,
        ]
        return (places.compactMap { $0 } + text).reduce(0) { max($0, $1 + 1) }
    }
}
