import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Testing

@testable import Operations

@Suite struct CommissionsCommandTests {
    private func complaint(_ root: any ParsableCommand.Type, _ words: String...) -> String {
        do {
            _ = try root.parseAsRoot(words)
            return "none"
        } catch { return root.message(for: error) }
    }

    @Test func whoseStatement() throws {
        let month = try #require(ContributionMonth(parsing: "2022-05"))
        let agent = try #require(
            try CommissionsCommand.parseAsRoot(["statement", "PRS-1", "2022-05", "--format", "html"])
                as? CommissionsCommand.StatementDocument)
        #expect(try agent.subject() == (.agent(AgentID("PRS-1")), month))
        #expect(agent.format == .html && agent.sequence == nil)
        let wadah = try #require(
            try CommissionsCommand.parseAsRoot(["statement", "--wadah", "W-1", "2022-05"])
                as? CommissionsCommand.StatementDocument)
        #expect(try wadah.subject() == (.wadah(WadahID("W-1")), month))
    }

    @Test func whatIsWrongIsSaid() {
        let root = CommissionsCommand.self
        #expect(complaint(root, "statement", "PRS-1") == "give AGENT and MONTH, or --wadah and MONTH")
        #expect(complaint(root, "statement", "PRS-1", "2022-13") == "the month must be YYYY-MM")
        #expect(complaint(root, "statement", "prs", "2022-05") == "agent id: may have A to Z, 0 to 9 and - only")
        #expect(
            complaint(root, "statement", "2022-05", "--wadah", "W-1", "--sequence", "1").hasPrefix("--sequence is for"))
        #expect(complaint(root, "statement", "PRS-1", "2022-05", "--sequence=-1") == "--sequence must be 0 or more")
        #expect(complaint(root, "provisional", "2022-05", "--json", "--csv") == "give --json or --csv, not both")
        #expect(complaint(root, "provisional", "2022-05", "--agent", "x").hasPrefix("agent id: may have"))
        #expect(complaint(root, "close", "2022-05", "--by", "Siti", "--reason", "x").hasPrefix("reason: must have"))
        #expect(
            complaint(ExplainCommand.self, "commission", "PRS-1", "2022-05", "--line", "1")
                == "--line must be an event as the statement names it")
    }
}
