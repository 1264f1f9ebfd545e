import Foundation
import PerisaiModels
import Postgres
import Worker

/// Where providers report what became of messages: `POST /receipts/NAME`, signed.
final class ReceiptEndpoint: Sendable {
    /// Longest body in bytes.
    static let bodyLimit = 262_144
    private static let connections = 2
    private static let waiting = 64

    private let settings: NotifierSettings
    private let pool: DatabasePool
    private let counts: DispatchCounts
    private let now: @Sendable () -> Instant
    private let log: Deliverer.Log

    /// A route for each provider that has secrets for its receipts.
    static func routes(
        _ settings: NotifierSettings, connection: ConnectionSettings, counts: DispatchCounts,
        log: @escaping Deliverer.Log
    ) -> ServiceRoutes {
        let providers = settings.providers.providers.filter { !$0.receiptSecrets.isEmpty }
        guard !providers.isEmpty else { return ServiceRoutes() }
        let endpoint = ReceiptEndpoint(settings, connection: connection, counts: counts, log: log)
        return ServiceRoutes(providers.flatMap { endpoint.routes(of: $0) }) { endpoint.stop() }
    }

    /// - Parameter now: the wall clock, for the age of signatures.
    init(
        _ settings: NotifierSettings, connection: ConnectionSettings, counts: DispatchCounts = DispatchCounts(),
        now: @escaping @Sendable () -> Instant = WallClock.now, log: @escaping Deliverer.Log = { _ in }
    ) {
        self.settings = settings
        self.counts = counts
        self.now = now
        self.log = log
        pool = DatabasePool(
            connection, name: "receipts", connections: Self.connections, waiting: Self.waiting, deadline: .seconds(10))
    }

    func stop() { pool.stop() }

    private func routes(of provider: ProviderSettings) -> [ServiceRoute] {
        let path = "/receipts/\(provider.name)"
        let post = ServiceRoute(method: "POST", path: path, bodyLimit: Self.bodyLimit) { [self] in
            await answer($0, provider)
        }
        guard let token = provider.verifyToken else { return [post] }
        let get = ServiceRoute(method: "GET", path: path, bodyLimit: 0) { Self.challenge($0, token) }
        return [post, get]
    }

    func answer(_ request: ServiceRequest, _ provider: ProviderSettings) async -> ServiceAnswer {
        guard isSigned(request, provider) else {
            counts.countRefused(provider: provider.name, reason: "signature")
            return Self.answer(401, "the signature is missing, wrong or too old")
        }
        let receipts: [Receipt]
        do throws(JSONFault) { receipts = try ReceiptReader.read(request.body, provider.receiptFormat) } catch {
            counts.countRefused(provider: provider.name, reason: "unreadable")
            return Self.answer(400, "\(error.field): \(error.reason)")
        }
        let store = ReceiptStore(provider: provider, settings: settings)
        do {
            let done = try await pool.run { connection in
                do { return try store.apply(receipts, on: connection) } catch let error as PostgresError {
                    // A deadlock, say, is rolled back, and whoever stood in the way has gone on.
                    guard error.kind == .transient else { throw error }
                    return try store.apply(receipts, on: connection)
                }
            }
            for (status, effect) in done { counts.count(status, effect, provider: provider.name) }
            return Self.answer(200, nil)
        } catch {
            // Nothing is kept of them: the provider sends them again.
            log("receipts of \(provider.name) are not kept: \(error)")
            counts.countRefused(provider: provider.name, reason: "database")
            return Self.answer(503, "try again later")
        }
    }

    private func isSigned(_ request: ServiceRequest, _ provider: ProviderSettings) -> Bool {
        /// A header that stands twice is none.
        func header(_ name: String) -> String? {
            let values = request.values(of: name)
            return values.count == 1 ? values.first : nil
        }
        switch provider.receiptFormat {
        case .gateway:
            return ReceiptSignature.isValidGateway(
                id: header("webhook-id"), timestamp: header("webhook-timestamp"),
                signature: header("webhook-signature"), body: request.body, secrets: provider.receiptSecrets,
                now: now().microseconds / 1_000_000)
        case .whatsapp:
            return ReceiptSignature.isValidCloud(
                header("x-hub-signature-256"), body: request.body, secrets: provider.receiptSecrets)
        }
    }

    /// Meta asks once whether the address is ours.
    static func challenge(_ request: ServiceRequest, _ token: String) -> ServiceAnswer {
        let items = URLComponents(string: request.target)?.queryItems ?? []
        func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
        guard value("hub.mode") == "subscribe", let given = value("hub.verify_token"),
            ReceiptSignature.isSame(Array(given.utf8), Array(token.utf8)), let challenge = value("hub.challenge"),
            (1...200).contains(challenge.utf8.count), challenge.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return answer(403, "the token is wrong") }
        return ServiceAnswer(status: 200, headers: [("content-type", "text/plain")], body: Array(challenge.utf8))
    }

    private static func answer(_ status: Int, _ reason: String?) -> ServiceAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("error", reason)
        writer.endObject()
        return ServiceAnswer(status: status, body: writer.bytes)
    }
}
