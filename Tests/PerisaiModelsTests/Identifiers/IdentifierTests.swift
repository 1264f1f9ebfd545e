import PerisaiModels
import TestSupport
import Testing

@Suite struct IdentifierTests {
    @Test func nikDecodes() throws {
        let today = try day("2026-11-21")
        let expected: [(String, String, Bool, String)] = [
            ("1271215712960003", "1996-12-17", true, "Sumatera Utara"),  // T29
            ("3515140508680001", "1968-08-05", false, "Jawa Timur"),  // T32
            ("3515144508680002", "1968-08-05", true, "Jawa Timur"),  // T32
            ("3602041211870001", "1987-11-12", false, "Banten"),
        ]
        for (text, birth, female, province) in expected {
            let nik = try NIK(text)
            #expect(try nik.birthDate(asOf: today) == day(birth))
            #expect(nik.isFemale == female && nik.province?.name == province && nik.text == text)
        }
    }

    @Test func nikCentury() throws {
        let nik = try NIK("3515142111260001")
        #expect(try nik.birthDate(asOf: day("2026-11-20")) == day("1926-11-21"))
        #expect(try nik.birthDate(asOf: day("2026-11-21")) == day("2026-11-21"))
        let leap = try NIK("3515142902000001")
        #expect(try leap.birthDate(asOf: day("2026-01-01")) == day("2000-02-29"))
        #expect(try leap.birthDate(asOf: day("1999-01-01")) == nil)
    }

    @Test func nikFaultsNeverShowTheNumber() {
        let expected = [
            ("351514050868000", "16 digits"), ("35151405086800011", "16 digits"), ("351514050868000x", "digits only"),
            ("2015140508680001", "province"), ("3500140508680001", "regency"), ("3515000508680001", "district"),
            ("3515140508680000", "serial"), ("3515143102680001", "birth"), ("3515144008680001", "birth"),
            ("3515147208680001", "birth"), ("3515142902690001", "birth"), ("0000000000000000", "zeros"), ("", "16"),
        ]
        for (text, reason) in expected {
            do throws(IdentifierFault) {
                _ = try NIK(text)
                Issue.record("accepted \(text)")
            } catch {
                #expect(error.description.hasPrefix("NIK: ") && error.reason.contains(reason), "\(error) for \(text)")
                #expect(text.count < 10 || !error.description.contains(text.prefix(8)))
            }
        }
        #expect((try? NIK("3515140508680001"))?.description == "3515**********01")
        #expect((try? NIK("3515140508680001")).map { "\($0)" } == "3515**********01")
    }

    @Test func membershipNumbers() throws {
        let kpj = try KPJ("22053115900")
        #expect(try kpj.month == month("2022-05") && kpj.serial == 3_115_900)
        #expect(try KPJ(month: month("2022-05"), serial: 3_115_900) == kpj)
        #expect(try KPJ("00010000001").text == "00010000001")
        #expect(throws: IdentifierFault.self) { try KPJ(month: month("2022-05"), serial: 10_000_000) }
        #expect(throws: IdentifierFault.self) { try KPJ(month: month("1999-05"), serial: 1) }
        #expect(throws: IdentifierFault.self) { try KPJ("00000000000") }
        let npp = try NPP("15092870")
        #expect(try npp.division == 0 && NPP("15092870000") == npp && npp.text == "15092870")
        #expect(try NPP("15092870-012").text == "15092870-012")
        for text in ["1509287", "15092870x000", "00000000", "150928700", "00000000-001"] {
            #expect(throws: IdentifierFault.self, "\(text)") { try NPP(text) }
        }
        for payer in [PayerNumber.participant(kpj), .employer(npp), .employer(try NPP("00000001-999"))] {
            #expect(try PayerNumber(code: payer.code) == payer)
            #expect(try VirtualAccount(VirtualAccount(payer: payer).text).payer == payer)
        }
        for code in [0, -1, 100_000_000_000, 200_000_000_999, 300_000_000_001, Int64.max] {
            #expect(throws: IdentifierFault.self) { try PayerNumber(code: code) }
        }
    }

    @Test func kodeIuran() throws {
        let bpu = try KodeIuran("922053115900")
        #expect(try bpu.payer == .participant(KPJ("22053115900")) && bpu.month == nil)
        #expect(try KodeIuran("919013012977").payer == .participant(KPJ("19013012977")))
        #expect(try KodeIuran("22053115900").payer == bpu.payer)
        #expect(try KodeIuran("22053115900") != bpu && KodeIuran("02205311590") != KodeIuran("002205311590"))
        let pu = try KodeIuran("210300016066")
        #expect(try pu.payer == .employer(NPP("00016066")) && pu.month == month("2021-03"))
        #expect(try KodeIuran(employer: NPP("00016066"), month: month("2021-03")) == pu)
        #expect(try KodeIuran(participant: KPJ("22053115900")) == bpu)
        #expect(try KodeIuran("211300016066").payer == nil, "month 13")
        #expect(try KodeIuran("050900016066").text == "050900016066")
        #expect(try KodeIuran(code: pu.code) == pu)
        for text in ["", "2103000160", "2103000160667", "21030001606x"] {
            #expect(throws: IdentifierFault.self, "\(text)") { try KodeIuran(text) }
        }
    }

    @Test func virtualAccounts() throws {
        let account = VirtualAccount(payer: .participant(try KPJ("22053115900")))
        #expect(account.text == "77701122053115900" && account.customerNumber == "122053115900")
        #expect(VirtualAccount(payer: .employer(try NPP("15092870"))).text == "77701215092870")
        #expect(try VirtualAccount("777013").payer == nil && VirtualAccount("777011234567890123").payer == nil)
        #expect(try VirtualAccount(code: account.code) == account)
        #expect(try VirtualAccount("00001122053115900").corporateCode == "00001")
        for text in ["88888122053115900", "77701", "7770112205311590012", "77701a", ""] {
            #expect(throws: IdentifierFault.self, "\(text)") { try VirtualAccount(text) }
        }
        #expect(throws: IdentifierFault.self) { try CorporateCode("88888") }
    }

    @Test func npwp() throws {
        #expect(try NPWP("012345678901000").text == "0012345678901000", "T33")
        #expect(try NPWP("01.234.567.8-901.000") == NPWP("012345678901000"))
        #expect(try NPWP("0012345678901000") == NPWP("012345678901000"))
        #expect(try NPWP("3515140508680001").nik == NIK("3515140508680001"))
        #expect(try NPWP("012345678901000").nik == nil)
        for text in ["9915140508680001", "01.234.567.8.901.000", "0012345678901000000000", "1", "01234567890100x"] {
            #expect(throws: IdentifierFault.self, "\(text)") { try NPWP(text) }
        }
        do throws(IdentifierFault) { _ = try NPWP("0012345678901000000001") } catch {
            #expect(error.reason.contains("NITKU"))
        }
    }

    @Test func phonesBanksAndCodes() throws {
        for text in ["081234567890", "6281234567890", "+6281234567890", "0812-3456-7890", "+62 812 3456 7890"] {
            #expect(try PhoneNumber(text).text == "+6281234567890", "\(text)")
        }
        #expect(try PhoneNumber("081234567890").description == "+62812******90")
        for text in [
            "", "0212345678", "8123456789", "0081234567890", "08123", "+08123456789", "08123456789012345", "0812x",
        ] {
            #expect(throws: IdentifierFault.self, "\(text)") { try PhoneNumber(text) }
        }
        #expect(try BankCode("022").bankName == "CIMB Niaga" && BankCode("999").bankName == nil)
        #expect(try BankCode.perisaiPartners[day("2018-02-05")]?.contains(BankCode("009")) == true)
        #expect(try BankCode.perisaiPartners[day("2018-02-04")] == nil)
        #expect(try NIB("0220101234567").text == "0220101234567")
        #expect(try AgentID("PRS-0001").text == "PRS-0001")
        for text in ["", "a", "PRS 1", "PRS_1", String(repeating: "A", count: 33), "É"] {
            #expect(throws: IdentifierFault.self, "\(text)") { try WadahID(text) }
        }
    }

    private func roundTrips<ID: DigitIdentifier>(_ type: ID.Type, _ bytes: [UInt8]) {
        guard let id = try? ID(utf8: bytes) else { return }
        #expect((try? ID(id.text)) == id)
        #expect((try? ID(code: id.code)) == id)
    }

    @Test func hostileTextNeverCrashes() {
        var random = SeededGenerator("hostileIdentifiers")
        for round in 0..<20_000 {
            let digits = (0..<Int.random(in: 0...23, using: &random)).map { _ in
                UInt8.random(in: 0x30...0x39, using: &random)
            }
            let bytes = round.isMultiple(of: 2) ? digits : random.hostileBytes()
            roundTrips(NIK.self, bytes)
            roundTrips(KPJ.self, bytes)
            roundTrips(NPP.self, bytes)
            roundTrips(NIB.self, bytes)
            roundTrips(NPWP.self, bytes)
            roundTrips(BankCode.self, bytes)
            roundTrips(CorporateCode.self, bytes)
            if let code = try? KodeIuran(utf8: bytes) {
                #expect(Array(code.text.utf8) == bytes)
                _ = (code.payer, code.month)
            }
            if let account = try? VirtualAccount(utf8: bytes) {
                #expect(Array(account.text.utf8) == bytes)
                if let payer = account.payer { #expect((try? PayerNumber(code: payer.code)) == payer) }
            }
            if let phone = try? PhoneNumber(utf8: bytes) { #expect((try? PhoneNumber(phone.text)) == phone) }
            _ = try? OfficeCode(utf8: bytes)
            let code = random.wide()
            _ = (try? NIK(code: code), try? NPWP(code: code), try? VirtualAccount(code: code))
            _ = (try? KodeIuran(code: code), try? PhoneNumber(code: code), try? PayerNumber(code: code))
        }
    }
}
