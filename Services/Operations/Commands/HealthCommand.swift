import ArgumentParser
import Foundation

/// For the health checks of containers, whose images have no HTTP client.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks one URL (http only); exit code 0 when the answer is 200, 1 for anything else.")

    @Argument(help: "For example http://127.0.0.1:8080/healthz.")
    var url: String

    @Option(help: "How long an answer may take, in seconds.")
    var timeout = 3

    func validate() throws {
        guard (1...60).contains(timeout) else { throw ValidationError("--timeout must lie between 1 and 60") }
        guard target != nil else { throw ValidationError("the URL must be of the form http://host:port/path") }
    }

    func run() throws {
        guard let target else { throw OperationsError("no URL") }
        let answer = try HTTPProbe.get(host: target.host, port: target.port, path: target.path, seconds: timeout)
        guard answer.status == 200 else { throw OperationsError("\(answer.status): \(answer.body)") }
        Console.out(answer.body)
    }

    /// The parts of the URL; nil when it is no `http` URL.
    private var target: (host: String, port: Int, path: String)? {
        guard url.utf8.count <= 2_048, let parts = URLComponents(string: url), parts.scheme == "http",
            let host = parts.host, !host.isEmpty, (1...65_535).contains(parts.port ?? 80)
        else { return nil }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        let query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
        // An address of IPv6 stands in brackets in a URL.
        return (String(host.drop { $0 == "[" }.prefix { $0 != "]" }), parts.port ?? 80, path + query)
    }
}
