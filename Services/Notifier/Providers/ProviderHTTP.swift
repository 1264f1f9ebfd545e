import AsyncHTTPClient
import NIOCore
import PerisaiModels
import Synchronization

/// What came of one exchange with a provider.
enum ProviderAnswer: Sendable {
    case answer(status: Int, retryAfter: Duration?, body: [UInt8])
    /// Not one byte of the message left us: no connection, no TLS, no token.
    case notBegun(String)
    /// The message may have reached it.
    case broken(String)
}

/// One HTTP client for one provider. Redirects are not followed, and no more than 64 KiB of an answer are read.
final class ProviderHTTP: Sendable {
    static let maximumAnswerBytes = 65_536

    private let timeout: Duration
    private let token: ProviderSecret?
    private let client: HTTPClient

    init(_ settings: ProviderSettings) {
        timeout = settings.timeout
        token = settings.token
        var configuration = HTTPClient.Configuration.forPosts(
            timeout: settings.timeout, connections: settings.concurrency)
        configuration.connectionPool.idleTimeout = .seconds(15)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The client must be shut down before it goes, whoever held it last; a second time does nothing.
    deinit { client.shutdown { [client] _ in _ = client } }

    func close() { try? client.syncShutdown() }

    func post(_ body: [UInt8], to url: String, key: String? = nil) async -> ProviderAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        let watched = WatchedBytes(body)
        request.body = .bytes(watched, length: .known(Int64(body.count)))
        return await execute(&request) { watched.wasRead }
    }

    func get(_ url: String) async -> ProviderAnswer {
        var request = HTTPClientRequest(url: url)
        return await execute(&request) { true }
    }

    private func execute(
        _ request: inout HTTPClientRequest, hasBegun: @Sendable () -> Bool
    ) async -> ProviderAnswer {
        if let token {
            guard let text = token.read() else { return .notBegun("the token cannot be read") }
            request.headers.add(name: "Authorization", value: "Bearer \(text)")
        }
        request.headers.add(name: "User-Agent", value: "perisai-notifier")
        let deadline = ContinuousClock.now + timeout
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
            let retryAfter = RetryAfter.duration(response.headers.first(name: "Retry-After"))
            return .answer(
                status: Int(response.status.code), retryAfter: retryAfter,
                body: await response.body.collect(upTo: Self.maximumAnswerBytes, until: deadline))
        } catch {
            let reason = HTTPFailure.reason(error)
            return hasBegun() ? .broken(reason) : .notBegun(reason)
        }
    }
}

/// The bytes of a message that note when they are first read. The client reads them once the connection stands and the
/// head is written: until then nothing can have been taken.
private struct WatchedBytes: RandomAccessCollection, Sendable {
    private final class Note: Sendable { let isRead = Atomic<Bool>(false) }

    private let bytes: [UInt8]
    private let note = Note()

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var wasRead: Bool { note.isRead.load(ordering: .sequentiallyConsistent) }
    var startIndex: Int { 0 }
    /// Is asked beforehand, for the length.
    var endIndex: Int { bytes.count }

    subscript(position: Int) -> UInt8 {
        note.isRead.store(true, ordering: .sequentiallyConsistent)
        return bytes[position]
    }

    func withContiguousStorageIfAvailable<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows
        -> Value?
    {
        note.isRead.store(true, ordering: .sequentiallyConsistent)
        return try bytes.withContiguousStorageIfAvailable(body)
    }
}

extension HTTPClientResponse.Body {
    /// What has come within the limits: an answer that breaks off counts by its status.
    fileprivate func collect(upTo limit: Int, until deadline: ContinuousClock.Instant) async -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in self {
                guard bytes.count + part.readableBytes <= limit else { return [] }
                bytes.append(contentsOf: part.readableBytesView)
                if ContinuousClock.now >= deadline { return [] }
            }
        } catch { return [] }
        return bytes
    }
}

/// What the statuses of HTTP say of a post.
enum HTTPOutcome {
    /// - Parameters:
    ///   - refusal: the provider's own code for a refusal, from the body.
    ///   - personal: the same where it speaks of this address: 403 and 404 without it speak of our token and our path.
    static func of(
        _ answer: ProviderAnswer, reference: ([UInt8]) -> String?, refusal: ([UInt8]) -> String?,
        personal: ([UInt8]) -> String?
    ) -> SendOutcome {
        switch answer {
        case .notBegun(let reason): return .notTaken(reason: reason, after: nil)
        case .broken(let reason): return .unknown(reason: reason)
        case .answer(let status, let retryAfter, let body):
            switch status {
            case 200..<300: return .accepted(reference: reference(body).flatMap(cleanReference))
            case 401: return .lockedOut(reason: "HTTP 401")
            case 403, 404:
                if let code = personal(body).flatMap(cleanCode) { return .refused(reason: "HTTP \(status) \(code)") }
                return status == 403
                    ? .lockedOut(reason: "HTTP 403") : .notTaken(reason: "HTTP 404", after: retryAfter)
            // No credit, a wrong method, a proxy's login: not the number's fault.
            case 402, 405, 407, 425, 429: return .notTaken(reason: "HTTP \(status)", after: retryAfter)
            // Redirects are not followed.
            case 300..<400: return .notTaken(reason: "HTTP \(status)", after: nil)
            // Whoever says when to come back has not begun; a proxy that has lost its server says 503 as well.
            case 503 where retryAfter != nil: return .notTaken(reason: "HTTP 503", after: retryAfter)
            // The key is in work, at this very moment; or the server has given up on reading, or on answering.
            case 408, 409: return .unknown(reason: "HTTP \(status)")
            case 400..<500:
                let code = refusal(body).flatMap(cleanCode).map { " \($0)" } ?? ""
                return .refused(reason: "HTTP \(status)\(code)")
            default: return .unknown(reason: "HTTP \(status)")
            }
        }
    }

    /// Up to 200 visible ASCII characters.
    static func cleanReference(_ text: String) -> String? {
        (1...200).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }

    /// A short code without anything that could be a phone number, an address or a token.
    static func cleanCode(_ text: String) -> String? {
        var digits = 0
        guard (1...40).contains(text.utf8.count) else { return nil }
        for byte in text.utf8 {
            let isDigit = (0x30...0x39).contains(byte)
            let isLetter = (0x41...0x5A).contains(byte & 0xDF)
            guard isDigit || isLetter || byte == 0x20 || byte == 0x5F || byte == 0x2D else { return nil }
            if isDigit { digits += 1 }
        }
        return digits <= 6 ? text : nil
    }
}

/// Reads what a provider answers; what cannot be read says nothing.
enum ProviderJSON {
    static func read<Value: JSONObject>(_ bytes: [UInt8]) -> Value? {
        try? bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONFault) in try Value.read(bytes: bytes) }
        }.get()
    }
}
