import PerisaiModels

/// Reads the fields of one row and keeps every fault, not only the first.
struct RowReader {
    let row: RowFields
    private(set) var faults: [RowFault] = []

    init(_ row: RowFields) { self.row = row }

    mutating func fault(_ field: String, _ reason: String) {
        guard !row.broken.contains(field) else { return }
        faults.append(RowFault(line: row.line, field: field, reason: reason))
    }

    func has(_ field: String) -> Bool { row.texts[field] != nil || row.broken.contains(field) }

    /// The field's text; a fault where it is missing.
    mutating func required(_ field: String) -> String? {
        guard let text = row.texts[field], !text.isEmpty else {
            fault(field, "is missing")
            return nil
        }
        return text
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ field: String, default value: Value? = nil
    ) -> Value? where Value.RawValue == String {
        if let value, !has(field) { return value }
        guard let text = required(field) else { return nil }
        guard let value = Value(rawValue: text) else {
            fault(field, "must be one of " + Value.allCases.map { "\($0.rawValue)" }.joined(separator: ", "))
            return nil
        }
        return value
    }

    mutating func month(_ field: String) -> ContributionMonth? {
        guard let text = required(field) else { return nil }
        guard let month = ContributionMonth(parsing: text) else {
            fault(field, "must be a month as YYYY-MM")
            return nil
        }
        return month
    }

    /// A whole number, digits only.
    mutating func count(_ field: String, most: Int64) -> Int64? {
        guard let text = required(field) else { return nil }
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isDigits, text.utf8.count <= 18, let value = Int64(text), value <= most else {
            fault(field, "must be a whole number of 0 to \(most), without separators")
            return nil
        }
        return value
    }

    /// More than 0 to 100, with at most four decimals.
    mutating func percent(_ field: String) -> Rate? {
        guard let text = required(field) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDigits = parts.allSatisfy { part in
            (1...4).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        guard isDigits, (1...2).contains(parts.count), let whole = Int64(parts[0]) else {
            fault(field, "must be percents such as 30 or 37.5, with at most four decimals")
            return nil
        }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        let fraction = Int64(decimals + String(repeating: "0", count: 4 - decimals.utf8.count)) ?? 0
        let rate = Rate(partsPerMillion: whole * 10_000 + fraction)
        guard rate > .zero, rate <= .one else {
            fault(field, "must lie between 0 and 100 percent")
            return nil
        }
        return rate
    }

    /// Words of a person or paper: no control character, no NIK.
    mutating func words(_ field: String, _ length: ClosedRange<Int>) -> String? {
        guard let raw = required(field) else { return nil }
        let text = raw.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard length.contains(text.unicodeScalars.count) else {
            fault(field, "must have \(length.lowerBound) to \(length.upperBound) characters")
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            fault(field, "must have no control characters")
            return nil
        }
        guard NIK.hidden(in: text) == text else {
            fault(field, "must not hold a NIK")
            return nil
        }
        return text
    }

    /// The place of a level: nothing for the nation, a code or an office's name for the others.
    mutating func place(_ field: String, of level: TargetLevel?) -> String? {
        guard let level else { return nil }
        if level == .nation {
            if has(field) { fault(field, "is left out for the nation") }
            return ""
        }
        guard let text = required(field) else { return nil }
        do {
            return try Self.place(text, of: level)
        } catch {
            fault(field, error.reason)
            return nil
        }
    }

    /// - Throws: `JSONFault` with the reason.
    static func place(_ text: String, of level: TargetLevel) throws(JSONFault) -> String {
        do throws(IdentifierFault) {
            switch level {
            case .nation: return ""
            case .wadah: return try WadahID(text).text
            case .branch, .group: return try BranchCode(text).text
            case .region: break
            }
        } catch { throw JSONFault(reason: error.reason) }
        guard let kanwil = Kanwil(named: text) else { throw JSONFault(reason: "must be one of \(Kanwil.list)") }
        return kanwil.rawValue
    }
}
