import Crypto
import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// What providers report, and who they are.
@Suite struct ReceiptTests {
    private func receipt(
        _ id: String, _ status: ReceiptStatus, of dispatch: UUID? = nil, reference: String? = nil, at: Int64 = 1
    ) -> Receipt {
        Receipt(
            id: id, dispatchID: dispatch, reference: reference, status: status,
            at: Instant(microseconds: at * 1_000_000) ?? .earliest)
    }

    private func gateway() throws -> FakeGateway {
        try FakeGateway { request, _ in .status(200, body: #"{"reference": "ref-\#(request.key)"}"#) }
    }

    /// All orders of all subsets.
    private static func orders(_ statuses: [ReceiptStatus]) -> [[ReceiptStatus]] {
        statuses.indices.reduce(into: [[]]) { orders, _ in
            for order in orders {
                for status in statuses where !order.contains(status) && !orders.contains(order + [status]) {
                    orders.append(order + [status])
                }
            }
        }.filter { !$0.isEmpty }
    }

    @Test(arguments: [false, true], [false, true])
    func everyOrderHasTheSameEnd(hasFallback: Bool, isEarly: Bool) async throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let orders = Self.orders([.queued, .sent, .expired, .failed, .delivered])
        #expect(orders.count == 325)
        let rig = try ProviderRig("rec_order_\(hasFallback)_\(isEarly)", [.test("a", gateway) { $0.concurrency = 400 }])
        try rig.queue(orders.count, fallback: hasFallback ? ["file:office:PTSP-1"] : [])
        let dispatcher = rig.dispatcher()
        let jobs = try dispatcher.claim(on: rig.connection)
        let results = jobs.map {
            DispatchResult(job: $0, outcome: .send(.accepted(reference: "ref-\($0.dispatch.id.text)")), duration: .zero)
        }
        if !isEarly { try dispatcher.finish(results, on: rig.connection) }
        for step in 0..<5 {
            let due = zip(jobs, orders).filter { $1.count > step }
            let effects = try rig.apply(
                due.map { job, order in
                    receipt("\(job.dispatch.id.text)-\(step)", order[step], of: job.dispatch.id, at: Int64(step))
                }, from: "a")
            #expect(!effects.contains(.unmatched) && effects.count == due.count)
        }
        if isEarly { try dispatcher.finish(results, on: rig.connection) }
        let rows = try rig.connection.texts(
            "SELECT message_id::text || '|' || concat_ws('|', state, channel, lease IS NULL) FROM message")
        var ends: [UUID: String] = [:]
        for row in rows { ends[try #require(UUID(uuidString: String(row.prefix(36))))] = String(row.dropFirst(37)) }
        for (job, order) in zip(jobs, orders) {
            let end = ends[job.dispatch.messageID]
            let expected: String
            if order.contains(.delivered) {
                // A message that has gone on to a file before it was told as delivered keeps that channel's name.
                #expect(end?.hasPrefix("delivered|") == true, "\(order)")
                continue
            } else if hasFallback, order.contains(.failed) || order.contains(.expired) {
                expected = "queued|file|t"
            } else if order.contains(.failed) {
                expected = "failed|sms|t"
            } else {
                expected = order.contains(.expired) ? "expired|sms|t" : "sent|sms|t"
            }
            #expect(end == expected, "\(order)")
        }
    }

    @Test func aReportIsKeptOnceAndSpeaksOfItsOwnMessages() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("rec_once", [.test("a", gateway), .test("b", gateway) { $0.costMilli = 9 }])
        try rig.queue(2)
        try rig.run(rig.dispatcher())
        let ids = try rig.dispatchIDs()
        #expect(try rig.apply([receipt("1", .delivered, of: ids[0])], from: "b") == [.unmatched])
        #expect(try rig.states("state") == ["sent", "sent"])
        let both = [receipt("1", .delivered, of: ids[0]), receipt("1", .delivered, of: ids[0])]
        #expect(try rig.apply(both, from: "a") == [.moved])
        #expect(try rig.apply(both, from: "a") == [.repeated])
        #expect(try rig.apply([receipt("2", .delivered, of: ids[0])], from: "a") == [.nothing])
        #expect(try rig.apply([receipt("3", .failed, reference: "ref-\(ids[1].text)")], from: "a") == [.moved])
        #expect(try rig.states("state, coalesce(reason, '-')") == ["delivered|-", "failed|RECEIPT_FAILED"])
        #expect(
            try rig.connection.texts(
                "SELECT provider || receipt_id || effect FROM receipt ORDER BY provider, receipt_id")
                == ["a1moved", "a2nothing", "a3moved", "b1unmatched"])
        let told = try rig.applier.work().map(\.type).sorted()
        #expect(told == [NotificationDelivered.type, NotificationFailed.type, NotificationSent.type].sorted())
    }

    @Test func aReferenceThatIsNotKnownYetIsWaitedFor() async throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("rec_early", [.test("a", gateway)])
        try rig.queue(1)
        let dispatcher = rig.dispatcher()
        let job = try #require(try dispatcher.claim(on: rig.connection).first)
        let reference = "ref-\(job.dispatch.id.text)"
        let early = [receipt("1", .sent, reference: reference), receipt("2", .delivered, reference: reference, at: 9)]
        #expect(try rig.apply(early, from: "a") == [.unmatched, .unmatched])
        try dispatcher.finish([await dispatcher.attempt(job)], on: rig.connection)
        // The provider's clock may go wrong: not before it was sent.
        #expect(try rig.states("state, delivered_at = sent_at") == ["delivered|t"])
        #expect(try rig.connection.texts("SELECT effect FROM receipt ORDER BY receipt_id") == ["nothing", "moved"])
        #expect(try rig.connection.texts("SELECT dispatch_id::text FROM receipt").allSatisfy { !$0.isEmpty })
    }

    /// The reference comes with another receipt, which says our key as well.
    @Test func aReceiptTeachesTheReference() async throws {
        let gateway = try FakeGateway { _, _ in .status(202) }
        defer { gateway.stop() }
        let rig = try ProviderRig("rec_learn", [.test("a", gateway)])
        try rig.queue(1)
        try rig.run(rig.dispatcher())
        let id = try #require(try rig.dispatchIDs().first)
        #expect(try rig.apply([receipt("1", .delivered, reference: "x", at: 9)], from: "a") == [.unmatched])
        #expect(try rig.apply([receipt("2", .sent, of: id, reference: "x", at: 8)], from: "a") == [.nothing])
        #expect(try rig.states("state") == ["delivered"])
        #expect(try rig.connection.texts("SELECT effect FROM receipt ORDER BY receipt_id") == ["moved", "nothing"])
    }

    @Test func theReaderHasItWhicheverWayItWent() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "rec_way",
            [.test("a", gateway) { $0.costMilli = 300 }, .test("mail", gateway, channel: .email) { $0.costMilli = 7 }]
        ) { $0.quietHours = QuietHours() }
        try rig.queue(1, fallback: ["email:budi@example.com"])
        try rig.run(rig.dispatcher())
        let first = try #require(try rig.dispatchIDs().first)
        #expect(try rig.apply([receipt("1", .failed, of: first)], from: "a") == [.moved])
        #expect(try rig.states("state, channel, coalesce(provider, '-')") == ["queued|email|-"])
        #expect(try rig.apply([receipt("2", .delivered, of: first)], from: "a") == [.moved])
        try rig.run(rig.dispatcher())
        #expect(try rig.states("state, channel, provider, cost_milli") == ["delivered|sms|a|300"])
        #expect(gateway.requests.count == 1)
    }

    @Test func eachChannelIsTold() throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig("rec_told", [.test("a", gateway), .test("mail", gateway, channel: .email)])
        try rig.queue(1, fallback: ["email:budi@example.com"])
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        let first = try rig.applier.work()
        #expect(first.map(\.type) == [NotificationSent.type])
        let id = try #require(try rig.dispatchIDs().first)
        #expect(try rig.apply([receipt("1", .failed, of: id)], from: "a") == [.moved])
        try rig.run(dispatcher)
        let second = try rig.applier.work()
        #expect(second.map(\.type) == [NotificationSent.type])
        #expect(Set((first + second).map(\.id)).count == 2)
    }

    /// Told by a receipt or when asked: to the next channel while it makes sense, and to its end after that.
    @Test(arguments: [false, true]) func whatExpiresGoesOnWhileItMakesSense(isAsked: Bool) throws {
        let gateway = try FakeGateway { request, _ in
            if request.method == "GET" { return .status(200, body: #"{"status": "expired"}"#) }
            return isAsked ? .hangUp : .status(200)
        }
        defer { gateway.stop() }
        let rig = try ProviderRig("rec_expired_\(isAsked)", [.test("a", gateway)])
        try rig.queue(1, "late", fallback: ["file:office:PTSP-1"], expiresOn: "2018-08-01")
        try rig.queue(1, "on", fallback: ["file:office:PTSP-1"], expiresOn: "2018-08-02")
        try rig.queue(1, "only")
        let dispatcher = rig.dispatcher()
        try rig.run(dispatcher)
        _ = try rig.connection.execute("UPDATE business_date SET started_on = '2018-08-02'")
        if isAsked {
            try rig.passTime()
            try rig.run(dispatcher)
        } else {
            let receipts = try rig.dispatchIDs().enumerated().map { receipt("\($0)", .expired, of: $1) }
            #expect(try rig.apply(receipts, from: "a") == [.moved, .moved, .moved])
        }
        #expect(
            try rig.states("body, state, channel, reason") == [
                "late-0|expired|sms|RECEIPT_EXPIRED", "on-0|queued|file|RECEIPT_EXPIRED",
                "only-0|expired|sms|RECEIPT_EXPIRED",
            ])
    }

    // MARK: Over HTTP

    private static let now: Int64 = 1_533_081_600

    private func endpoint(_ rig: ProviderRig) -> ReceiptEndpoint {
        ReceiptEndpoint(
            rig.settings, connection: rig.connection.settings,
            now: {
                Instant(microseconds: Self.now * 1_000_000) ?? .earliest
            })
    }

    private func request(
        _ body: String, secret: String = ProviderRig.secret, at time: Int64 = now, path: String = "/receipts/a"
    ) -> ServiceRequest {
        let bytes = Array(body.utf8)
        let signature = WebhookSignature.header(id: "w1", timestamp: time, body: bytes, secrets: [secret])
        return ServiceRequest(
            method: "POST", target: path,
            headers: [("webhook-id", "w1"), ("webhook-timestamp", "\(time)"), ("webhook-signature", signature)],
            body: bytes)
    }

    private func body(_ id: UUID, _ status: String = "delivered", receipt: String = "r1") -> String {
        """
        {"receipts": [{"id": "\(receipt)", "message_id": "\(id.text)", "status": "\(status)",
          "at": "2018-08-01T07:00:00+07:00"}]}
        """
    }

    @Test func onlyWhatIsSignedIsBelieved() async throws {
        let gateway = try gateway()
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "rec_signed", [.test("a", gateway) { $0.receiptSecrets.append("new-" + ProviderRig.secret) }])
        try rig.queue(1)
        try rig.run(rig.dispatcher())
        _ = try rig.connection.execute("UPDATE message SET sent_at = '2018-07-31T00:00:00Z'")
        let id = try #require(try rig.dispatchIDs().first)
        let endpoint = endpoint(rig)
        defer { endpoint.stop() }
        let provider = try #require(rig.settings.providers.providers.first)
        var changed = request(body(id))
        changed.body += Array(" ".utf8)
        var bare = request(body(id))
        bare.headers = []
        var twice = request(body(id))
        twice.headers += twice.headers
        for wrong in [
            changed, bare, twice, request(body(id), secret: "x" + ProviderRig.secret),
            request(body(id), at: Self.now - 301), request(body(id), at: Self.now + 301),
        ] {
            #expect(await endpoint.answer(wrong, provider).status == 401)
        }
        #expect(try rig.states("state") == ["sent"])
        #expect(try rig.connection.texts("SELECT receipt_id FROM receipt").isEmpty)
        for wrong in ["{", "{}", #"{"receipts": [{"id": "r"}]}"#, body(id, "read"), body(id, receipt: "r 1")] {
            #expect(await endpoint.answer(request(wrong), provider).status == 400)
        }
        let entry = #"{"id": "r", "reference": "x", "status": "sent", "at": "2018-08-01T07:00:00+07:00"}"#
        let many = "{\"receipts\": [" + Array(repeating: entry, count: 1_001).joined(separator: ",") + "]}"
        #expect(await endpoint.answer(request(many), provider).status == 400)
        for secret in provider.receiptSecrets {
            #expect(await endpoint.answer(request(body(id), secret: secret), provider).status == 200)
        }
        #expect(try rig.states("state, delivered_at = '2018-08-01T00:00:00Z'") == ["delivered|t"])
        #expect(try rig.connection.texts("SELECT effect FROM receipt") == ["moved"])
    }

    @Test func metasReportsAreRead() async throws {
        let gateway = try FakeGateway { _, _ in .status(200, body: #"{"messages": [{"id": "wamid.1="}]}"#) }
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "rec_meta",
            [
                .test("wa", gateway, channel: .whatsapp, isAsked: false) {
                    ($0.kind, $0.receiptFormat, $0.verifyToken) = (.whatsappCloud, .whatsapp, "verify-me")
                    $0.template = ProviderSettings.Template(name: "pesan", language: "id")
                }
            ])
        try rig.queue(1, channel: .whatsapp)
        try rig.run(rig.dispatcher())
        _ = try rig.connection.execute("UPDATE message SET sent_at = '2018-07-31T00:00:00Z'")
        #expect(try rig.states("state, provider_reference") == ["sent|wamid.1="])
        let id = try #require(try rig.dispatchIDs().first)
        let posted = try #require(gateway.requests.first)
        #expect(posted.body.contains("\"biz_opaque_callback_data\":\"\(id.text)\""))
        #expect(posted.body.contains("\"to\":\"628120010000\"") && posted.body.contains("\"name\":\"pesan\""))
        #expect(posted.headers["idempotency-key"] == nil)
        let body = Array(
            """
            {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value":
            {"messaging_product": "whatsapp", "statuses": [{"id": "wamid.1=", "status": "read", "timestamp": "1533081000",
            "recipient_id": "62812"}, {"id": "wamid.1=", "status": "sent", "timestamp": "1533080000"}]}}]}]}
            """.utf8)
        let endpoint = endpoint(rig)
        defer { endpoint.stop() }
        let provider = try #require(rig.settings.providers.providers.first)
        func signed(_ secret: String) -> ServiceRequest {
            let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
            let text = "sha256=" + code.map { String(format: "%02x", Int($0)) }.joined()
            return ServiceRequest(
                method: "POST", target: "/receipts/wa", headers: [("x-hub-signature-256", text)], body: body)
        }
        #expect(await endpoint.answer(signed("other"), provider).status == 401)
        #expect(await endpoint.answer(signed(ProviderRig.secret), provider).status == 200)
        #expect(try rig.states("state, extract(epoch FROM delivered_at)::int") == ["delivered|1533081000"])
        #expect(
            try rig.connection.texts("SELECT receipt_id || effect FROM receipt ORDER BY 1") == [
                "wamid.1=:readmoved", "wamid.1=:sentnothing",
            ])
        func challenge(_ token: String) -> ServiceAnswer {
            ReceiptEndpoint.challenge(
                ServiceRequest(
                    method: "GET", target: "/receipts/wa?hub.mode=subscribe&hub.verify_token=\(token)&hub.challenge=77",
                    headers: [], body: []), "verify-me")
        }
        #expect(challenge("verify-me").status == 200 && challenge("verify-me").body == Array("77".utf8))
        #expect(challenge("verify-us").status == 403)
    }
}
