import PerisaiModels

/// Several messages to one reader in one.
extension TemplateSet {
    /// Room for the lines in the body of a digest, in characters.
    static let digestRoom = maximumCharacters - 160

    /// How many of these lines, from the first on, fit into the body of one digest; at least one.
    private static func fitting(_ lines: [(subject: String, line: String)]) -> Int {
        var room = digestRoom
        for (index, line) in lines.enumerated() {
            room -= line.subject.count + line.line.count + 5
            if room < 0 { return max(1, index) }
        }
        return lines.count
    }

    /// The words of a digest. Lines that have no room are counted with `more`: in the body where it is full, in the SMS
    /// after three segments.
    /// - Parameters:
    ///   - lines: each with whom it is about (may be empty) and `MessageText.line`.
    ///   - more: messages that are not among the lines.
    public func digest(
        lines: [(subject: String, line: String)], purpose: MessagePurpose, more: Int, language: MessageLanguage
    ) -> MessageText {
        let file = file(.digest, language)
        let count = lines.count + more
        func fields(_ kept: Int) -> Fields {
            Self.digestFields(Array(lines.prefix(kept)), count: count, purpose, more: count - kept)
        }
        var text = file.text(fields(Self.fitting(lines)), in: language)
        var kept = lines.count
        repeat {
            text.short = file.short.render(TemplateValues(fields: fields(kept), language: language))
            kept -= 1
        } while kept >= 0 && SMSText.segments(of: SMSText.transliterated(text.short)) > SMSText.mostSegments
        text.short = SMSText.fit(text.short)
        return text
    }

    static func digestFields(
        _ lines: [(subject: String, line: String)], count: Int, _ purpose: MessagePurpose, more: Int
    ) -> Fields {
        Fields([
            "count": .number(count), "purpose": .phrase(purpose.phrase), "more": .some(more),
            "lines": .lines(
                lines.map { line in
                    var values: [String: FieldValue] = ["text": .text(line.line)]
                    if !line.subject.isEmpty { values["subject"] = .text(line.subject) }
                    return values
                }),
        ])
    }
}

extension MessagePurpose {
    var phrase: Phrase {
        switch self {
        case .permits: Phrase("perizinan", english: "permits")
        case .membership: Phrase("kepesertaan", english: "membership")
        case .payments: Phrase("pembayaran", english: "payments")
        case .reminders: Phrase("iuran", english: "contributions")
        case .enforcement: Phrase("kepatuhan", english: "compliance")
        case .agency: Phrase("keagenan", english: "agency")
        case .desk: Phrase("tugas cabang", english: "branch desk")
        }
    }
}
