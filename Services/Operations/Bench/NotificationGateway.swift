import Foundation
import Glibc
import Synchronization

/// A gateway of messages on 127.0.0.1, for benchmarks: one thread for all sockets. Every answer comes after the
/// same latency, some posts are answered with HTTP 500, half of them although the message was taken.
///
/// It speaks the contract of the notifier's providers of kind `gateway`: `POST` with `Idempotency-Key`, and
/// `GET …/<key>` for what became of a message.
final class NotificationGateway: Sendable {
    struct Behaviour: Sendable {
        var latency: Duration = .milliseconds(100)
        /// Posts of a thousand that are answered with HTTP 500; every second one of them was taken.
        var errorsPerMille = 50
        var seed: UInt64 = 1
    }

    struct Figures: Sendable {
        var posts = 0
        /// Answered with HTTP 500.
        var errors = 0
        /// Of these, taken.
        var takenErrors = 0
        /// Questions for a message's state.
        var asks = 0
        /// Different messages.
        var taken = 0
        /// Posts of messages that had been taken before.
        var repeats = 0
        /// CPU seconds of the gateway's thread.
        var processorSeconds = 0.0
        /// How late answers were sent, by milliseconds behind the latency; the last place stands for more.
        var lateness = [Int](repeating: 0, count: 201)

        /// Milliseconds within which 99 of 100 answers were sent.
        var lateP99: Int {
            let all = lateness.reduce(0, +)
            var sum = 0
            return lateness.firstIndex { count in
                sum += count
                return sum * 100 >= all * 99
            } ?? 0
        }
        /// Requests that a processor could serve in a second.
        var capacity: Double { Double(posts + asks) / max(processorSeconds, 0.000_001) }
    }

    private struct Wishes {
        var isOpen = true
        var isStopping = false
    }

    let port: Int
    private let figuresNow = Mutex(Figures())
    private let wishes = Mutex(Wishes())
    /// A pipe that wakes the thread.
    private let bell: (read: Int32, write: Int32)
    private let done = DispatchSemaphore(value: 0)

    var figures: Figures { figuresNow.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)/messages" }

    /// Listens at once, on any free port.
    init(_ behaviour: Behaviour) throws {
        let bell = try GatewaySocket.pipe()
        self.bell = bell
        let listener = try GatewaySocket.listen(port: 0)
        port = try GatewaySocket.port(of: listener)
        let thread = Thread { [self] in
            var loop = NotificationGatewayLoop(behaviour, port: port, listener: listener, bell: bell.read)
            while !wishes.withLock({ $0.isStopping }) {
                let isChanged = loop.turn(isOpen: wishes.withLock(\.isOpen))
                // Before the answers leave: whoever has one finds it counted.
                figuresNow.withLock { $0 = loop.figures }
                loop.answerDue()
                if isChanged { done.signal() }
            }
            loop.close()
            done.signal()
        }
        thread.name = "gateway"
        thread.start()
    }

    /// Nobody listens any more, and every connection is cut; or the same port takes connections again. Returns when
    /// it is so.
    func setOpen(_ isOpen: Bool) {
        let isChange = wishes.withLock { wishes in
            defer { wishes.isOpen = isOpen }
            return wishes.isOpen != isOpen
        }
        guard isChange else { return }
        ring()
        done.wait()
    }

    func stop() {
        wishes.withLock { $0.isStopping = true }
        ring()
        done.wait()
        close(bell.read)
        close(bell.write)
    }

    private func ring() {
        var one: UInt8 = 1
        _ = write(bell.write, &one, 1)
    }
}

/// Sockets of the gateway.
enum GatewaySocket {
    static func listen(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw OperationsError("the gateway got no socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 1_024) == 0 else {
            close(descriptor)
            throw OperationsError("the gateway cannot listen on port \(port)")
        }
        return descriptor
    }

    /// Both ends never block.
    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw OperationsError("the gateway got no pipe") }
        for end in ends { unblock(end) }
        return (ends[0], ends[1])
    }

    static func unblock(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    static func port(of descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isKnown else { throw OperationsError("the gateway's socket has no port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
