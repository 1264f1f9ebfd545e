import PerisaiModels
import TestSupport
import Testing

@testable import Operations

@Suite struct EnrolmentValueTests {
    @Test(arguments: [
        "5171014107800001", "'5171014107800001", "5171 0141 0780 0001", " 5171014107800001", "=\"5171014107800001\"",
    ])
    func niksAsSpreadsheetsWriteThem(cell: String) throws {
        #expect(try EnrolmentValues.nik(cell).text == "5171014107800001")
    }

    /// The part that is wrong is named, and no digit of the number is.
    @Test(arguments: [
        ("", "Wajib"), ("CONTOH", "contoh"), ("5,17101E+15", "ilmiah"), ("5.17E+15", "ilmiah"), ("517E13", "ilmiah"),
        ("517101410780001", "16 digit"), ("517101410780000x", "angka"), ("2071014107800001", "provinsi"),
        ("5100014107800001", "kabupaten"), ("5171004107800001", "kecamatan"), ("5171013102800001", "Tanggal lahir"),
        ("5171017202800001", "Tanggal lahir"), ("5171014107800000", "Nomor urut"), ("0000000000000000", "provinsi"),
    ])
    func nikFaultsNameThePart(cell: String, part: String) {
        do throws(EnrolmentFault) {
            _ = try EnrolmentValues.nik(cell)
            Issue.record("accepted \(cell)")
        } catch {
            #expect(error.field == "nik" && error.reason.contains(part), "\(error.reason)")
            #expect(cell.count < 10 || !error.reason.contains(cell.prefix(6)))
        }
    }

    @Test(arguments: [
        ("1000000", 1_000_000), ("1.000.000", 1_000_000), ("1,000,000", 1_000_000), ("Rp 1.500.000", 1_500_000),
        ("Rp1.500.000,00", 1_500_000), ("1.500.000,-", 1_500_000), ("IDR 2500000", 2_500_000), ("'750000", 750_000),
        ("1000000,00", 1_000_000), ("1000000.0", 1_000_000), ("1.000", 1_000), ("0", 0), ("100.000.000", 100_000_000),
    ])
    func incomes(cell: String, amount: Int64) throws { #expect(try EnrolmentValues.income(cell) == Rupiah(amount)) }

    @Test(arguments: [
        "", "-5", "1E+06", "1.5 juta", "sejuta", "1.00.000", "1.000,5", "1000000000000", "1,000.000", "NaN", "1..000",
        "999999999999999999999999", "1.000.000.000.000.000.000.000",
    ])
    func incomesRefused(cell: String) {
        #expect(throws: EnrolmentFault.self) { try EnrolmentValues.income(cell) }
    }

    @Test func programmes() throws {
        for cell in ["2", "JKK+JKM", "jkk, jkm", "JKM/JKK", "2 program", "JKK dan JKM"] {
            #expect(try EnrolmentValues.programmes(cell) == [.jkk, .jkm], "\(cell)")
        }
        for cell in ["3", "JKK+JKM+JHT", "jht jkk jkm", "3 program"] {
            #expect(try EnrolmentValues.programmes(cell) == [.jkk, .jkm, .jht], "\(cell)")
        }
        for cell in ["", "1", "4", "23", "JKK", "JKK+JHT", "JKK+JKM+JP", "+", "dua"] {
            #expect(throws: EnrolmentFault.self, "\(cell)") { try EnrolmentValues.programmes(cell) }
        }
    }

    /// Drivers and couriers have the cut of PP 50/2025; a farmer does not, and neither does who sells to drivers.
    @Test func occupations() throws {
        for cell in [
            "transport", "Ojek", "ojol", "tukang ojek", "Ojek Online", "penarik becak", "kurir paket", "SOPIR angkot",
            "Supir", "mitra driver", "pengemudi taksi", "angkot", "bentor",
        ] {
            #expect(try EnrolmentValues.occupation(cell) == .transport, "\(cell)")
        }
        for cell in ["other", "petani", "nelayan", "pedagang helm ojek", "tukang parkir", "tukang", "lainnya"] {
            #expect(try EnrolmentValues.occupation(cell) == .other, "\(cell)")
        }
        #expect(throws: EnrolmentFault.self) { try EnrolmentValues.occupation("") }
        #expect(throws: EnrolmentFault.self) { try EnrolmentValues.occupation("12") }
    }

    @Test func theRest() throws {
        #expect(try EnrolmentValues.phone("81234567804")?.text == "+6281234567804")
        #expect(try EnrolmentValues.phone("'0812-3456-7802")?.text == "+6281234567802")
        #expect(try EnrolmentValues.phone("-") == nil && EnrolmentValues.phone("") == nil)
        for cell in ["0212345678", "6.28E+11", "x", "08"] {
            #expect(throws: EnrolmentFault.self) { try EnrolmentValues.phone(cell) }
        }
        #expect(try EnrolmentValues.name("  Ni   Luh  Sari ") == "Ni Luh Sari")
        for cell in ["", " ", "5171014107800001", String(repeating: "a", count: 101)] {
            #expect(throws: EnrolmentFault.self) { try EnrolmentValues.name(cell) }
        }
        #expect(try EnrolmentValues.payer("Sendiri") == .own && EnrolmentValues.payer("") == nil)
        #expect(try EnrolmentValues.payer("APBD") == .apbd && EnrolmentValues.payer("donatur") == .donor)
        #expect(throws: EnrolmentFault.self) { try EnrolmentValues.payer("tetangga") }
        #expect(try EnrolmentValues.flag(.consent, "Ya") == true && EnrolmentValues.flag(.consent, "tidak") == false)
        #expect(throws: EnrolmentFault.self) { try EnrolmentValues.flag(.consent, "t") }
        #expect(try EnrolmentValues.number("DPS/17") == "DPS/17" && EnrolmentValues.number("") == nil)
        for cell in ["5171014107800001", "a b", String(repeating: "1", count: 32), "é"] {
            #expect(throws: EnrolmentFault.self) { try EnrolmentValues.number(cell) }
        }
    }

    /// Whatever stands in a cell, reading it ends, and no fault repeats it.
    @Test func randomCellsNeverTrapNorAppear() {
        var random = SeededGenerator("enrolment cells")
        let alphabet = Array("0123456789012345678901234567890123456789'=\"., -+EeRpJKMHT\u{A0}é汉")
        for _ in 0..<4_000 {
            let cell = String((0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement() ?? "0" })
            var faults: [EnrolmentFault] = []
            func read(_ body: () throws(EnrolmentFault) -> Void) { do { try body() } catch { faults.append(error) } }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.nik(cell) }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.phone(cell) }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.income(cell) }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.programmes(cell) }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.name(cell) }
            read { () throws(EnrolmentFault) in _ = try EnrolmentValues.number(cell) }
            #expect(faults.allSatisfy { cell.count < 10 || !$0.reason.contains(cell) })
        }
    }
}
