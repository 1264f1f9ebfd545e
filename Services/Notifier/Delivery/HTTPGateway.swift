import AsyncHTTPClient
import Foundation

/// Posts each message to a gateway, with the message id as `Idempotency-Key`: an answer that got lost is asked for
/// again under the same key, so that a gateway that honours the key sends a message once.
///
/// 2xx is sent. 5xx, 408, 409 (the key is still in work), 425, 429, 401 and 403 (our token, not the message), time-outs
/// and broken connections are tried again; any other answer is the end for the message.
public final class HTTPGateway: DeliveryChannel {
    public let name = "http"
    public let provider: String
    private let url: String
    private let token: String?
    private let timeout: Duration
    private let concurrency: Int
    private let client: HTTPClient
    private let executor = QueueExecutor(label: "notifier.gateway")

    /// Most bytes of an answer that are read; its content is of no use here.
    static let maximumAnswerBytes = 65_536

    public init(url: String, token: String?, timeout: Duration, concurrency: Int) throws {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw DeliveryError(reason: "the gateway's URL cannot be read")
        }
        self.url = url
        self.token = token
        self.timeout = timeout
        self.concurrency = max(1, concurrency)
        provider = host
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .forPosts(timeout: timeout, connections: self.concurrency))
    }

    public func close() { try? client.syncShutdown() }

    /// Blocks the calling thread, which is the deliverer's own and none of the pool's.
    public func deliver(_ messages: [Outbound], batch: UUID) throws -> [Outcome] {
        let box = OutcomeBox()
        let done = DispatchSemaphore(value: 0)
        Task(executorPreference: executor) {
            box.outcomes = await self.post(messages)
            done.signal()
        }
        done.wait()
        return box.outcomes
    }

    /// Written by one task, then read by the thread that has waited for it.
    private final class OutcomeBox: @unchecked Sendable {  // the semaphore orders the write before the read
        var outcomes: [Outcome] = []
    }

    private func post(_ messages: [Outbound]) async -> [Outcome] {
        var outcomes = [Outcome](repeating: .retry(reason: "not begun", after: nil), count: messages.count)
        await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, message) in messages.enumerated() {
                if index >= concurrency, let (finished, outcome) = await group.next() { outcomes[finished] = outcome }
                group.addTask { (index, await self.post(message)) }
            }
            for await (index, outcome) in group { outcomes[index] = outcome }
        }
        return outcomes
    }

    private func post(_ message: Outbound) async -> Outcome {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: message.id.text)
        request.headers.add(name: "User-Agent", value: "perisai-notifier")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(message.json)
        let deadline = ContinuousClock.now + timeout
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
            let outcome = Self.outcome(
                Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"))
            await response.body.drain(upTo: Self.maximumAnswerBytes, until: deadline)
            return outcome
        } catch {
            return .retry(reason: Self.reason(error), after: nil)
        }
    }

    static func outcome(_ status: Int, retryAfter: String?) -> Outcome {
        switch status {
        case 200..<300: return .sent
        case 408, 409, 425, 429, 401, 403, 500...599:
            let after = RetryAfter.duration(retryAfter)
            return .retry(reason: "HTTP \(status)", after: after)
        default: return .failed(reason: "HTTP \(status)")
        }
    }

    /// A word for the log and the event; an error's own text could quote the URL.
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
