import Glibc
import Synchronization

/// Writes log lines and holds back what repeats: of identical lines the first five within ten seconds pass; how many
/// more came is told with the next line after that time, or by `flush`.
public final class LogOutput: Sendable {
    /// Identical lines that pass within `window`.
    public static let burst = 5
    /// Milliseconds.
    public static let window: Int64 = 10_000
    /// Different lines watched at a time; beyond that lines pass uncounted.
    static let maxWatched = 512

    private struct Watched {
        var since: Int64
        var count: Int
        var line: LogLine
    }

    private struct State {
        var watched: [Int: Watched] = [:]
        var nextSweep: Int64 = 0
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) -> Void

    /// Milliseconds since 1970 from `now`; `write` gets whole lines, one at a time.
    public init(now: @escaping @Sendable () -> Int64, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.now = now
        self.write = write
    }

    /// Standard error, one `write` a line.
    public static let standardError = LogOutput(now: wallClockMilliseconds) { line in
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // Nobody reads standard error: the work matters more than its log.
                return
            }
        }
    }

    func log(_ line: LogLine) {
        let time = now()
        state.withLock { state in
            if time >= state.nextSweep { sweep(&state, time, all: false) }
            let identity = line.identity
            if var watched = state.watched[identity], time - watched.since < Self.window {
                watched.count += 1
                state.watched[identity] = watched
                if watched.count > Self.burst { return }
            } else if state.watched.count < Self.maxWatched {
                if let old = state.watched[identity] { report(old, time) }
                state.watched[identity] = Watched(since: time, count: 1, line: line)
            }
            write(line.bytes(at: time))
        }
    }

    /// Tells the counts of everything that was held back.
    public func flush() {
        let time = now()
        state.withLock { sweep(&$0, time, all: true) }
    }

    private func sweep(_ state: inout State, _ time: Int64, all: Bool) {
        state.nextSweep = time + 1_000
        for (identity, watched) in state.watched where all || time - watched.since >= Self.window {
            report(watched, time)
            state.watched[identity] = nil
        }
    }

    private func report(_ watched: Watched, _ time: Int64) {
        let suppressed = watched.count - Self.burst
        if suppressed > 0 { write(watched.line.bytes(at: time, suppressed: suppressed)) }
    }
}

/// Milliseconds since 1970-01-01 UTC.
@Sendable func wallClockMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
