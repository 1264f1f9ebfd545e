import ArgumentParser
import Foundation
import Glibc

/// For the health checks of containers, whose images have no HTTP client.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks one URL (http only); exit code 0 when the answer is 200, 1 for anything else.")

    @Argument(help: "For example http://127.0.0.1:8080/healthz.")
    var url: String

    @Option(help: "How long the whole answer may take, in seconds.")
    var timeout = 3

    func validate() throws {
        guard (1...60).contains(timeout) else { throw ValidationError("--timeout must lie between 1 and 60") }
        guard HealthRequest(url) != nil else {
            throw ValidationError("the URL must be of the form http://host:port/path")
        }
    }

    func run() throws {
        guard let request = HealthRequest(url) else { throw OperationsError("no URL") }
        let answer = try request.send(within: .seconds(timeout))
        guard answer.status == 200 else { throw OperationsError("\(answer.status): \(answer.body)") }
        Console.out(answer.body)
    }
}

/// One GET over a socket of its own.
struct HealthRequest {
    private static let maxAnswerBytes = 65_536

    let host: String
    let port: UInt16
    let path: String

    /// Nil when the text is no `http` URL.
    init?(_ text: String) {
        guard text.utf8.count <= 2_048, let parts = URLComponents(string: text), parts.scheme == "http",
            let host = parts.host, !host.isEmpty, let port = UInt16(exactly: parts.port ?? 80), port > 0
        else { return nil }
        // An address of IPv6 stands in brackets in a URL.
        self.host = String(host.drop { $0 == "[" }.prefix { $0 != "]" })
        self.port = port
        path =
            (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath)
            + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// The status and the body. Throws when nothing answers in time, or not in HTTP.
    func send(within limit: Duration) throws -> (status: Int, body: String) {
        let deadline = ContinuousClock.now + limit
        let socket = try connect(until: deadline)
        defer { close(socket) }
        try write("GET \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n\r\n", to: socket)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < Self.maxAnswerBytes, ContinuousClock.now < deadline {
            Self.limit(socket, until: deadline)
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("no answer") }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return try Self.parse(String(decoding: bytes, as: UTF8.self))
    }

    /// Reads the status line; the body is what follows the empty line.
    static func parse(_ text: String) throws -> (status: Int, body: String) {
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw OperationsError("the answer is not HTTP")
        }
        return (status, text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "")
    }

    private func connect(until deadline: ContinuousClock.Instant) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else { throw OperationsError("\(host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            next = address.ai_next
            let socket = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard socket >= 0 else { continue }
            Self.limit(socket, until: deadline)
            if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return socket }
            let failure = Self.failure("cannot connect to \(host):\(port)")
            close(socket)
            if next == nil { throw failure }
        }
        throw OperationsError("\(host) has no address")
    }

    private func write(_ text: String, to socket: Int32) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("cannot send") }
            rest = rest.dropFirst(count)
        }
    }

    /// No single call on the socket outlives the deadline.
    private static func limit(_ socket: Int32, until deadline: ContinuousClock.Instant) {
        let left = max(.milliseconds(1), deadline - .now).components
        var time = timeval(tv_sec: Int(left.seconds), tv_usec: Int(left.attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    private static func failure(_ what: String) -> OperationsError {
        OperationsError("\(what): \(String(cString: strerror(errno)))")
    }
}
