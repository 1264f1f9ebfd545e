import Foundation
import PerisaiModels

/// When a provider that fails is left alone, and for how long.
public struct CircuitBreaker: Sendable, Hashable {
    /// In a row; refused messages are none.
    public var failures = 5
    /// The first pause, doubled with each trial that fails.
    public var shortest: Duration = .seconds(5)
    public var longest: Duration = .seconds(300)

    /// After the breaker has opened, and `trials` failed.
    func pause(trials: Int) -> Double {
        min(longest.seconds, shortest.seconds * pow(2, Double(min(20, max(0, trials)))))
    }
}

/// How a provider stands, as its row in the database says. Times are in seconds from this moment.
struct ProviderHealth: Sendable, Hashable {
    let name: String
    /// In a row.
    var failures = 0
    /// Until the end of the pause; past: it may be tried. Nil: closed, everything flows.
    var openFor: Double?
    var trial: UUID?
    /// Since the breaker opened.
    var awayFor: Double?
    var tokens: Double = 0
    var latencyMilliseconds: Double = 0
    var failureRate: Double = 0

    /// Half of what is known of failures counts after so many seconds: a provider that has come back is used again.
    static let halfLife = 60.0
    private static let weight = 0.1

    /// - Parameters:
    ///   - sinceRefill: seconds.
    ///   - sinceUpdate: seconds.
    mutating func age(rate: Int?, sinceRefill: Double, sinceUpdate: Double) {
        if let rate { tokens = min(Double(rate), tokens + max(0, sinceRefill) * Double(rate)) }
        failureRate *= pow(0.5, max(0, sinceUpdate) / Self.halfLife)
    }

    /// Messages that may be sent now by whoever asks, `free` at most; one where it is to be tried.
    func room(_ free: Int, rate: Int?) -> Int {
        let allowed = rate == nil ? free : min(free, Int(max(0, tokens)))
        guard let openFor else { return allowed }
        return openFor > 0 ? 0 : min(1, allowed)
    }

    /// What a message that arrives costs.
    func expectedCost(_ milli: Int64) -> Double { Double(milli) / max(0.05, 1 - failureRate) }

    /// Learns from an exchange.
    /// - Parameter lease: of the claim that it belongs to.
    mutating func note(_ mark: HealthMark, milliseconds: Double, lease: UUID, _ breaker: CircuitBreaker) {
        if mark == .nothing { return releaseTrial(lease) }
        let isFailure = mark != .well
        failureRate += Self.weight * ((isFailure ? 1 : 0) - failureRate)
        if !isFailure {
            latencyMilliseconds += (latencyMilliseconds == 0 ? 1 : Self.weight) * (milliseconds - latencyMilliseconds)
        }
        let isTrial = trial == lease
        // What was under way when the breaker opened changes nothing.
        if openFor != nil, !isTrial { return }
        guard isFailure else {
            (failures, openFor, trial, awayFor) = (0, nil, nil, nil)
            return
        }
        failures = max(failures + 1, mark == .lockedOut ? breaker.failures : 0)
        guard failures >= breaker.failures else { return }
        openFor = breaker.pause(trials: failures - breaker.failures)
        trial = nil
        awayFor = awayFor ?? 0
    }

    /// A trial that did not take place may be made by somebody else.
    private mutating func releaseTrial(_ lease: UUID) {
        guard trial == lease else { return }
        (openFor, trial) = (0, nil)
    }
}

/// What an exchange says of the provider's health.
enum HealthMark: Sendable {
    case well, failed, lockedOut
    /// It did not take place.
    case nothing
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
