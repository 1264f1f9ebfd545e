import ArgumentParser
import PerisaiModels
import Testing

@testable import Operations

@Suite struct PermitsCommandTests {
    private func complaint(_ words: String...) -> String {
        do {
            _ = try PermitsCommand.parseAsRoot(words)
            return "none"
        } catch { return PermitsCommand.message(for: error) }
    }

    @Test func filtersOfTheList() throws {
        let words = ["list", "--office", "PTSP-DPS", "--state", "held", "--overdue", "--limit", "7", "--json"]
        let list = try #require(try PermitsCommand.parseAsRoot(words) as? PermitsCommand.List)
        let filter = try list.filter()
        #expect(filter.office?.text == "PTSP-DPS")
        #expect("\(try #require(filter.stage))" == "held")
        #expect(filter.isOverdue)
        #expect(list.limit == 7)
        #expect(complaint("list", "--state", "open") == "--state must be held, cleared, issued or closed")
        #expect(complaint("list", "--state", "issued", "--overdue") == "--overdue is for held applications")
        #expect(complaint("list", "--limit", "0") == "--limit must lie between 1 and 10000")
        #expect(complaint("list", "--office", "") != "none")
        #expect(complaint("show", "PTSP-DPS", "IZIN-1") == "none")
        #expect(complaint("show", "PTSP-DPS", "") != "none")
    }
}
