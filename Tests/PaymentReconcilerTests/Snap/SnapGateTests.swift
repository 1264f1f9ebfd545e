import Foundation
import PerisaiModels
import Testing

@testable import PaymentReconciler
@testable import Worker

/// Who is let in. No request here reaches the database.
@Suite struct SnapGateTests {
    private func refusal(
        _ bench: SnapBench, _ changes: [String: String?], twice: String? = nil
    ) throws -> SnapRefusal? {
        var request = bench.request(.inquiry, Array(try SnapBench.inquiry(1).utf8), changes: changes)
        if let twice { request.headers.append((name: twice, value: request.values(of: twice).first ?? "")) }
        let gate = SnapGate(
            partners: [bench.partner.id: bench.partner], window: 300, now: { [time = bench.time] in time.now })
        do throws(SnapRefusal) { _ = try gate.admit(request) } catch { return error }
        return nil
    }

    @Test func headersAreNamed() throws {
        let bench = try SnapBench()
        #expect(try refusal(bench, [:]) == nil)
        for name in ["X-TIMESTAMP", "X-SIGNATURE", "X-PARTNER-ID", "X-EXTERNAL-ID", "CHANNEL-ID", "Content-Type"] {
            #expect(try refusal(bench, [name.lowercased(): nil as String?]) == .mandatory(name))
            #expect(try refusal(bench, [name.lowercased(): ""]) == .mandatory(name))
            #expect(try refusal(bench, [:], twice: name.lowercased()) == .fieldFormat(name))
        }
        for (name, value) in [
            ("X-TIMESTAMP", "2018-03-10T09:00:00"), ("X-TIMESTAMP", "kemarin"), ("X-EXTERNAL-ID", "12a"),
            ("X-EXTERNAL-ID", String(repeating: "1", count: 37)), ("CHANNEL-ID", "123456"), ("CHANNEL-ID", "a-b"),
            ("Content-Type", "text/plain"), ("Content-Type", "application/json; charset=utf-16"),
        ] {
            #expect(try refusal(bench, [name.lowercased(): value]) == .fieldFormat(name))
        }
        #expect(try refusal(bench, ["content-type": "application/json; charset=UTF-8"]) == nil)
    }

    @Test func callersAreKnown() throws {
        let bench = try SnapBench()
        #expect(try refusal(bench, ["x-partner-id": "bni-02"]) == .unauthorized("Unknown Client"))
        for token in [nil, "", "Bearer", "Bearer x", "Basic abc", "Bearer " + String(repeating: "A", count: 76)] {
            #expect(try refusal(bench, ["authorization": token]) == .invalidToken)
        }
        #expect(try refusal(bench, [:], twice: "authorization") == .invalidToken)
        #expect(try refusal(bench, ["x-signature": "AAAA"]) == .unauthorized("Signature"))
        #expect(try refusal(bench, ["x-timestamp": "2018-03-10T02:00:01Z"]) == .unauthorized("Signature"))
    }

    @Test(arguments: [(-300, true), (300, true), (-301, false), (301, false)])
    func timestampWindow(_ seconds: Int64, _ isIn: Bool) async throws {
        let bench = try SnapBench()
        let request = bench.request(.inquiry, Array(try SnapBench.inquiry(1).utf8))
        bench.time.advance(seconds)
        let reply = SnapReply(await bench.endpoint.answer(request, .inquiry))
        #expect(
            reply.line
                == (isIn
                    ? "404 4042412 Invalid Bill/Virtual Account [Not Found]"
                    : "401 4012400 Unauthorized. [X-TIMESTAMP]"))
    }

    @Test func theSameMomentInAnotherZone() async throws {
        let bench = try SnapBench()
        let reply = await bench.post(.inquiry, try SnapBench.inquiry(1), changes: ["x-signature": "AAAA"])
        #expect(reply.line == "401 4012400 Unauthorized. [Signature]")
        #expect(reply.headers.contains { $0.name == "x-timestamp" && $0.value == SnapBench.start })
    }

    // MARK: Access token

    private func token(_ changes: [String: String?] = [:], body: String = #"{"grantType":"client_credentials"}"#)
        async throws -> SnapReply
    {
        let bench = try SnapBench()
        bench.time.advance(
            ((Instant(parsing: SnapSignatureTests.timestamp) ?? .earliest).microseconds
                - bench.time.now.microseconds) / 1_000_000)
        var headers: [String: String] = [
            "content-type": "application/json", "x-timestamp": SnapSignatureTests.timestamp,
            "x-client-key": "bni-01", "x-signature": SnapSignatureTests.asymmetric,
        ]
        for (name, value) in changes { headers[name] = value }
        let request = ServiceRequest(
            method: "POST", target: SnapService.accessToken.path,
            headers: headers.map { (name: $0.key, value: $0.value) }, body: Array(body.utf8))
        let reply = SnapReply(await bench.endpoint.answer(request, .accessToken))
        if let token = reply.json["accessToken"] as? String {
            #expect(SnapToken.isValid(token, bench.partner.tokenKey, now: bench.time.now))
        }
        return reply
    }

    @Test func accessToken() async throws {
        let good = try await token()
        #expect(good.line == "200 2007300 Successful")
        #expect(good.json["tokenType"] as? String == "Bearer" && good.json["expiresIn"] as? String == "900")
        for name in ["X-TIMESTAMP", "X-SIGNATURE", "X-CLIENT-KEY"] {
            let reply = try await token([name.lowercased(): nil as String?])
            #expect(reply.line == "400 4007302 Invalid Mandatory Field \(name)")
        }
        #expect(try await token(["x-client-key": "bni-02"]).line == "401 4017300 Unauthorized. [Unknown Client]")
        #expect(try await token(["x-signature": "AAAA"]).line == "401 4017300 Unauthorized. [Signature]")
        let old = ["x-timestamp": "2026-08-18T08:54:59+07:00"]
        #expect(try await token(old).line == "401 4017300 Unauthorized. [X-TIMESTAMP]")
        #expect(try await token(body: "{}").line == "400 4007302 Invalid Mandatory Field grantType")
        #expect(
            try await token(body: #"{"grantType":"password"}"#).line == "400 4007301 Invalid Field Format grantType")
        #expect(try await token(body: "grantType=x").line == "400 4007300 Bad Request")
    }
}
