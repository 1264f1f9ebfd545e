import Foundation
import PerisaiModels
import Testing

@testable import Kafka
@testable import Worker

@Suite struct EventIntakeTests {
    typealias Bench = IntakeBench

    // MARK: Accepted

    @Test func binaryModeBecomesARecord() throws {
        let bench = try Bench()
        let body = " " + String(decoding: Bench.payment.json, as: UTF8.self) + "\n"
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let answer = try bench.post(
            Bench.binary(["ce-subject": "ke%20%C3%A9", "traceparent": trace, "ce-id": "\"a\\\"b\""]), body.utf8)
        #expect(answer.status == 202 && answer.ids == ["a\"b"] && answer.json["accepted"] as? Int == 1)
        let record = try #require(bench.publisher.records.first)
        #expect(record.topic == Topic.payments.name && record.keyText == Bench.payment.partitionKey)
        #expect(record.valueText == body)
        #expect(
            record.headerTexts == [
                "ce_specversion": "1.0", "ce_id": "a\"b", "ce_source": Bench.source, "ce_type": PaymentReceived.type,
                "ce_time": "2018-08-01T02:00:00Z", "ce_subject": "ke é", "traceparent": trace,
                "content-type": "application/json",
            ])
    }

    @Test func structuredModeKeepsTheBytesOfData() throws {
        let bench = try Bench()
        let data = String(decoding: Bench.payment.json, as: UTF8.self).replacing(",", with: " ,\n ")
        let extra = #","datacontenttype":"application/json","subject":null,"traceparent":"broken","ours":7"#
        let answer = try bench.structured(Bench.envelope(data: data, extra: extra))
        #expect(answer.status == 202)
        #expect(bench.publisher.records.first?.valueText == data)
        #expect(bench.publisher.records.first?.headerTexts["traceparent"] == nil)
    }

    @Test func batchOfAThousandKeepsItsOrder() throws {
        let bench = try Bench()
        let ids = (0..<1_000).map { "id-\($0)" }
        let answer = try bench.batch(ids.map { Bench.envelope(id: $0) })
        #expect(answer.status == 202 && answer.ids == ids)
        #expect(bench.publisher.records.map { $0.headerTexts["ce_id"] ?? "" } == ids)
        let metrics = try RawClient(port: bench.port).get("/metrics").body
        #expect(metrics.contains("perisai_intake_events_total 1000\n"))
        #expect(metrics.contains("perisai_intake_requests_total{status=\"202\"} 1\n"))
    }

    // MARK: Refused

    @Test(arguments: [nil, "", "Bearer", "Bearer wrong", "Basic 0123456789abcdef-bri", "Bearer 0123456789abcdef-br"])
    func unknownToken(header: String?) throws {
        let bench = try Bench()
        let answer = try bench.post(Bench.binary(["authorization": header]), Bench.payment.json)
        #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer")
        #expect(bench.publisher.records.isEmpty)
    }

    @Test func foreignSource() throws {
        let bench = try Bench()
        let single = try bench.structured(Bench.envelope(source: "urn:bank:bni"))
        #expect(single.status == 403 && single.field == "source")
        let batch = try bench.batch([Bench.envelope(), Bench.envelope(source: "urn:bank:bni")])
        #expect(batch.status == 403 && batch.index == 1)
        #expect(bench.publisher.records.isEmpty)
    }

    @Test(arguments: [
        nil, "text/plain", "application/cloudevents+xml", "application/json; charset=utf-16",
        "application/cloudevents-batch+json; charset=latin1",
    ])
    func contentType(type: String?) throws {
        let answer = try Bench().post(Bench.binary(["content-type": type]), Bench.payment.json)
        #expect(answer.status == 415 && answer.field == "content-type")
    }

    @Test(
        arguments: [
            ("ce-specversion", nil, "specversion"), ("ce-specversion", "0.3", "specversion"), ("ce-id", nil, "id"),
            ("ce-id", "%zz", "id"), ("ce-id", "%FF", "id"), ("ce-id", "a%0Ab", "id"),
            ("ce-id", String(repeating: "x", count: 129), "id"), ("ce-source", nil, "source"), ("ce-type", nil, "type"),
            ("ce-type", "id.perisai.no-such-thing.v1", "type"), ("ce-type", BusinessDateStarted.type, "type"),
            ("ce-time", nil, "time"), ("ce-time", "yesterday", "time"),
            ("ce-subject", String(repeating: "x", count: 257), "subject"),
        ] as [(String, String?, String)])
    func attributes(header: String, value: String?, field: String) throws {
        let bench = try Bench()
        let answer = try bench.post(Bench.binary([header: value]), Bench.payment.json)
        #expect(answer.status == 400 && answer.field == field, "\(answer.body)")
        #expect(bench.publisher.records.isEmpty)
    }

    @Test func repeatedAttribute() throws {
        let answer = try Bench().post(Bench.binary() + [("ce-id", "id-2")], Bench.payment.json)
        #expect(answer.status == 400 && answer.field == "id")
    }

    @Test func dataFaultsNameTheField() throws {
        let bench = try Bench()
        let json = String(decoding: Bench.payment.json, as: UTF8.self)
        let wrong = json.replacing(#""amount":"#, with: #""amount":"x","other":"#)
        for answer in [try bench.structured(Bench.envelope(data: wrong)), try bench.post(Bench.binary(), wrong.utf8)] {
            #expect(answer.status == 400 && answer.field == "data.amount", "\(answer.body)")
            #expect(answer.json["error"] as? String == "invalid_event" && answer.index == nil)
        }
    }

    @Test(arguments: [
        "", "{", "[", "null", "7", "{}", "[]", "\"x\"", "{\"specversion\":\"1.0\"", "{\"id\":\"a\",\"id\":\"b\"}",
        "{\"id\":7}", "{\"id\":\"\\ud800\"}", "{} {}", "\u{FEFF}{}",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 50_000),
    ])
    func malformedJSON(text: String) throws {
        let bench = try Bench()
        #expect(try bench.structured(text).status == 400)
        #expect(try bench.post(Bench.binary(), text.utf8).status == 400)
        #expect(try bench.batch([text]).status == 400)
        #expect(bench.publisher.records.isEmpty)
    }

    @Test func everyTruncationIsRefused() throws {
        let bench = try Bench()
        let whole = Bench.envelope()
        let client = try RawClient(port: bench.port)
        let headers = [("Authorization", "Bearer \(Bench.token)"), ("Content-Type", "application/cloudevents+json")]
        for length in stride(from: 0, to: whole.utf8.count, by: 3) {
            let answer = try client.post("/events", headers, Array(whole.utf8.prefix(length)))
            #expect(answer.status == 400, "cut at \(length)")
        }
        #expect(bench.publisher.records.isEmpty)
    }

    @Test func invalidUTF8AndBase64() throws {
        let bench = try Bench()
        let answer = try bench.post(Bench.binary(), [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D])
        #expect(answer.status == 400 && answer.field == "data")
        let base64 = try bench.structured(Bench.envelope(extra: #","data_base64":"e30=""#))
        #expect(base64.status == 400 && base64.field == "data_base64")
        let type = try bench.structured(Bench.envelope(extra: #","datacontenttype":"text/xml""#))
        #expect(type.status == 400 && type.field == "datacontenttype")
    }

    // MARK: Batches

    @Test func batchIsAcceptedWholeOrNotAtAll() throws {
        let bench = try Bench()
        let bad = Bench.envelope(id: "bad", data: "{}")
        let answer = try bench.batch([Bench.envelope(), Bench.envelope(id: "id-2"), bad])
        #expect(answer.status == 400 && answer.index == 2 && answer.field?.hasPrefix("data.") == true)
        #expect(try bench.batch([Bench.envelope(), "7"]).index == 1)
        #expect(try bench.batch([]).status == 400)
        #expect(try bench.batch((0...1_000).map { Bench.envelope(id: "\($0)") }).index == 1_000)
        bench.publisher.fail(KafkaError(.messageTimedOut, "no acknowledgement"))
        #expect(try bench.batch([Bench.envelope(), Bench.envelope(id: "id-2")]).status == 503)
        #expect(bench.publisher.records.isEmpty)
    }

    // MARK: Limits and faults

    @Test func declaredLengthOverTheLimit() throws {
        let bench = try Bench()
        let client = try RawClient(port: bench.port)
        let lines = Bench.binary().map { "\($0.0): \($0.1)\r\n" }.joined()
        client.send(Array("POST /events HTTP/1.1\r\nHost: x\r\n\(lines)Content-Length: 1048577\r\n\r\n".utf8))
        let answer = try client.answer()
        #expect(answer.status == 413 && answer.headers["connection"] == "close")
        #expect(client.isClosed)
    }

    @Test(arguments: ["application/json", "application/cloudevents+json", "application/cloudevents-batch+json"])
    func endlessBodyIsCutOff(type: String) throws {
        var limits = EventIntake.Limits()
        limits.eventBytes = 100_000
        limits.batchBytes = 200_000
        let bench = try Bench(limits: limits)
        let client = try RawClient(port: bench.port)
        let lines = Bench.binary(["content-type": type]).map { "\($0.0): \($0.1)\r\n" }.joined()
        client.send(Array("POST /events HTTP/1.1\r\nHost: x\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n".utf8))
        let chunk = Array("4000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x4000) + Array("\r\n".utf8)
        for _ in 0..<20 where !client.send(chunk) { break }
        #expect(try client.answer().status == 413)
        #expect(client.isClosed)
        #expect(bench.publisher.records.isEmpty)
    }

    @Test func exactLimitPasses() throws {
        var limits = EventIntake.Limits()
        let body = Bench.payment.json
        limits.eventBytes = body.count
        let bench = try Bench(limits: limits)
        #expect(try bench.post(Bench.binary(), body).status == 202)
        #expect(try bench.post(Bench.binary(), body + [0x20]).status == 413)
    }

    @Test func longEventInABatch() throws {
        var limits = EventIntake.Limits()
        limits.eventBytes = 1_000
        let answer = try Bench(limits: limits).batch([
            Bench.envelope(), Bench.envelope(data: "{\"x\":\"\(String(repeating: "y", count: 1_000))\"}"),
        ])
        #expect(answer.status == 413 && answer.index == 1)
    }

    @Test func tooMuchInHandIsBusy() throws {
        var limits = EventIntake.Limits()
        limits.heldBytes = 10
        let bench = try Bench(limits: limits)
        for _ in 0..<3 {
            let answer = try bench.post(Bench.binary(), Bench.payment.json)
            #expect(answer.status == 503 && answer.headers["retry-after"] == "5")
        }
    }

    @Test(arguments: [KafkaError.Code.queueFull, .timedOut, .allBrokersDown, .fatal, .closed, .unknownTopic])
    func kafkaAway(code: KafkaError.Code) throws {
        let bench = try Bench()
        bench.publisher.fail(KafkaError(code, "away"))
        let away = try bench.post(Bench.binary(), Bench.payment.json)
        #expect(away.status == 503 && away.headers["retry-after"] == "5" && away.ids == nil)
        bench.publisher.fail(nil)
        #expect(try bench.post(Bench.binary(), Bench.payment.json).status == 202)
        #expect(!bench.log.text.contains(Bench.token))
    }

    @Test func recordTooLargeForKafka() throws {
        let bench = try Bench()
        bench.publisher.fail(KafkaError(.messageTooLarge, "large"))
        #expect(try bench.post(Bench.binary(), Bench.payment.json).status == 413)
    }

    @Test func noBrokerAtAll() async throws {
        // Port 1 of this machine: nobody listens there.
        let publisher = try AcknowledgedPublisher(
            configuration: .producer(bootstrapServers: "127.0.0.1:1") { _, _, _ in })
        var limits = EventIntake.Limits()
        limits.publishTimeout = .milliseconds(200)
        let bench = try Bench(publisher: publisher, limits: limits)
        let answer = try bench.post(Bench.binary(), Bench.payment.json)
        #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
        await publisher.stop()
    }

    @Test func abortedBody() throws {
        let bench = try Bench()
        let client = try RawClient(port: bench.port)
        let lines = Bench.binary().map { "\($0.0): \($0.1)\r\n" }.joined()
        client.send(Array("POST /events HTTP/1.1\r\nHost: x\r\n\(lines)Content-Length: 500\r\n\r\n{\"half\":".utf8))
        client.finishSending()
        // Answered with 400 or just closed, never accepted; the server lives on.
        if let answer = try? client.answer() { #expect(answer.status == 400) }
        #expect(try bench.post(Bench.binary(), Bench.payment.json).status == 202)
        #expect(bench.publisher.records.count == 1)
    }
}
