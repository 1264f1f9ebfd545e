import PerisaiModels

/// MT940 as three banks write it (domain.md 6.3).
enum SimulatedMT {
    /// Characters of a line of `:86:`; a full one has 65 and goes on without a blank.
    private static let textWidth = 64
    /// Digits of a participant's virtual account, for which a placeholder stands.
    private static let accountDigits = 17

    /// SWIFT blocks; everything that tells of the payer stands in `:86:`.
    static func mandiri(_ page: SimulatedStatementPage) -> String {
        let lines = page.lines.map { line in
            entry(line, mark(line), date(line.valueOn) + monthDay(line.bookedOn), "NTRF")
                + information(join(correction(line), line.payerText("VA "), line.name, line.remark, number(line)))
        }
        let body = message(page, reference: "STMT", lines)
        return "{1:F01BMRIIDJAAXXX0000000000}{2:I940PERISAIDXXXXN}{4:\n\(body)-}\n"
    }

    /// SWIFT blocks, with a short number of the bank behind the slashes.
    static func bni(_ page: SimulatedStatementPage) -> String {
        let lines = page.lines.enumerated().map { index, line in
            entry(
                line, mark(line), date(line.valueOn) + monthDay(line.bookedOn),
                "NTRFNONREF//B\(monthDay(line.bookedOn))\(SimulatedStatementPage.padded(index + 1, 6))")
                + information(join(correction(line), number(line), line.payerText("NO VA "), line.remark, line.name))
        }
        let body = message(page, reference: "BNI", lines)
        return "{1:F01BNINIDJAAXXX0000000000}{2:I940PERISAIDXXXXN}{4:\n\(body)-}\n"
    }

    /// Without blocks; the remark of the day, then what the bank adds over night.
    static func bri(_ page: SimulatedStatementPage) -> String {
        let lines = page.lines.enumerated().map { index, line in
            let referral = monthDay(line.bookedOn) + SimulatedStatementPage.padded(index + 1, 6)
            let remark = join(
                correction(line), line.payerText("BRIVA"), line.name.map { String($0.uppercased().prefix(18)) },
                line.payer == nil ? line.remark : nil)
            return entry(line, mark(line) + "R", date(line.valueOn) + monthDay(line.bookedOn), "NTRFNONREF")
                + information(remark + " WS_OB;\(referral);" + join(number(line), line.remark))
        }
        return message(page, reference: "BRI", lines) + "-\n"
    }

    // MARK: parts

    private static func message(_ page: SimulatedStatementPage, reference: String, _ lines: [String]) -> String {
        """
        :20:\(reference)\(date(page.through))\(SimulatedStatementPage.padded(page.number, 4))
        :25:\(page.account)
        :28C:\(SimulatedStatementPage.padded(page.number, 5))
        :60F:C\(date(page.from.adding(days: -1)))IDR\(page.opening),00
        \(lines.joined()):62F:C\(date(page.through))IDR\(page.closing),00

        """
    }

    private static func entry(_ line: SimulatedBankLine, _ mark: String, _ dates: String, _ rest: String) -> String {
        ":61:\(dates)\(mark)\(line.amount),00\(rest)\n"
    }

    /// C and D, and RC and RD for what is taken back.
    private static func mark(_ line: SimulatedBankLine) -> String {
        switch line.kind {
        case .payment: "C"
        case .reversal: "RC"
        case .fee: "D"
        case .feeReturned: "RD"
        }
    }

    private static func correction(_ line: SimulatedBankLine) -> String? { line.kind == .reversal ? "KOREKSI" : nil }

    /// The number that the notice has had: of a reversal the payment's.
    private static func number(_ line: SimulatedBankLine) -> String? {
        line.payer == nil ? nil : line.original ?? line.reference
    }

    private static func join(_ parts: String?...) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ").uppercasedOutsideBraces
    }

    private static func date(_ date: CivilDate) -> String {
        SimulatedStatementPage.padded(date.year % 100, 2) + monthDay(date)
    }

    private static func monthDay(_ date: CivilDate) -> String {
        SimulatedStatementPage.padded(date.month, 2) + SimulatedStatementPage.padded(date.day, 2)
    }

    /// `:86:`, broken between words.
    private static func information(_ text: String) -> String {
        var lines: [String] = []
        var current = ""
        var width = 0
        for word in text.split(separator: " ") {
            let length = visible(word)
            if !current.isEmpty, width + 1 + length > textWidth {
                lines.append(current)
                (current, width) = ("", 0)
            }
            current += (current.isEmpty ? "" : " ") + word
            width += length + (width == 0 ? 0 : 1)
        }
        lines.append(current)
        return ":86:" + lines.joined(separator: "\n") + "\n"
    }

    private static func visible(_ word: Substring) -> Int {
        guard let start = word.firstIndex(of: "$"), let end = word.firstIndex(of: "}") else { return word.count }
        return word.count - word[start...end].count + accountDigits
    }
}

extension String {
    /// Banks write capitals; a placeholder stays as it is.
    fileprivate var uppercasedOutsideBraces: String {
        var isInside = false
        return String(
            flatMap { character -> [Character] in
                if character == "{" { isInside = true }
                if character == "}" { isInside = false }
                return isInside ? [character] : Array(character.uppercased())
            })
    }
}
