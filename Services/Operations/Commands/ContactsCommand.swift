import ArgumentParser
import Foundation
import Kafka
import Notifier
import PerisaiModels
import Postgres
import Worker

struct ContactsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contacts",
        abstract: "How people, firms and desks are reached, and how they want to be.",
        discussion: """
            An address on the command line stands in the process list and the shell's history: give - and write it to \
            standard input instead, one option at a time.
            """,
        subcommands: [Show.self, State.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is known of somebody, masked, since when, and where messages go for each purpose.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var of: RecipientOptions
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try of.one() }

        func run() throws {
            let connection = try database.connect(schema: NotificationsCommand.schema)
            defer { connection.close() }
            let records = try of.one().compactMap { try ContactRecord.read($0, on: connection) }
            guard !records.isEmpty else {
                throw OperationsError("nothing is known of them: no enrolment, no statement")
            }
            if json { return Console.out(ContactText.json(records)) }
            Console.out(records.map(ContactText.text).joined(separator: "\n\n"))
        }
    }

    struct State: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "state",
            abstract: "Takes down how somebody wants to be written to; what is not given stays as it was.",
            discussion: """
                Only reminders can be refused: what the law or the contract asks for is told whether the reader likes it \
                or not (UU 27/2022 Art. 20). --channels names the channels of a purpose in the order of preference; \
                others are not used for it. Purposes: \(MessagePurpose.allCases.map(\.rawValue).joined(separator: ", ")).
                perisai contacts state --participant 18020000017 --whatsapp - --channels reminders=whatsapp,sms --by Ani
                """)

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var actor: Actor
        @OptionGroup var of: RecipientOptions
        @Option(help: "Of a wadah, branch or office.") var name: String?
        @Option(help: "For SMS: 08…, 628… or +628….") var phone: String?
        @Option(help: "A number that has agreed to WhatsApp.") var whatsapp: String?
        @Option(help: "An e-mail address.") var email: String?
        @Option(help: "Of the app on the person's device.") var pushToken: String?
        @Option(help: "id or en.") var language: String?
        @Option(help: "Where the reader lives: WIB, WITA or WIT.") var zone: String?
        @Option(help: "A purpose that is refused: reminders.") var refuse: [String] = []
        @Option(help: "A purpose that is accepted again: reminders.") var accept: [String] = []
        @Option(help: "PURPOSE=CHANNEL,…: the channels of a purpose.") var channels: [String] = []
        @Option(help: "When it was stated, YYYY-MM-DD (default: today in WIB).") var on: CivilDate?

        func validate() throws {
            let asked = [phone, whatsapp, email, pushToken].count { $0 == "-" }
            guard asked <= 1 else { throw ValidationError("only one option may be read from standard input") }
            // What comes from standard input is checked when it is read.
            if asked == 0 { _ = try event() }
            _ = try of.one()
        }

        func run() throws {
            let event = try event { readLine() }
            let now = Moment.now
            let attributes = EventAttributes(
                id: UUID().text, source: "/perisai/contacts", type: ContactPreferenceStated.type, time: now)
            let producer = try Producer(configuration: kafka.producer())
            defer { producer.close() }
            try producer.send(EventRecord.make(attributes, event))
            try producer.awaitAcknowledgements(within: .seconds(60))
            Console.out("taken down (event \(attributes.id)): perisai contacts show says what is known then")
        }

        /// The event, checked as its readers will check it. `input` gives the line that stands for `-`.
        func event(input: () -> String? = { nil }) throws -> ContactPreferenceStated {
            func value<Value>(
                _ option: String, _ text: String?, _ read: (String) throws(IdentifierFault) -> Value
            ) throws -> Value? {
                guard var text else { return nil }
                if text == "-" {
                    guard let line = input() else { throw ValidationError("--\(option): nothing on standard input") }
                    text = line.trimmingCharacters(in: .whitespaces)
                }
                do throws(IdentifierFault) { return try read(text) } catch {
                    throw ValidationError("--\(option): \(error)")
                }
            }
            let recipient = try of.one()[0]
            var event = ContactPreferenceStated(
                phone: try value("phone", phone) { text throws(IdentifierFault) in try PhoneNumber(text) },
                whatsapp: try value("whatsapp", whatsapp) { text throws(IdentifierFault) in try PhoneNumber(text) },
                email: try value("email", email) { text throws(IdentifierFault) in try EmailAddress(text) },
                pushToken: try value("push-token", pushToken) { text throws(IdentifierFault) in try PushToken(text) },
                language: try choice("language", language, MessageLanguage.self),
                zone: try choice("zone", zone, IndonesianZone.self), choices: try choices(),
                recordedBy: try actor.name().text, statedOn: on ?? Moment.now.date(in: .wib))
            event.name = try readName(recipient)
            recipient.write(to: &event)
            guard event.statesAnything else {
                throw ValidationError(
                    "say what was stated: an address, --language, --zone, --refuse, --accept or --channels")
            }
            try check(event)
            return event
        }

        private func readName(_ recipient: Recipient) throws -> String? {
            guard let name else { return nil }
            switch recipient {
            case .wadah, .branch, .office: break
            default:
                throw ValidationError("--name: is for a wadah, branch or office; a person's comes with the enrolment")
            }
            guard (1...80).contains(name.count), NIK.hidden(in: name) == name else {
                throw ValidationError("--name: must have 1 to 80 characters and no NIK")
            }
            return name
        }

        private func check(_ event: ContactPreferenceStated) throws {
            do throws(JSONFault) {
                try event.validate()
                for choice in event.choices ?? [] { try choice.validate() }
            } catch { throw ValidationError("\(error)") }
        }

        private func choice<Value: JSONChoice>(_ option: String, _ text: String?, _ type: Value.Type) throws -> Value?
        where Value.RawValue == String {
            guard let text else { return nil }
            guard let value = Value(rawValue: text) else {
                let values = Value.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--\(option): must be one of \(values)")
            }
            return value
        }

        /// By purpose, in the order of the purposes; nil when none is given.
        private func choices() throws -> [PurposeChoice]? {
            var choices: [MessagePurpose: PurposeChoice] = [:]
            for (option, texts, consent) in [("refuse", refuse, false), ("accept", accept, true)] {
                for text in texts {
                    guard let purpose = try choice(option, text, MessagePurpose.self) else { continue }
                    guard purpose.mayBeRefused else {
                        throw ValidationError("--\(option): \(purpose.rawValue) cannot be refused, only reminders can")
                    }
                    guard choices[purpose] == nil else {
                        throw ValidationError("--\(option): \(purpose.rawValue) is given twice")
                    }
                    choices[purpose] = PurposeChoice(purpose: purpose, consent: consent)
                }
            }
            for text in channels {
                let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard sides.count == 2, let purpose = try choice("channels", sides[0], MessagePurpose.self) else {
                    throw ValidationError("--channels: must be PURPOSE=CHANNEL,…")
                }
                guard choices[purpose]?.channels == nil else {
                    throw ValidationError("--channels: \(purpose.rawValue) is given twice")
                }
                choices[purpose, default: PurposeChoice(purpose: purpose)].channels = try sides[1].split(separator: ",")
                    .compactMap { try choice("channels", String($0), MessageChannel.self) }
            }
            return choices.isEmpty ? nil : MessagePurpose.allCases.compactMap { choices[$0] }
        }
    }
}

extension Recipient {
    /// Names it in the event; a worker is stated as the participant.
    fileprivate func write(to event: inout ContactPreferenceStated) {
        switch self {
        case .participant(let kpj), .worker(let kpj): event.participant = kpj
        case .employer(let npp): event.employer = npp
        case .agent(let id): event.agentID = id
        case .wadah(let id): event.wadahID = id
        case .branch(let code): event.branch = code
        case .office(let code): event.office = code
        }
    }
}

extension ContactPreferenceStated {
    fileprivate var statesAnything: Bool {
        name != nil || phone != nil || whatsapp != nil || email != nil || pushToken != nil || language != nil
            || zone != nil || choices != nil
    }
}

/// Contacts in words and JSON.
enum ContactText {
    private static func fields(_ record: ContactRecord) -> Table {
        var table = Table([.init("Field"), .init("Value"), .init("Source"), .init("Since")])
        for one in record.fields { table.append([one.name, one.value, one.source, one.since?.description ?? ""]) }
        return table
    }

    private static func ways(_ record: ContactRecord) -> Table {
        var table = Table([
            .init("Purpose"), .init("Goes to", "goes_to"), .init("Read by", "reader"), .init("Consent"),
            .init("Why not", "reason"),
        ])
        for way in record.ways {
            table.append([
                way.purpose.rawValue, NotificationText.steps(way.steps), way.readerRef ?? "",
                way.consent.map { $0 ? "yes" : "no" } ?? "cannot be refused", way.reason ?? "",
            ])
        }
        return table
    }

    static func text(_ record: ContactRecord) -> String {
        let state = record.isEnrolled ? "" : " (no enrolment has come)"
        let erased = record.erasedAt.map { "\nThe person's data were erased at \($0)" } ?? ""
        let known = record.fields.isEmpty ? "nothing is known" : fields(record).text
        return "\(record.ref)\(state)\(erased)\n\n\(known)\n\n\(ways(record).text)"
    }

    static func json(_ records: [ContactRecord]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for record in records {
            writer.beginObject()
            writer.name("ref" as String)
            writer.string(record.ref)
            for (name, table) in [("fields", fields(record)), ("ways", ways(record))] {
                writer.name(name)
                table.write(to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
