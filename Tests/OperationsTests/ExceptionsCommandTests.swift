import ArgumentParser
import Foundation
import PaymentReconciler
import PerisaiModels
import Testing

@testable import Operations

@Suite struct ExceptionsCommandTests {
    private func parse<Command: ParsableCommand>(_ type: Command.Type, _ words: String...) throws -> Command {
        try #require(try ExceptionsCommand.parseAsRoot(words) as? Command)
    }

    private func complaint(_ words: String...) -> String {
        do {
            _ = try ExceptionsCommand.parseAsRoot(words)
            return "none"
        } catch { return ExceptionsCommand.message(for: error) }
    }

    @Test func filtersOfTheList() throws {
        let list = try parse(
            ExceptionsCommand.List.self, "list", "--code", "unknown_payer", "--owner", " Budi ", "--overdue",
            "--older-than", "5", "--limit", "7", "--json")
        let filter = try list.filter()
        #expect(filter.code == .unknownPayer)
        #expect(filter.owner == "Budi")
        #expect(filter.overdue)
        #expect(filter.olderThanDays == 5)
        #expect(list.limit == 7)
        #expect(complaint("list", "--code", "NONE").hasPrefix("NONE is no code; there are UNKNOWN_PAYER"))
        #expect(complaint("list", "--limit", "0") == "--limit must lie between 1 and 10000")
        #expect(complaint("list", "--older-than=-1").hasPrefix("--older-than must lie"))
    }

    @Test func whatIsProposed() throws {
        let match = try parse(
            ExceptionsCommand.Propose.self, "propose", "0192f5c0", "match", "--payer", "12345678-001", "--reason",
            "name and amount", "--by", "Siti"
        ).wish()
        #expect(match.action == .match)
        #expect(match.payer == .employer(try NPP(number: 12_345_678, division: 1)))
        #expect(!match.isPayment)
        let unmatch = try parse(
            ExceptionsCommand.Propose.self, "propose", "--payment", "0192f5c0", "unmatch", "--reason", "wrong payer",
            "--by", "Siti"
        ).wish()
        #expect(unmatch.isPayment)
        #expect(unmatch.action == .unmatch)
    }

    @Test func whatIsWrongIsSaid() {
        let end = ["--reason", "because", "--by", "Siti"]
        func propose(_ words: String...) -> String {
            do {
                _ = try ExceptionsCommand.parseAsRoot(["propose"] + words + end)
                return "none"
            } catch { return ExceptionsCommand.message(for: error) }
        }
        #expect(propose("0192f5c0") == "give ID ACTION, or --payment PAYMENT-ID unmatch")
        #expect(propose("0192f5c0", "forget").hasPrefix("forget is no action; there are match, write-off"))
        #expect(propose("0192f5c0", "match") == "a match needs --payer")
        #expect(propose("0192f5c0", "refund", "--payer", "12345678") == "--payer is for a match alone")
        #expect(propose("0192", "refund").hasPrefix("id: give its first 8"))
        #expect(propose("--payment", "0192f5c0", "refund") == "--payment is for unmatch alone")
        #expect(propose("0192f5c0", "match", "--payer", "5171010101900001").hasPrefix("payer: a KPJ has 11 digits"))
        #expect(complaint("approve", "0192f5c0", "--by", "x") == "name: must have 2 to 64 characters")
        #expect(
            complaint("reject", "0192f5c0", "--by", "Siti", "--reason", "NIK 5171010101900001")
                == "reason: must not hold a NIK")
    }
}
