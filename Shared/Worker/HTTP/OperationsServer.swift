import Dispatch
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import PerisaiModels
import ServiceLifecycle
import Synchronization

/// The answer of a health or readiness check.
public struct HealthReport: Sendable, Hashable {
    public var isGood: Bool
    /// Why, in one sentence without secrets.
    public var reason: String
    /// Further facts, shown as they are.
    public var details: [String: String]

    public init(isGood: Bool, reason: String, details: [String: String] = [:]) {
        self.isGood = isGood
        self.reason = reason
        self.details = details
    }

    public static let good = HealthReport(isGood: true, reason: "ok")

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("status" as StaticString)
        writer.string(isGood ? "ok" : "unavailable")
        writer.name("reason" as StaticString)
        writer.string(Redaction.redact(reason))
        for (name, value) in details.sorted(by: { $0.key < $1.key }) where name != "status" && name != "reason" {
            writer.name(name)
            writer.string(Redaction.isSecret(key: name) ? Redaction.mask : Redaction.redact(value))
        }
        writer.endObject()
        return writer.bytes
    }
}

/// Why the server could not be started.
public struct OperationsServerError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { "HTTP server: \(reason)" }
}

/// Health, readiness, metrics, the service's own routes and, where it takes events, `POST /events`. Runs on threads of its own; starting
/// and stopping work from code that is not async.
public final class OperationsServer: Sendable {
    public struct Options: Sendable {
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// File that the actual port is written to.
        public var portFile: String?
        /// Connections at a time; further ones wait.
        public var maxConnections = 512
        /// Seconds that a connection may be idle, and that a request's body may take.
        public var idleSeconds = 60

        public init(host: String = "0.0.0.0", port: Int, portFile: String? = nil) {
            self.host = host
            self.port = port
            self.portFile = portFile
        }

        public init(_ settings: WorkerSettings) {
            self.init(host: settings.httpHost, port: settings.httpPort, portFile: settings.httpPortFile)
        }
    }

    private struct State {
        var isStarted = false
        var port: Int?
        var failure: String?
        var task: Task<Void, Never>?
    }

    private let options: Options
    private let services: Mutex<ServiceGroup?> = Mutex(nil)
    private let routes: OperationsRoutes
    private let logger: Logger
    private let state = Mutex(State())
    private let bound = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()
    private let executor = DedicatedExecutor(label: "operations-http")

    /// `health` and `readiness` are asked for each request: they must answer at once, from any thread.
    public init(
        _ options: Options, metrics: MetricsRegistry, logger: Logger, intake: EventIntake? = nil,
        services: [ServiceRoute] = [],
        health: @escaping @Sendable () -> HealthReport, readiness: @escaping @Sendable () -> HealthReport
    ) {
        self.options = options
        var logger = logger
        // What Hummingbird tells of each request below this level is no news for operations.
        logger.logLevel = max(logger.logLevel, .warning)
        self.logger = logger
        routes = OperationsRoutes(
            metrics: metrics, intake: intake, services: services, bodySeconds: options.idleSeconds, health: health,
            readiness: readiness)
    }

    /// Binds, and returns the actual port; blocks until then. May be called once.
    @discardableResult
    public func start() throws(OperationsServerError) -> Int {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw OperationsServerError(reason: "was started before") }
        run()
        bound.wait()
        let (port, failure) = state.withLock { ($0.port, $0.failure) }
        guard let port else { throw OperationsServerError(reason: failure ?? "no port was bound") }
        if let file = options.portFile {
            do { try Data("\(port)\n".utf8).write(to: URL(filePath: file), options: .atomic) } catch {
                beginStop()
                throw OperationsServerError(reason: "the port file cannot be written")
            }
        }
        return port
    }

    /// The bound port.
    public var port: Int? { state.withLock { $0.port } }

    private func run() {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = ApplicationConfiguration(
            address: .hostname(options.host, port: options.port),
            availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections))
        configuration.serverName = nil
        let application = Application(
            router: routes.router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(Int64(options.idleSeconds)))),
            configuration: configuration,
            onServerRunning: { [weak self] channel in self?.bound(channel.localAddress?.port) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        let services = ServiceGroup(configuration: .init(services: [application], logger: logger))
        self.services.withLock { $0 = services }
        ended.enter()
        let task = Task(executorPreference: executor) { [self] in
            do { try await services.run() } catch { failed("\(error)") }
            try? await group.shutdownGracefully()
            bound.signal()
            ended.leave()
        }
        state.withLock { $0.task = task }
    }

    private func bound(_ port: Int?) {
        state.withLock { $0.port = port }
        bound.signal()
    }

    private func failed(_ reason: String) {
        let reason = Redaction.redact(String(reason.prefix(512)))
        state.withLock { $0.failure = reason }
        logger.error("HTTP server ended", metadata: ["reason": "\(reason)"])
    }

    /// Takes no new connections and lets requests in hand finish; returns at once.
    public func beginStop() {
        guard let services = services.withLock({ $0 }) else { return }
        Task(executorPreference: executor) { await services.triggerGracefulShutdown() }
    }

    /// `beginStop`, then blocks until the server has ended; what is in hand after `limit` is cut off. Does nothing when
    /// it never ran. Not to be called from a task: Hummingbird's own shutdown needs the cooperative pool.
    public func stop(within limit: Duration = .seconds(5)) {
        beginStop()
        let milliseconds = Int(limit / .milliseconds(1))
        if ended.wait(timeout: .now() + .milliseconds(milliseconds)) == .success { return }
        state.withLock { $0.task }?.cancel()
        _ = ended.wait(timeout: .now() + .seconds(5))
    }
}
