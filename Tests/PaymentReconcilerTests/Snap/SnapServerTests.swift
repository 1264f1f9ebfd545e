import Foundation
import Glibc
import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import Kafka
@testable import PaymentReconciler
@testable import Worker

/// The endpoint behind the real server, and the parts beside it.
@Suite(.timeLimit(.minutes(2))) struct SnapServerTests {
    private func serve(_ bench: SnapBench) throws -> (server: OperationsServer, port: Int) {
        let server = OperationsServer(
            .init(host: "127.0.0.1", port: 0), metrics: bench.metrics,
            logger: .worker("payment-reconciler", level: .critical), services: bench.endpoint.routes.routes,
            health: { .good }, readiness: { .good })
        return (server, try server.start())
    }

    private func send(_ request: ServiceRequest, to port: Int, length: Int? = nil) throws -> (status: Int, text: String)
    {
        let headers = request.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head =
            "\(request.method) \(request.target) HTTP/1.1\r\nHost: x\r\n\(headers)"
            + "Content-Length: \(length ?? request.body.count)\r\n\r\n"
        return try exchange(Array(head.utf8) + request.body, port)
    }

    private struct NoAnswer: Error {}

    /// Sends bytes and reads one answer with a Content-Length.
    private func exchange(_ bytes: [UInt8], _ port: Int) throws -> (status: Int, text: String) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw NoAnswer() }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may have answered and closed before it has read everything.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: answer, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n"), let length = Self.length(text[..<end.lowerBound]),
                text[end.upperBound...].utf8.count >= length
            {
                let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                return (status, String(text[end.upperBound...]))
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw NoAnswer() }
            answer += buffer.prefix(count)
        }
    }

    private static func length(_ head: Substring) -> Int? {
        head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }.flatMap {
            Int($0.dropFirst(15).filter { $0 != " " })
        }
    }

    @Test func tokenInquiryAndPaymentThroughABroker() async throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: Topic.payments.name, partitions: 2)])
        defer { broker.stop() }
        let publisher = try AcknowledgedPublisher(
            configuration: .producer(
                bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker, overrides: ["log_level": "0"]))
        let bench = try SnapBench(publisher: publisher)
        try bench.enrol(1)
        let (server, port) = try serve(bench)
        defer { server.beginStop() }
        let inquiry = try send(bench.request(.inquiry, Array(try SnapBench.inquiry(1).utf8)), to: port)
        #expect(inquiry.status == 200 && inquiry.text.contains(#""responseCode":"2002400""#))
        let body = Array(try SnapBench.payment(1).utf8)
        let requests = (0..<8).map { _ in bench.request(.payment, body) }
        let answers = await withTaskGroup(of: String.self) { group in
            for request in requests {
                group.addTask { (try? send(request, to: port).text) ?? "no answer" }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers.count == 1 && answers.first?.contains(#""responseCode":"2002500""#) == true)
        let reader = try TopicReader(
            configuration: KafkaConfiguration(
                role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
                overrides: ["log_level": "0"]))
        defer { reader.close() }
        let partitions = try reader.partitions(of: Topic.payments.name)
        #expect(try reader.read(from: partitions.map { ($0, .beginning) }) { _ in true } == 1)
        await publisher.stop()
    }

    @Test func hostileBodies() throws {
        let bench = try SnapBench()
        let (server, port) = try serve(bench)
        defer { server.beginStop() }
        var request = bench.request(.payment, [])
        request.body = [UInt8](repeating: 0x20, count: 10 << 20)
        let large = try send(request, to: port)
        #expect(large.status == 400 && large.text == #"{"responseCode":"4002500","responseMessage":"Bad Request"}"#)
        request.body = [UInt8](repeating: 0x20, count: SnapEndpoint.bodyLimit + 1)
        #expect(try send(request, to: port).status == 400)
        request.body = Array(String(repeating: "[", count: SnapEndpoint.bodyLimit).utf8)
        #expect(try send(request, to: port).text.contains("4012500"))
        let signed = bench.request(.payment, request.body)
        #expect(try send(signed, to: port).text.contains("4002500"))
        #expect(
            try exchange(Array("GET /v1.0/transfer-va/payment HTTP/1.1\r\nHost: x\r\n\r\n".utf8), port).status >= 404)
        #expect(try exchange(Array("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8), port).status == 200)
    }

    // MARK: Pool

    @Test func poolRefusesAndTimesOut() async throws {
        let bench = try SnapBench()
        let pool = DatabasePool(
            bench.ledger.connection.settings, connections: 1, waiting: 1, deadline: .seconds(3))
        defer { pool.stop() }
        #expect(try await pool.run { try $0.query(Statement("one", "SELECT 1")).int32(0, 0) } == 1)
        // The server is slow: its statement is cut off at the deadline, and the next call gets a connection.
        let slow = Statement("slow", "SELECT pg_sleep(30)::text")
        await #expect(throws: (any Error).self) { try await pool.run { try $0.query(slow).rowCount } }
        #expect(try await pool.run { try $0.query(Statement("one", "SELECT 1")).int32(0, 0) } == 1)
        // The connection is killed while idle: the call is repeated on a new one.
        try bench.ledger.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        #expect(try await pool.run { try $0.query(Statement("one", "SELECT 1")).int32(0, 0) } == 1)
    }

    @Test func poolHasALimit() async throws {
        let bench = try SnapBench()
        let pool = DatabasePool(bench.ledger.connection.settings, connections: 1, waiting: 1, deadline: .seconds(20))
        defer { pool.stop() }
        let (started, gate) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let first = pool.run { _ in
            started.continuation.finish()
            gate.wait()
            return 1
        }
        for await _ in started.stream {}
        // One waits, and of two more at least one is refused at once.
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do { return "\(try await pool.run { _ in 2 })" } catch { return "\(error)" }
                }
            }
            var outcomes: [String] = []
            for await outcome in group {
                outcomes.append(outcome)
                gate.signal()
            }
            return outcomes
        }
        #expect(outcomes == ["busy", "2"])
        #expect(try await first == 1)
        pool.stop()
        await #expect(throws: DatabasePool.Fault.closed) { try await pool.run { _ in 3 } }
    }

    // MARK: Settings

    @Test func partnersAreRead() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("snap.pem", SnapBank.publicKey)
        let good = "bni-01:009:77701:closed:\(file):\(SnapBank.secret)"
        var reader = SettingsReader(environment: ["PERISAI_SNAP_PARTNERS": good, "PERISAI_SNAP_TIMESTAMP_WINDOW": "2m"])
        let settings = ReconcilerSettings(from: &reader).snap
        try reader.finish()
        let partner = try #require(settings.partners["bni-01"])
        #expect(partner.bank == .bni && partner.corporateCode == .perisai && partner.amounts == .closed)
        #expect(settings.timestampWindow == .seconds(120))
        #expect(partner.tokenKey == (try SnapBank.partner().tokenKey))
        let shown = reader.report + "\(settings) \(partner) \(String(reflecting: partner))"
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!(shown + dumped).contains(SnapBank.secret) && !shown.contains(file))
    }

    @Test(arguments: [
        ("bni-01", "is not id:bank"), ("b#ni:009:77701:open:F:S", "partner id"), ("bni:9:77701:open:F:S", "bank code"),
        ("bni:009:88888:open:F:S", "corporate code"), ("bni:009:77701:any:F:S", "open or closed"),
        ("bni:009:77701:open:/nonexistent:S", "public key"), ("bni:009:77701:open:F:kurz", "secret must be 32"),
    ])
    func partnersAreChecked(_ entry: String, _ reason: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("snap.pem", SnapBank.publicKey)
        let entry = entry.replacing(":F:", with: ":\(file):").replacing(":S", with: ":\(SnapBank.secret)")
        var reader = SettingsReader(environment: ["PERISAI_SNAP_PARTNERS": entry])
        _ = ReconcilerSettings(from: &reader)
        let error = #expect(throws: SettingsError.self) { try reader.finish() }
        let text = error?.description ?? ""
        #expect(text.contains("PERISAI_SNAP_PARTNERS") && text.contains(reason))
        #expect(!text.contains("rahasia") && !text.contains("kurz"))
    }
}
