import PerisaiModels

/// Reads a CSV file by a profile. The file is one statement; the digest of the file is its number.
struct CSVReader {
    typealias Each = (StatementItem) throws -> Void

    let profile: CSVProfile
    let name: String
    let amounts: CSVAmounts
    var record: CSVRecord
    /// Columns that every row must have.
    private var width: Int?
    private var hasTotal = false
    private var isRefused = false
    private var credits = MTSide()
    private var debits = MTSide()
    private var all = MTSide()
    private var handed: (credits: Int128, debits: Int128, count: Int) = (0, 0, 0)
    private var last: CivilDate?
    private var rows = 0

    init(profile: CSVProfile, name: String) throws(StatementFault) {
        do { try profile.validate() } catch {
            throw StatementFault(line: 1, field: "profile.\(error.field)", reason: error.reason)
        }
        self.profile = profile
        self.name = name
        amounts = CSVAmounts(decimal: profile.decimalMark.byte, grouping: profile.groupingMark?.byte)
        record = CSVRecord(delimiter: profile.delimiter.byte, quote: profile.quote.byte)
    }

    /// "CSV-" and 16 digits of the digest.
    static func statementName(sha256: String) -> String { "CSV-" + sha256.prefix(16) }

    mutating func read(_ lines: ByteLines, each: Each) throws {
        for _ in 0..<profile.skippedLines { _ = try lines.next() }
        let places = try readHeader(lines, each)
        while let line = try nextRow(lines, each) {
            if record.isBlank { continue }
            guard !hasTotal else {
                try refuse("control_total", "the statement is refused: rows stand behind the control total", line, each)
                isRefused = true
                return
            }
            if let total = profile.controlTotal, isTotal(total) {
                try check(total, line, each)
            } else {
                try readRow(places, line, each)
            }
        }
        try finish(max(1, lines.number), each)
    }

    private mutating func readHeader(_ lines: ByteLines, _ each: Each) throws -> CSVPlaces {
        var names: [String]?
        var line = profile.skippedLines + 1
        if profile.hasHeader {
            guard let found = try nextRow(lines, each) else {
                throw StatementFault(line: line, field: "profile.header", reason: "the file has no header")
            }
            line = found
            names = try record.fields.indices.map { index in
                let text = record.withField(index) { TextEncoding.text($0) }
                guard let text else {
                    throw StatementFault(line: line, field: "profile.header", reason: "holds a control character")
                }
                return text.lowercased()
            }
        }
        let places = try CSVPlaces(profile.columns, names: names, line: line)
        width = names?.count
        try each(
            .opened(StatementHead(account: profile.account, statement: name, isInterim: false, line: line)))
        return places
    }

    /// Reads the next row into `record` and returns its line; rows that are broken are refused and passed over.
    private mutating func nextRow(_ lines: ByteLines, _ each: Each) throws -> Int? {
        record.reset()
        var start: Int?
        while let line = try lines.next() {
            let first = start ?? line.number
            start = first
            let state =
                line.isTooLong
                ? .broken("the line has more than \(ByteLines.lineLimit) bytes") : record.add(line.bytes)
            switch state {
            case .whole: return first
            case .open: continue
            case .broken(let reason):
                rows += 1
                try refuse("row", reason, first, each)
                record.reset()
                start = nil
            }
        }
        if let start { try refuse("row", "the file ends within quotes", start, each) }
        if start != nil { isRefused = isRefused || profile.controlTotal != nil }
        return nil
    }

    private mutating func readRow(_ places: CSVPlaces, _ line: Int, _ each: Each) throws {
        rows += 1
        let expected = width ?? max(record.fields.count, places.width)
        width = expected
        guard record.fields.count == expected else {
            return try refuse(
                "row", "has \(record.fields.count) columns where \(expected) are expected", line, each)
        }
        var row = CSVRow(profile: profile, places: places, line: line, ordinal: rows)
        do {
            try row.readAmount(record, amounts)
            if row.isCredit { credits.add(row.sen) } else { debits.add(row.sen) }
            all.add(row.sen)
            let entry = try row.entry(record)
            if entry.isCredit {
                handed.credits += Int128(entry.amount.amount)
            } else {
                handed.debits += Int128(entry.amount.amount)
            }
            handed.count += 1
            last = max(last ?? entry.bookedOn, entry.bookedOn)
            try each(.entry(entry))
        } catch let problem as CSVRow.Problem {
            try refuse(problem.field, problem.reason, line, each)
        }
    }

    private func isTotal(_ total: CSVControlTotal) -> Bool {
        record.withField(total.markerPlace - 1) { $0.starts(with: total.marker.utf8) }
    }

    private mutating func check(_ total: CSVControlTotal, _ line: Int, _ each: Each) throws {
        hasTotal = true
        func broken(_ reason: String) throws {
            isRefused = true
            try refuse("control_total", "the statement is refused: \(reason)", line, each)
        }
        let sum: Int64
        do { sum = try record.withField(total.amountPlace - 1) { try amounts.sen($0) } } catch let problem as CSVProblem
        {
            return try broken("its sum \(problem.reason)")
        }
        let read: Int128 =
            switch total.of {
            case .net: credits.sen - debits.sen
            case .credits: credits.sen
            case .all: all.sen
            }
        guard Int128(sum) == read else { return try broken("the sum differs from the rows that were read") }
        guard let place = total.countPlace else { return }
        let count = record.withField(place - 1) { bytes in
            var cursor = MTCursor(bytes)
            return (1...9).contains(bytes.count) ? cursor.digits(bytes.count) : nil
        }
        guard count == rows else { return try broken("the number of rows differs from those that were read") }
    }

    private mutating func finish(_ line: Int, _ each: Each) throws {
        if profile.controlTotal != nil, !hasTotal, !isRefused {
            isRefused = true
            try refuse("control_total", "the statement is refused: the file is cut off before it", line, each)
        }
        guard !isRefused else { return }
        guard let credits = Int64(exactly: handed.credits), let debits = Int64(exactly: handed.debits) else {
            return try refuse("amount", "the statement is refused: the sums do not fit 64 bits of rupiah", line, each)
        }
        try each(
            .closed(
                StatementEnd(
                    closedOn: last, credits: Rupiah(credits), debits: Rupiah(debits), entries: handed.count, line: line)
            ))
    }

    private func refuse(_ field: String, _ reason: String, _ line: Int, _ each: Each) throws {
        try each(.refused(StatementFault(line: line, field: field, reason: reason)))
    }
}
