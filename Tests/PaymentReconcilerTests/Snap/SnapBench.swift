import Crypto
import CryptoExtras
import Foundation
import Logging
import PerisaiModels
import Postgres
import Synchronization
import Testing

@testable import Kafka
@testable import PaymentReconciler
@testable import Worker

/// Keeps what is published, or fails, or holds back until it is let go.
final class SnapPublisher: EventPublisher {
    private struct State {
        var records: [OutgoingRecord] = []
        var failure: KafkaError?
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var heldSeen: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var records: [OutgoingRecord] { state.withLock { $0.records } }
    func fail(_ error: KafkaError?) { state.withLock { $0.failure = error } }
    func hold() { state.withLock { $0.isHeld = true } }

    /// Returns once a call is held back.
    func awaitHeld() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held.isEmpty { state.heldSeen.append(continuation) }
                return !state.held.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    func letGo() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for call in held { call.resume() }
    }

    func publish(_ records: [OutgoingRecord], timeout: Duration) async throws(KafkaError) {
        await withCheckedContinuation { continuation in
            let (isHeld, seen) = state.withLock { state in
                guard state.isHeld else { return (false, [CheckedContinuation<Void, Never>]()) }
                state.held.append(continuation)
                defer { state.heldSeen = [] }
                return (true, state.heldSeen)
            }
            for waiter in seen { waiter.resume() }
            if !isHeld { continuation.resume() }
        }
        let failure = state.withLock { state in
            if state.failure == nil { state.records += records }
            return state.failure
        }
        if let failure { throw failure }
    }
}

/// A clock that stands until it is set.
final class SnapTime: Sendable {
    private let time: Mutex<Instant>
    init(_ text: String) { time = Mutex(Instant(parsing: text) ?? .earliest) }
    var now: Instant { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A partner's keys and how it signs.
struct SnapBank {
    static let secret = "rahasia-klien-0123456789abcdef-0123456789"
    /// Made with `openssl genrsa 2048` and `openssl rsa -pubout`; the private key is kept nowhere.
    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApPiNg9ZAecPULnES2I8w
        KfI4gw4QLndLI/9QQT0an8kbWcTcTsFZn9f4Owk3tK5mYHjeXszcWeLAUdxiQXmh
        5QMQWcn7EuHkOVUD1LZKVE4KhJFlLjhgCfk3CwjfaRfoA2g7VBY9DQftWqE40wOu
        bnt2O8FnsLNnBRQ4sB32qkNSCRHSdFzmILObj5i4HFJOVUyH7UDYBOPdYsCIPE2J
        lFcgDSON5C6eysrEJvHvvYC9yvRpF7mUnuIbBGK95vUYVZ/VKhM09wfRwX7ntMro
        Pcpp+jMszuNG+JuyvKblMXL9G5PU8rWxQ/D+p6RT+jJkWCAnIMA6ysqNZ4c5+vAx
        awIDAQAB
        -----END PUBLIC KEY-----
        """

    static func partner(_ amounts: SnapPartner.Amounts = .open, id: String = "bni-01") throws -> SnapPartner {
        SnapPartner(
            id: id, bank: .bni, corporateCode: .perisai, amounts: amounts,
            publicKey: try _RSA.Signing.PublicKey(pemRepresentation: publicKey), secret: secret)
    }
}

/// The endpoint of one bank over a database of its own.
final class SnapBench {
    static let start = "2018-03-10T09:00:00+07:00"

    let ledger: Ledger
    let publisher = SnapPublisher()
    let time = SnapTime(SnapBench.start)
    let metrics = MetricsRegistry()
    let lines = Mutex<[UInt8]>([])
    let partner: SnapPartner
    let endpoint: SnapEndpoint
    private let serial = Mutex(0)

    init(_ amounts: SnapPartner.Amounts = .open, publisher other: (any EventPublisher)? = nil) throws {
        ledger = try Ledger()
        partner = try SnapBank.partner(amounts)
        endpoint = try Self.endpoint(ledger, partner, other ?? publisher, metrics, time)
    }

    deinit { endpoint.routes.stop() }

    static func endpoint(
        _ ledger: Ledger, _ partner: SnapPartner, _ publisher: any EventPublisher, _ metrics: MetricsRegistry,
        _ time: SnapTime
    ) throws -> SnapEndpoint {
        var settings = SnapSettings()
        settings.partners = [partner.id: partner]
        settings.databaseTimeout = .seconds(20)
        return SnapEndpoint(
            settings, database: ledger.connection.settings, publisher: publisher, metrics: metrics,
            log: .worker("payment-reconciler", level: .critical), now: { time.now })
    }

    /// Enrols a participant whose months, from January 2018, are open and unpaid; the last of them is the current one.
    func enrol(_ number: Int, months: Int = 1) throws {
        try ledger.apply(Make.enrolled(number))
        let payer = PayerNumber.participant(try kpj(number)).code
        try ledger.connection.execute(
            """
            INSERT INTO due (payer, month, amount, paid)
            SELECT \(payer), n, 16800, 0 FROM generate_series(\(month(2).index), \(month(months).index)) AS n;
            UPDATE payer SET opened_through = \(month(months).index) WHERE payer = \(payer);
            UPDATE business_date SET started_on = '\(try day(months))'
            """)
    }

    func nextID() -> String {
        serial.withLock {
            $0 += 1
            return String(1_000_000 + $0)
        }
    }

    /// A signed request; `changes` replace headers after the signing, nil takes one away.
    func request(
        _ service: SnapService, _ body: [UInt8], externalID: String? = nil, changes: [String: String?] = [:]
    ) -> ServiceRequest {
        let timestamp = time.now.formatted(in: .wib)
        let token = SnapToken.make(partner.tokenKey, now: time.now)
        let text = SnapSignature.stringToSign(
            method: "POST", target: service.path, token: token, body: body, timestamp: timestamp)
        let code = HMAC<SHA512>.authenticationCode(for: Data(text.utf8), using: partner.secret)
        var headers: [String: String] = [
            "content-type": "application/json", "authorization": "Bearer \(token)", "x-timestamp": timestamp,
            "x-signature": Data(code).base64EncodedString(), "x-partner-id": partner.id,
            "x-external-id": externalID ?? nextID(), "channel-id": "95231",
        ]
        for (name, value) in changes { headers[name] = value }
        return ServiceRequest(
            method: "POST", target: service.path, headers: headers.map { (name: $0.key, value: $0.value) }, body: body)
    }

    func post(
        _ service: SnapService, _ body: String, externalID: String? = nil, changes: [String: String?] = [:]
    ) async -> SnapReply {
        SnapReply(
            await endpoint.answer(request(service, Array(body.utf8), externalID: externalID, changes: changes), service)
        )
    }

    static func inquiry(_ number: Int, _ fields: [String: String?] = [:]) throws -> String {
        try json(number, ["inquiryRequestId": #""inq-1""#].merging(fields) { $1 })
    }

    static func payment(_ number: Int, _ amount: String = "16800.00", _ fields: [String: String?] = [:]) throws
        -> String
    {
        try json(
            number,
            [
                "paymentRequestId": #""pay-1""#, "paidAmount": #"{"value":"\#(amount)","currency":"IDR"}"#,
                "trxDateTime": #""2018-03-10T08:59:58+07:00""#, "flagAdvise": #""N""#,
            ].merging(fields) { $1 })
    }

    /// An object of fields that are JSON already; nil takes one away.
    private static func json(_ number: Int, _ fields: [String: String?]) throws -> String {
        let customer = VirtualAccount(payer: .participant(try kpj(number))).customerNumber
        let own: [String: String?] = [
            "partnerServiceId": #""   77701""#, "customerNo": "\"\(customer)\"",
            "virtualAccountNo": "\"   77701\(customer)\"",
        ]
        return "{"
            + own.merging(fields) { $1 }.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.sorted()
            .joined(separator: ",") + "}"
    }
}

/// An answer with its members at hand.
struct SnapReply {
    let status: Int
    let text: String
    let headers: [(name: String, value: String)]

    init(_ answer: ServiceAnswer) {
        status = answer.status
        text = String(decoding: answer.body, as: UTF8.self)
        headers = answer.headers
    }

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:] }
    var code: String { json["responseCode"] as? String ?? "" }
    var message: String { json["responseMessage"] as? String ?? "" }
    var account: [String: Any] { json["virtualAccountData"] as? [String: Any] ?? [:] }
    /// "200 2002400 Successful".
    var line: String { "\(status) \(code) \(message)" }
    /// "201803 16800.00" of each bill.
    var bills: [String] {
        (account["billDetails"] as? [[String: Any]] ?? []).map { bill in
            "\(bill["billNo"] ?? "") \((bill["billAmount"] as? [String: Any])?["value"] ?? "")"
        }
    }
    var total: String { (account["totalAmount"] as? [String: Any])?["value"] as? String ?? "" }
}

extension OutgoingRecord {
    func header(_ wanted: String) -> String? {
        headers.entries.lazy.compactMap { entry -> String? in
            let name = String(decoding: headers.bytes[entry.name...].prefix { $0 != 0 }, as: UTF8.self)
            guard name == wanted else { return nil }
            return String(decoding: headers.bytes[entry.value..<(entry.value + entry.length)], as: UTF8.self)
        }.first
    }

    func payment() throws -> PaymentReceived {
        try (value ?? []).withUnsafeBytes { try PaymentReceived.read(bytes: $0) }
    }
}
