import PerisaiModels

/// One value of a template. What has words of its own is kept as it is until the reader's language is known.
public enum FieldValue: Sendable, Hashable {
    /// The same in every language: numbers, names, amounts, and sentences that came with an event.
    case text(String)
    case date(CivilDate)
    case month(ContributionMonth)
    /// "JKK, JKM dan JHT".
    case words([String])
    /// Our own words.
    case phrase(Phrase)
    case flag(Bool)
    /// Lines of a section; each line has its own values.
    case lines([[String: FieldValue]])
}

/// Words of our own in both languages.
public struct Phrase: Sendable, Hashable {
    public let indonesian: String
    public let english: String

    public init(_ indonesian: String, english: String) {
        self.indonesian = indonesian
        self.english = english
    }

    public func text(in language: MessageLanguage) -> String {
        switch language {
        case .indonesian: indonesian
        case .english: english
        }
    }
}

/// The values of a template by name. What is absent is left out together with the section around it.
public typealias Fields = [String: FieldValue]

extension FieldValue {
    /// The value as the reader sees it; nil for flags and lines, which only open and close sections.
    func text(in language: MessageLanguage) -> String? {
        switch (self, language) {
        case (.text(let text), _): text
        case (.phrase(let phrase), _): phrase.text(in: language)
        case (.date(let date), .indonesian): IndonesianText.date(date)
        case (.date(let date), .english): EnglishText.date(date)
        case (.month(let month), .indonesian): IndonesianText.month(month)
        case (.month(let month), .english): EnglishText.month(month)
        case (.words(let words), .indonesian): IndonesianText.list(words)
        case (.words(let words), .english): EnglishText.list(words)
        case (.flag, _), (.lines, _): nil
        }
    }

    static func phrase(_ indonesian: String, _ english: String) -> FieldValue {
        .phrase(Phrase(indonesian, english: english))
    }

    /// "Rp1.234.567", in English too: so it stands on bills and in banks.
    static func money(_ amount: Rupiah) -> FieldValue { .text(IndonesianText.money(amount)) }
    /// Left out when there is nothing to pay.
    static func owed(_ amount: Rupiah) -> FieldValue? { amount.isZero ? nil : money(amount) }
    static func number(_ value: Int) -> FieldValue { .text(IndonesianText.number(value)) }
    /// Left out when it is zero.
    static func some(_ value: Int) -> FieldValue? { value == 0 ? nil : number(value) }
    static func reference(_ text: String) -> FieldValue { .text(IndonesianText.reference(text)) }

    static func name(_ text: String) -> FieldValue {
        let name = IndonesianText.clean(text, limit: IndonesianText.nameLimit)
        return .text(name.isEmpty ? "-" : name)
    }

    /// A sentence of an event: Indonesian, whatever the reader's language.
    static func sentence(_ text: String) -> FieldValue {
        let sentence = IndonesianText.sentence(text)
        return .text(sentence.isEmpty ? "-" : sentence)
    }

    /// The first eight digits: what commands like `perisai exceptions show` take.
    static func prefix(_ id: String) -> FieldValue { .text(String(id.prefix(8))) }
}

extension Fields {
    init(_ values: [String: FieldValue?]) { self = values.compactMapValues(\.self) }

    /// At most `limit` lines, and under `more` how many are left out.
    mutating func setLines(_ name: String, _ lines: [[String: FieldValue]], limit: Int) {
        self[name] = .lines(Array(lines.prefix(limit)))
        if lines.count > limit { self["more"] = .number(lines.count - limit) }
    }
}
