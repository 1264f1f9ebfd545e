import PerisaiModels
import TestSupport
import Testing

@Suite struct RemittanceTextTests {
    @Test(
        "Virtual accounts of ours, also split",
        arguments: [
            ("77701122053115900", ["77701122053115900"]), ("BRIVA 77701 1220 5311 5900 IURAN", ["77701122053115900"]),
            ("VA:77701-122053115900", ["77701122053115900"]), ("VA77701122053115900", ["77701122053115900"]),
            ("77701215092870 100 RIBU", ["77701215092870"]), ("77701-215092870-001", ["77701215092870001"]),
            ("77701215092870001", ["77701215092870001"]), ("8888812345678901", []), ("TRX77701122053115900", []),
            ("777011220531159001", []), ("77701322053115900", []),
        ])
    func virtualAccounts(text: String, expected: [String]) {
        #expect(RemittanceText(text).virtualAccounts.map(\.text) == expected)
    }

    @Test("Another corporate code is a setting")
    func corporateCode() throws {
        let text = RemittanceText("12345122053115900", corporateCode: try CorporateCode("12345"))
        #expect(text.virtualAccounts.map(\.payer) == [.participant(try KPJ("22053115900"))])
    }

    @Test("Kode iuran, with and without its name, and numbers that are none")
    func kodeIuran() {
        let text = RemittanceText("byr kode iuran: 922053115900 dan 210300016066, HP 081234567890")
        #expect(text.kodeIuran.map(\.text) == ["922053115900", "210300016066"])
        #expect(text.labelledKodeIuran.map(\.text) == ["922053115900"])
        #expect(RemittanceText("REF FT922053115900 X").kodeIuran.isEmpty)
        // Month 50.
        #expect(RemittanceText("415092870000").kodeIuran.isEmpty)
    }

    @Test("An employer's reference of NPP, division and kode iuran (domain.md 5)")
    func employerReference() throws {
        let text = RemittanceText("415092870000/230501086970")
        #expect(text.payers == [.employer(try NPP("15092870"))])
        #expect(text.labelledKodeIuran.map(\.text) == ["230501086970"])
    }

    @Test(
        "NIK with months",
        arguments: [
            ("3602041211870001 2 BLN", 1, 2), ("NIK 3602.0412.1187.0001 3 bulan", 1, 3),
            ("nik:3602041211870001 bln 2", 1, 2),
            ("3602041211870001 2BLN", 1, 2), ("3602041211870001 BLN 2 2026", 1, nil),
            ("3602041211870001 BLN 1-3", 1, nil),
            ("3602041211870001 13 BLN", 1, nil), ("3602041211870001 2 BLN 3 BULAN", 1, nil),
            ("9902041211870001", 0, nil),
            ("3602043211870001", 0, nil), ("3602 0412 1187 0001", 0, nil),
        ] as [(String, Int, Int?)])
    func niks(text: String, count: Int, months: Int?) {
        let found = RemittanceText(text)
        #expect(found.niks.count == count)
        #expect(found.niks.allSatisfy { $0.code == 3_602_041_211_870_001 })
        #expect(found.months == months)
    }

    @Test("KPJ and NPP behind their names, lists too")
    func labelled() throws {
        let npp = try NPP("15092870")
        for text in ["NPP 15092870", "npp:15092870", "NPP15092870", "NPP NO. 15092870 x"] {
            #expect(RemittanceText(text).payers == [.employer(npp)], "\(text)")
        }
        #expect(RemittanceText("NPP:15092870-001").payers == [.employer(try NPP("15092870-001"))])
        #expect(
            RemittanceText("KPJ 22053115900, 22053115901").payers == [
                .participant(try KPJ("22053115900")), .participant(try KPJ("22053115901")),
            ])
        #expect(RemittanceText("KPJ 2205-3115-900").payers == [.participant(try KPJ("22053115900"))])
        #expect(RemittanceText("15092870").payers.isEmpty)
    }

    @Test("References are found whole and in parts, a NIK is none")
    func references() throws {
        let text = RemittanceText("pay/ft26012345/abc NIK 3602 0412 1187 0001 3602041211870001 INV-2026 ABCDEF")
        #expect(text.references == ["PAYFT26012345ABC", "FT26012345", "INV2026"])
        #expect(text.mentions(try PaymentReference("FT-26012345")))
        #expect(text.mentions(try PaymentReference("3602041211870001")))
        #expect(!text.mentions(try PaymentReference("FT-26012346")))
        #expect(!text.mentions(try PaymentReference("ABC")))
    }

    @Test(
        "A remark of the day and of the day after are the same money (domain.md 6.3)",
        arguments: [
            ("REMARK", "REMARK WS_OB;0001;INFO"), ("Iuran  Budi", "IURAN BUDI WS_OB;12345;X Y"),
            (":86:iuran budi", "IURAN BUDI  WS_OB;;"), ("REMARK: IURAN BUDI", "IURAN BUDI"),
            ("IURAN BUDI", "WS_OB;12345;IURAN BUDI"),
        ])
    func remarks(today: String, tomorrow: String) {
        let (first, second) = (RemittanceText(today), RemittanceText(tomorrow))
        #expect(first.core == second.core)
        #expect(first.remarkKey == second.remarkKey)
        #expect(first.remarkKey != nil)
        #expect(!first.isOvernight)
        #expect(second.isOvernight == tomorrow.contains("WS_OB"))
        #expect(RemittanceText(today + "MAN").remarkKey != first.remarkKey)
    }

    @Test("Short, empty and long texts")
    func limits() {
        #expect(RemittanceText("").core == "")
        #expect(RemittanceText("A 1").remarkKey == nil)
        #expect(RemittanceText(String(repeating: "x", count: 500) + " 77701122053115900").virtualAccounts.isEmpty)
        #expect(RemittanceText(String(repeating: "é", count: 480) + " 77701122053115900").virtualAccounts.count == 1)
        let many = (0..<60).map { "REF\(100_000 + $0)" }.joined(separator: " ")
        #expect(RemittanceText(many).references.count == RemittanceText.findLimit)
    }

    @Test("No NIK in descriptions; one in a text is masked")
    func secrecy() {
        let nik = "3602041211870001"
        let text = RemittanceText("NIK \(nik)")
        #expect(!"\(text)".contains(nik))
        #expect(!String(reflecting: text).contains(nik))
        #expect(NIK.hidden(in: "a \(nik) b") == "a 3602**********01 b")
        #expect(NIK.hidden(in: "3602-0412-1187-0001") == "3602-****-****-**01")
        #expect(NIK.hidden(in: "20260105 7770112") == "20260105 7770112")
    }

    @Test("Any bytes are read without a trap, and finds hold no NIK as a reference")
    func anyText() {
        var random = SeededGenerator("remittance text")
        let parts = [
            "77701", "122053115900", "3602041211870001", "NIK", "KPJ", "NPP", " ", "-", ".", "/", ";", "BLN", "2",
            "001",
            "15092870", "WS_OB;", "REMARK", "é", "\u{0}", "kode", "FT26012345", ":86:", "4", "000", ",",
        ]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in parts.randomElement(using: &random) ?? ""
            }
            .joined()
            let found = RemittanceText(text)
            #expect(!found.references.contains { $0.utf8.count == 16 && (try? NIK($0)) != nil })
            #expect(found == RemittanceText(text))
        }
    }
}

@Suite struct NameKeyTests {
    @Test(
        "Titles, forms of companies and punctuation do not count",
        arguments: [
            ("PT. Sumber Rejeki, Tbk", "SUMBERREJEKI"), ("SUMBER REJEKI PT", "SUMBERREJEKI"),
            ("H. Ahmad Yani", "AHMADYANI"),
            ("Drs. Nur'aini", "NURAINI"), ("José  Ramos", "JOSERAMOS"), ("TOKO 99", "TOKO99"),
        ])
    func keys(name: String, key: String) { #expect(NameKey(name)?.text == key) }

    @Test("Names that a bank cut match, short beginnings do not")
    func matches() throws {
        let whole = try #require(NameKey("PT SUMBER REJEKI ABADI SENTOSA"))
        #expect(whole.matches(try #require(NameKey("PT SUMBER REJEKI ABA"))))
        #expect(try #require(NameKey("SUMBER REJ")).matches(try #require(NameKey("SUMBER REJ"))))
        #expect(!whole.matches(try #require(NameKey("SUMBER"))))
        #expect(!whole.matches(try #require(NameKey("SUMBER MAKMUR ABADI"))))
        #expect(whole.lookup == "SUMBERREJE")
        for nothing in ["", "PT", "H. A.", "\u{4E2D}\u{56FD}"] { #expect(NameKey(nothing) == nil) }
    }
}
