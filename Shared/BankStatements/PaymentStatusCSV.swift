import PerisaiModels

/// Reads reports on instructions from CSV.
enum PaymentStatusCSV {
    /// Where a column is; by its name in the header.
    private struct Places {
        var reference: Int
        var status: Int
        var reason: Int?
        var amount: Int?
        var width: Int
    }

    static func read(_ lines: ByteLines) throws -> PaymentStatusReader.Result {
        var result = PaymentStatusReader.Result()
        var record = CSVRecord(delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""))
        var places: Places?
        var start: Int?
        while let line = try lines.next() {
            guard result.statuses.count + result.faults.count < PaymentStatusReader.entryLimit else {
                throw StatementFault(
                    line: line.number, field: "row",
                    reason: "more than \(PaymentStatusReader.entryLimit) reports in one file")
            }
            if places == nil, start == nil {
                let isSemicolon = line.bytes.contains(UInt8(ascii: ";"))
                record = CSVRecord(
                    delimiter: isSemicolon ? UInt8(ascii: ";") : UInt8(ascii: ","), quote: UInt8(ascii: "\""))
            }
            let first = start ?? line.number
            start = first
            let state =
                line.isTooLong
                ? .broken("the line has more than \(ByteLines.lineLimit) bytes") : record.add(line.bytes)
            switch state {
            case .open: continue
            case .broken(let reason):
                guard places != nil else { throw StatementFault(line: first, field: "header", reason: reason) }
                result.faults.append(StatementFault(line: first, field: "row", reason: reason))
            case .whole where record.isBlank: break
            case .whole:
                if let places {
                    do { result.statuses.append(try row(record, places, first)) } catch let fault as StatementFault {
                        result.faults.append(fault)
                    }
                } else {
                    places = try header(record, first)
                }
            }
            record.reset()
            start = nil
        }
        if let start { throw StatementFault(line: start, field: "row", reason: "the file ends within quotes") }
        guard places != nil else { throw StatementFault(line: 1, field: "header", reason: "the file has no header") }
        return result
    }

    private static func header(_ record: CSVRecord, _ line: Int) throws -> Places {
        let names = record.fields.indices.map { index in
            record.withField(index) { TextEncoding.text($0) }?.lowercased() ?? ""
        }
        func place(_ name: String) throws -> Int {
            guard let index = names.firstIndex(of: name) else {
                throw StatementFault(line: line, field: "header", reason: "has no column \(name)")
            }
            return index
        }
        return Places(
            reference: try place("end_to_end_id"), status: try place("status"), reason: names.firstIndex(of: "reason"),
            amount: names.firstIndex(of: "amount"), width: names.count)
    }

    private static func row(_ record: CSVRecord, _ places: Places, _ line: Int) throws -> PaymentStatus {
        guard record.fields.count == places.width else {
            throw StatementFault(
                line: line, field: "row",
                reason: "has \(record.fields.count) columns where \(places.width) are expected")
        }
        func text(_ index: Int, _ field: String, limit: Int) throws -> String {
            guard let text = record.withField(index, { TextEncoding.text($0) }) else {
                throw StatementFault(line: line, field: field, reason: "holds a control character")
            }
            guard text.unicodeScalars.count <= limit else {
                throw StatementFault(line: line, field: field, reason: "has more than \(limit) characters")
            }
            return text
        }
        let reference = try text(places.reference, "end_to_end_id", limit: 70)
        let word = try text(places.status, "status", limit: 35)
        let reason = try places.reason.map { try text($0, "reason", limit: PaymentStatusReader.textLimit) } ?? ""
        guard !reference.isEmpty else { throw StatementFault(line: line, field: "end_to_end_id", reason: "is empty") }
        guard !word.isEmpty else { throw StatementFault(line: line, field: "status", reason: "is empty") }
        var amount: Rupiah?
        if let place = places.amount {
            let result = record.withField(place) { bytes in bytes.isEmpty ? nil : CamtValues.rupiah(bytes[...]) }
            switch result {
            case .success(let value): amount = value
            case .failure(let fault): throw StatementFault(line: line, field: "amount", reason: fault.rawValue)
            case nil: break
            }
        }
        return PaymentStatus(
            line: line, reference: reference, code: word, outcome: .init(word: word, reason: reason), reason: reason,
            amount: amount)
    }
}
