import CLibPQ
import Glibc

extension Connection {
    /// Connects within the time limit of the settings. libpq's own limit holds for each host and only in whole seconds
    /// of at least two, hence the loop here.
    static func start(_ settings: ConnectionSettings) throws(PostgresError) -> OpaquePointer {
        let keywords = settings.keywords
        let handle = withCStrings(keywords.map { $0.0 }) { names in
            withCStrings(keywords.map { $0.1 }) { values in PQconnectStartParams(names, values, 1) }
        }
        guard let handle else { throw PostgresError(.connection, "out of memory") }
        _ = PQsetNoticeReceiver(handle, { _, _ in }, nil)  // notices may quote data; libpq prints them otherwise
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)  // only so is the SQLSTATE of a refusal to be had
        do {
            try finishConnecting(handle, seconds: settings.connectTimeoutSeconds)
        } catch {
            PQfinish(handle)
            throw error
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        return handle
    }

    private static func finishConnecting(_ handle: OpaquePointer, seconds: Int) throws(PostgresError) {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var step = PGRES_POLLING_WRITING
        guard PQstatus(handle) != CONNECTION_BAD else { throw refusal(handle) }
        while step != PGRES_POLLING_OK {
            guard step != PGRES_POLLING_FAILED else { throw refusal(handle) }
            let left = deadline - ContinuousClock.now
            guard left > .zero else {
                throw PostgresError(.connection, "no connection within \(seconds) s")
            }
            var descriptor = pollfd(
                fd: PQsocket(handle), events: Int16(step == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
            let milliseconds = left.components.seconds * 1_000 + 1 + left.components.attoseconds / 1_000_000_000_000_000
            if poll(&descriptor, 1, Int32(clamping: milliseconds)) > 0 { step = PQconnectPoll(handle) }
        }
    }

    /// The error of a failed attempt. libpq's text names host, user and database, so only the SQLSTATE found in it
    /// ("FATAL:  28P01: …") goes into the description.
    private static func refusal(_ handle: OpaquePointer) -> PostgresError {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let state = text.split { " \n:".contains($0) }.first { word in
            word.count == 5 && word.contains { $0.isNumber }
                && word.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
                && text.contains(":  \(word): ")
        }.map(String.init)
        let reason = state.map(SQLState.condition) ?? "server not reachable or settings not accepted"
        return PostgresError(.connection, "connecting failed: \(reason)", sqlState: state, debugText: text)
    }
}

/// Calls `body` with C strings and a null after the last.
func withCStrings<Result>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies.map { $0.map { UnsafePointer<CChar>($0) } } + [nil])
}
