import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct BankWebhookTests {
    private static let source = "/perisai/payment-reconciler"

    private static func id(_ number: UInt64) -> UUID { UUID(0x018A_0000_0000_7000, 0x8000_0000_0000_0000 + number) }

    /// As the reconciler publishes it.
    private static func event(_ number: UInt64, _ input: NotifierInput) -> Event<NotifierInput> {
        Event(
            key: EventKey.of(source: source, id: id(number).text), id: id(number),
            time: Instant(microseconds: Int64(number)) ?? .earliest, input: input)
    }

    private static func posted(_ payment: UInt64, bank: String = "008") throws -> NotifierInput {
        var event = ContributionPosted.sample
        event.paymentID = id(payment)
        event.bank = try BankCode(bank)
        return .contributionPosted(event)
    }

    private static func reversed(_ payment: UInt64, bank: String = "008") throws -> NotifierInput {
        var event = ContributionReversed.sample
        event.paymentID = id(payment)
        event.bank = try BankCode(bank)
        return .contributionReversed(event)
    }

    private static func exception(
        _ payment: UInt64, _ code: ExceptionCode = .unknownPayer, bank: String = "008"
    ) throws -> NotifierInput {
        var event = PaymentException.sample
        event.paymentID = id(payment)
        event.code = code
        event.bank = try BankCode(bank)
        return .paymentException(event)
    }

    private func data(_ request: FakeGateway.Request) throws -> (type: String, data: [String: Any]) {
        let body = try #require(try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
        #expect(body["source"] as? String == Self.source && body["id"] as? String == request.key)
        return (try #require(body["type"] as? String), try #require(body["data"] as? [String: Any]))
    }

    @Test func aPaymentAndItsReversalAreToldOnceSignedAndInOrder() throws {
        let rig = try OfficeRig("bank", banks: ["008": "", "009": ""]) { _, time in
            time < 3 ? .status(503) : .status(204)
        }
        defer { rig.office.stop() }
        let events = [
            Self.event(1, try Self.exception(100)), Self.event(2, try Self.posted(100)),
            Self.event(3, try Self.reversed(100)),
        ]
        _ = try rig.applier.apply(events)
        _ = try rig.applier.apply(events)
        try rig.settle()
        let requests = rig.office.requests
        #expect(requests.map(\.key) == [1, 1, 1, 2, 2, 2, 3, 3, 3].map { Self.id($0).text })
        for request in requests {
            #expect(request.target == "/perisai")
            #expect(
                WebhookSignature.isValid(
                    try #require(request.headers["webhook-signature"]), id: request.key, timestamp: 1_533_081_600,
                    body: Array(request.body.utf8), secrets: [OfficeRig.secret]))
        }
        #expect(
            try rig.states() == [
                "payment-exception|delivered|-|3", "contribution-posted|delivered|-|3",
                "contribution-reversed|delivered|-|3",
            ])
        #expect(
            try rig.connection.texts("SELECT DISTINCT stream FROM webhook") == ["bank:008 payment:\(Self.id(100).text)"]
        )
        let told = try rig.applier.work().filter { $0.type == NotificationSent.type }
        let sent = try told.map { try $0.data.withUnsafeBytes { try NotificationSent.read(bytes: $0) } }
        #expect(sent.map(\.recipient) == Array(repeating: "bank:008", count: 3))
        #expect(sent.allSatisfy { $0.provider == "bank-008.example.co.id" && $0.channel == "webhook" })
    }

    /// What the payer owes, was fined for or is protected by is no bank's affair.
    @Test func aBankGetsWhatItNeedsAndNoMore() throws {
        let rig = try OfficeRig("bank_fields", banks: ["008": ""]) { _, _ in .status(204) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([
            Self.event(1, try Self.posted(100)), Self.event(2, try Self.reversed(101)),
            Self.event(3, try Self.exception(102, .breakdownMismatch)),
        ])
        try rig.settle()
        var fields: [String: Set<String>] = [:]
        for request in rig.office.requests {
            let (type, data) = try data(request)
            fields[type] = Set(data.keys)
            #expect(data["bank"] as? String == "008" && data["payment_id"] != nil)
        }
        let common: Set<String> = ["payment_id", "bank", "reference", "payer", "amount", "booked_on"]
        #expect(fields["id.perisai.bank.contribution-posted.v1"] == common.union(["from_suspense"]))
        #expect(fields["id.perisai.bank.contribution-reversed.v1"] == common)
        #expect(
            fields["id.perisai.bank.payment-exception.v1"]?.subtracting(["payer"])
                == common.union(["code"]).subtracting(["payer"]))
        #expect(fields.count == 3)
    }

    @Test func nobodyElseIsToldAndNoRowIsMadeForThem() throws {
        let rig = try OfficeRig(
            "bank_others", banks: ["008": "", "009": #""events": ["contribution-posted"],"#]
        ) { _, _ in .status(204) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([
            Self.event(1, try Self.posted(100)), Self.event(2, try Self.posted(101, bank: "009")),
            Self.event(3, try Self.exception(102, bank: "009")), Self.event(4, try Self.reversed(101, bank: "009")),
            Self.event(5, try Self.posted(103, bank: "014")), Self.event(6, try Self.exception(104, bank: "014")),
            Self.event(7, try Self.exception(105, .creditLeft)), Self.event(8, .paymentDifferent(.sample)),
        ])
        try rig.settle()
        let rows = try rig.connection.texts(
            "SELECT concat_ws('|', office, kind, stream) FROM webhook ORDER BY position")
        #expect(
            rows == [
                "bank:008|contribution-posted|bank:008 payment:\(Self.id(100).text)",
                "bank:009|contribution-posted|bank:009 payment:\(Self.id(101).text)",
            ])
        for request in rig.office.requests {
            let bank = try data(request).data["bank"] as? String
            #expect(bank == (request.key == Self.id(1).text ? "008" : "009"))
        }
        #expect(rig.office.requests.count == 2)
    }

    @Test func aDayWithoutAnAnswerIsAnExceptionAndItCanBeSentAgain() throws {
        let isGood = Mutex(false)
        let rig = try OfficeRig("bank_day", banks: ["008": ""], settings: .test { $0.retryFor = .seconds(86_400) }) {
            _, _ in
            isGood.withLock { $0 } ? .status(200) : .status(500)
        }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([Self.event(1, try Self.posted(100))])
        let sender = rig.sender()
        while try rig.connection.texts("SELECT 1::text FROM webhook WHERE attempts >= 4").isEmpty {
            _ = try sender.turn(rig.connection)
        }
        #expect(try rig.failures().isEmpty)
        _ = try rig.connection.execute("UPDATE webhook SET first_attempt_at = first_attempt_at - interval '24 hours'")
        try rig.settle(sender)
        let failed = try #require(try rig.failures().first)
        #expect(failed.recipient == "bank:008" && failed.reason == "NOT_TAKEN (HTTP 500)")
        #expect(failed.about == "payment:\(Self.id(100).text)")
        let record = try #require(
            try WebhookRecord.list(
                subscriber: .bank(try BankCode("008")), state: .failed, limit: 10, on: rig.connection
            ).first)
        #expect(record.subscriber == "bank:008" && record.about == "payment:\(Self.id(100).text)")
        isGood.withLock { $0 = true }
        try WebhookResend.resend(IdentifierPrefix(record.id.text), by: OperatorName("Ani"), on: rig.connection)
        try rig.settle(sender)
        #expect(try rig.states().first?.hasPrefix("contribution-posted|delivered|-|") == true)
    }

    /// A bank that has left the file is not called any more.
    @Test func aBankThatIsNotAgreedAnyMoreIsNotCalled() throws {
        let rig = try OfficeRig("bank_gone", banks: ["008": ""]) { _, _ in .status(200) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply([Self.event(1, try Self.posted(100))])
        let others = try OfficeRig("bank_gone_2") { _, _ in .status(200) }
        defer { others.office.stop() }
        let sender = WebhookSender(
            others.settings, offices: others.offices, connection: rig.connection.settings, now: { 0 })
        while try sender.turn(rig.connection) {}
        #expect(try rig.states() == ["contribution-posted|failed|HOST_NOT_AGREED|1"])
        #expect(rig.office.requests.isEmpty && others.office.requests.isEmpty)
    }

    @Test func aBankHasItsOwnNumberOfPostsAtATime() throws {
        let settings = WebhookSettings.test {
            $0.concurrency = 20
            $0.perOffice = 2
            $0.perBank = 7
        }
        let rig = try OfficeRig("bank_many", banks: ["008": "", "009": ""], settings: settings) { _, _ in .status(200) }
        defer { rig.office.stop() }
        _ = try rig.applier.apply(
            try (1...40).flatMap { number in
                [
                    Self.event(number, try Self.posted(1_000 + number)),
                    Self.event(100 + number, try Self.posted(2_000 + number, bank: "009")),
                    Event(try OfficeRig.held("A-\(number)"), id: "h\(number)"),
                ]
            })
        let sender = rig.sender()
        let first = try sender.claim(on: rig.connection)
        #expect(
            Dictionary(grouping: first, by: \.subscriber.text).mapValues(\.count) == [
                "bank:008": 7, "bank:009": 7, "PTSP-DPS": 2,
            ])
        _ = try rig.connection.execute("UPDATE webhook_stream SET due_at = now()")
        try rig.settle(sender)
        #expect(Set(rig.office.requests.map(\.key)).count == 120)
        #expect(try rig.connection.texts("SELECT 1::text FROM webhook WHERE state <> 'delivered'").isEmpty)
    }

    @Test func subscribersAreReadAsTheyAreWritten() throws {
        for text in ["PTSP-DPS", "bank:008", "bank:451"] { #expect(try WebhookSubscriber(text).text == text) }
        #expect(try WebhookSubscriber("bank:008") == .bank(BankCode("008")))
        for text in ["bank:8", "bank:", "bank:0080", "ptsp", ""] {
            #expect(throws: IdentifierFault.self) { try WebhookSubscriber(text) }
        }
    }
}
