import Foundation
import PerisaiModels

/// Two SMS gateways of a local stack, with faults: its messages go out through them, and each must arrive once.
public final class LocalGateways: Sendable {
    public static let names = ["sms-murah", "sms-cadangan"]
    /// Good on this machine only.
    static let token = "gateway-of-the-demo-0000"
    static let secret = "receipts-of-the-demo-0123456789abcdef"
    /// Of a hundred posts so many are answered with HTTP 500, half of them although the message was taken.
    static let errors = 5

    private let phones = TrialPhones()
    private let gateways: [TrialGateway]
    private let ports: [Int]

    /// Listens on two free ports.
    public init(seed: UInt64 = 2018) throws {
        let phones = phones
        gateways = Self.names.indices.map { index in
            TrialGateway(
                TrialGateway.Faults(errors: Self.errors, isMessy: true, seed: seed + UInt64(index)),
                secrets: [Self.secret], phones: phones)
        }
        ports = try gateways.map { try $0.start(port: 0) }
    }

    /// The providers' file: the first is cheaper, the second takes what the first is too slow for.
    var providers: String {
        let entries = zip(Self.names, ports).enumerated().map { index, provider in
            """
            {"name": "\(provider.0)", "channel": "sms", "kind": "gateway", "token": "\(Self.token)",
             "url": "http://127.0.0.1:\(provider.1)/messages", "status_url": "http://127.0.0.1:\(provider.1)/messages",
             "cost": \(250 + 100 * index), "concurrency": 16, "timeout_ms": 1000, "settle_seconds": 1,
             "receipt_secrets": ["\(Self.secret)"]}
            """
        }
        return "{\"providers\": [\(entries.joined(separator: ",\n"))]}\n"
    }

    /// Receipts go to the notifier at this port from now on.
    func report(toPort port: Int) {
        for (name, gateway) in zip(Self.names, gateways) {
            gateway.report(to: LocalAddress(port: port, path: "/receipts/\(name)"))
        }
    }

    /// Messages that reached a phone, and those that reached one twice.
    public var delivered: (all: Int, twice: Int) { phones.counts }

    /// Posts answered with an error.
    public var errorCount: Int { gateways.reduce(0) { $0 + $1.counts.errors } }

    func stop() { for gateway in gateways { gateway.stop() } }
}
