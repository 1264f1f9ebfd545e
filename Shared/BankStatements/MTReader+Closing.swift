import PerisaiModels

/// The end of a message and of a statement, and what must add up there.
extension MTReader {
    mutating func endMessage(isTerminated: Bool, line: Int, _ each: Each) throws {
        defer { message = nil }
        guard message?.isBroken == false else { return }
        try finishEntry(each)
        guard let current = message else { return }
        if current.isBlock, !isTerminated {
            return try fail("-}", "the message is cut off before its end", line, each)
        }
        switch kind {
        case .mt940: try endPage(current, line, each)
        case .mt942: try endInterim(current, isTerminated: isTerminated, line, each)
        }
    }

    private mutating func endPage(_ current: MTMessage, _ line: Int, _ each: Each) throws {
        guard let closing = current.closing, let open = statement, let opening = open.openingSen else {
            return try fail(":62F:", "the message is cut off before its closing balance", line, each)
        }
        guard Int128(opening) + open.credits.sen - open.debits.sen == Int128(closing.sen) else {
            return try fail(
                current.isLastPage ? ":62F:" : ":62M:",
                "opening balance, credits and debits do not give the closing balance", current.closingLine, each)
        }
        guard current.isLastPage else {
            statement?.pageBalance = closing.sen
            return
        }
        if let openedOn = open.head.openedOn, closing.date < openedOn {
            return try fail(":62F:", "the closing date lies before the opening date", current.closingLine, each)
        }
        let key = MTKey(account: open.head.account, number: open.head.statement, period: closing.date.year)
        guard try isFirst(key, open, each) else { return }
        try checkContinuity(open, opening: opening, closing: closing, each)
        if closing.rupiah == nil {
            try refuse(":62F:", "the balance has sen other than 00 and is left out", current.closingLine, each)
        }
        try close(open, balance: closing.rupiah, on: closing.date, line: current.closingLine, each)
    }

    private mutating func endInterim(
        _ current: MTMessage, isTerminated: Bool, _ line: Int, _ each: Each
    ) throws {
        // An interim report without entries has neither :61: nor, at times, sums.
        guard try openStatement(line, each), let open = statement else { return }
        if let sum = current.debits, !sum.matches(open.debits), !sum.matches(open.markedDebits) {
            return try fail(":90D:", "count or sum differ from the debits that were read", line, each)
        }
        if let sum = current.credits, !sum.matches(open.credits), !sum.matches(open.markedCredits) {
            return try fail(":90C:", "count or sum differ from the credits that were read", line, each)
        }
        let isSummed =
            (current.debits != nil || current.credits != nil)
            && (current.debits != nil || open.debits.count == 0)
            && (current.credits != nil || open.credits.count == 0)
        guard isTerminated || isSummed else {
            return try fail(":90C:", "the message is cut off: neither sums nor an end mark", line, each)
        }
        let day = current.madeOn ?? open.firstBooked
        let key = MTKey(
            account: open.head.account, number: open.head.statement, period: Int(day?.daysSince1970 ?? 0))
        guard try isFirst(key, open, each) else { return }
        try close(open, balance: nil, on: current.madeOn, line: line, each)
    }

    private mutating func isFirst(_ key: MTKey, _ open: MTStatement, _ each: Each) throws -> Bool {
        // A bank that does not number its statements writes zeros.
        guard open.head.sequence != nil, !seen.insert(key).inserted else { return true }
        try fail(":28C:", "a statement of this number stands in the file already", open.head.line, each)
        return false
    }

    /// A gap does not refuse the statement: the missing one may come in another file.
    private mutating func checkContinuity(
        _ open: MTStatement, opening: Int64, closing: MTBalance, _ each: Each
    ) throws {
        let year = closing.date.year
        defer {
            previous[open.head.account] = MTPrevious(
                sequence: open.head.sequence, year: year, closingSen: closing.sen)
        }
        guard let before = previous[open.head.account], let last = before.sequence, let now = open.head.sequence else {
            return
        }
        guard now == last + 1 || (now == 1 && year > before.year) else {
            return try refuse(
                ":28C:", "the number does not follow the statement before; the statement is read", open.head.line, each)
        }
        if opening != before.closingSen {
            try refuse(
                ":60F:", "the balance does not continue the statement before; the statement is read", open.head.line,
                each)
        }
    }

    private mutating func close(
        _ open: MTStatement, balance: Rupiah?, on date: CivilDate?, line: Int, _ each: Each
    ) throws {
        guard let credits = Int64(exactly: open.handedCredits), let debits = Int64(exactly: open.handedDebits) else {
            return try fail(":61:", "the sums do not fit 64 bits of rupiah", line, each)
        }
        statement = nil
        try each(
            .closed(
                StatementEnd(
                    closingBalance: balance, closedOn: date, credits: Rupiah(credits), debits: Rupiah(debits),
                    entries: open.handed, line: line)))
    }
}

extension MTSum {
    func matches(_ side: MTSide) -> Bool { count == side.count && Int128(sen) == side.sen }
}
