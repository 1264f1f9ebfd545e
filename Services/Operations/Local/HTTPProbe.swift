import Foundation
import Glibc

/// One small GET over a plain socket: for health checks, where a client library would be the larger part of the tool.
enum HTTPProbe {
    /// Longest answer that is read, in bytes.
    private static let maxBytes = 4 << 20

    /// Throws when there is no answer within `seconds`.
    static func get(host: String, port: Int, path: String, seconds: Int = 5) throws -> (status: Int, body: String) {
        let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        return try exchange(host: host, port: port, request: Array(request.utf8), seconds: seconds)
    }

    static func post(
        host: String, port: Int, path: String, headers: [(String, String)], body: [UInt8], seconds: Int = 15
    ) throws -> (status: Int, body: String) {
        var request = "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        return try exchange(host: host, port: port, request: Array((request + "\r\n").utf8) + body, seconds: seconds)
    }

    private static func exchange(
        host: String, port: Int, request: [UInt8], seconds: Int
    ) throws -> (status: Int, body: String) {
        let descriptor = try connect(host, port, seconds)
        defer { close(descriptor) }
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: sent), request.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw OperationsError("\(host):\(port) does not take the request") }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count < maxBytes {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw OperationsError("\(host):\(port) does not answer within \(seconds) s") }
            if count == 0 { break }
            answer += buffer[0..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let status = Int(text.dropFirst(9).prefix(3)) else {
            throw OperationsError("\(host):\(port) does not speak HTTP")
        }
        let body = text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        return (status, body)
    }

    private static func connect(_ host: String, _ port: Int, _ seconds: Int) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw OperationsError("\(host) is not a known host")
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw OperationsError("no socket") }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard Glibc.connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
            close(descriptor)
            throw OperationsError("\(host):\(port) is not listening")
        }
        return descriptor
    }
}
