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

    /// The whole text as a channel takes it: with a salutation, or for SMS as short as can be.
    public static func whole(
        on channel: MessageChannel, name: String, subject: String?, language: MessageLanguage, short: String,
        body: String
    ) -> String {
        let about = subject.map { $0.isEmpty ? "peserta" : $0 }
        switch (channel, language) {
        case (.sms, .indonesian): return (about.map { "Utk \($0): " } ?? "") + short
        case (.sms, .english): return (about.map { "For \($0): " } ?? "") + short
        case (_, .indonesian):
            return "Yth. \(name.isEmpty ? "Bapak/Ibu" : name)\(about.map { " (untuk \($0))" } ?? ""),\n\(body)"
        case (_, .english):
            return "Dear \(name.isEmpty ? "Sir or Madam" : name)\(about.map { " (for \($0))" } ?? ""),\n\(body)"
        }
    }
}
