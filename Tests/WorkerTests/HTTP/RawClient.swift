import Glibc

/// A blocking HTTP/1.1 client that sends whatever bytes it is told to.
final class RawClient {
    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private let socket: Int32

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw RawError.noSocket }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // Closed by deinit, which runs also after this: a second close could hit a file of another thread.
        guard result == 0 else { throw RawError.refused }
    }

    /// Thrown, not required: a test may allow that no answer comes, and a requirement that is not met fails it anyway.
    enum RawError: Error { case noSocket, refused, closedBeforeAnswer, closedInsideAnswer, noStatus }

    deinit { close(socket) }

    /// False when the other side has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Ends the sending side.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    private func receive() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }

    /// True when the other side closes without another byte.
    var isClosed: Bool { receive().isEmpty }

    func answer() throws -> Answer {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.firstRange(of: end) == nil {
            let more = receive()
            guard !more.isEmpty else { throw RawError.closedBeforeAnswer }
            bytes += more
        }
        guard let split = bytes.firstRange(of: end) else { throw RawError.closedBeforeAnswer }
        let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        var body = Array(bytes[split.upperBound...])
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while body.count < length {
            let more = receive()
            guard !more.isEmpty else { throw RawError.closedInsideAnswer }
            body += more
        }
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw RawError.noStatus
        }
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    func get(_ path: String) throws -> Answer {
        send(Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        return try answer()
    }

    func post(_ path: String, _ headers: [(String, String)], _ body: [UInt8]) throws -> Answer {
        let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        send(Array("POST \(path) HTTP/1.1\r\nHost: x\r\n\(lines)Content-Length: \(body.count)\r\n\r\n".utf8) + body)
        return try answer()
    }
}
