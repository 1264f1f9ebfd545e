import Foundation
import Logging
import Synchronization
import Testing

@testable import Worker

/// Keeps the lines and gives a clock that stands still until it is moved.
final class LogProbe: Sendable {
    let time = Atomic<Int64>(1_534_644_000_123)
    private let kept = Mutex<[[UInt8]]>([])

    var output: LogOutput {
        LogOutput(
            now: { self.time.load(ordering: .relaxed) }, write: { line in self.kept.withLock { $0.append(line) } })
    }
    var raw: [[UInt8]] { kept.withLock { $0 } }
    var text: String { String(decoding: raw.joined(), as: UTF8.self) }

    func objects() throws -> [[String: Any]] {
        try raw.map { line in
            #expect(line.last == 0x0A && line.count { $0 == 0x0A } == 1)
            return try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        }
    }
}

@Suite struct JSONLogHandlerTests {
    @Test func lineHasAllMembers() throws {
        let probe = LogProbe()
        var logger = Logger.worker("notifier", level: .debug, output: probe.output)
        logger[metadataKey: "partition"] = "3"
        logger.debug(
            "batch applied", metadata: ["records": "500", "nested": ["password": "geheim", "a": ["b", "c"]]])
        logger.trace("below the level")
        let line = try #require(try probe.objects().first)
        #expect(probe.raw.count == 1)
        #expect(line["time"] as? String == "2018-08-19T02:00:00.123Z")
        #expect(line["level"] as? String == "debug")
        #expect(line["service"] as? String == "notifier")
        #expect(line["message"] as? String == "batch applied")
        let metadata = try #require(line["metadata"] as? [String: String])
        #expect(metadata == ["partition": "3", "records": "500", "nested": "{a=[b, c], password=***}"])
    }

    @Test func masksEverywhere() throws {
        let probe = LogProbe()
        let logger = Logger.worker("notifier", output: probe.output)
        logger.info(
            "NIK 5171014107900001 by postgresql://u:geheim@db/x",
            metadata: ["nik": "5171014107900001", "apiToken": "geheim", "url": "https://a:geheim@b/"])
        logger.error("failed", error: SettingsError([.init(key: "a", reason: "5171014107900001")]))
        #expect(!probe.text.contains("geheim") && !probe.text.contains("5171014107900001"))
        #expect(probe.text.contains("5171**********01"))
    }

    @Test func controlCharactersCannotForgeALine() throws {
        let probe = LogProbe()
        let logger = Logger.worker("notifier", output: probe.output)
        let hostile = "a\n{\"level\":\"fake\"}\r\u{1B}[31m\u{7F}\u{85}\u{2028}\"\\\0"
        logger.info("\(hostile)", metadata: ["x": "\(hostile)", "\(hostile)": "y"])
        let line = try #require(try probe.objects().first)
        #expect(line["message"] as? String == hostile)
        #expect(!probe.text.unicodeScalars.dropLast().contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }

    @Test(arguments: ["x", "\u{1}", "🙂", "\"", "5171014107900001 "])
    func linesAreLimited(unit: String) throws {
        let probe = LogProbe()
        let logger = Logger.worker("notifier", output: probe.output)
        let long = String(repeating: unit, count: 40_000)
        var metadata: Logger.Metadata = [:]
        for index in 0..<50 { metadata["key\(index) \(long.prefix(300))"] = "\(long)" }
        logger.info("\(long)", metadata: metadata)
        logger.info("short", metadata: ["a": "\(long)"])
        #expect(probe.raw.count == 2)
        #expect(probe.raw.allSatisfy { $0.count <= LogLine.maxBytes })
        let line = try #require(try probe.objects().first)
        #expect(line["truncated"] as? Bool == true)
        #expect(!probe.text.contains("5171014107900001"))
    }

    @Test func repetitionIsHeldBackAndCounted() throws {
        let probe = LogProbe()
        let logger = Logger.worker("notifier", output: probe.output)
        for _ in 0..<100 { logger.warning("Kafka is away") }
        logger.warning("Kafka is away", metadata: ["attempt": "2"])
        #expect(probe.raw.count == LogOutput.burst + 1)
        probe.time.add(LogOutput.window, ordering: .relaxed)
        logger.info("another line")
        let lines = try probe.objects()
        #expect(lines.count == LogOutput.burst + 3)
        #expect(lines.compactMap { $0["suppressed"] as? Int } == [95])
        logger.warning("Kafka is away")
        #expect(probe.raw.count == LogOutput.burst + 4)
    }

    @Test func flushTellsWhatIsHeldBack() throws {
        let probe = LogProbe()
        let output = probe.output
        let logger = Logger.worker("notifier", output: output)
        for _ in 0..<7 { logger.warning("again") }
        output.flush()
        output.flush()
        #expect(try probe.objects().compactMap { $0["suppressed"] as? Int } == [2])
    }
}
