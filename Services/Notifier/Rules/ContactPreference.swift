import PerisaiModels

import struct Foundation.UUID

/// What somebody has stated beside the enrolment: for each field the latest statement counts, in whatever order they
/// come.
public struct ContactPreference: Sendable, Hashable {
    public var name: String?
    public var phone: PhoneNumber?
    public var whatsapp: PhoneNumber?
    public var email: EmailAddress?
    public var pushToken: PushToken?
    public var language: MessageLanguage?
    public var zone: IndonesianZone?
    public var choices: [MessagePurpose: PurposeChoice] = [:]
    /// When each field was stated.
    public internal(set) var stamps: [Field: Stamp] = [:]

    /// When a field was stated, and in which event.
    public struct Stamp: Sendable, Hashable, Comparable {
        public let at: Instant
        public let by: UUID

        public static func < (left: Stamp, right: Stamp) -> Bool {
            (left.at, left.by.halves.0, left.by.halves.1) < (right.at, right.by.halves.0, right.by.halves.1)
        }
    }

    public enum Field: Sendable, Hashable {
        case name, phone, whatsapp, email, pushToken, language, zone
        case consent(MessagePurpose)
        case channels(MessagePurpose)

        static var all: [Field] {
            [.name, .phone, .whatsapp, .email, .pushToken, .language, .zone]
                + MessagePurpose.allCases.flatMap { [.consent($0), .channels($0)] }
        }

        /// As it is stored.
        var text: String {
            switch self {
            case .name: "name"
            case .phone: "phone"
            case .whatsapp: "whatsapp"
            case .email: "email"
            case .pushToken: "push_token"
            case .language: "language"
            case .zone: "zone"
            case .consent(let purpose): "consent." + purpose.rawValue
            case .channels(let purpose): "channels." + purpose.rawValue
            }
        }
    }

    init() {}

    init(_ event: ContactPreferenceStated, at time: Instant, by key: UUID) {
        name = event.name.map { IndonesianText.clean($0, limit: IndonesianText.nameLimit) }
        phone = event.phone
        whatsapp = event.whatsapp
        email = event.email
        pushToken = event.pushToken
        language = event.language
        zone = event.zone
        choices = Dictionary((event.choices ?? []).map { ($0.purpose, $0) }) { $1 }
        for field in Field.all where has(field) { stamps[field] = Stamp(at: time, by: key) }
    }

    private func has(_ field: Field) -> Bool {
        switch field {
        case .name: name != nil
        case .phone: phone != nil
        case .whatsapp: whatsapp != nil
        case .email: email != nil
        case .pushToken: pushToken != nil
        case .language: language != nil
        case .zone: zone != nil
        case .consent(let purpose): choices[purpose]?.consent != nil
        case .channels(let purpose): choices[purpose]?.channels != nil
        }
    }

    /// Takes a field over, or takes it away.
    private mutating func set(_ field: Field, from other: ContactPreference?) {
        switch field {
        case .name: name = other?.name
        case .phone: phone = other?.phone
        case .whatsapp: whatsapp = other?.whatsapp
        case .email: email = other?.email
        case .pushToken: pushToken = other?.pushToken
        case .language: language = other?.language
        case .zone: zone = other?.zone
        case .consent(let purpose):
            choices[purpose, default: PurposeChoice(purpose: purpose)].consent = other?.choices[purpose]?.consent
        case .channels(let purpose):
            choices[purpose, default: PurposeChoice(purpose: purpose)].channels = other?.choices[purpose]?.channels
        }
        stamps[field] = other?.stamps[field]
    }

    func merged(with other: ContactPreference) -> ContactPreference {
        var result = self
        for (field, stamp) in other.stamps where stamps[field].map({ $0 < stamp }) ?? true {
            result.set(field, from: other)
        }
        return result
    }

    /// Without what was stated up to an erasure; nil when nothing is left.
    func without(through erased: Instant?) -> ContactPreference? {
        guard let erased else { return self }
        var result = self
        for (field, stamp) in stamps where stamp.at <= erased { result.set(field, from: nil) }
        return result.stamps.isEmpty ? nil : result
    }
}

/// Choices and stamps as they are stored.
extension ContactPreference {
    /// "reminders=no payments=yes:whatsapp,sms".
    var storedChoices: String? {
        let texts = choices.values.sorted { $0.purpose.rawValue < $1.purpose.rawValue }.compactMap {
            choice -> String? in
            guard choice.consent != nil || choice.channels != nil else { return nil }
            let consent = choice.consent.map { $0 ? "yes" : "no" } ?? "-"
            let channels = choice.channels.map { ":" + $0.map(\.rawValue).joined(separator: ",") } ?? ""
            return "\(choice.purpose.rawValue)=\(consent)\(channels)"
        }
        return texts.isEmpty ? nil : texts.joined(separator: " ")
    }

    static func choices(stored text: String?) -> [MessagePurpose: PurposeChoice] {
        var choices: [MessagePurpose: PurposeChoice] = [:]
        for part in (text ?? "").split(separator: " ") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, let purpose = MessagePurpose(rawValue: String(sides[0])) else { continue }
            let values = sides[1].split(separator: ":", maxSplits: 1)
            guard let consent = values.first else { continue }
            choices[purpose] = PurposeChoice(
                purpose: purpose, consent: consent == "-" ? nil : consent == "yes",
                channels: values.count < 2
                    ? nil : values[1].split(separator: ",").compactMap { MessageChannel(rawValue: String($0)) })
        }
        return choices
    }

    /// "email=1700000000000000/<event> …": microseconds and the event of each field.
    var storedStamps: String? {
        guard !stamps.isEmpty else { return nil }
        return stamps.map { "\($0.text)=\($1.at.microseconds)/\($1.by.text)" }.sorted().joined(separator: " ")
    }

    static func stamps(stored text: String) -> [Field: Stamp] {
        var stamps: [Field: Stamp] = [:]
        let fields = Dictionary(uniqueKeysWithValues: Field.all.map { ($0.text, $0) })
        for part in text.split(separator: " ") {
            let sides = part.split(whereSeparator: { $0 == "=" || $0 == "/" })
            guard sides.count == 3, let field = fields[String(sides[0])], let micros = Int64(sides[1]),
                let at = Instant(microseconds: micros), let by = UUID(uuidString: String(sides[2]))
            else { continue }
            stamps[field] = Stamp(at: at, by: by)
        }
        return stamps
    }
}
