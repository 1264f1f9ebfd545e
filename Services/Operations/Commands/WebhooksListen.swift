import ArgumentParser
import Dispatch
import Foundation
import Logging
import Notifier
import PerisaiModels
import Synchronization
import Worker

extension WebhooksCommand {
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether a signature is right: an office or bank checks its own code against ours.",
            discussion: "Exit code 0 when it is, 1 when it is not. The body is taken byte for byte.")

        @Option(help: "File with the secret; two lines while it is changed.", completion: .file())
        var secretFile: String
        @Option(help: "Value of Webhook-Id.") var id: String
        @Option(help: "Value of Webhook-Timestamp: unix seconds.") var timestamp: Int64
        @Option(help: "Value of Webhook-Signature: v1=…") var signature: String
        @Argument(help: "File with the body.", completion: .file()) var bodyFile: String

        func run() throws {
            guard let body = FileManager.default.contents(atPath: bodyFile), body.count <= 1 << 20 else {
                throw OperationsError("\(bodyFile) cannot be read, or is longer than 1 MiB")
            }
            let secrets = try WebhooksCommand.secrets(in: secretFile)
            guard WebhookSignature.isValid(signature, id: id, timestamp: timestamp, body: body, secrets: secrets) else {
                throw OperationsError("the signature is WRONG for this id, timestamp, body and secret")
            }
            Console.out("the signature is right")
        }
    }

    struct Listen: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A small receiver on 127.0.0.1 that prints what it gets: for tries.",
            discussion: "Ends with Ctrl-C, or after --count posts.")

        @Option(help: "0 takes any free port.") var port = 9999
        @Option(help: "File with the secret; without it signatures are not checked.", completion: .file())
        var secretFile: String?
        @Option(help: "The status of every answer, 200 to 599.") var status = 200
        @Option(help: "Ends after so many posts.") var count: Int?

        func validate() throws {
            guard (0...65_535).contains(port) else { throw ValidationError("--port must lie between 0 and 65535") }
            guard (200...599).contains(status) else { throw ValidationError("--status must lie between 200 and 599") }
            guard (count ?? 1) > 0 else { throw ValidationError("--count must be above 0") }
            if let secretFile { _ = try WebhooksCommand.secrets(in: secretFile) }
        }

        func run() throws {
            let listener = WebhookListener(
                secrets: try secretFile.map { try WebhooksCommand.secrets(in: $0) }, status: status, count: count)
            try listener.run(port: port) { Console.note("listening on http://127.0.0.1:\($0); Ctrl-C ends it") }
        }
    }
}

/// Takes posts on 127.0.0.1 and prints them.
final class WebhookListener: Sendable {
    /// Longest body that is taken, in bytes.
    private static let bodyLimit = 1 << 20

    private let secrets: [String]?
    private let status: Int
    private let left: Mutex<Int?>
    private let ended = DispatchSemaphore(value: 0)
    private let print: @Sendable (String) -> Void

    /// - Parameter count: ends after so many posts; nil: never by itself.
    init(
        secrets: [String]?, status: Int = 200, count: Int? = nil,
        print: @escaping @Sendable (String) -> Void = { Console.out($0) }
    ) {
        self.secrets = secrets
        self.status = status
        left = Mutex(count)
        self.print = print
    }

    /// Listens until Ctrl-C or the last post. `ready` is given the port.
    func run(port: Int, ready: (Int) -> Void) throws {
        let routes = ["/", "/**"].map { path in
            ServiceRoute(method: "POST", path: path, bodyLimit: Self.bodyLimit) { [self] request in take(request) }
        }
        let server = OperationsServer(
            OperationsServer.Options(host: "127.0.0.1", port: port), metrics: MetricsRegistry(),
            logger: Logger.worker("perisai", level: .error), services: routes, health: { .good }, readiness: { .good })
        ready(try server.start())
        Interruption.wait(or: ended)
        server.stop()
    }

    private func take(_ request: ServiceRequest) -> ServiceAnswer {
        let isLast = left.withLock { left -> Bool? in
            guard let count = left else { return false }
            left = count - 1
            return count > 0 ? count == 1 : nil
        }
        guard let isLast else { return ServiceAnswer(status: 503, body: []) }
        print(text(request))
        if isLast { ended.signal() }
        return ServiceAnswer(status: status, headers: [], body: [])
    }

    func text(_ request: ServiceRequest) -> String {
        func value(_ name: String) -> String { request.values(of: name.lowercased()).first ?? "" }
        let id = value(WebhookSignature.idHeader)
        let time = value(WebhookSignature.timestampHeader)
        let signature = value(WebhookSignature.signatureHeader)
        var verdict = "not checked: no --secret-file"
        if let secrets {
            let isRight =
                Int64(time).map {
                    WebhookSignature.isValid(signature, id: id, timestamp: $0, body: request.body, secrets: secrets)
                } ?? false
            verdict = isRight ? "right" : "WRONG"
        }
        return """
            POST \(request.target) answered \(status)
              Webhook-Id: \(id)
              Webhook-Timestamp: \(time)
              Webhook-Signature: \(signature)
              signature: \(verdict)
              \(String(decoding: request.body, as: UTF8.self))
            """
    }
}
