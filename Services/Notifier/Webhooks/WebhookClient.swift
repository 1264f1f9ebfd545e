import AsyncHTTPClient
import Foundation

/// Posts answers to offices. Redirects are not followed, and no more than 64 KiB of an answer are read: the status says
/// all that matters.
final class WebhookClient: Sendable {
    /// What came of one post.
    struct Answer: Sendable {
        let outcome: WebhookOutcome
        let status: Int?
        let detail: String?
    }

    static let maximumAnswerBytes = 65_536

    private let timeout: Duration
    private let client: HTTPClient

    /// - Parameter concurrency: posts at a time. Several offices may share a host: one of them that is silent must not
    ///   use up the connections of the others, so that each host may have all of them.
    init(timeout: Duration, concurrency: Int) {
        self.timeout = timeout
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .forPosts(timeout: timeout, connections: max(1, concurrency)))
    }

    /// The client must be shut down before it goes, whoever held it last; a second time does nothing.
    deinit { client.shutdown { [client] _ in _ = client } }

    func close() { try? client.syncShutdown() }

    func post(_ post: WebhookPost, to target: WebhookTarget, timestamp: Int64) async -> Answer {
        var request = HTTPClientRequest(url: target.url)
        request.method = .POST
        let signature = WebhookSignature.header(
            id: post.id.text, timestamp: timestamp, body: post.body, secrets: target.secrets)
        for (name, value) in [
            ("Content-Type", "application/cloudevents+json; charset=utf-8"), ("User-Agent", "perisai-notifier"),
            (WebhookSignature.idHeader, post.id.text), (WebhookSignature.timestampHeader, "\(timestamp)"),
            (WebhookSignature.signatureHeader, signature),
        ] {
            request.headers.add(name: name, value: value)
        }
        request.body = .bytes(post.body)
        let deadline = ContinuousClock.now + timeout
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
            let answer = Self.answer(
                Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"))
            await response.body.drain(upTo: Self.maximumAnswerBytes, until: deadline)
            return answer
        } catch {
            return Answer(outcome: .notTaken(retryAfter: nil), status: nil, detail: HTTPFailure.reason(error))
        }
    }

    static func answer(_ status: Int, retryAfter: String?) -> Answer {
        switch status {
        case 200..<300: return Answer(outcome: .delivered, status: status, detail: nil)
        case 410: return Answer(outcome: .gone, status: status, detail: "HTTP 410")
        default:
            let after = RetryAfter.duration(retryAfter)
            let redirect = (300..<400).contains(status) ? ": redirects are not followed" : ""
            return Answer(
                outcome: .notTaken(retryAfter: after), status: status, detail: "HTTP \(status)\(redirect)")
        }
    }
}
