import BankStatements
import Foundation
import PerisaiModels
import TestSupport
import Testing

@Suite struct CamtHostileTests {
    @Test func entityBomb() throws {
        let bomb = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
            """
        let outcome = try readCamt(camtFile("<AddtlStmtInf>&c;</AddtlStmtInf>", prolog: bomb))
        #expect(outcome.items == [])
        #expect(outcome.fault == StatementFault(line: 1, field: "DOCTYPE", reason: "a document type is not allowed"))
    }

    @Test func externalEntity() throws {
        for type in [
            "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "<!DOCTYPE d SYSTEM \"http://x/y.dtd\">",
        ] {
            let outcome = try readCamt(camtFile("<AddtlStmtInf>&x;</AddtlStmtInf>", prolog: type))
            #expect(outcome.items == [] && outcome.fault?.field == "DOCTYPE")
        }
        let undeclared = try readCamt(camtFile("<AddtlStmtInf>&x;</AddtlStmtInf>"))
        #expect(undeclared.fault?.field == "XML" && undeclared.fault?.line == 3)
    }

    @Test func truncatedAtEveryByte() throws {
        let bytes = Array(camtFile(camtEntry() + "<!-- é --><![CDATA[x]]>" + camtEntry()).utf8)
        let whole = try readCamt(bytes)
        #expect(whole.fault == nil && whole.items.count == 4)
        for count in 0..<bytes.count {
            let outcome = try readCamt(bytes[..<count])
            #expect(outcome.fault?.reason.contains("ends too early") == true, "\(count): \(outcome.fault as Any)")
            #expect(whole.items.starts(with: outcome.items))
        }
    }

    @Test func textOfTenMegabytes() throws {
        let long = String(repeating: "A", count: 10_000_000)
        let entry = camtEntry(rest: "<AddtlNtryInf>\(long)</AddtlNtryInf>")
        var outcome = try readCamt(camtFile(entry + camtEntry()))
        #expect(outcome.fault == nil && outcome.entries.count == 1)
        #expect(outcome.refused.map(\.field) == ["Ntry/AddtlNtryInf"])
        #expect(outcome.refused.first?.reason == "the text is longer than 16 KiB")
        outcome = try readCamt(camtFile("").replacingOccurrences(of: "S1", with: long))
        #expect(outcome.items == [] && outcome.fault?.field == "Stmt/Id")
        // What nobody reads is not held, and harms nobody.
        outcome = try readCamt(camtFile("<AddtlStmtInf>\(long)</AddtlStmtInf>"))
        #expect(outcome.fault == nil)
    }

    @Test func tokenOfTenMegabytes() throws {
        let long = String(repeating: "A", count: 10_000_000)
        for content in ["<!--\(long)-->", "<\(long)/>", "<x a=\"\(long)\"/>", "<?p \(long)?>", "</\(long)>"] {
            let outcome = try readCamt(camtFile(content))
            #expect(outcome.items == [] && outcome.fault?.reason.contains("64 KiB") == true)
        }
    }

    @Test func depth() throws {
        let deep = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
        #expect(try readCamt(camtFile(deep)).fault?.reason.contains("64") == true)
        let fits = String(repeating: "<a>", count: 61) + String(repeating: "</a>", count: 61)
        #expect(try readCamt(camtFile(fits)).fault == nil)
        #expect(try readCamt(camtFile("<a>" + fits + "</a>")).fault != nil)
    }

    @Test func manyAttributesNamesAndPrefixes() throws {
        let attributes = (0..<65).map { "a\($0)=\"\"" }.joined(separator: " ")
        #expect(try readCamt(camtFile("<x \(attributes)/>")).fault?.reason.contains("attributes") == true)
        let names = (0..<6000).map { "<n\($0)/>" }.joined()
        #expect(try readCamt(camtFile(names)).fault?.reason.contains("different names") == true)
        let prefixes = (0..<65).map { "<x xmlns:p\($0)=\"urn:p\"/>" }.joined()
        #expect(try readCamt(camtFile(prefixes)).fault?.reason.contains("prefixes") == true)
    }

    @Test func entryOfManyTransactions() throws {
        func entry(_ count: Int) -> String {
            let one = "<TxDtls><Amt Ccy=\"IDR\">1</Amt></TxDtls>"
            return camtEntry(
                amount: "<Amt Ccy=\"IDR\">\(count)</Amt>",
                rest: "<NtryDtls>\(String(repeating: one, count: count))</NtryDtls>")
        }
        #expect(try readCamt(camtFile(entry(10_000))).entries.count == 10_000)
        let outcome = try readCamt(camtFile(entry(10_001) + camtEntry()))
        #expect(outcome.entries.count == 1 && outcome.refused.first?.reason.contains("10000") == true)
        let many = camtEntry(rest: String(repeating: "<x/>", count: 1_000_001))
        #expect(try readCamt(camtFile(many)).fault?.field == "Ntry")
    }

    @Test(arguments: [
        ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.08", "BkToCstmrDbtCdtNtfctn"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.01", "another"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.08x", "another"),
        ("urn:iso:std:iso:20022:tech:xsd:pain.001.001.03", "another"), ("urn:x", "another"), ("", "no namespace"),
    ]) func wrongNamespace(namespace: String, reason: String) throws {
        let outcome = try readCamt(camtFile(camtEntry(), namespace: namespace))
        #expect(outcome.items == [] && outcome.fault?.field == "Document" && outcome.fault?.line == 1)
        #expect(outcome.fault?.reason.contains(reason) == true, "\(outcome.fault as Any)")
    }

    @Test func wrongRoots() throws {
        let namespace = "xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\""
        for text in ["<Doc \(namespace)/>", "<Document \(namespace)/>", "<Document \(namespace)><A/></Document>"] {
            #expect(try readCamt(text).fault?.field == "Document")
        }
        let empty = "<Document \(namespace)><BkToCstmrStmt/></Document>"
        #expect(try readCamt(empty).fault?.field == "BkToCstmrStmt")
        #expect(try readCamt(camtFile("").replacingOccurrences(of: "S1", with: " ")).fault?.field == "Stmt/Id")
    }

    @Test func encodings() throws {
        let name = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>JOSÉ</Nm></Dbtr></RltdPties></TxDtls></NtryDtls>"
        func file(_ encoding: String) -> String {
            camtFile(camtEntry(rest: name), prolog: "<?xml version=\"1.0\" encoding=\"\(encoding)\"?>")
        }
        for (label, encoding) in [("ISO-8859-1", String.Encoding.isoLatin1), ("UTF-8", .utf8)] {
            let bytes = try Array(#require(file(label).data(using: encoding)))
            #expect(try readCamt(bytes).entries.first?.payerName == "JOSÉ", "\(label)")
        }
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32, .utf32BigEndian] {
            let bytes = try Array(#require(file("UTF-16").data(using: encoding)))
            #expect(try readCamt(bytes).fault?.reason.contains("only UTF-8, ISO-8859-1") == true, "\(encoding)")
        }
        for label in ["windows-1252", "EBCDIC-CP-US", "UTF-32"] {
            #expect(try readCamt(file(label)).fault?.reason.contains("only UTF-8, ISO-8859-1") == true)
        }
        let wrong = Array(file("UTF-8").utf8).map { $0 == 0xC3 ? 0xFF : $0 }
        #expect(try readCamt(wrong).fault?.reason.contains("encoding") == true)
        #expect(try readCamt(wrong).fault?.line == 3)
    }

    @Test func controlCharactersAreBlanks() throws {
        let text = "<AddtlNtryInf>A\u{7F}B\u{9B}31m&#x85;\n\tC é\u{A0}D</AddtlNtryInf>"
        #expect(try readCamt(camtFile(camtEntry(rest: text))).entries.first?.text == "A B 31m C é\u{A0}D")
        #expect(try readCamt(camtFile(camtEntry(rest: "<AddtlNtryInf>&#27;</AddtlNtryInf>"))).fault?.field == "XML")
    }

    @Test func notWellFormedTellsTheLine() throws {
        let outcome = try readCamt(camtFile("<a>\n\n</b>"))
        #expect(outcome.fault?.field == "XML" && outcome.fault?.line == 5)
    }

    @Test func randomBytesAndDamagedFiles() throws {
        var generator = SeededGenerator("camt damaged")
        let sample = try Array(Samples.bytes("camt053.xml"))
        for _ in 0..<300 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: place)
                }
            }
            let whole = try readCamt(bytes)
            let parts = try readCamt(bytes, chunk: Int.random(in: 1...100, using: &generator))
            #expect(whole.items == parts.items && (whole.fault == nil) == (parts.fault == nil))
        }
        for _ in 0..<300 {
            let count = Int.random(in: 0..<2000, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try readCamt(bytes).fault != nil)
        }
    }
}
