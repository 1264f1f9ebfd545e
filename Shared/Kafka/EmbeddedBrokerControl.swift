import Foundation

/// One line of the embedded broker's control channel. Answers are `ok` or `error: reason`.
public enum EmbeddedBrokerCommand: Sendable, Equatable {
    case brokerDown(Int)
    case brokerUp(Int)
    case errors(apiKey: Int, code: Int, count: Int)
    case delay(broker: Int, milliseconds: Int)
    case topic(String, partitions: Int)
    case ping
    case stop

    /// Bytes of a line, its end included.
    public static let maxLineBytes = 1024

    public init(line: String) throws(KafkaError) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let numbers = words.dropFirst().map { Int($0) }
        switch (words.first, numbers.count) {
        case ("broker-down", 1): self = .brokerDown(try Self.number(numbers[0], "broker"))
        case ("broker-up", 1): self = .brokerUp(try Self.number(numbers[0], "broker"))
        case ("errors", 3):
            self = .errors(
                apiKey: try Self.number(numbers[0], "api-key"), code: try Self.number(numbers[1], "code"),
                count: try Self.number(numbers[2], "count"))
        case ("delay", 2):
            self = .delay(
                broker: try Self.number(numbers[0], "broker"), milliseconds: try Self.number(numbers[1], "ms"))
        case ("topic", 2): self = .topic(words[1], partitions: try Self.number(numbers[1], "partitions"))
        case ("ping", 0): self = .ping
        case ("stop", 0): self = .stop
        default: throw KafkaError(.invalidArgument, "unknown command or wrong number of words")
        }
    }

    public var line: String {
        switch self {
        case .brokerDown(let broker): "broker-down \(broker)"
        case .brokerUp(let broker): "broker-up \(broker)"
        case .errors(let apiKey, let code, let count): "errors \(apiKey) \(code) \(count)"
        case .delay(let broker, let milliseconds): "delay \(broker) \(milliseconds)"
        case .topic(let name, let partitions): "topic \(name) \(partitions)"
        case .ping: "ping"
        case .stop: "stop"
        }
    }

    private static func number(_ value: Int?, _ name: String) throws(KafkaError) -> Int {
        guard let value else { throw KafkaError(.invalidArgument, "\(name) is not a number") }
        return value
    }

    func carryOut(on broker: EmbeddedBroker) throws(KafkaError) {
        switch self {
        case .brokerDown(let id): try broker.setDown(id)
        case .brokerUp(let id): try broker.setUp(id)
        case .errors(let apiKey, let code, let count):
            try broker.failRequests(apiKey: apiKey, code: code, count: count)
        case .delay(let id, let milliseconds): try broker.delay(broker: id, milliseconds: milliseconds)
        case .topic(let name, let partitions): try broker.create(TopicSpecification(name: name, partitions: partitions))
        case .ping, .stop: break
        }
    }
}

/// Speaks to an embedded broker in another process. Each command is a connection of its own; calls block.
public struct EmbeddedBrokerControl: Sendable {
    public let socketPath: String
    /// Seconds to wait for an answer.
    public let timeoutSeconds: Int

    public init(socketPath: String, timeoutSeconds: Int = 10) {
        self.socketPath = socketPath
        self.timeoutSeconds = timeoutSeconds
    }

    public func send(_ command: EmbeddedBrokerCommand) throws(KafkaError) { try send(line: command.line) }

    /// Throws what the broker answered as error.
    public func send(line: String) throws(KafkaError) {
        let descriptor = try LocalSocket.make()
        defer { close(descriptor) }
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard try LocalSocket.withAddress(socketPath, { connect(descriptor, $0, $1) }) == 0 else {
            throw LocalSocket.failure("connect to \(socketPath)")
        }
        guard LocalSocket.write(descriptor, line + "\n") else { throw LocalSocket.failure("write to \(socketPath)") }
        var answer: [UInt8] = []
        while !answer.contains(UInt8(ascii: "\n")), answer.count < EmbeddedBrokerCommand.maxLineBytes {
            var part = [UInt8](repeating: 0, count: 512)
            let got = read(descriptor, &part, part.count)
            guard got > 0 else { throw KafkaError(.transport, "no answer from \(socketPath)") }
            answer += part[..<got]
        }
        let text = String(decoding: answer.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        if text != "ok" { throw KafkaError(.invalidArgument, text) }
    }
}

/// The few calls on Unix domain sockets that the control channel needs.
enum LocalSocket {
    static func make() throws(KafkaError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        return descriptor
    }

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(KafkaError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw KafkaError(.invalidArgument, "control socket path has \(bytes.count) bytes, not 1 to 107")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func write(_ descriptor: Int32, _ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    static func failure(_ what: String) -> KafkaError {
        KafkaError(.transport, "\(what): \(String(cString: strerror(errno)))")
    }
}
