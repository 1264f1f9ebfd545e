/// An HTTP request to a route of a service.
public struct ServiceRequest: Sendable {
    /// Upper case, `POST` say.
    public var method: String
    /// Path and query as the client sent them.
    public var target: String
    /// Names in lower case, in the order of the request.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// All values of a header; the name is given in lower case.
    public func values(of name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
}

/// What a route answers.
public struct ServiceAnswer: Sendable {
    /// 200 to 599.
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(
        status: Int, headers: [(name: String, value: String)] = [("content-type", "application/json")], body: [UInt8]
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why a body never came to a handler.
public enum ServiceBodyFault: Sendable {
    /// It is longer than the route takes.
    case tooLong(limit: Int)
    /// The connection ended, or the time for it was over.
    case cutShort
}

/// A path that a service serves beside health, metrics and intake.
public struct ServiceRoute: Sendable {
    public let method: String
    /// Without parameters, `/v1.0/transfer-va/payment` say.
    public let path: String
    /// Longest body in bytes; what is longer goes to `refusal` unread.
    public let bodyLimit: Int
    let handler: @Sendable (ServiceRequest) async -> ServiceAnswer
    let refusal: @Sendable (ServiceBodyFault) -> ServiceAnswer

    /// `handler` must not block: it shares its thread with health and metrics.
    public init(
        method: String, path: String, bodyLimit: Int,
        refusal: @escaping @Sendable (ServiceBodyFault) -> ServiceAnswer = ServiceRoute.plainRefusal,
        handler: @escaping @Sendable (ServiceRequest) async -> ServiceAnswer
    ) {
        self.method = method
        self.path = path
        self.bodyLimit = bodyLimit
        self.refusal = refusal
        self.handler = handler
    }

    /// 413 or 400 in the form of the intake's refusals.
    public static let plainRefusal: @Sendable (ServiceBodyFault) -> ServiceAnswer = { fault in
        let answer =
            switch fault {
            case .tooLong(let limit):
                IntakeAnswer.refused(413, "too_large", reason: "the body is longer than \(limit) bytes")
            case .cutShort: IntakeAnswer.refused(400, "invalid_request", reason: "the body ends too early")
            }
        return ServiceAnswer(status: answer.status, body: answer.body)
    }
}

/// The routes of a service and what ends the work behind them once the server takes no more requests.
public struct ServiceRoutes: Sendable {
    public let routes: [ServiceRoute]
    public let stop: @Sendable () -> Void

    public init(_ routes: [ServiceRoute] = [], stop: @escaping @Sendable () -> Void = {}) {
        self.routes = routes
        self.stop = stop
    }
}
