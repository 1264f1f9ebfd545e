import Foundation
import Glibc
import Synchronization

/// A mail server on a socket of 127.0.0.1 that says what each test wants, and remembers what it was told.
final class FakeMailServer: Sendable {
    enum Reply: Sendable {
        /// One line, or several with LF between them.
        case say(String)
        case hangUp
        /// Says the first, then hangs up.
        case sayAndHangUp(String)
        /// Nothing at all, with the connection open.
        case silence
    }

    struct Mail: Sendable {
        let sender: String
        let recipients: [String]
        /// As they came over the wire, up to the line with the dot.
        let wire: String

        func header(_ name: String) -> String? {
            let head = wire.components(separatedBy: "\r\n\r\n").first ?? ""
            return head.components(separatedBy: "\r\n").first { $0.hasPrefix(name + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    private struct State {
        var mails: [Mail] = []
        var commands: [String] = []
        var connections = 0
        var open: [Int32] = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let reply: @Sendable (_ command: String, _ connection: Int) -> Reply?

    var mails: [Mail] { state.withLock(\.mails) }
    var commands: [String] { state.withLock(\.commands) }
    var connections: Int { state.withLock(\.connections) }

    /// - Parameter reply: to a command, or to `CONNECT`, or to `.` for the end of a mail; nil: what a server that takes
    ///   everything says. With the number of the connection, from 1.
    init(_ reply: @escaping @Sendable (_ command: String, _ connection: Int) -> Reply? = { _, _ in nil }) throws {
        self.reply = reply
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
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
        self.port = Int(port)
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    close(listener)
                    return
                }
                let number = state.withLock { state in
                    state.open.append(client)
                    state.connections += 1
                    return state.connections
                }
                Thread { self.serve(client, number) }.start()
            }
        }.start()
    }

    /// The thread that accepts closes the socket: its number may be another one's from then on.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        hangUp()
    }

    /// Ends every connection; the threads that serve them close them.
    func hangUp() { state.withLock { for client in $0.open { shutdown(client, Int32(SHUT_RDWR)) } } }

    private static func usual(_ command: String) -> Reply {
        switch command.split(separator: " ").first?.uppercased() {
        case "CONNECT": .say("220 fake ESMTP")
        case "EHLO": .say("250-fake\n250-8BITMIME\n250-SIZE 1000000\n250 AUTH PLAIN LOGIN")
        case "AUTH": .say("235 welcome")
        case "DATA": .say("354 go on")
        case "QUIT": .sayAndHangUp("221 bye")
        default: .say("250 ok")
        }
    }

    private func serve(_ client: Int32, _ number: Int) {
        var lines = LineReader(client: client)
        var sender = ""
        var recipients: [String] = []
        defer {
            state.withLock { $0.open.removeAll { $0 == client } }
            close(client)
        }
        guard answer("CONNECT", number, client) != nil else { return }
        while let command = lines.next() {
            state.withLock { $0.commands.append(command) }
            guard let said = answer(command, number, client) else { return }
            if command.hasPrefix("MAIL FROM:") { (sender, recipients) = (String(command.dropFirst(10)), []) }
            if command.hasPrefix("RCPT TO:") { recipients.append(String(command.dropFirst(8))) }
            guard said.hasPrefix("354") else { continue }
            var wire = ""
            while let line = lines.next(), line != "." { wire += line + "\r\n" }
            let mail = Mail(sender: sender, recipients: recipients, wire: wire)
            state.withLock { $0.mails.append(mail) }
            guard answer(".", number, client) != nil else { return }
        }
    }

    /// What was said; nil at the end of the connection.
    private func answer(_ command: String, _ number: Int, _ client: Int32) -> String? {
        switch reply(command, number) ?? Self.usual(command) {
        case .say(let text): return say(text, client) ? text : nil
        case .sayAndHangUp(let text):
            _ = say(text, client)
            return nil
        case .hangUp: return nil
        case .silence:
            var byte: UInt8 = 0
            while recv(client, &byte, 1, 0) > 0 {}
            return nil
        }
    }

    private func say(_ text: String, _ client: Int32) -> Bool {
        let bytes = Array((text.replacing("\n", with: "\r\n") + "\r\n").utf8)
        return bytes.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
    }
}

/// Lines that end with CR LF; any other CR or LF stays in its line.
private struct LineReader {
    let client: Int32
    private var buffer: [UInt8] = []

    init(client: Int32) { self.client = client }

    mutating func next() -> String? {
        var searched = 0
        while true {
            let end = buffer.indices.dropFirst(searched).first {
                buffer[$0] == 0x0A && $0 > 0 && buffer[$0 - 1] == 0x0D
            }
            if let end {
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer[..<(end - 1)], as: UTF8.self)
            }
            searched = buffer.count
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }
}
