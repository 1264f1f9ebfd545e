import Glibc
import Logging
import PerisaiModels
import Postgres
import Worker

/// The paths of SNAP BI in payment-reconciler's process: access token, inquiry and payment.
public final class SnapEndpoint: Sendable {
    /// Longest body in bytes.
    static let bodyLimit = 65_536

    private let gate: SnapGate
    private let pool: DatabasePool
    private let inquiry: SnapInquiry
    private let payment: SnapPayment
    private let metrics: MetricsRegistry
    private let log: Logger
    private let cleaner: Task<Void, Never>

    /// The routes, once the schema is up to date; none without partners.
    public static func routes(_ settings: ReconcilerSettings, _ host: ServiceHost) throws -> ServiceRoutes {
        guard !settings.snap.partners.isEmpty else { return ServiceRoutes() }
        let endpoint = SnapEndpoint(
            settings.snap, database: host.settings.connection("snap"), publisher: try host.publisher(),
            metrics: host.metrics, log: host.log, now: { .now })
        return endpoint.routes
    }

    /// `now` is the wall clock.
    init(
        _ settings: SnapSettings, database: ConnectionSettings, publisher: any EventPublisher,
        metrics: MetricsRegistry, log: Logger,
        bills: @escaping @Sendable (Connection) -> any BillSource = { PostgresBillSource(connection: $0) },
        now: @escaping @Sendable () -> Instant
    ) {
        self.metrics = metrics
        self.log = log
        let seconds = settings.timestampWindow.components.seconds
        gate = SnapGate(partners: settings.partners, window: seconds, now: now)
        let pool = DatabasePool(
            database, name: "snap-database", connections: settings.connections, waiting: settings.waiting,
            deadline: settings.databaseTimeout)
        self.pool = pool
        inquiry = SnapInquiry(gate: gate, pool: pool, bills: bills)
        payment = SnapPayment(
            gate: gate, pool: pool, bills: bills, publisher: publisher, publishTimeout: settings.publishTimeout,
            lease: settings.publishTimeout + settings.databaseTimeout * 2, running: RunningCalls())
        cleaner = Task {
            // By the time, not by an event: what has expired stays expired whether or not a call or a date comes, and
            // a worker that is not the leader serves calls too. Ended by cancellation.
            while (try? await Task.sleep(for: Self.cleanInterval)) != nil { await Self.clean(pool, now, log) }
        }
    }

    var routes: ServiceRoutes {
        let routes = SnapService.allCases.map { service in
            ServiceRoute(
                method: "POST", path: service.path, bodyLimit: Self.bodyLimit,
                refusal: { [self] _ in finish(.refused(.badRequest, service), service, since: .now) },
                handler: { [self] in await answer($0, service) })
        }
        return ServiceRoutes(routes) { [self] in
            cleaner.cancel()
            pool.stop()
        }
    }

    /// Answers one call; every failure becomes a response code.
    func answer(_ request: ServiceRequest, _ service: SnapService) async -> ServiceAnswer {
        let start = ContinuousClock.now
        let answer: SnapAnswer
        do {
            switch service {
            case .inquiry: answer = try await inquiry.answer(request)
            case .payment: answer = try await payment.answer(request)
            case .accessToken: answer = try accessToken(request)
            }
        } catch {
            answer = .refused(refusal(error, service), service)
        }
        return finish(answer, service, since: start)
    }

    private func refusal(_ error: any Error, _ service: SnapService) -> SnapRefusal {
        if let refusal = error as? SnapRefusal { return refusal }
        if case .busy? = error as? DatabasePool.Fault { return .busy }
        log.warning("SNAP BI call failed", metadata: ["service": "\(service.rawValue)", "error": "\(error)"])
        switch error {
        case let fault as DatabasePool.Fault: return fault == .closed ? .busy : .timeout
        case let fault as SnapPublishFault: return fault.isTimeout ? .timeout : .general
        case let error as PostgresError: return error.kind == .transient ? .timeout : .general
        default: return .general
        }
    }

    /// Counts the answer and gives it its headers.
    private func finish(_ answer: SnapAnswer, _ service: SnapService, since start: ContinuousClock.Instant)
        -> ServiceAnswer
    {
        let name = String(service.rawValue)
        metrics.counter(
            "perisai_snap_requests_total", help: "SNAP BI calls by service and response code",
            labels: [(name: "service", value: name), (name: "code", value: answer.code)]
        ).add()
        metrics.histogram(
            "perisai_snap_seconds", help: "Time of SNAP BI calls", labels: [(name: "service", value: name)]
        ).observe(.now - start)
        var headers = [
            (name: "content-type", value: "application/json"), (name: "x-timestamp", value: timestamp),
            (name: "cache-control", value: "no-store"),
        ]
        if let seconds = answer.retryAfter { headers.append((name: "retry-after", value: String(seconds))) }
        return ServiceAnswer(status: answer.http, headers: headers, body: answer.body)
    }

    /// The clock to the second, in Jakarta.
    private var timestamp: String {
        let seconds = gate.now().microseconds / 1_000_000
        return (Instant(microseconds: seconds * 1_000_000) ?? .earliest).formatted(in: .wib)
    }

    private func accessToken(_ request: ServiceRequest) throws(SnapRefusal) -> SnapAnswer {
        let partner = try gate.client(request)
        let body: SnapTokenRequest = try snapBody(request)
        guard body.grantType == "client_credentials" else { throw .fieldFormat("grantType") }
        let token = SnapToken.make(partner.tokenKey, now: gate.now())
        return .successful(.accessToken) {
            $0.field("accessToken", token)
            $0.field("tokenType", "Bearer")
            $0.field("expiresIn", String(SnapToken.lifetime))
        }
    }

    private static let cleanInterval = Duration.seconds(600)
    /// Transactions of one round.
    private static let cleanSteps = 50

    /// Forgets old calls in small transactions.
    static func clean(_ pool: DatabasePool, _ now: @escaping @Sendable () -> Instant, _ log: Logger) async {
        do {
            for _ in 0..<cleanSteps {
                let isMore = try await pool.run { connection in
                    try connection.transaction { try SnapStore(connection: connection).clean(now: now()) }
                }
                guard isMore else { return }
            }
        } catch {
            log.warning("old SNAP BI calls not deleted", metadata: ["error": "\(error)"])
        }
    }
}

/// The body of an access-token request (service 73).
private struct SnapTokenRequest: JSONObject {
    static let summary = "A request for an access token"

    let grantType: String

    init(fields reader: inout FieldReader) throws(JSONFault) {
        grantType = try reader.snapRequired("grantType", 32)
        _ = try reader.optional("additionalInfo") as SnapAny?
    }

    func write(fields writer: inout JSONWriter) { writer.field("grantType", grantType) }
}

extension Instant {
    /// The wall clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000) ?? .earliest
    }
}
