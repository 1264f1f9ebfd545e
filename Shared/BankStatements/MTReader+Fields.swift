import PerisaiModels

/// The fields of a message.
extension MTReader {
    mutating func readField(
        _ tag: MTTag, _ content: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws {
        guard message?.isBroken == false else { return }
        if tag.code == 86 { return try readInformation(content, line, each) }
        try finishEntry(each)
        message?.field = .none
        do {
            switch (tag.code, tag.letter) {
            case (61, 0): try readStatementLine(content, line, each)
            case (20, 0): message?.hasReference = true
            case (25, 0), (25, UInt8(ascii: "P")): try readAccount(content)
            case (28, 0), (28, UInt8(ascii: "C")): try readNumber(content)
            case (60, UInt8(ascii: "F")), (60, UInt8(ascii: "M")): try readOpening(tag, content)
            case (62, UInt8(ascii: "F")), (62, UInt8(ascii: "M")): try readClosing(tag, content, line, each)
            case (34, UInt8(ascii: "F")): try readFloor(content)
            case (13, 0), (13, UInt8(ascii: "D")): try readMoment(content)
            case (90, UInt8(ascii: "C")), (90, UInt8(ascii: "D")): try readSum(tag, content, line, each)
            default: message?.field = .ignored
            }
        } catch let problem as MTProblem {
            try fail(tag.text, problem.reason, line, each)
        }
    }

    private mutating func readAccount(_ content: UnsafeBufferPointer<UInt8>) throws {
        guard message?.account == nil else { throw MTProblem("stands twice") }
        let body = content.trimmed
        guard !body.isEmpty, body.count <= 34 else { throw MTProblem("must have 1 to 34 characters") }
        guard let text = TextEncoding.text(body) else { throw MTProblem("holds a control character") }
        message?.account = text
    }

    private mutating func readNumber(_ content: UnsafeBufferPointer<UInt8>) throws {
        guard message?.number == nil else { throw MTProblem("stands twice") }
        message?.number = try MTNumber(content)
    }

    private mutating func readOpening(_ tag: MTTag, _ content: UnsafeBufferPointer<UInt8>) throws {
        guard kind == .mt940 else { throw MTProblem("an MT942 has no balances") }
        guard message?.opening == nil else { throw MTProblem("stands twice") }
        message?.opening = try MTBalance(content)
        message?.isContinued = tag.letter == UInt8(ascii: "M")
        message?.hasCurrency = true
    }

    private mutating func readClosing(
        _ tag: MTTag, _ content: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws {
        guard kind == .mt940 else { throw MTProblem("an MT942 has no balances") }
        guard message?.closing == nil else { throw MTProblem("stands twice") }
        let balance = try MTBalance(content)
        guard try openStatement(line, each) else { return }
        message?.closing = balance
        message?.closingLine = line
        message?.isLastPage = tag.letter == UInt8(ascii: "F")
        message?.isPastEntries = true
    }

    /// `:34F:`: the least amount that is told; only its currency concerns us.
    private mutating func readFloor(_ content: UnsafeBufferPointer<UInt8>) throws {
        var cursor = MTCursor(content.trimmedEnd)
        try cursor.currency()
        message?.hasCurrency = true
    }

    /// YYMMDD and a time; the zone is not needed for the day.
    private mutating func readMoment(_ content: UnsafeBufferPointer<UInt8>) throws {
        var cursor = MTCursor(content)
        message?.madeOn = try cursor.date()
    }

    private mutating func readSum(
        _ tag: MTTag, _ content: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws {
        let sum = try MTSum(content)
        let isCredit = tag.letter == UInt8(ascii: "C")
        guard (isCredit ? message?.credits : message?.debits) == nil else { throw MTProblem("stands twice") }
        message?.hasCurrency = true
        guard try openStatement(line, each) else { return }
        if isCredit { message?.credits = sum } else { message?.debits = sum }
        // In an MT940 these fields are foreign, but some banks write them before the closing balance.
        message?.isPastEntries = true
    }

    /// Begins a statement when the head is complete; false when the message was refused for it.
    mutating func openStatement(_ line: Int, _ each: Each) throws -> Bool {
        // Asked for every entry: no field is copied before it is needed.
        guard message?.isBroken == false else { return false }
        if statement != nil, statement?.pageBalance == nil { return true }
        guard let current = message else { return false }
        func missing(_ field: String) throws -> Bool {
            try fail(field, "the field is missing before this line", line, each)
            return false
        }
        guard let account = current.account else { return try missing(":25:") }
        guard let number = current.number else { return try missing(":28C:") }
        guard kind == .mt942 || current.opening != nil else { return try missing(":60F:") }
        guard current.hasCurrency else { return try missing(":34F:") }
        if statement != nil, !current.isContinued {
            try loseStatement(":62M:", "its last page is missing", line, each)
        }
        if current.isContinued { return try continueStatement(current, account, number, line, each) }
        statementCount += 1
        guard statementCount <= StatementSummary.statementLimit else {
            throw StatementFileError("holds more than \(StatementSummary.statementLimit) statements")
        }
        let head = StatementHead(
            account: account, statement: kind == .mt940 ? number.number : number.text, sequence: number.sequence,
            isInterim: kind == .mt942, openingBalance: current.opening?.rupiah,
            openedOn: current.opening?.date ?? current.madeOn, line: current.line)
        statement = MTStatement(head: head, number: number, openingSen: current.opening?.sen)
        try each(.opened(head))
        if let opening = current.opening, opening.rupiah == nil {
            try refuse(":60F:", "the balance has sen other than 00 and is left out", line, each)
        }
        return true
    }

    /// The next page of a statement: `:60M:` after `:62M:`.
    private mutating func continueStatement(
        _ current: MTMessage, _ account: String, _ number: MTNumber, _ line: Int, _ each: Each
    ) throws -> Bool {
        guard let open = statement, let balance = open.pageBalance else {
            try fail(":60M:", "the first page of the statement is not in the file", line, each)
            return false
        }
        guard account == open.head.account, number.number == open.number.number,
            number.page == nil || number.page == (open.number.page ?? 1) + 1
        else {
            try fail(":28C:", "the page does not follow the page before", line, each)
            return false
        }
        guard current.opening?.sen == balance else {
            try fail(":60M:", "the balance differs from the one of the page before", line, each)
            return false
        }
        statement?.pageBalance = nil
        statement?.number = number
        return true
    }
}
