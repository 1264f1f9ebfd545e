import PerisaiModels
import Testing

@testable import BankStatements

@Suite("Sample files of docs/examples/statements")
struct StatementSampleTests {
    @Test("Mandiri MT940")
    func mandiri() throws {
        let summary = try StatementFile.check(path: Samples.path("mt940-mandiri.sta"))
        #expect(summary.isClean && summary.format == .mt940 && summary.dialect == .mandiri)
        #expect(summary.entries == 7 && summary.credits == Rupiah(3_340_600) && summary.debits == Rupiah(23_300))
        #expect(summary.statements.first?.head.sequence == 15 && summary.sha256.utf8.count == 64)
        let reading = try Reading(Samples.bytes("mt940-mandiri.sta"))
        #expect(reading.entries[3].text.hasSuffix("VIA AGEN PERISAI") && reading.entries[6].isReversal)
        let account = try VirtualAccount(reading.entries[0].text.split(separator: " ")[1])
        #expect(account.payer != nil)
    }

    @Test("Mandiri MT942")
    func mandiriInterim() throws {
        let summary = try StatementFile.check(path: Samples.path("mt942-mandiri.sta"))
        #expect(summary.isClean && summary.format == .mt942 && summary.dialect == .mandiri && summary.entries == 3)
        #expect(summary.statements.first?.head.isInterim == true)
    }

    @Test("BRI: the remark of the day begins the remark of the day after")
    func bri() throws {
        let today = try Reading(Samples.bytes("mt942-bri.txt"), dialect: .bri)
        let later = try Reading(Samples.bytes("mt940-bri.txt"))
        #expect(today.faults.isEmpty && later.faults.isEmpty && today.entries.count == 4 && later.entries.count == 4)
        #expect(StatementDialect.detect(try Samples.bytes("mt940-bri.txt")) == .bri)
        for (first, second) in zip(today.entries, later.entries) {
            #expect(second.text.hasPrefix(first.text + " WS_OB;") && BRIRemark(second.text).original == first.text)
            #expect(first.bankReference == nil && second.bankReference?.hasPrefix("0115") == true)
            #expect(first.amount == second.amount && first.bookedOn == second.bookedOn)
        }
    }

    @Test("CSV settlement")
    func settlement() throws {
        let profile = try Samples.profile()
        let summary = try StatementFile.check(path: Samples.path("settlement.csv"), profile: profile)
        #expect(summary.isClean && summary.format == .csv && summary.entries == 5)
        #expect(summary.statements.first?.head.statement == "CSV-" + summary.sha256.prefix(16))
        let reading = try Reading(Samples.bytes("settlement.csv"), profile: profile)
        #expect(reading.entries[1].payerName == "NI LUH AYU \"RATIH\" DEWI")
        #expect(reading.entries[1].text == "77701125120000016 Iuran BPU; 3 bulan")
        #expect(reading.entries[4].isReversal && !reading.entries[4].isCredit)
        #expect(try CSVProfile(json: profile.json) == profile)
    }

    @Test(
        "Cut at every byte, in chunks of every small size: a fault, or all of it",
        arguments: [
            "mt940-mandiri.sta", "mt942-mandiri.sta", "mt940-bri.txt", "mt942-bri.txt", "settlement.csv",
        ])
    func truncated(_ name: String) throws {
        let bytes = try Samples.bytes(name)
        let profile = name.hasSuffix("csv") ? try Samples.profile() : nil
        let format: StatementFormat = profile != nil ? .csv : name.hasPrefix("mt940") ? .mt940 : .mt942
        let whole = try Reading(bytes, format, dialect: .generic, profile: profile)
        for size in 1...9 {
            let again = try Reading(bytes, format, dialect: .generic, profile: profile, chunkBytes: size)
            #expect(again.items == whole.items)
        }
        for count in 0..<bytes.count {
            guard let summary = try? checked(Array(bytes[..<count]), format, profile: profile) else { continue }
            let isWhole = summary.entries == whole.entries.count && summary.isClean
            #expect(isWhole || (summary.faultCount > 0 && summary.entries == 0), "\(name) at \(count)")
        }
    }
}
