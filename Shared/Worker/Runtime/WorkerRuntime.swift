import Foundation
import Kafka
import Logging
import PerisaiModels
import Postgres
import Synchronization

/// Runs one worker: a thread that fetches, two for each lane (database, publish), the operations server, and a drain on SIGTERM.
public final class WorkerRuntime<Service: WorkerService>: Sendable {
    public let settings: WorkerSettings
    public let registry = MetricsRegistry()
    public let metrics: WorkerMetrics
    public let log: Logger
    private let service: Service
    private let lanes: Lanes<Service.Input>
    /// One for each lane.
    private let publishers: [OutboxPublisher]

    private let isStopRequested = Mutex(false)

    /// A database thread may be silent for this long before the worker counts as stuck.
    private var stuckAfter: Duration { .seconds(60) + settings.statementTimeout }

    public init(_ service: Service, settings: WorkerSettings) {
        self.service = service
        self.settings = settings
        let log = Logger.worker(settings.service.name, level: settings.logLevel)
        let metrics = WorkerMetrics(registry)
        self.log = log
        self.metrics = metrics
        let lanes = Lanes<Service.Input>(settings.databaseLanes)
        self.lanes = lanes
        let configuration = settings.producerConfiguration { level, facility, message in
            log.log(level: level <= 3 ? .error : level <= 4 ? .warning : .debug, "\(facility): \(message)")
        }
        let publishers = lanes.exchanges.map { _ in
            OutboxPublisher(configuration: configuration, metrics: metrics, log: log)
        }
        self.publishers = publishers
        registry.gauge("perisai_outbox_age_seconds", help: "How long the oldest outbox row in hand has waited") {
            publishers.map(\.age.seconds).max() ?? 0
        }
        registry.gauge("perisai_loop_silence_seconds", help: "Time since the most silent database thread last moved") {
            lanes.sinceProgress.seconds
        }
    }

    /// Runs until SIGTERM, SIGINT or a failure. Returns the exit code: 0 after a clean drain.
    ///
    /// `routes` makes the service's own HTTP routes, once the schema is up to date. `alongside` is started with the
    /// worker and returns what stops it (a deliverer, say).
    public func run(
        intake topics: Set<Topic> = [], routes: ((ServiceHost) throws -> ServiceRoutes)? = nil,
        alongside: (() throws -> () -> Void)? = nil
    ) -> Int32 {
        run(intake: topics, routes: routes, alongside: alongside, handlingSignals: true)
    }

    /// Ends `run` as SIGTERM does, from any thread.
    func stop() { isStopRequested.withLock { $0 = true } }

    /// Without signals: several workers can run in one process.
    func run(
        intake topics: Set<Topic> = [], routes: ((ServiceHost) throws -> ServiceRoutes)? = nil,
        alongside: (() throws -> () -> Void)? = nil, handlingSignals: Bool
    ) -> Int32 {
        do {
            let connections = try lanes.exchanges.indices.map { try openDatabase(migrating: $0 == 0) }
            let host = ServiceHost(settings: settings, metrics: registry, log: log)
            let intake = try makeIntake(topics, host)
            let own = try routes?(host) ?? ServiceRoutes()
            let server = OperationsServer(
                OperationsServer.Options(settings), metrics: registry, logger: log, intake: intake,
                services: own.routes,
                health: { self.health }, readiness: { self.readiness })
            let port = try server.start()
            log.info("started", metadata: ["port": "\(port)", "instance": "\(settings.instanceID)"])
            let stopAlongside = try alongside?()
            let threads = startThreads(connections)
            waitForTheEnd(handlingSignals)
            // Nothing new is taken while what is in hand is finished.
            server.stop()
            let isClean = drain(threads)
            stopAlongside?()
            own.stop()
            host.stop()
            return finish(isClean)
        } catch {
            log.error("could not start", metadata: ["error": "\(error)"])
            return 1
        }
    }

    private func openDatabase(migrating: Bool) throws -> Connection {
        var delay = 0.2
        // A container starts before its database as often as not.
        for attempt in 1... {
            do {
                let connection = try Connection(settings.connection("worker"))
                if migrating, settings.migrateOnStart {
                    for migration in try WorkerSchema.migrate(service, on: connection) {
                        log.info("migrated", metadata: ["migration": "\(migration.name)"])
                    }
                }
                return connection
            } catch  where Self.isTransient(error) && attempt < 60 {
                log.warning("waiting for the database", metadata: ["error": "\(error)"])
                Thread.sleep(forTimeInterval: delay)  // start-up, on the main thread: there is no event to wait for
                delay = min(delay * 1.5, 2)
            }
        }
        preconditionFailure("the loop above returns or throws")
    }

    private static func isTransient(_ error: any Error) -> Bool {
        let cause = (error as? MigrationError)?.underlying ?? error as? PostgresError
        return cause?.isTransient ?? false
    }

    private func makeIntake(_ topics: Set<Topic>, _ host: ServiceHost) throws -> EventIntake? {
        guard !topics.isEmpty, !settings.intakeTokens.isEmpty else { return nil }
        return EventIntake(
            topics: topics, senders: settings.intakeTokens, publisher: try host.publisher(), metrics: registry,
            logger: log)
    }

    // MARK: health

    var health: HealthReport {
        let silence = lanes.sinceProgress
        guard silence < stuckAfter else {
            return HealthReport(isGood: false, reason: "the loop has not moved for \(Int(silence.seconds)) s")
        }
        return lanes.failureReason.map { HealthReport(isGood: false, reason: $0) } ?? .good
    }

    private var readiness: HealthReport {
        guard lanes.heldCount > 0 else { return HealthReport(isGood: false, reason: "no partitions assigned yet") }
        guard (try? Connection(settings.connection("readiness"))) != nil else {
            return HealthReport(isGood: false, reason: "the database does not answer")
        }
        return .good
    }

    // MARK: threads

    private struct Threads {
        let fetch: DispatchSemaphore
        /// One for each lane.
        let databases: [DispatchSemaphore]
        let publish: [DispatchSemaphore]
    }

    /// Hands a value that is confined to one thread over to that thread, once.
    private struct Handover<Value>: @unchecked Sendable {  // only the receiving thread touches it afterwards
        let value: Value
    }

    private func startThreads(_ connections: [Connection]) -> Threads {
        let cancelHandles = connections.map(\.cancelHandle)
        let fetcher = Handover(
            value: Fetcher(
                service: service, settings: settings, lanes: lanes, metrics: metrics, log: log,
                cancelWork: { cancelHandles[$0].cancel() }))
        let databases = connections.enumerated().map { lane, connection in
            let processor = Handover(
                value: Processor(
                    service: service, settings: settings, exchange: lanes.exchanges[lane], publisher: publishers[lane],
                    connection: connection, metrics: metrics, log: log))
            return Self.start("database-\(lane)") { processor.value.run() }
        }
        return Threads(
            fetch: Self.start("fetch") { fetcher.value.run() }, databases: databases,
            publish: publishers.enumerated().map { lane, publisher in
                Self.start("publish-\(lane)") { publisher.run() }
            })
    }

    private static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            done.signal()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
        return done
    }

    private func waitForTheEnd(_ handlingSignals: Bool) {
        let ended = DispatchSemaphore(value: 0)
        let sources = (handlingSignals ? [SIGTERM, SIGINT] : []).map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { ended.signal() }
            source.resume()
            return source
        }
        while ended.wait(timeout: .now() + 0.2) == .timedOut, lanes.failureReason == nil,
            !isStopRequested.withLock({ $0 })
        {}
        for source in sources { source.cancel() }
    }

    /// Finishes the batch in hand, publishes what is committed, leaves the group; all within the drain deadline.
    private func drain(_ threads: Threads) -> Bool {
        let deadline = DispatchTime.now() + settings.drainDeadline.seconds
        for publisher in publishers { publisher.beginDraining() }
        lanes.stop()
        var isClean = Self.wait(threads.databases, until: deadline)
        // The database threads have waited for these; only after a failure of theirs is there more to wait for.
        let last = Date(timeIntervalSinceNow: isClean ? 0 : 1)
        for publisher in publishers {
            isClean = publisher.drain(until: last) && isClean
            publisher.stop()
        }
        isClean = Self.wait(threads.publish, until: deadline) && isClean
        isClean = threads.fetch.wait(timeout: deadline) == .success && isClean
        return isClean
    }

    /// Waits for all of them; false when one has not ended at the deadline.
    private static func wait(_ threads: [DispatchSemaphore], until deadline: DispatchTime) -> Bool {
        threads.reduce(true) { isClean, thread in thread.wait(timeout: deadline) == .success && isClean }
    }

    private func finish(_ isClean: Bool) -> Int32 {
        if let reason = lanes.failureReason {
            log.error("stopped", metadata: ["reason": "\(reason)"])
            return 1
        }
        log.info("stopped", metadata: ["clean": "\(isClean)"])
        return isClean ? 0 : 1
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
