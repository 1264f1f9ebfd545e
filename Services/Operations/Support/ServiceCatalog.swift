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
    /// Port of health, metrics and intake unless configured.
    let httpPort: Int
    private let readOwn: (inout SettingsReader) -> Void
    private let migrateSchema: (Connection) throws -> [Migration]

    var deadLetterTopic: String { Topic.deadLetters(of: name) }
    var identity: ServiceIdentity { ServiceIdentity(name: name, schema: schema, httpPort: httpPort) }

    /// Brings worker and service tables up to date; returns what was applied.
    func migrate(_ connection: Connection) throws -> [Migration] { try migrateSchema(connection) }

    /// Reads every setting that the service knows; faults stay with the reader.
    func readSettings(_ reader: inout SettingsReader) {
        _ = WorkerSettings(from: &reader, service: identity)
        readOwn(&reader)
    }

    /// `settings` reads what the service has of its own beside the common settings.
    init(
        _ service: some WorkerService, httpPort: Int, settings: @escaping (inout SettingsReader) -> Void = { _ in }
    ) {
        self.httpPort = httpPort
        readOwn = settings
        name = service.name
        schema = service.schema
        inputs = service.inputs
        migrateSchema = { try WorkerSchema.migrate(service, on: $0) }
    }

    /// The four services.
    static var all: [ServiceEntry] {
        get throws {
            [
                ServiceEntry(EnrollmentIntakeService(), httpPort: 8081) { _ = EnrollmentSettings(from: &$0) },
                ServiceEntry(PaymentReconcilerService(), httpPort: 8082) { _ = ReconcilerSettings(from: &$0) },
                ServiceEntry(CommissionCalculatorService(), httpPort: 8083) { _ = CommissionSettings(from: &$0) },
                ServiceEntry(NotifierService(templates: try TemplateSet()), httpPort: 8080) {
                    _ = NotifierSettings(reading: &$0)
                },
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
