import Foundation
import TestSupport
import Testing

@testable import Worker

enum Colour: String, CaseIterable { case red, green }

@Suite struct SettingsReaderTests {
    private func faults(_ reader: SettingsReader) -> [String: String] {
        do {
            try reader.finish()
            return [:]
        } catch {
            return Dictionary(error.faults.map { ($0.key, $0.reason) }) { $0 + " | " + $1 }
        }
    }

    @Test func readsEveryKind() {
        var reader = SettingsReader(environment: [
            "PERISAI_TEXT": "halo", "PERISAI_NUMBER": "7", "PERISAI_WAIT": "250ms", "PERISAI_SIZE": "32MiB",
            "PERISAI_ON": "yes", "PERISAI_URL": "https://gateway.example/send", "PERISAI_COLOUR": "green",
            "PERISAI_LIST": "a, b\nc", "HOME": "/root",
        ])
        #expect(reader.text("PERISAI_TEXT", doc: "") == "halo")
        #expect(reader.integer("PERISAI_NUMBER", default: 1, in: 1...9, doc: "") == 7)
        #expect(
            reader.duration("PERISAI_WAIT", default: .seconds(1), in: .zero...(.seconds(9)), doc: "")
                == .milliseconds(250))
        #expect(reader.bytes("PERISAI_SIZE", default: 1, in: 1...(64 << 20), doc: "") == 32 << 20)
        #expect(reader.flag("PERISAI_ON", default: false, doc: "") == true)
        #expect(reader.url("PERISAI_URL", schemes: ["https"], doc: "") == "https://gateway.example/send")
        #expect(reader.choice("PERISAI_COLOUR", default: Colour.red, doc: "") == .green)
        #expect(reader.list("PERISAI_LIST", doc: "") == ["a", "b", "c"])
        #expect(reader.optionalText("PERISAI_ABSENT", doc: "") == nil)
        #expect(faults(reader).isEmpty)
    }

    @Test func reportsEveryFaultAtOnce() {
        var reader = SettingsReader(environment: [
            "PERISAI_NUMBER": "12", "PERISAI_WORD": "x1", "PERISAI_WAIT": "5 parsecs", "PERISAI_SIZE": "3GiB",
            "PERISAI_ON": "perhaps", "PERISAI_URL": "ftp://a", "PERISAI_COLOUR": "blue", "PERISAI_LIST": "a,b,c",
            "PERISAI_NUMBR": "1",
        ])
        _ = reader.text("PERISAI_TEXT", doc: "")
        _ = reader.integer("PERISAI_NUMBER", default: 1, in: 1...9, doc: "")
        _ = reader.integer("PERISAI_WORD", default: 1, in: 1...9, doc: "")
        _ = reader.duration("PERISAI_WAIT", default: .seconds(1), in: .zero...(.seconds(9)), doc: "")
        _ = reader.bytes("PERISAI_SIZE", default: 1, in: 1...(1 << 30), doc: "")
        _ = reader.flag("PERISAI_ON", default: false, doc: "")
        _ = reader.url("PERISAI_URL", schemes: ["https"], doc: "")
        _ = reader.choice("PERISAI_COLOUR", default: Colour.red, doc: "")
        _ = reader.list("PERISAI_LIST", maxCount: 2, doc: "")
        let found = faults(reader)
        #expect(found.count == 10)
        #expect(found["PERISAI_TEXT"] == "is missing")
        #expect(found["PERISAI_NUMBER"] == "must lie between 1 and 9")
        #expect(found["PERISAI_SIZE"] == "must lie between 1B and 1GiB")
        #expect(found["PERISAI_COLOUR"] == "must be one of red, green")
        #expect(found["PERISAI_NUMBR"] == "is not a known setting; did you mean PERISAI_NUMBER?")
        #expect(found["PERISAI_URL"]?.hasPrefix("must be a URL") == true)
    }

    @Test(arguments: ["PERISAI_A=1\n# comment\n\n PERISAI_B = \"zwei\" \n", #"{"PERISAI_A": 1, "PERISAI_B": "zwei"}"#])
    func fileGivesWhatTheEnvironmentDoesNot(content: String) throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("settings", content)
        var reader = SettingsReader(environment: ["PERISAI_CONFIG_FILE": file, "PERISAI_A": "2"])
        #expect(reader.integer("PERISAI_A", default: 0, in: 0...9, doc: "") == 2)
        #expect(reader.text("PERISAI_B", doc: "") == "zwei")
        #expect(faults(reader).isEmpty)
        #expect(reader.effective.map(\.origin) == [.environment, .file])
    }

    @Test(arguments: [
        "[1]", "{\"PERISAI_A\": {}}", "{\"PERISAI_A\": 1", "novalue", "OTHER=1", "PERISAI_A=1\nPERISAI_A=2",
    ])
    func badFileIsAFault(content: String) throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("settings", content)
        var reader = SettingsReader(environment: ["PERISAI_CONFIG_FILE": file])
        _ = reader.optionalText("PERISAI_A", doc: "")
        #expect(!faults(reader).isEmpty)
    }

    @Test func missingOrHugeFileIsAFault() throws {
        #expect(faults(SettingsReader(environment: ["PERISAI_CONFIG_FILE": "/nonexistent/settings"])).count == 1)
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("settings", String(repeating: "#", count: 262_145))
        #expect(faults(SettingsReader(environment: ["PERISAI_CONFIG_FILE": file])).count == 1)
        #expect(faults(SettingsReader(environment: ["PERISAI_CONFIG_FILE": directory.path])).count == 1)
    }

    @Test func secretComesFromItsFile() throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("password", "geheim-kata\n")
        var reader = SettingsReader(environment: ["PERISAI_WORD_FILE": file])
        #expect(reader.text("PERISAI_WORD", secret: true, doc: "") == "geheim-kata")
        #expect(faults(reader).isEmpty)
        #expect(reader.effective.first?.shown == "***")
        #expect(reader.effective.first?.origin == .secretFile)
        #expect(!reader.report.contains("geheim"))
    }

    @Test func secretTwiceOrWithoutFileIsAFault() throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("password", "geheim")
        var both = SettingsReader(environment: ["PERISAI_WORD": "geheim", "PERISAI_WORD_FILE": file])
        _ = both.text("PERISAI_WORD", secret: true, doc: "")
        #expect(faults(both).keys.sorted() == ["PERISAI_WORD_FILE"])
        var none = SettingsReader(environment: ["PERISAI_WORD_FILE": "/nonexistent/word"])
        _ = none.text("PERISAI_WORD", secret: true, doc: "")
        #expect(faults(none).keys.sorted() == ["PERISAI_WORD_FILE"])
    }

    @Test func fileVariantIsForSecretsOnly() {
        var reader = SettingsReader(environment: ["PERISAI_NUMBER_FILE": "/x"])
        _ = reader.integer("PERISAI_NUMBER", default: 1, in: 1...9, doc: "")
        #expect(faults(reader).keys.sorted() == ["PERISAI_NUMBER_FILE"])
    }

    @Test(arguments: [
        ("5s", Duration.seconds(5)), ("250ms", .milliseconds(250)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
        ("1d", .seconds(86_400)),
    ])
    func durations(text: String, duration: Duration) { #expect(SettingsUnits.duration(text) == duration) }

    @Test(arguments: ["", "5", "s", "-5s", "1.5s", "5S", "99999999999999999999s", "9223372036854775807h", "٥s"])
    func badDurations(text: String) { #expect(SettingsUnits.duration(text) == nil) }

    @Test func sizes() {
        #expect(SettingsUnits.bytes("4096") == 4_096)
        #expect(SettingsUnits.bytes("1 GiB") == 1 << 30)
        #expect(SettingsUnits.bytes("1MB") == nil)
        #expect(SettingsUnits.show(bytes: 8 << 20) == "8MiB")
        #expect(SettingsUnits.show(bytes: 1_000) == "1000B")
        #expect(SettingsUnits.show(.milliseconds(1_500)) == "1500ms")
    }

    @Test func distances() {
        #expect(editDistance("abc", "abc") == 0)
        #expect(editDistance("abc", "acb") == 1)
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("kitten", "sitting") == 3)
    }
}
