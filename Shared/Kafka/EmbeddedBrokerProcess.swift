import Dispatch
import Foundation
import Synchronization

/// The listening end of the control channel. One thread serves up to 16 connections.
public final class EmbeddedBrokerControlServer: Sendable {
    private let listener: Int32
    private let stopPipe: (read: Int32, write: Int32)
    private let path: String
    private let finished = DispatchSemaphore(value: 0)
    private let stopped = Atomic<Bool>(false)

    /// `onStop` is called once, on the server's thread, when a client sends `stop`.
    public init(
        socketPath: String, broker: EmbeddedBroker, onStop: @escaping @Sendable () -> Void
    ) throws(KafkaError) {
        path = socketPath
        listener = try LocalSocket.make()
        unlink(socketPath)
        let listener = listener
        let bound: Int32
        do throws(KafkaError) {
            bound = try LocalSocket.withAddress(socketPath) { bind(listener, $0, $1) }
        } catch {
            close(listener)
            throw error
        }
        var ends: [Int32] = [-1, -1]
        guard bound == 0, chmod(socketPath, 0o600) == 0, listen(listener, 16) == 0, pipe(&ends) == 0 else {
            let error = LocalSocket.failure("control socket \(socketPath)")
            close(listener)
            throw error
        }
        stopPipe = (ends[0], ends[1])
        let connections = ControlConnections(listener: listener, stop: ends[0], broker: broker, onStop: onStop)
        let finished = finished
        Thread.detachNewThread {
            connections.serve()
            finished.signal()
        }
    }

    /// Ends the thread and removes the socket. Not to be called on the server's own thread.
    public func stop() {
        guard !stopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        close(stopPipe.write)
        finished.wait()
        close(stopPipe.read)
        close(listener)
        unlink(path)
    }

    deinit { stop() }
}

/// Confined to the server's thread once started.
/// @unchecked: handed over to that thread at its start and never touched elsewhere.
private final class ControlConnections: @unchecked Sendable {
    private let listener: Int32
    private let stop: Int32
    private let broker: EmbeddedBroker
    private let onStop: @Sendable () -> Void
    private var clients: [(descriptor: Int32, line: [UInt8])] = []
    private static let maxClients = 16

    init(listener: Int32, stop: Int32, broker: EmbeddedBroker, onStop: @escaping @Sendable () -> Void) {
        self.listener = listener
        self.stop = stop
        self.broker = broker
        self.onStop = onStop
    }

    func serve() {
        defer { for client in clients { close(client.descriptor) } }
        while true {
            let listening: Int16 = clients.count < Self.maxClients ? Int16(POLLIN) : 0
            var waits = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: listening, revents: 0),
            ]
            waits += clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
            if waits[0].revents != 0 { return }
            for index in clients.indices.reversed() where waits[index + 2].revents != 0 { receive(index) }
            guard waits[1].revents != 0 else { continue }
            let client = accept(listener, nil, nil)
            if client >= 0 { clients.append((client, [])) }
        }
    }

    private func receive(_ index: Int) {
        let descriptor = clients[index].descriptor
        var part = [UInt8](repeating: 0, count: EmbeddedBrokerCommand.maxLineBytes)
        let got = recv(descriptor, &part, part.count, Int32(MSG_DONTWAIT))
        guard got > 0 else { return drop(index) }
        clients[index].line += part[..<got]
        while let end = clients[index].line.firstIndex(of: UInt8(ascii: "\n")) {
            guard end < EmbeddedBrokerCommand.maxLineBytes else { return refuse(index) }
            let line = String(decoding: clients[index].line[..<end], as: UTF8.self)
            clients[index].line.removeSubrange(...end)
            guard LocalSocket.write(descriptor, answer(line) + "\n") else { return drop(index) }
            if line.trimmingCharacters(in: .whitespaces) == "stop" { onStop() }
        }
        if clients[index].line.count >= EmbeddedBrokerCommand.maxLineBytes { refuse(index) }
    }

    private func answer(_ line: String) -> String {
        do throws(KafkaError) {
            try EmbeddedBrokerCommand(line: line).carryOut(on: broker)
            return "ok"
        } catch {
            return "error: \(error.reason.replacingOccurrences(of: "\n", with: " "))"
        }
    }

    private func refuse(_ index: Int) {
        _ = LocalSocket.write(
            clients[index].descriptor, "error: line longer than \(EmbeddedBrokerCommand.maxLineBytes) bytes\n")
        drop(index)
    }

    private func drop(_ index: Int) {
        close(clients[index].descriptor)
        clients.remove(at: index)
    }
}

extension EmbeddedBroker {
    /// What a broker process is started with.
    public struct Options: Sendable {
        /// Gets the bootstrap list and a line end, written atomically once the brokers run and the topics exist.
        public var bootstrapFile: String
        /// Path of the control socket; nil for none.
        public var controlSocket: String?
        public var topics: [TopicSpecification]
        public var brokers: Int

        public init(
            bootstrapFile: String, controlSocket: String? = nil, topics: [TopicSpecification] = [], brokers: Int = 1
        ) {
            self.bootstrapFile = bootstrapFile
            self.controlSocket = controlSocket
            self.topics = topics
            self.brokers = brokers
        }
    }

    /// The body of a broker process: runs until `stop` on the control channel, SIGTERM or SIGINT. Blocks its thread.
    public static func run(_ options: Options) throws {
        let ended = DispatchSemaphore(value: 0)
        // Put back at the end: libdispatch replaces the handler for the first source of a process only, and what this
        // process starts later would inherit that it ignores them.
        let earlier = [SIGTERM, SIGINT].map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip([SIGTERM, SIGINT], earlier) { signal(number, handler) } }
        let sources = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { ended.signal() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        let broker = try EmbeddedBroker(brokers: options.brokers, topics: options.topics)
        defer { broker.stop() }
        let control = try options.controlSocket.map {
            try EmbeddedBrokerControlServer(socketPath: $0, broker: broker) { ended.signal() }
        }
        defer { control?.stop() }
        let file = URL(fileURLWithPath: options.bootstrapFile)
        try Data((broker.bootstrapServers + "\n").utf8).write(to: file, options: .atomic)
        defer { try? FileManager.default.removeItem(at: file) }
        ended.wait()
    }
}
