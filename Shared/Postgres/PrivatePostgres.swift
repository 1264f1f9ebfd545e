import CLibPQ
import Foundation
import Glibc
import Synchronization

/// A PostgreSQL cluster of one's own, from the binaries that Debian installs, for tests, demonstrations and benchmarks.
/// It listens on a Unix socket in its directory (0700), on request also on 127.0.0.1 with a random password. The
/// directory is deleted by `stop()`; when this process ends without that, a supervisor shell stops the server and
/// deletes the directory. As root, the server runs as `postgres` (or `nobody`).
public final class PrivatePostgres: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let reason: String
        public var description: String { "private PostgreSQL: \(reason)" }
    }

    /// Holds data, socket and log.
    public let directory: String
    public let tcpPort: UInt16?
    let settings: [String: String]
    let binaries: String
    let account: Account?
    let password: String
    private let server = Mutex<ChildProcess?>(nil)

    /// Settings used unless given otherwise.
    public static let defaultSettings = [
        "shared_buffers": "256MB", "fsync": "on", "synchronous_commit": "on", "max_wal_size": "4GB",
        "wal_compression": "lz4", "max_connections": "100",
    ]

    /// Creates the cluster and starts it; blocks until it accepts connections (a few seconds).
    /// - Parameters:
    ///   - directory: must be absent or empty, and short (a socket's path has 107 bytes at most); nil: a temporary one.
    ///   - settings: of `postgresql.conf`, over `defaultSettings`.
    ///   - tcpPort: also listen there, on 127.0.0.1 alone.
    public init(directory: String? = nil, settings: [String: String] = [:], tcpPort: UInt16? = nil) throws(Failure) {
        binaries = try PrivatePostgres.findBinaries()
        account = try Account.unprivileged()
        self.tcpPort = tcpPort
        self.settings = PrivatePostgres.defaultSettings.merging(settings) { $1 }
        password = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        self.directory = try PrivatePostgres.makeDirectory(directory, account)
        do throws(Failure) {
            try initialise()
            try start()
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    var dataDirectory: String { directory + "/data" }
    var logPath: String { directory + "/log" }

    /// URL of a database through the Unix socket, as superuser `postgres`.
    public func url(database: String = "postgres") -> String {
        "postgresql:///\(PrivatePostgres.escape(database))?host=\(PrivatePostgres.escape(directory))"
            + "&port=\(tcpPort ?? 5432)&user=postgres"
    }

    /// URL through TCP, with the password; nil without a port.
    public func tcpURL(database: String = "postgres") -> String? {
        tcpPort.map { "postgresql://postgres:\(password)@127.0.0.1:\($0)/\(PrivatePostgres.escape(database))" }
    }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// Creates an empty database and returns its URL.
    @discardableResult
    public func createDatabase(_ name: String) throws(PostgresError) -> String {
        let connection = try Connection(ConnectionSettings(url: url(), applicationName: "private-postgres"))
        defer { connection.close() }
        try connection.execute("CREATE DATABASE \(quoteIdentifier(name))")
        return url(database: name)
    }

    /// Starts the server again after `crash()`. Does nothing when it runs.
    public func start() throws(Failure) {
        try server.withLock { child throws(Failure) in
            if child != nil { return }
            let started = try launch()
            do throws(Failure) {
                try waitUntilReady(started)
                child = started
            } catch {
                endServer(started, mode: SIGQUIT)
                throw error
            }
        }
    }

    /// Ends the server (fast, after 15 s immediately) and deletes the directory. Does nothing the second time.
    public func stop() {
        end(mode: SIGINT)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Fast stop and start: sessions are ended, data stays.
    public func restart() throws(Failure) {
        end(mode: SIGINT)
        try start()
    }

    /// Ends the server at once, without checkpoint, as a power cut would; `start()` then recovers from the WAL.
    public func crash() { end(mode: SIGQUIT) }

    public var isRunning: Bool { server.withLock { $0 != nil } }

    private func end(mode: Int32) {
        server.withLock { child in
            if let running = child { endServer(running, mode: mode) }
            child = nil
        }
    }

    /// The postmaster's process id, from the first line of its lock file.
    var postmasterID: pid_t? {
        guard let text = try? String(contentsOfFile: dataDirectory + "/postmaster.pid", encoding: .utf8) else {
            return nil
        }
        return text.split(separator: "\n").first.flatMap { pid_t($0) }.flatMap { $0 > 1 ? $0 : nil }
    }

    private func endServer(_ child: ChildProcess, mode: Int32) {
        for (signal, milliseconds) in [(mode, 15_000), (SIGQUIT, 10_000), (SIGKILL, 5_000)] {
            if let id = postmasterID { kill(id, signal) }
            if child.waitForEnd(milliseconds: milliseconds) { break }
        }
        _ = child.reap()
    }

    /// The log's last lines, for errors of starting (no session has run yet).
    func logTail() -> String {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(5).joined(separator: " | ")
    }

    private func waitUntilReady(_ child: ChildProcess) throws(Failure) {
        let deadline = ContinuousClock.now + .seconds(60)
        let probe = url()
        while PQping(probe) != PQPING_OK {
            if child.waitForEnd(milliseconds: 20) { throw Failure(reason: "server ended: \(logTail())") }
            if ContinuousClock.now > deadline { throw Failure(reason: "not ready within 60 s: \(logTail())") }
        }
    }
}
