import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PerisaiModels

/// What the handlers need to know of a request beside the request.
struct OperationsContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// The paths of the operations server.
struct OperationsRoutes: Sendable {
    let metrics: MetricsRegistry
    let intake: EventIntake?
    let services: [ServiceRoute]
    let bodySeconds: Int
    let health: @Sendable () -> HealthReport
    let readiness: @Sendable () -> HealthReport

    func router() -> Router<OperationsContext> {
        let router = Router(context: OperationsContext.self)
        router.get("healthz") { [health] _, _ in Self.response(health()) }
        router.get("readyz") { [readiness] _, _ in Self.response(readiness()) }
        router.get("metrics") { [metrics] _, _ in
            Response(
                status: .ok, headers: [.contentType: Exposition.contentType],
                body: .init(byteBuffer: ByteBuffer(string: metrics.exposition())))
        }
        for service in services { service.add(to: router, bodySeconds: bodySeconds) }
        guard let intake else { return router }
        router.post("events") { [bodySeconds] request, context in
            // A body that trickles in must not hold the connection for ever.
            let deadline = Self.close(context.channel, after: bodySeconds)
            let answer = await intake.answer(headers: request.headers, body: request.body)
            deadline.cancel()
            // The rest of a refused body is not read to its end: the sender gets two seconds for the answer.
            if answer.closes { _ = Self.close(context.channel, after: 2) }
            return Self.response(answer, retryAfter: intake.limits.retryAfterSeconds)
        }
        return router
    }

    static func close(_ channel: any Channel, after seconds: Int) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) { channel.close(promise: nil) }
    }

    private static func response(_ report: HealthReport) -> Response {
        Response(
            status: report.isGood ? .ok : .serviceUnavailable,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: report.json)))
    }

    private static func response(_ answer: IntakeAnswer, retryAfter: Int) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if answer.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        if answer.status == 503 { headers[.retryAfter] = String(retryAfter) }
        if answer.closes { headers[.connection] = "close" }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
