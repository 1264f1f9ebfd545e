import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Testing

@testable import Operations

@Suite struct AgenciesCommandTests {
    private func complaint<Command: ParsableCommand>(_ type: Command.Type, _ words: String...) -> String {
        do {
            _ = try Command.parseAsRoot(words)
            return "none"
        } catch { return Command.message(for: error) }
    }

    @Test func whatIsWrongIsSaid() {
        let who = ["--by", "Siti"]
        func agencies(_ words: String...) -> String {
            do {
                _ = try AgenciesCommand.parseAsRoot(words + who)
                return "none"
            } catch { return AgenciesCommand.message(for: error) }
        }
        #expect(agencies("dismiss", "AG-1", "--on", "2026-06-10", "--reason", "gratifikasi") == "none")
        #expect(agencies("dismiss", "AG-1", "--on", "2026-06-31", "--reason", "gratifikasi").contains("--on"))
        #expect(
            agencies("dismiss", "AG-1", "--on", "2026-06-10", "--reason", "no")
                == "reason: must have 3 to 500 characters")
        #expect(agencies("dismiss", "AG 1", "--on", "2026-06-10", "--reason", "gratifikasi").contains("<agent>"))
        #expect(agencies("pass", "AG-1", "--on", "2026-06-10") == "give one of --to and --to-branch")
        #expect(
            agencies("pass", "AG-1", "--to", "AG-2", "--to-branch", "--on", "2026-06-10")
                == "give one of --to and --to-branch")
        #expect(agencies("pass", "AG-1", "--to-branch", "--on", "2026-06-10") == "none")
        #expect(agencies("reactivate", "AG-1", "--on", "2026-06-10").contains("--wadah"))
        #expect(complaint(AgenciesCommand.self, "list", "--json", "--csv") == "give one of --json and --csv")
        #expect(complaint(AgenciesCommand.self, "list", "--state", "gone").contains("--state"))
    }

    @Test func contracts() {
        func contract(bank: String = "009", account: String = "0123456789") -> String {
            complaint(
                WadahCommand.self, "contract", "W-1", "--name", "Koperasi Maju", "--branch", "DPS", "--legal-entity",
                "--bank", bank, "--account", account, "--from", "2026-01-01", "--until", "2026-12-31", "--by", "Siti")
        }
        #expect(contract() == "none")
        #expect(contract(bank: "9") != "none")
        #expect(contract(account: "12") != "none")
    }

    @Test func commasAndQuotesInCSV() {
        var table = Table([.init("Agent"), .init("Name")])
        table.append(["AG-1", "Sari \"Ibu\", Denpasar"])
        #expect(table.csv == "agent,name\r\nAG-1,\"Sari \"\"Ibu\"\", Denpasar\"\r\n")
    }
}
