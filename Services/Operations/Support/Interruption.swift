import Dispatch
import Glibc

/// Ctrl-C and SIGTERM as the end of a command that runs until then.
enum Interruption {
    /// Waits for either, or until somebody else signals `ended`.
    static func wait(or ended: DispatchSemaphore = DispatchSemaphore(value: 0)) {
        // Put back at the end: what this process starts later would inherit that it ignores them.
        let earlier = [SIGINT, SIGTERM].map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip([SIGINT, SIGTERM], earlier) { signal(number, handler) } }
        let sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { ended.signal() }
            source.resume()
            return source
        }
        ended.wait()
        for source in sources { source.cancel() }
    }
}
