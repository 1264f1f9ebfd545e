import Dispatch
import Kafka
import Logging
import Synchronization

/// What a worker lends to the routes of its service.
public final class ServiceHost: Sendable {
    public let settings: WorkerSettings
    public let metrics: MetricsRegistry
    public let log: Logger
    private let made = Mutex<AcknowledgedPublisher?>(nil)

    init(settings: WorkerSettings, metrics: MetricsRegistry, log: Logger) {
        self.settings = settings
        self.metrics = metrics
        self.log = log
    }

    /// Publishes events from handlers, each acknowledged; one for the process, made when it is first asked for and
    /// stopped by the worker.
    public func publisher() throws -> any EventPublisher {
        try made.withLock { made in
            if let made { return made }
            let publisher = try AcknowledgedPublisher(configuration: settings.producerConfiguration())
            made = publisher
            return publisher
        }
    }

    /// Waits for what is under way, at most five seconds. Blocks; not to be called from a task.
    func stop() {
        guard let publisher = made.withLock({ $0 }) else { return }
        let stopped = DispatchSemaphore(value: 0)
        Task {
            await publisher.stop()
            stopped.signal()
        }
        _ = stopped.wait(timeout: .now() + 5)
    }
}
