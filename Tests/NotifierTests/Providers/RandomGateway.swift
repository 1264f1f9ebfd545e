import Foundation
import PerisaiModels
import Synchronization
import TestSupport

@testable import Notifier

/// What arrives at the readers, whichever way it came.
final class ReaderNetwork: Sendable {
    /// By message: provider and key.
    private let arrived = Mutex<[String: [String]]>([:])

    func deliver(_ message: String, by way: String) { arrived.withLock { $0[message, default: []].append(way) } }
    var all: [String: [String]] { arrived.withLock { $0 } }
}

/// A gateway that fails at random, keeps the keys of what it has taken, and reports late, twice and in any order.
final class RandomGateway: Sendable {
    private struct State {
        var generator: SeededGenerator
        /// By key: whether the reader got it.
        var taken: [String: Bool] = [:]
        var reports: [Receipt] = []
        var count = 0
    }

    let name: String
    private let network: ReaderNetwork
    private let refused: @Sendable (Int) -> Bool
    private let state: Mutex<State>

    /// - Parameter refused: numbers of messages that it never takes.
    init(
        _ name: String, network: ReaderNetwork, generator: SeededGenerator,
        refused: @escaping @Sendable (Int) -> Bool
    ) {
        self.name = name
        self.network = network
        self.refused = refused
        state = Mutex(State(generator: generator))
    }

    func answer(_ request: FakeGateway.Request) -> FakeGateway.Answer {
        state.withLock { state in
            request.method == "GET" ? ask(request, &state) : post(request, &state)
        }
    }

    private func post(_ request: FakeGateway.Request, _ state: inout State) -> FakeGateway.Answer {
        let known = FakeGateway.Answer.status(200, body: #"{"reference": "\#(name)-\#(request.key)"}"#)
        if state.taken[request.key] != nil { return known }
        guard let message = request.body.firstMatch(of: /m-(\d+)/), let number = Int(message.1) else {
            return .status(400)
        }
        if refused(number) { return .status(422, body: #"{"reason": "NUMBER_UNKNOWN"}"#) }
        let dice = Int.random(in: 0..<100, using: &state.generator)
        switch dice {
        case 0..<6: return .status(500)
        case 6..<11: return .hangUp
        case 11..<17: return .status(503, headers: dice < 14 ? "Retry-After: 0\r\n" : "")
        case 17..<20: return .status(429)
        case 20: return .status(401)
        default: take(request.key, "m-\(number)", hasReference: dice < 80, &state)
        }
        switch dice {
        case 21..<29: return .status(500)
        case 29..<34: return .hangUp
        case 34: return .silence
        case 35..<80: return known
        default: return .status(202)
        }
    }

    private func take(_ key: String, _ message: String, hasReference: Bool, _ state: inout State) {
        let arrives = Int.random(in: 0..<100, using: &state.generator) < 85
        state.taken[key] = arrives
        if arrives { network.deliver(message, by: "\(name) \(key)") }
        for status in [ReceiptStatus.queued, .sent, arrives ? .delivered : .failed] {
            state.count += 1
            let isKeyed = !hasReference || Bool.random(using: &state.generator)
            state.reports.append(
                Receipt(
                    id: "\(key)-\(status.rawValue)", dispatchID: isKeyed ? UUID(uuidString: key) : nil,
                    reference: hasReference ? "\(name)-\(key)" : nil, status: status,
                    at: Instant(microseconds: Int64(state.count)) ?? .earliest))
        }
    }

    private func ask(_ request: FakeGateway.Request, _ state: inout State) -> FakeGateway.Answer {
        let key = String(request.target.split(separator: "/").last ?? "")
        if Int.random(in: 0..<10, using: &state.generator) == 0 { return .status(500) }
        guard let arrived = state.taken[key] else { return .status(404) }
        if Bool.random(using: &state.generator) { return .status(200, body: Self.told("sent", name, key)) }
        return .status(200, body: Self.told(arrived ? "delivered" : "failed", name, key))
    }

    private static func told(_ status: String, _ name: String, _ key: String) -> String {
        #"{"status": "\#(status)", "reference": "\#(name)-\#(key)"}"#
    }

    /// Some of what is to be reported, some of it to be reported once more; `all` leaves nothing.
    func reports(all: Bool) -> [Receipt] {
        state.withLock { state in
            state.reports.shuffle(using: &state.generator)
            let count = all ? state.reports.count : state.reports.count / 2
            let now = Array(state.reports.prefix(count))
            state.reports.removeFirst(all ? count : count / 2)
            return now
        }
    }

    /// They were not taken: they are reported once more.
    func handBack(_ reports: [Receipt]) { state.withLock { $0.reports += reports } }
}
