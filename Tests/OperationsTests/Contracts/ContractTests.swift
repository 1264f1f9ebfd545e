import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import Operations

@Suite struct ContractTests {
    private static let base = """
        {"type":"object","properties":{"a":{"type":"string","maxLength":20},"b":{"type":"string","enum":["x","y"]},
        "c":{"type":"array","maxItems":9,"items":{"type":"object","properties":{"d":{"type":"integer","minimum":0,
        "maximum":9}},"required":["d"]}}},"required":["a"]}
        """

    private func breaks(_ change: (String) -> String) -> [String] {
        let old = ["schemas/t.json": Array(Self.base.utf8)]
        let new = Contracts.File(path: "schemas/t.json", bytes: Array(change(Self.base).utf8))
        return ContractComparison(published: old, current: [new]).breaks.map { "\($0.field): \($0.reason)" }
    }

    @Test func findsEachKindOfBreak() {
        #expect(breaks { $0 }.isEmpty)
        #expect(
            breaks { $0.replacingOccurrences(of: "\"a\":{\"type\":\"string\",\"maxLength\":20},", with: "") } == [
                "a: the field is gone"
            ])
        #expect(
            breaks { $0.replacingOccurrences(of: "\"type\":\"integer\"", with: "\"type\":\"string\"") } == [
                "c.[].d: type changed from integer to string"
            ])
        #expect(
            breaks { $0.replacingOccurrences(of: "\"required\":[\"a\"]", with: "\"required\":[\"a\",\"b\"]") } == [
                "b: the field is required now"
            ])
        #expect(breaks { $0.replacingOccurrences(of: "[\"x\",\"y\"]", with: "[\"x\"]") } == ["b: no longer allows y"])
        #expect(breaks { $0.replacingOccurrences(of: ":20", with: ":10") } == ["a: maxLength is narrower than before"])
        #expect(
            breaks { $0.replacingOccurrences(of: "\"minimum\":0", with: "\"minimum\":1") } == [
                "c.[].d: minimum is narrower than before"
            ])
        #expect(
            breaks { $0.replacingOccurrences(of: "\"maxLength\":20", with: "\"maxLength\":20,\"pattern\":\"^a$\"") }
                == ["a: pattern changed"])
        let gone = ContractComparison(published: ["schemas/t.json": Array(Self.base.utf8)], current: [])
        #expect(gone.breaks.count == 1)
    }

    @Test func whatWidensIsNoBreak() {
        #expect(breaks { $0.replacingOccurrences(of: ":20", with: ":30") }.isEmpty)
        #expect(breaks { $0.replacingOccurrences(of: "[\"x\",\"y\"]", with: "[\"x\",\"y\",\"z\"]") }.isEmpty)
        #expect(
            breaks {
                $0.replacingOccurrences(
                    of: "\"properties\":{\"a\"", with: "\"properties\":{\"n\":{\"type\":\"boolean\"},\"a\"")
            }.isEmpty)
    }

    /// The committed files are what the types say, and every example is an event that can be published.
    @Test func publishedContractsAreCurrent() throws {
        let comparison = try ContractFolder(path: repositoryFile("deploy/contracts").path).compare()
        #expect(comparison.changed.isEmpty, "run `perisai contracts export`")
        #expect(comparison.breaks.isEmpty)
    }

    @Test func examplesPassTheirReaders() throws {
        for type in EventCatalog.all {
            let line = Contracts.example(of: type)
            #expect(throws: Never.self, "\(type.type)") { try EventLine.record(line, topic: type.topic) }
        }
    }

    @Test func servicesReadWhatTheContractsSay() throws {
        for entry in try ServiceEntry.all {
            let contract = ServiceContract.all.first { $0.name == entry.name }
            #expect(contract.map { Set($0.receives) } == Set(entry.inputs), "\(entry.name)")
        }
    }
}
