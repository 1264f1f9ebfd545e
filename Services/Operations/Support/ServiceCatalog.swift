import CommissionCalculator
import EnrollmentIntake
import Notifier
import PaymentReconciler
import PerisaiModels
import Postgres
import Worker

/// What the tools need to know of a service.
struct ServiceEntry {
    /// Name, consumer group and `source` of its events.
    let name: String
    let schema: String
    let inputs: [Topic]
    private let migrateSchema: (Connection) throws -> [Migration]

    var deadLetterTopic: String { Topic.deadLetters(of: name) }
    var identity: ServiceIdentity { ServiceIdentity(name: name, schema: schema, httpPort: 8080) }

    /// Brings worker and service tables up to date; returns what was applied.
    func migrate(_ connection: Connection) throws -> [Migration] { try migrateSchema(connection) }

    /// Reads every setting that the service knows; faults stay with the reader.
    func readSettings(_ reader: inout SettingsReader) { _ = WorkerSettings(from: &reader, service: identity) }

    init(_ service: some WorkerService) {
        name = service.name
        schema = service.schema
        inputs = service.inputs
        migrateSchema = { try WorkerSchema.migrate(service, on: $0) }
    }

    /// The four services.
    static var all: [ServiceEntry] {
        get throws {
            [
                ServiceEntry(EnrollmentIntakeService()), ServiceEntry(PaymentReconcilerService()),
                ServiceEntry(CommissionCalculatorService()),
                ServiceEntry(NotifierService(templates: try TemplateSet())),
            ]
        }
    }

    /// Those of the given names, all for none. Throws for a name that is no service.
    static func named(_ names: [String]) throws -> [ServiceEntry] {
        let all = try all
        for name in names where !all.contains(where: { $0.name == name }) {
            throw OperationsError("\(name) is no service; there are \(all.map(\.name).joined(separator: ", "))")
        }
        return names.isEmpty ? all : all.filter { names.contains($0.name) }
    }

    /// Topics that must exist before a service starts.
    static func topics(partitions: Int?, deadLetterPartitions: Int = 1) -> [(name: String, partitions: Int)] {
        let data = Topic.allCases.map { topic in
            (topic.name, topic == .clock ? 1 : partitions ?? Int(topic.partitions))
        }
        return data + ServiceContract.all.map { (Topic.deadLetters(of: $0.name), deadLetterPartitions) }
    }
}
