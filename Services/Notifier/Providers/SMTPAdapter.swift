import Foundation
import PerisaiModels
import Synchronization

/// Mails through one SMTP server (RFC 5321), by libcurl: a bounded number of handles, each with a queue of its own and a
/// connection that serves mail after mail.
///
/// A mail is never sent again where the server may have it: SMTP has no key by which a server would know it, and cannot
/// be asked.
final class SMTPAdapter: ProviderAdapter {
    private struct Job: Sendable {
        let mail: SMTPMail
        let done: CheckedContinuation<SendOutcome, Never>
    }

    private struct State {
        /// The one that was used last is taken first: its connection is still open.
        var free: [SMTPWorker]
        var waiting: [Job] = []
        var isClosed = false
    }

    /// More callers than this at once are turned away.
    static let mostWaiting = 1_000
    /// Handles, and so connections, at a time.
    static let handles = 1...256

    private let sender: SMTPSender?
    private let now: @Sendable () -> Date
    private let workers: [SMTPWorker]
    private let state: Mutex<State>

    /// - Parameters:
    ///   - trusting: file of trusted certificates; nil: the system's.
    ///   - now: for the header `Date`.
    init(
        _ settings: SMTPSettings, trusting authority: String? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        sender = SMTPSender(settings.from)
        self.now = now
        let count = min(max(settings.concurrency, Self.handles.lowerBound), Self.handles.upperBound)
        workers = (0..<count).map { SMTPWorker(settings, trusting: authority, number: $0) }
        state = Mutex(State(free: workers))
    }

    deinit { close() }

    func send(_ dispatch: Dispatch) async -> SendOutcome {
        guard let sender else { return .lockedOut(reason: "the sender has no address") }
        let mail: SMTPMail
        do throws(SMTPMail.Fault) { mail = try SMTPMail(dispatch, from: sender, at: now()) } catch {
            return .refused(reason: error.rawValue)
        }
        return await withCheckedContinuation { enqueue(Job(mail: mail, done: $0)) }
    }

    func ask(_ dispatch: Dispatch) async -> AskOutcome { .cannotBeAsked }

    /// Takes nothing new and closes the connections behind the mails in hand; does not wait for that.
    func close() {
        let left = state.withLock { state in
            defer { state.waiting = [] }
            state.isClosed = true
            return state.waiting
        }
        for job in left { job.done.resume(returning: .notTaken(reason: "closed", after: nil)) }
        for worker in workers { worker.close() }
    }

    private func enqueue(_ job: Job) {
        let (worker, refusal) = state.withLock { state -> (SMTPWorker?, String?) in
            if state.isClosed { return (nil, "closed") }
            if let worker = state.free.popLast() { return (worker, nil) }
            if state.waiting.count >= Self.mostWaiting { return (nil, "busy") }
            state.waiting.append(job)
            return (nil, nil)
        }
        if let refusal { return job.done.resume(returning: .notTaken(reason: refusal, after: nil)) }
        worker?.run { [self] in work($0, job) }
    }

    /// Sends the mail and all that wait behind it, on the worker's queue.
    private func work(_ worker: SMTPWorker, _ first: Job) {
        var next: Job? = first
        while let job = next {
            let outcome = worker.send(job.mail)
            next = state.withLock { state in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.free.append(worker)
                return nil
            }
            job.done.resume(returning: outcome)
        }
    }
}

/// A queue with one handle, which is made when it is first used.
private final class SMTPWorker: Sendable {
    private let settings: SMTPSettings
    private let authority: String?
    private let queue: DispatchQueue
    /// Only touched on the queue; never waited for.
    private let session = Mutex<SMTPSession?>(nil)

    init(_ settings: SMTPSettings, trusting authority: String?, number: Int) {
        self.settings = settings
        self.authority = authority
        queue = DispatchQueue(label: "notifier.smtp.\(number)")
    }

    func run(_ work: @escaping @Sendable (SMTPWorker) -> Void) { queue.async { work(self) } }

    func send(_ mail: SMTPMail) -> SendOutcome {
        session.withLock { session in
            if session == nil { session = SMTPSession(settings, trusting: authority) }
            return session?.send(mail) ?? .notTaken(reason: "no handle", after: nil)
        }
    }

    /// Behind what is in hand.
    func close() {
        queue.async { [self] in session.withLock { $0 = nil } }
    }
}
