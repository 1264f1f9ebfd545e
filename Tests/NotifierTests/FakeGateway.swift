import Foundation
import Glibc
import Synchronization

/// A gateway on a socket of 127.0.0.1 that answers as each test wants, and remembers what it was asked.
final class FakeGateway: Sendable {
    enum Answer: Sendable {
        case status(Int, headers: String = "", body: String = "")
        /// Takes the message and never answers.
        case silence
        /// Takes the message and closes the connection.
        case hangUp
        /// A head that announces more than ever comes.
        case endless
    }

    struct Request: Sendable {
        /// What tells the messages apart: `Idempotency-Key`, or `Webhook-Id`.
        let key: String
        let authorization: String
        let body: String
        /// By name in lower case.
        let headers: [String: String]
        let target: String
        let method: String
    }

    private struct State {
        var requests: [Request] = []
        var held: [Int32] = []
    }

    /// Without a path.
    let origin: String
    var url: String { origin + "/messages" }
    private let listener: Int32
    private let state = Mutex(State())
    private let answer: @Sendable (Request, _ time: Int) -> Answer

    var requests: [Request] { state.withLock(\.requests) }

    var port: UInt16 { UInt16(origin.split(separator: ":").last ?? "") ?? 0 }

    /// - Parameters:
    ///   - port: of a gateway that was stopped, to come back at; 0: any.
    ///   - answer: from the request and how often its key has come, 1 for the first time.
    init(port: UInt16 = 0, answer: @escaping @Sendable (Request, Int) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        var isReused: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let port = withUnsafeMutablePointer(to: &address) { pointer -> UInt16? in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, length) == 0, listen(listener, 128) == 0 else { return false }
                return getsockname(listener, address, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
        }
        guard let port else { throw CocoaError(.fileReadUnknown) }
        origin = "http://127.0.0.1:\(port)"
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    close(listener)
                    return
                }
                Thread { self.serve(client) }.start()
            }
        }.start()
    }

    /// The thread that accepts closes the socket: its number may be another one's from then on.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for client in state.withLock(\.held) { close(client) }
    }

    private func serve(_ client: Int32) {
        var buffer: [UInt8] = []
        while let request = Self.read(client, &buffer) {
            let time = state.withLock { state in
                state.requests.append(request)
                return state.requests.count { $0.key == request.key }
            }
            switch answer(request, time) {
            case .status(let status, let headers, let body):
                let text = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
                let bytes = Array(text.utf8)
                var sent = 0
                while sent < bytes.count {
                    let count = bytes[sent...].withUnsafeBytes {
                        send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard count > 0 else { break }
                    sent += count
                }
            case .endless:
                let head = Array("HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\nmore".utf8)
                _ = head.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                state.withLock { $0.held.append(client) }
                return
            case .silence:
                state.withLock { $0.held.append(client) }
                return
            case .hangUp:
                close(client)
                return
            }
        }
        close(client)
    }

    private static func read(_ client: Int32, _ buffer: inout [UInt8]) -> Request? {
        while true {
            let text = String(decoding: buffer, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let lines = text[..<end.lowerBound].split(separator: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] = parts.last?.trimmingCharacters(in: .whitespaces)
                }
                let start = text[..<end.lowerBound].utf8.count + 4
                let total = start + (headers["content-length"].flatMap { Int($0) } ?? 0)
                if buffer.count >= total {
                    let body = String(decoding: buffer[start..<total], as: UTF8.self)
                    buffer.removeFirst(total)
                    return Request(
                        key: headers["idempotency-key"] ?? headers["webhook-id"] ?? "",
                        authorization: headers["authorization"] ?? "", body: body, headers: headers,
                        target: lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "",
                        method: lines.first?.split(separator: " ").first.map(String.init) ?? "")
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }
}
