import Foundation
import Glibc

/// What the gateway's thread does. Since every answer has the same latency, they leave in the order of the requests.
struct NotificationGatewayLoop {
    private struct Client {
        var bytes: [UInt8] = []
        /// Parts a connection from an earlier one with the same descriptor.
        let generation: Int
    }

    private struct Answer {
        /// Nanoseconds of the monotonic clock.
        let due: UInt64
        let client: Int32
        let generation: Int
        let bytes: [UInt8]
        /// The client has asked for that.
        let closes: Bool
    }

    private(set) var figures = NotificationGateway.Figures()
    private let behaviour: NotificationGateway.Behaviour
    private let port: Int
    private let bell: Int32
    private var listener: Int32?
    private var clients: [Int32: Client] = [:]
    private var generation = 0
    private var answers: [Answer] = []
    private var head = 0
    private var taken: Set<UUID> = []
    private var random: SimulatedRandom
    /// The bell, the listener, then the clients; made again when somebody comes or goes.
    private var watched: [pollfd] = []
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private let latency: UInt64

    /// Longest request, head and body.
    private static let requestLimit = 1 << 20
    private static let clientLimit = 4_096

    init(_ behaviour: NotificationGateway.Behaviour, port: Int, listener: Int32, bell: Int32) {
        self.behaviour = behaviour
        self.port = port
        self.bell = bell
        random = SimulatedRandom(seed: behaviour.seed)
        latency = UInt64(max(0, behaviour.latency.inSeconds) * 1e9)
        self.listener = listener
    }

    /// Waits for requests, or for an answer that is due, and reads what has come. True when the gateway has opened or closed.
    mutating func turn(isOpen: Bool) -> Bool {
        let isChanged = isOpen != (listener != nil)
        if isChanged { setOpen(isOpen) }
        if watched.isEmpty {
            watched = ([bell] + (listener.map { [$0] } ?? []) + clients.keys).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
        }
        let found = poll(&watched, UInt(watched.count), isChanged ? 0 : waitMilliseconds)
        if found > 0 {
            for descriptor in watched.filter({ $0.revents != 0 }).map(\.fd) { serve(descriptor) }
        }
        figures.processorSeconds = Self.processorSeconds()
        return isChanged
    }

    mutating func close() { setOpen(false) }

    private mutating func serve(_ descriptor: Int32) {
        if descriptor == bell {
            while read(bell, &buffer, buffer.count) > 0 {}
        } else if descriptor == listener {
            accept()
        } else {
            receive(descriptor)
        }
    }

    private mutating func setOpen(_ isOpen: Bool) {
        watched.removeAll(keepingCapacity: true)
        if isOpen {
            listener = try? GatewaySocket.listen(port: port)
            return
        }
        if let listener { Glibc.close(listener) }
        listener = nil
        for client in clients.keys { Glibc.close(client) }
        clients.removeAll()
    }

    private mutating func accept() {
        guard let listener else { return }
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            GatewaySocket.unblock(client)
            guard clients.count < Self.clientLimit else {
                Glibc.close(client)
                continue
            }
            generation += 1
            clients[client] = Client(generation: generation)
            watched.removeAll(keepingCapacity: true)
        }
    }

    private mutating func drop(_ client: Int32) {
        clients[client] = nil
        watched.removeAll(keepingCapacity: true)
        Glibc.close(client)
    }

    // MARK: requests

    private mutating func receive(_ descriptor: Int32) {
        guard clients[descriptor] != nil else { return }
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                clients[descriptor]?.bytes.append(contentsOf: buffer[0..<count])
                if count < buffer.count { break }
            } else if count < 0, errno == EAGAIN {
                break
            } else {
                return drop(descriptor)
            }
        }
        while let client = clients[descriptor], !client.bytes.isEmpty {
            guard client.bytes.count <= Self.requestLimit else { return drop(descriptor) }
            guard let request = GatewayRequest(client.bytes) else { return }
            clients[descriptor]?.bytes.removeFirst(request.length)
            let (status, body) = answer(request)
            answers.append(
                Answer(
                    due: Self.now() + latency, client: descriptor, generation: client.generation,
                    bytes: Self.response(status, body), closes: request.closes))
        }
    }

    /// What it answers, and what it takes.
    private mutating func answer(_ request: GatewayRequest) -> (status: String, body: String) {
        guard let key = request.key else { return ("400 Bad Request", #"{"reason":"NO_KEY"}"#) }
        let known = #"{"status":"delivered","reference":"\#(key.uuidString)"}"#
        if request.isQuestion {
            figures.asks += 1
            return taken.contains(key) ? ("200 OK", known) : ("404 Not Found", "{}")
        }
        figures.posts += 1
        if taken.contains(key) {
            figures.repeats += 1
            return ("200 OK", known)
        }
        let isError = random.chance(perMille: behaviour.errorsPerMille)
        if !isError || random.chance(perMille: 500) {
            taken.insert(key)
            figures.taken += 1
            if isError { figures.takenErrors += 1 }
        }
        guard isError else { return ("200 OK", #"{"reference":"\#(key.uuidString)"}"#) }
        figures.errors += 1
        return ("500 Internal Server Error", "{}")
    }

    private static func response(_ status: String, _ body: String) -> [UInt8] {
        Array(
            "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                .utf8)
    }

    // MARK: answers

    mutating func answerDue() {
        while head < answers.count {
            let now = Self.now()
            let answer = answers[head]
            guard answer.due <= now else { break }
            head += 1
            figures.lateness[min(figures.lateness.count - 1, Int((now - answer.due) / 1_000_000))] += 1
            guard clients[answer.client]?.generation == answer.generation else { continue }
            // A few hundred bytes always fit into an idle socket.
            let sent = send(answer.client, answer.bytes, answer.bytes.count, Int32(MSG_NOSIGNAL))
            if sent != answer.bytes.count || answer.closes { drop(answer.client) }
        }
        if head > 4_096 || head == answers.count {
            answers.removeFirst(head)
            head = 0
        }
    }

    /// Until the next answer, rounded up; -1: until somebody comes.
    private var waitMilliseconds: Int32 {
        guard head < answers.count else { return -1 }
        let now = Self.now()
        let due = answers[head].due
        return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
    }

    private static func now() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }
    private static func processorSeconds() -> Double { Double(nanoseconds(CLOCK_THREAD_CPUTIME_ID)) / 1e9 }

    private static func nanoseconds(_ clock: Int32) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A request that is there as a whole.
struct GatewayRequest {
    let isQuestion: Bool
    /// Of a post its `Idempotency-Key`, of a question the last part of its path.
    let key: UUID?
    /// Whether the connection ends with the answer.
    let closes: Bool
    /// Bytes of head and body.
    let length: Int

    /// Nil while some of it is missing.
    init?(_ bytes: [UInt8]) {
        let parsed = bytes.withUnsafeBytes { all -> (Bool, UUID?, Bool, Int)? in
            guard let end = Self.endOfHead(all) else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: all[..<end])
            let isQuestion = head.starts(with: Array("GET ".utf8))
            let body = Self.value(of: "content-length:", in: head).flatMap { Int($0) } ?? 0
            guard body >= 0, all.count - end >= body else { return nil }
            let text =
                isQuestion ? Self.lastPart(of: head) : Self.value(of: "idempotency-key:", in: head)
            let closes = Self.value(of: "connection:", in: head)?.lowercased() == "close"
            return (isQuestion, text.flatMap { UUID(uuidString: $0) }, closes, end + body)
        }
        guard let parsed else { return nil }
        (isQuestion, key, closes, length) = parsed
    }

    private static func endOfHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let line = UInt8(ascii: "\n")
        var start = 0
        while let end = bytes[start...].firstIndex(of: line) {
            if end - start == 1, bytes[start] == UInt8(ascii: "\r"), start > 0 { return end + 1 }
            start = end + 1
        }
        return nil
    }

    /// The value of a header; `name` in lower case, with its colon.
    private static func value(of name: String, in head: UnsafeRawBufferPointer) -> String? {
        var start = 0
        while let line = head[start...].firstIndex(of: UInt8(ascii: "\n")) {
            start = line + 1
            guard head.count - start > name.utf8.count, let base = head.baseAddress?.advanced(by: start),
                strncasecmp(base.assumingMemoryBound(to: CChar.self), name, name.utf8.count) == 0
            else { continue }
            let rest = head[(start + name.utf8.count)...].prefix { $0 != UInt8(ascii: "\r") }
            return String(decoding: rest, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        }
        return nil
    }

    private static func lastPart(of head: UnsafeRawBufferPointer) -> String? {
        let target = head.dropFirst(4).prefix { $0 != UInt8(ascii: " ") }
        return target.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) }
    }
}
