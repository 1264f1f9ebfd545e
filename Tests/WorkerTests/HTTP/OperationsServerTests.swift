import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Worker

@Suite struct OperationsServerTests {
    @Test func healthAndReadinessFollowTheirClosures() throws {
        let box = HealthBox()
        let bench = try IntakeBench(
            health: { box.report },
            readiness: {
                HealthReport(
                    isGood: false, reason: "no partition of NIK 5171014107900001",
                    details: ["assignment": "none", "token": "geheim"])
            })
        let client = try RawClient(port: bench.port)
        #expect(try client.get("/healthz").status == 200)
        box.set(HealthReport(isGood: false, reason: "the loop made no progress for 61 s"))
        let sick = try client.get("/healthz")
        #expect(sick.status == 503)
        #expect(sick.body == #"{"status":"unavailable","reason":"the loop made no progress for 61 s"}"#)
        let ready = try client.get("/readyz")
        #expect(ready.status == 503 && ready.json["assignment"] as? String == "none")
        #expect(!ready.body.contains("geheim") && !ready.body.contains("5171014107900001"))
        #expect(try client.get("/nothing").status == 404)
    }

    @Test func metricsArePrometheusText() throws {
        let bench = try IntakeBench()
        let answer = try RawClient(port: bench.port).get("/metrics")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.body == bench.metrics.exposition())
    }

    @Test func portFileHoldsThePort() throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = directory.path + "/port"
        let bench = try IntakeBench(portFile: file)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "\(bench.port)\n")
        #expect(bench.server.port == bench.port)
    }

    @Test func takenPortAndSecondStartAreErrors() throws {
        let bench = try IntakeBench()
        let other = OperationsServer(
            .init(host: "127.0.0.1", port: bench.port), metrics: bench.metrics,
            logger: .worker("x", output: bench.log.output),
            health: { .good }, readiness: { .good })
        #expect(throws: OperationsServerError.self) { try other.start() }
        #expect(throws: OperationsServerError.self) { try other.start() }
        other.beginStop()
        #expect(throws: OperationsServerError.self) { try bench.server.start() }
    }

    @Test func unwritablePortFileIsAnError() throws {
        #expect(throws: OperationsServerError.self) { try IntakeBench(portFile: "/nonexistent/port") }
    }

    @Test func stopEndsIdleConnectionsAndFreesThePort() async throws {
        let bench = try IntakeBench()
        let idle = try RawClient(port: bench.port)
        #expect(try idle.get("/healthz").status == 200)
        // On a thread of its own, as the main thread of a service does.
        let server = bench.server
        await withCheckedContinuation { continuation in
            Thread {
                server.stop()
                server.stop()
                continuation.resume()
            }.start()
        }
        #expect(idle.isClosed)
        #expect(throws: RawClient.RawError.self) { try RawClient(port: bench.port) }
    }

    @Test func garbageIsAnsweredOrClosed() throws {
        let bench = try IntakeBench()
        for text in [
            "\0\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /events HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ] {
            let client = try RawClient(port: bench.port)
            client.send(Array(text.utf8))
            client.finishSending()
            if let answer = try? client.answer() { #expect(answer.status >= 400) }
        }
        #expect(try RawClient(port: bench.port).get("/healthz").status == 200)
    }
}

final class HealthBox: Sendable {
    private let state = Mutex(HealthReport.good)
    var report: HealthReport { state.withLock { $0 } }
    func set(_ report: HealthReport) { state.withLock { $0 = report } }
}
