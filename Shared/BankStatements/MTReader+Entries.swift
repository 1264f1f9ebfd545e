import PerisaiModels

/// `:61:`, `:86:` and the entry that they make.
extension MTReader {
    mutating func readStatementLine(_ content: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each) throws {
        guard message?.isPastEntries == false else { throw MTProblem("an entry stands behind the end of the entries") }
        guard try openStatement(line, each) else { return }
        message?.field = .statementLine
        statement?.ordinal += 1
        let parsed: MTLine
        do { parsed = try MTLine(content) } catch {
            // Its amount is not known, so the sums will refuse the statement where they are told.
            return try refuse(":61:", error.reason, line, each)
        }
        statement?.add(parsed)
        information.removeAll(keepingCapacity: true)
        supplement.removeAll(keepingCapacity: true)
        var entry = MTPending(
            line: line, valueDate: parsed.valueDate, bookedOn: parsed.entryDate ?? parsed.valueDate,
            isCredit: parsed.isCredit, isReversal: parsed.isReversal, sen: parsed.sen)
        if let payer = reference(parsed.customerReference), let bank = reference(parsed.bankReference) {
            entry.payerReference = payer
            entry.bankReference = bank
        } else {
            entry.problem = StatementFault(line: line, field: ":61:", reason: "a reference holds a control character")
        }
        if parsed.sen == 0 {
            entry.problem = StatementFault(line: line, field: ":61:", reason: "the amount must be more than zero")
        } else if parsed.sen % 100 != 0 {
            entry.problem = StatementFault(
                line: line, field: ":61:", reason: "the amount has sen other than 00; whole rupiah are needed")
        }
        pending = entry
    }

    /// A reference; the inner nil for none: empty, NONREF, or zeros alone.
    private func reference(_ bytes: UnsafeBufferPointer<UInt8>) -> String?? {
        if bytes.allSatisfy({ $0 == UInt8(ascii: "0") }) || (bytes.count == 6 && bytes.starts("NONREF")) {
            return .some(nil)
        }
        guard let text = TextEncoding.text(bytes) else { return nil }
        return .some(text)
    }

    mutating func readInformation(_ content: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each) throws {
        guard pending?.hasInformation == false else {
            // Of the statement as a whole, or a second one behind an entry.
            let isSecond = pending != nil && message?.field == .information
            message?.field = isSecond ? .information : .ignored
            if isSecond { appendInformation(content, line) }
            return
        }
        message?.field = .information
        pending?.hasInformation = true
        appendInformation(content, line)
    }

    mutating func readContinuation(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each) throws {
        guard message?.isBroken == false, let field = message?.field else { return }
        switch field {
        case .ignored: return
        case .information: appendInformation(bytes, line)
        case .statementLine:
            guard supplement.count + bytes.count <= Self.informationBytes else { return }
            if !supplement.isEmpty { supplement.append(0x20) }
            supplement.append(contentsOf: bytes.trimmed)
        case .none:
            guard !bytes.trimmed.isEmpty else { return }
            try fail("line", "the line belongs to no field", line, each)
        }
    }

    /// Lines are joined by a blank, but behind a full line without one: there the bank has cut its text at the margin.
    private mutating func appendInformation(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int) {
        guard let lines = pending?.informationLines, pending?.problem == nil else { return }
        guard lines < Self.informationLines else {
            pending?.problem = StatementFault(
                line: line, field: ":86:", reason: "the text has more than \(Self.informationLines) lines")
            return
        }
        pending?.informationLines = lines + 1
        let wasFull = pending?.isLastFull == true
        let isFull = bytes.count == Self.fullLine
        pending?.isLastFull = isFull
        guard information.count < Self.informationBytes else { return }
        var body = isFull ? bytes : bytes.trimmedEnd
        if !wasFull { body = body.slice(body.firstIndex { $0 != 0x20 } ?? body.count, body.count) }
        if !information.isEmpty, !wasFull, !body.isEmpty { information.append(0x20) }
        information.append(contentsOf: body)
    }

    mutating func finishEntry(_ each: Each) throws {
        guard let entry = pending else { return }
        pending = nil
        if let problem = entry.problem { return try each(.refused(problem)) }
        if !supplement.isEmpty {
            if !information.isEmpty { information.append(0x20) }
            information.append(contentsOf: supplement)
        }
        guard var text = information.withUnsafeBufferPointer({ TextEncoding.text($0.trimmed) }) else {
            return try refuse(":86:", "the text holds a control character", entry.line, each)
        }
        var (payer, bank) = (entry.payerReference, entry.bankReference)
        switch dialect {
        case .generic: break
        case .mandiri where payer == nil && bank == nil: break
        case .mandiri:
            for reference in [payer, bank] {
                if let reference { text = text.isEmpty ? reference : text + " " + reference }
            }
            (payer, bank) = (nil, nil)
        case .bri: bank = BRIRemark(text).referral ?? bank
        }
        statement?.hand(entry)
        try each(
            .entry(
                StatementEntry(
                    ordinal: statement?.ordinal ?? 1, line: entry.line, isCredit: entry.isCredit,
                    isReversal: entry.isReversal, amount: Rupiah(entry.sen / 100), bookedOn: entry.bookedOn,
                    valueDate: entry.valueDate, bankReference: bank, payerReference: payer,
                    text: TextEncoding.cut(text, to: StatementEntry.textLimit))))
    }
}

extension MTStatement {
    /// Counts an entry, whether it can be used or not.
    mutating func add(_ line: MTLine) {
        if line.isCredit { credits.add(line.sen) } else { debits.add(line.sen) }
        if line.isMarkedCredit { markedCredits.add(line.sen) } else { markedDebits.add(line.sen) }
        if firstBooked == nil { firstBooked = line.entryDate ?? line.valueDate }
    }

    /// Counts an entry that is handed out.
    mutating func hand(_ entry: MTPending) {
        let rupiah = Int128(entry.sen / 100)
        if entry.isCredit { handedCredits += rupiah } else { handedDebits += rupiah }
        handed += 1
    }
}
