import PerisaiModels
import Testing

@testable import Notifier

@Suite struct IndonesianTextTests {
    @Test func datesAndMonths() throws {
        let names = [
            "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
            "November", "Desember",
        ]
        for (index, name) in names.enumerated() {
            let month = try #require(ContributionMonth(year: 2018, month: index + 1))
            #expect(IndonesianText.month(month) == "\(name) 2018")
            #expect(IndonesianText.date(month.day(15)) == "15 \(name) 2018")
        }
        #expect(IndonesianText.date(try #require(CivilDate(year: 2024, month: 2, day: 29))) == "29 Februari 2024")
    }

    @Test func amounts() {
        #expect(IndonesianText.money(Rupiah(1_234_567)) == "Rp1.234.567")
        #expect(IndonesianText.money(Rupiah(-500)) == "-Rp500")
        #expect(IndonesianText.number(-2_723) == "-2.723")
        #expect(IndonesianText.percent(partsPerMillion: 75_000) == "7,5%")
        #expect(IndonesianText.percent(partsPerMillion: 100_000) == "10%")
        #expect(IndonesianText.percent(partsPerMillion: 2_400) == "0,24%")
        #expect(IndonesianText.percent(partsPerMillion: -1) == "-0,0001%")
        #expect(IndonesianText.list([]).isEmpty)
        #expect(IndonesianText.list(["JKK"]) == "JKK")
        #expect(IndonesianText.list(["JKK", "JKM", "JHT"]) == "JKK, JKM dan JHT")
    }

    @Test func cleaning() {
        #expect(IndonesianText.clean("  Ni\t\nLuh  Sari ", limit: 80) == "Ni Luh Sari")
        #expect(IndonesianText.clean("3602041211870001", limit: 80) == "3602**********01")
        #expect(IndonesianText.clean("a 3602 0412 1187 0001 b", limit: 80) == "a 3602 **** **** **01 b")
        #expect(IndonesianText.clean("+6281234567890", limit: 80) == "+6281234567890")
        #expect(IndonesianText.clean(String(repeating: "é", count: 100), limit: 10).count == 10)
        #expect(IndonesianText.reference("20180115000000001234") == "20180115000000001234")
        #expect(IndonesianText.reference("A3602041211870001") == "A3602**********01")
        #expect(IndonesianText.reference("93602041211870001") != "93602041211870001")
    }
}
