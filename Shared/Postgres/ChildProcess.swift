import Glibc
import Synchronization

/// Held from opening the pipes until they are marked close-on-exec and the child runs (Swift doesn't see `pipe2`), so that
/// two children started at once don't inherit each other's pipe ends.
private let spawning = Mutex(())

/// A pipe whose ends no other child inherits.
private func openPipe(_ ends: inout [Int32]) -> Bool {
    guard pipe(&ends) == 0 else { return false }
    return ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
}

/// A child process started with `posix_spawn`, in a session of its own so that a terminal's Ctrl-C doesn't reach it.
/// Its stdin is a pipe that ends when this process ends, however that happens; its stdout is a pipe whose end tells that
/// the child is gone.
struct ChildProcess {
    let processID: pid_t
    private let input: Int32
    private let output: Int32

    struct Failure: Error { let code: Int32 }

    init(_ arguments: [String]) throws(Failure) {
        self = try spawning.withLock { _ throws(Failure) in try ChildProcess(unguarded: arguments) }
    }

    private init(unguarded arguments: [String]) throws(Failure) {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard openPipe(&toChild) else { throw Failure(code: errno) }
        guard openPipe(&fromChild) else {
            for descriptor in toChild { _ = close(descriptor) }
            throw Failure(code: errno)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(0x80))  // 0x80: POSIX_SPAWN_SETSID
        var child: pid_t = 0
        let copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let code = posix_spawnp(&child, arguments[0], &actions, &attributes, copies, environ)
        for copy in copies { free(copy) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        _ = close(toChild[0])
        _ = close(fromChild[1])
        guard code == 0 else {
            _ = close(toChild[1])
            _ = close(fromChild[0])
            throw Failure(code: code)
        }
        processID = child
        input = toChild[1]
        output = fromChild[0]
    }

    /// Waits until the child is gone (its stdout ends) or the time is over. Returns whether it is gone.
    func waitForEnd(milliseconds: Int) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        var scratch = [UInt8](repeating: 0, count: 4_096)
        repeat {
            let left = (deadline - ContinuousClock.now).components
            let rest = max(0, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000)
            var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            if poll(&descriptor, 1, Int32(clamping: rest)) > 0, read(output, &scratch, scratch.count) == 0 {
                return true
            }
        } while ContinuousClock.now < deadline
        return false
    }

    /// Closes the pipes and collects the exit status; call once, after the child has ended or was told to.
    func reap() -> Int32 {
        _ = close(input)
        _ = close(output)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Runs to the end; returns the exit status, or nil when the time was over (the child is killed then).
    static func run(_ arguments: [String], milliseconds: Int) throws(Failure) -> Int32? {
        let child = try ChildProcess(arguments)
        let ended = child.waitForEnd(milliseconds: milliseconds)
        if !ended { kill(-child.processID, SIGKILL) }
        let status = child.reap()
        return ended ? status : nil
    }
}
