/// The contracts between the services, made from the event types themselves: what is exported is what is read.
public enum Contracts {
    /// One exported file, by its path under the contracts' folder.
    public struct File: Sendable, Hashable {
        public let path: String
        public let bytes: [UInt8]

        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// Every file, in a fixed order and with the same bytes in every run.
    public static var files: [File] {
        var files = [File(path: "asyncapi.json", bytes: JSONLayout.lines(AsyncAPIDocument.json))]
        for type in EventCatalog.all {
            files.append(File(path: schemaPath(type.type), bytes: JSONLayout.lines(schema(of: type))))
            files.append(File(path: examplePath(type.type), bytes: JSONLayout.lines(example(of: type))))
        }
        return files.sorted { $0.path < $1.path }
    }

    public static func schemaPath(_ type: String) -> String { "schemas/\(type).json" }
    public static func examplePath(_ type: String) -> String { "examples/\(type).json" }

    /// The name of a schema wherever it is kept.
    public static func schemaID(_ type: String) -> String { "https://perisai.id/schemas/\(type).json" }

    /// JSON Schema 2020-12 of the data of one type.
    public static func schema(of type: any EventData.Type) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        type.schema.write(
            to: &writer,
            root: [
                ("$schema", "https://json-schema.org/draft/2020-12/schema"), ("$id", schemaID(type.type)),
                ("title", type.type),
            ])
        return writer.bytes
    }

    /// A whole event in structured mode, fit to be published as it stands.
    public static func example(of type: any EventData.Type) -> [UInt8] { structured(type) }

    private static func structured<Event: EventData>(_ type: Event.Type) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", "018a0000-0000-7000-8000-000000000001")
        writer.member("source", "/contoh")
        writer.member("type", Event.type)
        writer.member("time", "2018-02-05T09:00:00+08:00")
        writer.member("datacontenttype", "application/json")
        writer.name("data" as StaticString)
        Event.sample.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

/// What one service reads and writes.
public struct ServiceContract: Sendable, Hashable {
    /// Name and consumer group.
    public let name: String
    public let summary: String
    public let receives: [Topic]
    public let sends: [Topic]

    /// The four services.
    public static let all = [
        ServiceContract(
            name: "enrollment-intake",
            summary: "Admits agents, enrols participants and employers, answers permit offices",
            receives: [.employerEvents, .submissions, .contributions, .commissions, .clock],
            sends: [.enrollment, .clearances]),
        ServiceContract(
            name: "payment-reconciler", summary: "Posts every payment once to the month that it is for",
            receives: [.payments, .enrollment, .clock], sends: [.contributions]),
        ServiceContract(
            name: "commission-calculator", summary: "Computes the incentives of agents and wadah",
            receives: [.enrollment, .contributions, .clock], sends: [.commissions]),
        ServiceContract(
            name: "notifier", summary: "Tells people and permit offices what has been decided about them",
            receives: [.clearances, .enrollment, .contributions, .commissions, .preferences, .clock],
            sends: [.notifications]),
    ]
}
