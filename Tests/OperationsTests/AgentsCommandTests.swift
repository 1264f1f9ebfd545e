import ArgumentParser
import Testing

@testable import Operations

@Suite struct AgentsCommandTests {
    private func complaint(_ words: String...) -> String {
        do {
            _ = try AgentsCommand.parseAsRoot(words)
            return "none"
        } catch { return AgentsCommand.message(for: error) }
    }

    @Test func whatIsWrongIsSaid() {
        #expect(complaint("list") == "none")
        #expect(complaint("list", "--state", "membership-lapsed", "--branch", "DPS", "--wadah", "W-1") == "none")
        #expect(complaint("list", "--state", "gone").contains("--state"))
        #expect(complaint("show", "A-1", "--json") == "none")
        #expect(complaint("show", "A 1").contains("<agent>"))
        #expect(complaint("credentials", "A-1", "--html", "--out", "papers.html") == "none")
        #expect(complaint("credentials").contains("<agent>"))
    }
}
