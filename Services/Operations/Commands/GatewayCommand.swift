import ArgumentParser
import Foundation
import PerisaiModels
import Worker

struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "A small message gateway on 127.0.0.1 with faults of your choice: for tries.",
        discussion: """
            Speaks the contract of providers of kind gateway: POST /messages with Idempotency-Key, GET /messages/KEY, \
            and signed receipts to --receipts. Nothing is sent to anyone. In the end, on Ctrl-C, it says how many \
            messages it got, and how many were posted again after it had taken them.
            """)

    @Option(help: "0 takes any free port.") var port = 9998
    @Option(help: "Of a hundred posts so many are answered with HTTP 500; every second one was taken.")
    var errors = 0
    @Option(help: "Of a hundred posts so many are refused for good (HTTP 422).") var refused = 0
    @Option(help: "Where receipts go: http://127.0.0.1:8080/receipts/NAME.") var receipts: String?
    @Option(help: "File with the secret of the receipts.", completion: .file()) var secretFile: String?
    @Flag(help: "Every receipt twice, and the later one first.") var messyReceipts = false
    @Option(help: "Seed of the faults.") var seed: UInt64 = 1
    @Flag(help: "Print the messages' texts too.") var text = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must lie between 0 and 65535") }
        for (name, share) in [("--errors", errors), ("--refused", refused)] where !(0...100).contains(share) {
            throw ValidationError("\(name) must lie between 0 and 100")
        }
        guard (receipts == nil) == (secretFile == nil) else {
            throw ValidationError("--receipts and --secret-file belong together")
        }
        if let secretFile { _ = try WebhooksCommand.secrets(in: secretFile) }
        if let receipts { _ = try LocalAddress(receipts) }
    }

    func run() throws {
        let gateway = TrialGateway(
            TrialGateway.Faults(errors: errors, refused: refused, isMessy: messyReceipts, seed: seed),
            secrets: try secretFile.map { try WebhooksCommand.secrets(in: $0) } ?? [],
            print: { message in Console.out(message.line(withText: text)) })
        if let receipts { gateway.report(to: try LocalAddress(receipts)) }
        let taken = try gateway.start(port: port)
        Console.note("gateway on http://127.0.0.1:\(taken)/messages; Ctrl-C ends it")
        Interruption.wait()
        gateway.stop()
        Console.out(gateway.summary)
    }
}

/// `http://HOST:PORT/PATH` on this machine: where receipts of a trial may go.
struct LocalAddress: Sendable {
    let host: String
    let port: Int
    let path: String

    init(_ text: String) throws {
        guard let url = URL(string: text), url.scheme == "http", let host = url.host,
            ["127.0.0.1", "localhost"].contains(host), let port = url.port, url.path.hasPrefix("/")
        else { throw ValidationError("--receipts must be http://127.0.0.1:PORT/PATH") }
        (self.host, self.port, path) = (host, port, url.path)
    }

    init(host: String = "127.0.0.1", port: Int, path: String) { (self.host, self.port, self.path) = (host, port, path) }
}
