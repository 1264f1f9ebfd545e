import BankStatements
import Foundation
import Kafka
import PaymentReconciler
import PerisaiModels
import Postgres

/// Brings banks' statements into a local stack, by the same code as `perisai import statement`.
public final class StatementDesk {
    /// A file and whose it is.
    public struct File: Sendable {
        public let path: String
        public let bank: String
        /// Of a CSV file.
        public let profile: String?

        public init(path: String, bank: String, profile: String? = nil) {
            (self.path, self.bank, self.profile) = (path, bank, profile)
        }
    }

    private let databaseURL: String
    private let producer: KafkaConfiguration
    private let consumer: KafkaConfiguration
    private let enrolled: EnrollmentReader

    public init(_ stack: LocalStack) throws {
        databaseURL = stack.databaseURL
        consumer = KafkaConfiguration(
            role: .consumer, bootstrapServers: try stack.bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        producer = .producer(
            bootstrapServers: try stack.bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        enrolled = try EnrollmentReader(configuration: consumer)
    }

    public func close() { enrolled.close() }

    /// Writes the numbers that were given out on enrolment in the place of the file's placeholders.
    public func fill(_ path: String) throws { try Self.fill(path, from: enrolled) }

    static func fill(_ path: String, from enrolled: EnrollmentReader) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationsError("\(path) cannot be read")
        }
        try enrolled.refresh()
        switch try enrolled.fill(Array(data), waiting: 30) {
        case .filled(let bytes): try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        case .missing(let name): throw OperationsError("\(path): ${\(name)} is not enrolled")
        }
    }

    /// Imports files in their order and returns the number of their lines. Nothing of them may be refused.
    public func take(_ files: [File], by: String = "demo") throws -> Int {
        let connection = try Connection(
            ConnectionSettings(
                url: databaseURL, schema: PaymentReconcilerService().schema, applicationName: "perisai import"))
        // With the connection the locks of the banks go.
        defer { connection.close() }
        let limiter = try LeadLimiter(configuration: consumer, groups: ServiceContract.readers)
        defer { limiter.close() }
        let sender = try BoundedSender(configuration: producer, limiter: limiter, rate: nil)
        defer { sender.close() }
        var lines = 0
        for file in files {
            var importer = StatementImport(path: file.path, bank: try BankCode(file.bank))
            importer.by = by
            importer.profile = try file.profile.map { try Self.profile($0) }
            let registry = StatementRegistry(connection: connection, bank: importer.bank)
            try registry.lock()
            let plan = try importer.plan(registry)
            let outcome = try importer.publish(
                plan, registry, fault: { throw OperationsError("\(file.path) \($0)") }, send: { try sender.send($0) },
                flush: { try sender.flush() })
            lines += outcome.published
        }
        return lines
    }

    private static func profile(_ path: String) throws -> CSVProfile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationsError("\(path) cannot be read")
        }
        do { return try CSVProfile(json: Array(data)) } catch {
            throw OperationsError("\(path): \(error.field) \(error.reason)")
        }
    }
}
