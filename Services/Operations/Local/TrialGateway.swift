import Dispatch
import Foundation
import Logging
import Notifier
import PerisaiModels
import Synchronization
import Worker

/// The devices of all readers of a trial: how often each message has come, whichever gateway brought it.
final class TrialPhones: Sendable {
    private let rings = Mutex<[String: Int]>([:])

    /// - Parameter key: the idempotency key, which is the message's on its channel.
    func ring(_ key: String) { rings.withLock { $0[key, default: 0] += 1 } }

    /// Messages that came, and those that came more than once.
    var counts: (all: Int, twice: Int) {
        rings.withLock { rings in (rings.count, rings.values.count { $0 > 1 }) }
    }
}

/// Takes messages, and says of each what became of it.
final class TrialGateway: Sendable {
    struct Faults: Sendable {
        var errors = 0
        var refused = 0
        var isMessy = false
        var seed: UInt64 = 1
    }

    struct Message: Sendable {
        let key: String
        let channel: String
        let to: String
        let text: String
        let outcome: String

        func line(withText: Bool) -> String {
            let address = (try? PhoneNumber(to))?.description ?? (try? EmailAddress(to))?.description ?? to
            return "\(outcome) \(channel) \(address) \(key.prefix(8))" + (withText ? "\n\(text)" : "")
        }
    }

    private struct State {
        /// By idempotency key.
        var taken: [String: Message] = [:]
        /// Posts by key.
        var tries: [String: UInt64] = [:]
        var posts = 0
        var repeats = 0
        var errors = 0
        var refused = 0
        var receipts = 0
        var receiptsRefused = 0
        var server: OperationsServer?
        var receiver: LocalAddress?
        /// Keys whose receipts are to be sent.
        var due: [String] = []
    }

    /// Messages that are remembered; a trial does not need more.
    static let mostMessages = 1_000_000

    private let faults: Faults
    private let secrets: [String]
    private let phones: TrialPhones
    private let print: @Sendable (Message) -> Void
    private let state = Mutex(State())
    private let reporting = DispatchQueue(label: "perisai.gateway.receipts")
    /// Signalled once it ends: nothing is waited for any more.
    private let ending = DispatchSemaphore(value: 0)

    /// - Parameter phones: what all gateways of a trial deliver to.
    init(
        _ faults: Faults, secrets: [String] = [], phones: TrialPhones = TrialPhones(),
        print: @escaping @Sendable (Message) -> Void = { _ in }
    ) {
        self.faults = faults
        self.secrets = secrets
        self.phones = phones
        self.print = print
    }

    var summary: String {
        state.withLock { state in
            """
            posts \(state.posts), messages taken \(state.taken.count), answered with an error \(state.errors), \
            refused \(state.refused), posted again after they were taken \(state.repeats)
            receipts sent \(state.receipts), not taken \(state.receiptsRefused)
            """
        }
    }

    /// Messages taken, and posts answered with an error or refused.
    var counts: (taken: Int, errors: Int, refused: Int) {
        state.withLock { ($0.taken.count, $0.errors, $0.refused) }
    }

    /// Listens; 0 takes any free port. Returns the port.
    func start(port: Int) throws -> Int {
        let server = OperationsServer(
            OperationsServer.Options(host: "127.0.0.1", port: port), metrics: MetricsRegistry(),
            logger: Logger.worker("perisai", level: .error), services: routes, health: { .good }, readiness: { .good })
        let taken = try server.start()
        state.withLock { $0.server = server }
        return taken
    }

    /// Ends after the last receipt, which is not posted again for long.
    func stop() {
        let server = state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        server?.stop()
        ending.signal()
        reporting.sync {}
    }

    /// Where receipts go from now on.
    func report(to address: LocalAddress) { state.withLock { $0.receiver = address } }

    var routes: [ServiceRoute] {
        [
            ServiceRoute(method: "POST", path: "/messages", bodyLimit: 1 << 16) { [self] in take($0) },
            ServiceRoute(method: "GET", path: "/messages/**", bodyLimit: 0) { [self] in ask($0) },
        ]
    }

    private func take(_ request: ServiceRequest) -> ServiceAnswer {
        guard let key = request.values(of: "idempotency-key").first,
            let fields = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
            let channel = fields["channel"] as? String, let to = fields["to"] as? String,
            let text = fields["text"] as? String
        else { return Self.answer(400, ["reason": "a field is missing"]) }
        var hash = SipHash128(seed: faults.seed)
        hash.combine(key)
        let (known, time) = state.withLock { state in
            state.posts += 1
            state.tries[key, default: 0] += 1
            if state.taken[key] != nil { state.repeats += 1 }
            return (state.taken[key] != nil, state.tries[key, default: 0])
        }
        hash.combine(time)
        let draw = Int(hash.finish().0 % 10_000)
        let isError = draw / 100 < faults.errors
        let isRefused = !isError && !known && draw / 100 < faults.errors + faults.refused
        if isRefused {
            state.withLock { $0.refused += 1 }
            print(Message(key: key, channel: channel, to: to, text: text, outcome: "refused"))
            return Self.answer(422, ["reason": "NUMBER_UNKNOWN"])
        }
        let isTaken = !isError || draw % 2 == 0
        let message = Message(
            key: key, channel: channel, to: to, text: text,
            outcome: isError ? (isTaken ? "lost-answer" : "error") : "taken")
        let isNew = state.withLock { state in
            if isError { state.errors += 1 }
            guard isTaken, state.taken.count < Self.mostMessages, state.taken[key] == nil else { return false }
            state.taken[key] = message
            return true
        }
        if isNew { phones.ring(key) }
        print(message)
        if isNew { report(key) }
        return isError ? Self.answer(500, [:]) : Self.answer(202, ["reference": Self.reference(key)])
    }

    private func ask(_ request: ServiceRequest) -> ServiceAnswer {
        let key = request.target.split(separator: "/").last.map(String.init) ?? ""
        guard state.withLock({ $0.taken[key] != nil }) else { return Self.answer(404, [:]) }
        return Self.answer(200, ["status": "delivered", "reference": Self.reference(key)])
    }

    private static func reference(_ key: String) -> String { "gw-" + key.prefix(13) }

    private static func answer(_ status: Int, _ fields: [String: String]) -> ServiceAnswer {
        let body = (try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)) ?? Data()
        return ServiceAnswer(status: status, body: Array(body))
    }
}

/// Receipts: signed as webhooks are.
extension TrialGateway {
    /// Receipts in one post: a provider does not post each by itself.
    private static let receiptsAPost = 200
    /// Of one post: in all, and once the gateway ends.
    private static let mostTries = 10
    private static let lastTries = 3
    /// Between two tries, in milliseconds; doubled each time.
    private static let pauses = 50...1_000

    private func report(_ key: String) {
        let isFirst = state.withLock { state in
            guard state.receiver != nil else { return false }
            state.due.append(key)
            return state.due.count == 1
        }
        if isFirst { reporting.async { [self] in reportAll() } }
    }

    private func reportAll() {
        while true {
            let keys = state.withLock { state in
                let keys = Array(state.due.prefix(Self.receiptsAPost))
                state.due.removeFirst(keys.count)
                return keys
            }
            guard !keys.isEmpty else { return }
            let ordered = ["sent", "delivered"]
            for status in faults.isMessy ? ordered.reversed() + ordered : ordered {
                post(keys, status)
            }
        }
    }

    private func post(_ keys: [String], _ status: String) {
        let now = WallClock.now()
        let reports = keys.map { key in
            [
                "id": "\(key)-\(status)", "message_id": key, "reference": Self.reference(key), "status": status,
                "at": now.description,
            ]
        }
        guard let id = reports.first?["id"],
            let body = try? JSONSerialization.data(withJSONObject: ["receipts": reports], options: .sortedKeys)
        else { return }
        let timestamp = now.microseconds / 1_000_000
        let headers = [
            ("Content-Type", "application/json"), (WebhookSignature.idHeader, id),
            (WebhookSignature.timestampHeader, "\(timestamp)"),
            (
                WebhookSignature.signatureHeader,
                WebhookSignature.header(id: id, timestamp: timestamp, body: body, secrets: secrets)
            ),
        ]
        // The notifier may be away for a moment, and come back elsewhere: a provider tries again, later each time.
        var pause = Self.pauses.lowerBound
        for time in 1...Self.mostTries {
            if time > 1 {
                if isEnding(within: pause), time > Self.lastTries { break }
                pause = min(2 * pause, Self.pauses.upperBound)
            }
            guard let address = state.withLock(\.receiver) else { break }
            let answer = try? HTTPProbe.post(
                host: address.host, port: address.port, path: address.path, headers: headers, body: Array(body))
            if let answer, (200..<300).contains(answer.status) {
                return state.withLock { $0.receipts += keys.count }
            }
        }
        state.withLock { $0.receiptsRefused += keys.count }
    }

    /// Waits so long, unless the gateway ends.
    private func isEnding(within milliseconds: Int) -> Bool {
        guard ending.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
        ending.signal()  // for whoever waits next
        return true
    }
}
