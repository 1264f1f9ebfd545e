import CLibPQ
import Glibc
import Synchronization

/// Abandons a connection's running work from another thread. Follows its connection through reconnects.
public final class CancelHandle: Sendable {
    /// @unchecked: PGcancel is immutable and PQcancel is thread-safe (libpq, 34.7); replaced only under the mutex.
    private struct Target: @unchecked Sendable {
        var cancel: OpaquePointer?
        var socket: Int32 = -1  // a duplicate, so that it can't become another file's number
    }

    private let target = Mutex(Target())

    deinit { detach() }

    /// Asks the server to cancel the running statement, which then fails with 57014 (query_canceled). Nothing happens
    /// when none runs. Returns false when the request could not be delivered. Blocks for a network round trip.
    @discardableResult
    public func cancel() -> Bool {
        target.withLock { target in
            guard let cancel = target.cancel else { return false }
            var text = [CChar](repeating: 0, count: 256)
            return PQcancel(cancel, &text, 256) == 1
        }
    }

    /// Cuts the connection: a call waiting for the server fails at once with `.connection`, even if the server hangs.
    public func abandon() {
        target.withLock { target in
            if target.socket >= 0 { _ = shutdown(target.socket, Int32(SHUT_RDWR)) }
        }
    }

    func attach(_ handle: OpaquePointer) {
        detach()
        target.withLock { target in
            target.cancel = PQgetCancel(handle)
            target.socket = fcntl(PQsocket(handle), F_DUPFD_CLOEXEC, 3)
        }
    }

    func detach() {
        target.withLock { target in
            PQfreeCancel(target.cancel)
            target.cancel = nil
            if target.socket >= 0 { _ = close(target.socket) }
            target.socket = -1
        }
    }
}
