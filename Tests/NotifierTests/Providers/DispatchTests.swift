import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import Notifier

@Suite struct DispatchTests {
    @Test func messagesAreSentOnceWithTheirKeys() throws {
        let gateway = try FakeGateway { request, _ in .status(200, body: #"{"reference": "ref-\#(request.key)"}"#) }
        defer { gateway.stop() }
        let rig = try ProviderRig(
            "disp_sent", [.test("a", gateway) { ($0.costMilli, $0.concurrency) = (350_500, 8) }])
        try rig.queue(30)
        try rig.run(rig.dispatcher())
        #expect(gateway.requests.count == 30 && Set(gateway.requests.map(\.key)).count == 30)
        let request = try #require(gateway.requests.first)
        #expect(request.authorization == "Bearer token-of-a" && request.target == "/messages")
        let body = try #require(try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
        #expect(body["message_id"] as? String == request.key && body["channel"] as? String == "sms")
        #expect((body["to"] as? String)?.hasPrefix("+62812") == true && body["segments"] as? Int == 1)
        let rows = try rig.connection.texts(
            """
            SELECT concat_ws('|', state, provider, attempts, segments, cost_milli, lease IS NULL, sent_at IS NOT NULL,
                finished_at IS NOT NULL, provider_reference = 'ref-' || dispatch_id)
            FROM message
            """)
        #expect(Set(rows) == ["sent|a|1|1|350500|t|t|t|t"])
        #expect(Set(try rig.attempts()) == ["send|a|accepted"])
        #expect(try rig.connection.texts("SELECT 1::text FROM attempt WHERE reference IS NOT NULL").count == 30)
        let ids = try rig.connection.texts("SELECT message_id::text FROM message").compactMap { UUID(uuidString: $0) }
        #expect(
            Set(ids.map { Dispatch.id(of: $0, on: .sms, resends: 0).text }) == Set(gateway.requests.map(\.key)))
    }
}
