/// How a message reaches somebody.
public enum MessageChannel: String, JSONChoice, Comparable {
    /// The Perisai app's push service.
    case push
    case whatsapp
    case sms
    case email
    /// A file that the reader's own system takes: offices and desks without another address.
    case file

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    public static func < (left: Self, right: Self) -> Bool { left.order < right.order }
}

/// What a message is for: consent and the order of channels are kept for each.
public enum MessagePurpose: String, JSONChoice {
    /// Answers to permit offices.
    case permits
    /// Welcome, changes and end of a membership, cover.
    case membership
    /// Receipts and other proof of payment.
    case payments
    /// Dues that come, and arrears: the only purpose that somebody may refuse.
    case reminders
    /// Warnings, fines and withheld services (PP 86/2013).
    case enforcement
    /// An agent's or wadah's own affairs.
    case agency
    /// Work for the staff of a branch.
    case desk

    /// What the law or the contract asks for is told whether the reader likes it or not (UU 27/2022 Art. 20).
    public var mayBeRefused: Bool { self == .reminders }
}

/// The language that somebody reads.
public enum MessageLanguage: String, JSONChoice {
    case indonesian = "id"
    case english = "en"
}

/// An e-mail address: at most 254 ASCII characters with one @; personal, masked in descriptions.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(IdentifierFault) {
        func fault(_ reason: String) -> IdentifierFault { IdentifierFault("e-mail address", reason) }
        guard (6...254).contains(text.utf8.count) else { throw fault("must have 6 to 254 characters") }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count) else { throw fault("must have one @") }
        guard parts[0].utf8.allSatisfy({ Self.isAtom($0) }), !parts[0].hasPrefix("."), !parts[0].hasSuffix("."),
            !parts[0].contains("..")
        else { throw fault("has a character before the @ that mailboxes do not have") }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ Self.isLabel($0) }) else {
            throw fault("must have a host name with a dot after the @")
        }
        self.text = text
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    /// The first letter and the host.
    public var description: String { text.prefix(1) + "***" + text.drop { $0 != "@" } }
}

/// The app's push token of a device: 16 to 400 printable ASCII characters; personal, masked in descriptions.
public struct PushToken: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(IdentifierFault) {
        guard (16...400).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw IdentifierFault("push token", "must have 16 to 400 printable ASCII characters without spaces")
        }
        self.text = text
    }

    public var description: String { text.prefix(4) + "***" }
}

extension EmailAddress: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> EmailAddress {
        do throws(IdentifierFault) { return try EmailAddress(try Self.text(slice)) } catch {
            throw JSONFault(reason: error.reason)
        }
    }
    private static func text(_ slice: JSONSlice) throws(IdentifierFault) -> String {
        do throws(JSONFault) { return try slice.string() } catch {
            throw IdentifierFault("e-mail address", error.reason)
        }
    }
    public func write(to writer: inout JSONWriter) { writer.string(text) }
    public static var schema: JSONSchema { .string(format: "email") }
    public static var sample: EmailAddress {
        guard let sample = try? EmailAddress("siti@contoh.id") else { preconditionFailure("the sample is valid") }
        return sample
    }
}

extension PushToken: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> PushToken {
        let text = try slice.string()
        do throws(IdentifierFault) { return try PushToken(text) } catch { throw JSONFault(reason: error.reason) }
    }
    public func write(to writer: inout JSONWriter) { writer.string(text) }
    public static var schema: JSONSchema { .string(maxLength: 400) }
    public static var sample: PushToken {
        guard let sample = try? PushToken("token-perangkat-0001") else { preconditionFailure("the sample is valid") }
        return sample
    }
}

/// What somebody wants for one purpose.
public struct PurposeChoice: JSONObject, Hashable {
    public var purpose: MessagePurpose
    public var consent: Bool?
    public var channels: [MessageChannel]?

    public static let summary = "What somebody wants for one purpose"

    public init(purpose: MessagePurpose, consent: Bool? = nil, channels: [MessageChannel]? = nil) {
        self.purpose = purpose
        self.consent = consent
        self.channels = channels
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        purpose = try reader.required("purpose")
        consent = try reader.optional("consent", "False: no messages for this purpose; for reminders only")
        channels = try reader.optional("channels", "In the order of preference; others are not used")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("purpose", purpose)
        writer.field("consent", consent)
        writer.field("channels", channels)
    }

    public func validate() throws(JSONFault) {
        if consent == false, !purpose.mayBeRefused {
            throw JSONFault(reason: "consent: messages for \(purpose.rawValue) cannot be refused, only reminders can")
        }
        if let channels {
            guard !channels.isEmpty else { throw JSONFault(reason: "channels: must not be empty") }
            guard Set(channels).count == channels.count else {
                throw JSONFault(reason: "channels: names a channel twice")
            }
            guard !channels.contains(.file) else { throw JSONFault(reason: "channels: file is not for people") }
        }
    }

    public static var sample: PurposeChoice {
        PurposeChoice(purpose: .reminders, consent: true, channels: [.whatsapp, .sms])
    }
}

/// Somebody has said how to be written to: addresses, language, and consent and channels by purpose. What is not given
/// stays as it was.
public struct ContactPreferenceStated: EventData, Hashable {
    public var participant: KPJ?
    public var employer: NPP?
    public var agentID: AgentID?
    public var wadahID: WadahID?
    public var branch: BranchCode?
    public var office: OfficeCode?
    public var name: String?
    public var phone: PhoneNumber?
    public var whatsapp: PhoneNumber?
    public var email: EmailAddress?
    public var pushToken: PushToken?
    public var language: MessageLanguage?
    public var zone: IndonesianZone?
    public var choices: [PurposeChoice]?
    public var recordedBy: String
    public var statedOn: CivilDate

    public static let type = "id.perisai.contact-preference-stated.v1"
    public static let topic = Topic.preferences
    public static let summary =
        "Somebody has said how to be written to: addresses, language, and consent and channels by purpose"
    public var partitionKey: String {
        participant?.text ?? employer?.text ?? agentID?.text ?? wadahID?.text ?? branch?.text ?? office?.text ?? "-"
    }

    public init(
        participant: KPJ? = nil, employer: NPP? = nil, agentID: AgentID? = nil, wadahID: WadahID? = nil,
        branch: BranchCode? = nil, office: OfficeCode? = nil, name: String? = nil, phone: PhoneNumber? = nil,
        whatsapp: PhoneNumber? = nil, email: EmailAddress? = nil, pushToken: PushToken? = nil,
        language: MessageLanguage? = nil, zone: IndonesianZone? = nil, choices: [PurposeChoice]? = nil,
        recordedBy: String, statedOn: CivilDate
    ) {
        self.participant = participant
        self.employer = employer
        self.agentID = agentID
        self.wadahID = wadahID
        self.branch = branch
        self.office = office
        self.name = name
        self.phone = phone
        self.whatsapp = whatsapp
        self.email = email
        self.pushToken = pushToken
        self.language = language
        self.zone = zone
        self.choices = choices
        self.recordedBy = recordedBy
        self.statedOn = statedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        participant = try reader.optional(
            "participant",
            "Exactly one of participant, employer, agent_id, wadah_id, "
                + "branch and office is given")
        employer = try reader.optional("employer")
        agentID = try reader.optional("agent_id")
        wadahID = try reader.optional("wadah_id")
        branch = try reader.optional("branch")
        office = try reader.optional("office")
        name = try reader.optional("name", "Of a wadah, branch or office")
        phone = try reader.optional("phone", "For SMS")
        whatsapp = try reader.optional("whatsapp", "Number that has agreed to WhatsApp")
        email = try reader.optional("email")
        pushToken = try reader.optional("push_token", "Of the app on the person's device")
        language = try reader.optional("language")
        zone = try reader.optional("zone", "Where the reader lives: for the quiet hours")
        choices = try reader.optional("choices")
        recordedBy = try reader.required("recorded_by", "Who took it down: an operator, or the app")
        statedOn = try reader.required("stated_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("participant", participant)
        writer.field("employer", employer)
        writer.field("agent_id", agentID)
        writer.field("wadah_id", wadahID)
        writer.field("branch", branch)
        writer.field("office", office)
        writer.field("name", name)
        writer.field("phone", phone)
        writer.field("whatsapp", whatsapp)
        writer.field("email", email)
        writer.field("push_token", pushToken)
        writer.field("language", language)
        writer.field("zone", zone)
        writer.field("choices", choices)
        writer.field("recorded_by", recordedBy)
        writer.field("stated_on", statedOn)
    }

    public func validate() throws(JSONFault) {
        let given = [
            participant != nil, employer != nil, agentID != nil, wadahID != nil, branch != nil, office != nil,
        ].count { $0 }
        guard given == 1 else {
            throw JSONFault(
                reason: "exactly one of participant, employer, agent_id, wadah_id, branch and office must be given")
        }
        let purposes = (choices ?? []).map(\.purpose)
        guard Set(purposes).count == purposes.count else {
            throw JSONFault(reason: "choices: names a purpose twice")
        }
    }

    public static var sample: ContactPreferenceStated {
        ContactPreferenceStated(
            participant: .sample, whatsapp: .sample, email: .sample, language: .indonesian, choices: [.sample],
            recordedBy: "loket-denpasar", statedOn: .sample)
    }
}
