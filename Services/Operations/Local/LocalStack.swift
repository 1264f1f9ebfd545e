import CommissionCalculator
import Foundation
import Kafka
import PerisaiModels
import Postgres
import Synchronization

/// The whole of Perisai on this machine: a private PostgreSQL, the embedded broker and the services, each a process of
/// its own. For the demo, the benchmark and the end-to-end tests.
///
/// Not for several threads at once.
public final class LocalStack {
    public struct Options: Sendable {
        /// Partitions of every topic but the clock.
        public var partitions = 4
        public var postgres: [String: String] = [:]
        public var environment: [String: String] = [:]
        /// Who closes the months of incentives; two persons are played by an `IncentiveDesk`.
        public var closing = CommissionSettings.Closing.automatic
        /// SMS leaves through two gateways with faults instead of into files.
        public var gateways = false
        public init() {}
    }

    public let directory: String
    public let postgres: PrivatePostgres
    public let databaseURL: String
    public private(set) var services: [String: [LocalProcess]] = [:]
    /// Nil where messages go into files.
    public let gateways: LocalGateways?
    private let broker: LocalProcess
    private let options: Options
    /// Where the executables stand.
    public let binaries: String

    public var bootstrapFile: String { directory + "/bootstrap" }
    public var controlSocket: String { directory + "/broker.sock" }
    public var outboxDirectory: String { directory + "/messages" }
    public static let serviceNames = ["enrollment-intake", "payment-reconciler", "commission-calculator", "notifier"]

    /// Tokens for the HTTP intakes of a local stack: good on this machine only.
    public static let permitToken = "permit-office-of-the-demo"
    public static let bankToken = "bank-of-the-demo-0000"
    /// The permit office of a local stack that demands the first payment.
    public static let firstPaymentOffice = "PTSP-GIN"
    /// No secret: a local stack has no data of anybody.
    static let subjectKey = "00112233445566778899aabbccddeeff"

    /// Where the permit offices of a local stack take answers: posts for this host go to `webhookPort` of 127.0.0.1.
    public static let webhookHost = "ptsp.denpasarkota.go.id"
    public static let webhookPort = 9999
    public static let webhookSecret = "office-of-the-demo-0123456789abcdef"
    public var webhookSecretFile: String { directory + "/office-secret" }

    /// Starts PostgreSQL and the broker. `binaries` is where the executables stand; by default beside this one.
    public init(_ options: Options = Options(), binaries: String? = nil) throws {
        self.options = options
        self.binaries = try binaries ?? Self.executableDirectory()
        directory = NSTemporaryDirectory() + "perisai-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory + "/messages", withIntermediateDirectories: true)
        gateways = options.gateways ? try LocalGateways() : nil
        postgres = try PrivatePostgres(settings: options.postgres)
        do {
            try postgres.start()
            databaseURL = try postgres.createDatabase("perisai")
            broker = try LocalProcess(
                self.binaries + "/perisai",
                [
                    "broker", "--bootstrap-file", directory + "/bootstrap", "--control-socket",
                    directory + "/broker.sock", "--partitions", "\(options.partitions)",
                ], environment: [:], log: directory + "/broker.log")
        } catch {
            postgres.stop()
            throw error
        }
        try Self.wait("the embedded broker", 20) { [path = bootstrapFile] in
            FileManager.default.fileExists(atPath: path)
        }
    }

    public var bootstrap: String {
        get throws {
            try String(contentsOfFile: bootstrapFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    public func control() -> EmbeddedBrokerControl { EmbeddedBrokerControl(socketPath: controlSocket) }

    /// What a tool needs to reach this stack.
    public var toolEnvironment: [String: String] {
        [
            "PERISAI_DATABASE_URL": databaseURL, "PERISAI_KAFKA_BOOTSTRAP_FILE": bootstrapFile,
            "PERISAI_KAFKA_PROFILE": "embedded",
        ]
    }

    // MARK: services

    /// Starts one more instance of a service and returns it at once; see `waitUntilReady`.
    @discardableResult
    public func start(_ service: String, environment extra: [String: String] = [:]) throws -> LocalProcess {
        let number = (services[service]?.count ?? 0) + 1
        var environment = toolEnvironment
        environment["PERISAI_INSTANCE_ID"] = "\(number)"
        environment["PERISAI_HTTP_HOST"] = "127.0.0.1"
        environment["PERISAI_HTTP_PORT"] = "0"
        environment["PERISAI_HTTP_PORT_FILE"] = portFile(service, number)
        environment["PERISAI_DRAIN_DEADLINE"] = "15s"
        switch service {
        case "enrollment-intake":
            environment["PERISAI_INTAKE_TOKENS"] = "permit-office:\(Self.permitToken):/ptsp/denpasar"
            environment["PERISAI_FIRST_PAYMENT_OFFICES"] = Self.firstPaymentOffice
            environment["PERISAI_SUBJECT_KEY"] = Self.subjectKey
        case "payment-reconciler": environment["PERISAI_INTAKE_TOKENS"] = "bank:\(Self.bankToken):/bank/009"
        case "commission-calculator": environment["PERISAI_CLOSING"] = options.closing.rawValue
        case "notifier":
            environment["PERISAI_NOTIFIER_OUTBOX_DIR"] = outboxDirectory
            // Dates of a simulation pass in seconds, at whatever hour it runs.
            environment["PERISAI_NOTIFIER_HOURS"] = "any"
            environment["PERISAI_NOTIFIER_DIGEST_AFTER"] = "1s"
            environment["PERISAI_WEBHOOK_OFFICES_FILE"] = try writeWebhookOffices()
            if let gateways {
                let file = directory + "/providers.json"
                try writeSecretly(gateways.providers, to: file)
                environment["PERISAI_NOTIFIER_PROVIDERS_FILE"] = file
            }
        default: break
        }
        environment.merge(options.environment) { $1 }
        environment.merge(extra) { $1 }
        try? FileManager.default.removeItem(atPath: portFile(service, number))
        let process = try LocalProcess(
            binaries + "/" + service, [], environment: environment, log: directory + "/\(service)-\(number).log",
            portFile: portFile(service, number))
        services[service, default: []].append(process)
        return process
    }

    public func startAll() throws {
        for service in Self.serviceNames { try start(service) }
        try waitUntilReady()
    }

    /// Waits until every running instance has its partitions and its database.
    public func waitUntilReady(within seconds: Double = 60) throws {
        for (name, processes) in services {
            for process in processes where process.isRunning {
                try Self.wait(
                    "\(name) to be ready", seconds, giveUp: { !process.isRunning }, until: { process.isReady })
            }
        }
        if let port = services["notifier"]?.first(where: \.isRunning)?.port { gateways?.report(toPort: port) }
    }

    /// Answers to any permit office with an address at `webhookHost` go to a receiver on this machine.
    private func writeWebhookOffices() throws -> String {
        let file = directory + "/offices.json"
        let offices = """
            {"offices": [{"office": "PTSP-*", "hosts": ["\(Self.webhookHost)"], "secrets": ["\(Self.webhookSecret)"],
              "insecure": true, "deliver_to": "http://127.0.0.1:\(Self.webhookPort)"}]}
            """
        try writeSecretly(offices, to: file)
        try writeSecretly(Self.webhookSecret, to: webhookSecretFile)
        return file
    }

    private func writeSecretly(_ text: String, to path: String) throws {
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    private func portFile(_ service: String, _ number: Int) -> String { directory + "/\(service)-\(number).port" }

    public func stop() {
        for process in services.values.joined() where process.isRunning { process.terminate() }
        for process in services.values.joined() { process.waitForExit(within: 20) }
        gateways?.stop()
        broker.terminate()
        broker.waitForExit(within: 5)
        postgres.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: waiting

    /// Waits for a condition that nothing announces: files and rows of other processes.
    public static func wait(
        _ what: String, _ seconds: Double, giveUp: () -> Bool = { false }, until condition: () throws -> Bool
    ) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try !condition() {
            guard Date() < deadline, !giveUp() else { throw OperationsError("waited in vain for \(what)") }
            Thread.sleep(forTimeInterval: 0.02)  // a condition of other processes: there is no event to wait for
        }
    }

    private static func executableDirectory() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (path as NSString).deletingLastPathComponent
    }
}
