import PerisaiModels

/// A message in words.
public struct MessageText: Sendable, Hashable {
    /// Subject of an e-mail, title of a push message: 1 to 120 characters.
    public var title: String
    /// For SMS: at most `SMSText.mostSegments` segments.
    public var short: String
    /// For every other channel: 1 to 1,600 characters, the salutation not counted.
    public var body: String
    /// For a digest; nil where the kind never goes into one.
    public var line: String?
    /// Kind, language and version: `receipt/id/1`.
    public var template: String

    /// Longest name in the salutation of an SMS, in septets: the words need the room.
    static let shortNameLimit = 40

    /// The whole text as a channel takes it: with a salutation, or for SMS as short as can be.
    public static func whole(
        on channel: MessageChannel, name: String, subject: String?, language: MessageLanguage, short: String,
        body: String
    ) -> String {
        let about = subject.map { $0.isEmpty ? unnamed(language) : $0 }
        switch (channel, language) {
        case (.sms, .indonesian): return SMSText.fit((about.map { "Utk \(shortened($0)): " } ?? "") + short)
        case (.sms, .english): return SMSText.fit((about.map { "For \(shortened($0)): " } ?? "") + short)
        case (_, .indonesian):
            return "Yth. \(name.isEmpty ? "Bapak/Ibu" : name)\(about.map { " (untuk \($0))" } ?? ""),\n\(body)"
        case (_, .english):
            return "Dear \(name.isEmpty ? "Sir or Madam" : name)\(about.map { " (for \($0))" } ?? ""),\n\(body)"
        }
    }

    private static func unnamed(_ language: MessageLanguage) -> String {
        language == .indonesian ? "peserta" : "a participant"
    }

    private static func shortened(_ name: String) -> String {
        let plain = SMSText.transliterated(name)
        return SMSText.count(plain).units <= shortNameLimit ? plain : SMSText.cut(plain, to: shortNameLimit)
    }
}
