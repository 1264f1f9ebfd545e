import AsyncHTTPClient
import Dispatch

/// What posts to a gateway and posts to an office have in common.
extension HTTPClient.Configuration {
    /// No redirects, and no attempts beside those that the database counts.
    static func forPosts(timeout: Duration, connections: Int) -> Self {
        let limit = timeout.nanoseconds
        var configuration = Self(
            redirectConfiguration: .disallow,
            timeout: Timeout(connect: .nanoseconds(limit), read: .nanoseconds(limit), write: .nanoseconds(limit)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

/// The header `Retry-After` in its form of seconds.
enum RetryAfter {
    /// Longest that is honoured.
    static let longest: Duration = .seconds(3_600)

    static func duration(_ text: String?) -> Duration? {
        text.flatMap { Int($0) }.flatMap { $0 >= 0 ? min(.seconds($0), longest) : nil }
    }
}

extension HTTPClientResponse.Body {
    /// The status decides; reading the rest keeps the connection usable. Too much or too slow, and it is closed: silence
    /// ends with the client's read time-out, and what comes in drops with the deadline.
    func drain(upTo limit: Int, until deadline: ContinuousClock.Instant) async {
        var count = 0
        do {
            for try await part in self {
                count += part.readableBytes
                if count > limit || ContinuousClock.now >= deadline { return }
            }
        } catch { return }
    }
}

/// What a failed exchange is called, for the log and the event; an error's own text could quote the URL.
enum HTTPFailure {
    static func reason(_ error: any Error) -> String {
        switch error as? HTTPClientError {
        case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout: "time-out"
        case .remoteConnectionClosed: "connection closed"
        default: "no connection"
        }
    }
}

/// Runs the requests' tasks apart from the cooperative pool, which others may block.
final class QueueExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
