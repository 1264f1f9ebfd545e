import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import BankStatements

/// Follows a whole document: each leaf as its path and text.
private final class LeafRecorder: XMLEvents {
    private(set) var leaves: [(path: String, text: String)] = []
    private var stack: [String] = []
    private var text: [UInt8] = []
    private var isLeaf = false

    func started(_ name: UnsafePointer<CChar>, attributes: CamtAttributes, parser: CamtExpat) throws {
        let parts = String(cString: name).split(separator: "\n")
        #expect(parts.count == 2 && parts[0] == CreditTransfers.namespace)
        stack.append(String(parts.last ?? ""))
        text = []
        isLeaf = true
    }

    func ended(parser: CamtExpat) throws {
        if isLeaf { leaves.append((stack.dropFirst(2).joined(separator: "/"), String(decoding: text, as: UTF8.self))) }
        stack.removeLast()
        isLeaf = false
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) { text += bytes }
    func namespace(prefix: UnsafePointer<CChar>?, parser: CamtExpat) throws {}

    static func read(_ bytes: [UInt8]) throws -> [(path: String, text: String)] {
        let recorder = LeafRecorder()
        let parser = try #require(CamtExpat(events: recorder))
        try bytes.withUnsafeBytes { try parser.feed($0) }
        try parser.finish()
        return recorder.leaves
    }
}

@Suite struct CreditTransferTests {
    private func account(_ name: String, _ bank: BankCode = .bni) throws -> CreditTransfers.Account {
        CreditTransfers.Account(name: name, bank: bank, number: try AccountNumber("0123456789"))
    }

    private func transfers(_ instructions: [CreditTransfers.Instruction]) throws -> CreditTransfers {
        try CreditTransfers(
            messageID: "PSI0123456789abcdef0123456789abcdef", paymentID: "PAY0123456789abcdef0123456789abcdef",
            createdAt: try #require(Instant(parsing: "2026-11-03T20:15:00Z")),
            executeOn: try #require(CivilDate(year: 2026, month: 11, day: 5)),
            debtor: account("BPJS Ketenagakerjaan & Co"), instructions: instructions)
    }

    private func instruction(
        _ id: String, _ name: String, _ amount: Int64, _ remittance: String = "INSENTIF PERISAI 2026-10"
    ) throws -> CreditTransfers.Instruction {
        .init(
            endToEndID: id, creditor: try account(name, .cimbNiaga), amount: Rupiah(amount), remittance: remittance)
    }

    @Test func theMessageInTheOrderOfTheSchema() throws {
        let file = try transfers([
            instruction("0123456789abcdef0123456789abcdef", "Siti Aminah", 3_332_209),
            instruction("b", "Ni Luh Putu \u{C9}lis\u{E9}e <O'Neil> & \"Sons\"; =1+1 \u{65E5}", 1),
        ])
        let leaves = try LeafRecorder.read(file.pain001)
        let header = [
            ("GrpHdr/MsgId", "PSI0123456789abcdef0123456789abcdef"), ("GrpHdr/CreDtTm", "2026-11-04T03:15:00"),
            ("GrpHdr/NbOfTxs", "2"), ("GrpHdr/CtrlSum", "3332210"),
            ("GrpHdr/InitgPty/Nm", "BPJS Ketenagakerjaan + Co"),
            ("PmtInf/PmtInfId", "PAY0123456789abcdef0123456789abcdef"), ("PmtInf/PmtMtd", "TRF"),
            ("PmtInf/NbOfTxs", "2"), ("PmtInf/CtrlSum", "3332210"), ("PmtInf/ReqdExctnDt", "2026-11-05"),
            ("PmtInf/Dbtr/Nm", "BPJS Ketenagakerjaan + Co"), ("PmtInf/DbtrAcct/Id/Othr/Id", "0123456789"),
            ("PmtInf/DbtrAcct/Ccy", "IDR"), ("PmtInf/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", "009"),
            ("PmtInf/DbtrAgt/FinInstnId/Nm", "BNI"),
        ]
        let first = [
            ("PmtId/EndToEndId", "0123456789abcdef0123456789abcdef"), ("Amt/InstdAmt", "3332209"),
            ("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "022"), ("CdtrAgt/FinInstnId/Nm", "CIMB Niaga"),
            ("Cdtr/Nm", "Siti Aminah"), ("CdtrAcct/Id/Othr/Id", "0123456789"),
            ("RmtInf/Ustrd", "INSENTIF PERISAI 2026-10"),
        ].map { ("PmtInf/CdtTrfTxInf/" + $0.0, $0.1) }
        #expect(leaves.prefix(22).map(\.path) == (header + first).map(\.0))
        #expect(leaves.prefix(22).map(\.text) == (header + first).map(\.1))
        #expect(leaves[26] == ("PmtInf/CdtTrfTxInf/Cdtr/Nm", "Ni Luh Putu Elisee O'Neil + Sons 1+1"))
        #expect(leaves.count == 29)
        #expect(file.pain001.allSatisfy { $0 < 0x80 })
        #expect(String(decoding: file.pain001, as: UTF8.self).contains("<InstdAmt Ccy=\"IDR\">3332209</InstdAmt>"))
        #expect(try transfers(file.instructions).pain001 == file.pain001)
    }

    @Test func theSameRowsAsCSV() throws {
        let file = try transfers([instruction("a", "Siti, Aminah", 25_000, "INSENTIF")])
        #expect(
            String(decoding: file.csv, as: UTF8.self)
                == CreditTransfers.columns.joined(separator: ",")
                + "\r\na,2026-11-05,0123456789,022,CIMB Niaga,0123456789,\"Siti, Aminah\",25000,IDR,INSENTIF\r\n")
    }

    @Test func whatNoBankCanTakeIsRefused() throws {
        func fault(_ instructions: () throws -> [CreditTransfers.Instruction]) throws -> String {
            let fault = #expect(throws: CreditTransfers.Fault.self) { try transfers(instructions()) }
            return try #require(fault).field
        }
        #expect(try fault { [] } == "instructions")
        #expect(try fault { [try instruction("a", "Siti", 0)] } == "InstdAmt of a")
        #expect(try fault { [try instruction("a", "\u{65E5}\u{672C}", 1)] } == "Cdtr of a/Nm")
        #expect(try fault { [try instruction("a", "Siti", 1), try instruction("a", "Siti", 1)] } == "EndToEndId")
        #expect(try fault { [try instruction(String(repeating: "a", count: 36), "Siti", 1)] } == "EndToEndId")
        #expect(try fault { [try instruction("a", "Siti", .max), try instruction("b", "Siti", 1)] } == "CtrlSum")
    }

    /// Any text becomes one that every bank can take, never longer than its field.
    @Test func anyText() throws {
        var generator = SeededGenerator("anyText")
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0...200, using: &generator)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(in: 0...(Bool.random(using: &generator) ? 0x7F : 0x2FFF), using: &generator))
            }
            let plain = BankText.plain(String(String.UnicodeScalarView(scalars)), limit: 70)
            #expect(plain.utf8.count <= 70)
            #expect(plain.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && !"<>&\"=;@_".utf8.contains($0) })
            #expect(!plain.hasPrefix(" ") && !plain.hasSuffix(" ") && !plain.hasPrefix("+") && !plain.hasPrefix("-"))
            #expect(BankText.plain(plain, limit: 70) == plain)
        }
    }
}

@Suite struct PaymentStatusTests {
    private func pain002(_ content: String, prolog: String = "", version: String = "03") -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>\(prolog)
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.\(version)"><CstmrPmtStsRpt>
            <GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-11-05T10:00:00</CreDtTm></GrpHdr>
            \(content)
            </CstmrPmtStsRpt></Document>
            """.utf8)
    }

    private let group = "<OrgnlGrpInfAndSts><OrgnlMsgId>PSI1</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"

    @Test(arguments: ["03", "10"]) func instructions(version: String) throws {
        let result = try PaymentStatusReader.read(
            bytes: pain002(
                """
                \(group)<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
                <OrgnlPmtInfAndSts><OrgnlPmtInfId>PAY1</OrgnlPmtInfId>
                <TxInfAndSts><StsId>1</StsId><OrgnlEndToEndId>aa</OrgnlEndToEndId><TxSts>ACSC</TxSts>
                <OrgnlTxRef><Amt><InstdAmt Ccy="IDR">3332209.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
                <TxInfAndSts><OrgnlEndToEndId>bb</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>
                <AddtlInf>Account &amp; name closed</AddtlInf></StsRsnInf></TxInfAndSts>
                <TxInfAndSts><OrgnlEndToEndId>cc</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>
                <TxInfAndSts><OrgnlEndToEndId>dd</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Prtry>RTRN</Prtry>
                </Rsn></StsRsnInf></TxInfAndSts>
                <TxInfAndSts><OrgnlEndToEndId>ee</OrgnlEndToEndId><TxSts>ZZZZ</TxSts></TxInfAndSts>
                <TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts><TxInfAndSts><OrgnlEndToEndId>ff</OrgnlEndToEndId></TxInfAndSts>
                </OrgnlPmtInfAndSts>
                """, version: version), format: .pain002)
        #expect(result.statuses.map(\.reference) == ["aa", "bb", "cc", "dd", "ee"])
        #expect(result.statuses.map(\.outcome) == [.paid, .rejected, .pending, .returned, .unknown])
        #expect(result.statuses[0].amount == Rupiah(3_332_209))
        #expect(result.statuses[1].reason == "AC04 Account & name closed")
        #expect(result.statuses[1].line == 8)
        #expect(result.faults.map(\.field) == ["TxInfAndSts", "TxSts"])
        #expect(result.sha256.count == 64)
    }

    @Test func aWholeFile() throws {
        let result = try PaymentStatusReader.read(
            bytes: pain002(
                group + "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>AM10</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts>"),
            format: .pain002)
        #expect(result.statuses.map(\.scope) == [.file])
        #expect(result.statuses.map(\.reference) == ["PSI1"])
        #expect(result.statuses.map(\.outcome) == [.rejected])
    }

    @Test func returnsInANotice() throws {
        let file = """
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry>
            <NtryDtls><TxDtls><Refs><EndToEndId>aa</EndToEndId></Refs><Amt Ccy="IDR">100</Amt><RtrInf><Rsn><Cd>AC04</Cd>
            </Rsn></RtrInf></TxDtls><TxDtls><Refs><EndToEndId>bb</EndToEndId></Refs></TxDtls></NtryDtls>
            </Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>
            """
        let result = try PaymentStatusReader.read(bytes: Array(file.utf8), format: .camt054)
        #expect(result.statuses.map(\.reference) == ["aa"])
        #expect(result.statuses.map(\.outcome) == [.returned])
        #expect(result.statuses.map(\.reason) == ["AC04"])
    }

    @Test func csv() throws {
        let text = """
            status;end_to_end_id;reason;amount
            paid;aa;;100
            GAGAL;bb;"rekening; tutup";
            retur;cc;x;
            ACSP;dd;;
            huh;ee;;
            paid;ff;;1,5
            paid;;;
            paid;gg
            """
        let result = try PaymentStatusReader.read(bytes: Array(text.utf8), format: .csv)
        #expect(result.statuses.map(\.reference) == ["aa", "bb", "cc", "dd", "ee"])
        #expect(result.statuses.map(\.outcome) == [.paid, .rejected, .returned, .pending, .unknown])
        #expect(result.statuses.map(\.reason) == ["", "rekening; tutup", "x", "", ""])
        #expect(result.faults.map(\.line) == [7, 8, 9])
        #expect(throws: StatementFault.self) {
            try PaymentStatusReader.read(bytes: Array("id,status\n".utf8), format: .csv)
        }
        #expect(throws: StatementFileError.self) { try PaymentStatusReader.read(bytes: [], format: .csv) }
    }

    @Test func hostileFilesAreRefusedWhole() throws {
        func refused(_ bytes: [UInt8]) throws -> String {
            let fault = #expect(throws: StatementFault.self) {
                try PaymentStatusReader.read(bytes: bytes, format: .pain002)
            }
            return try #require(fault).field
        }
        let one = "<TxInfAndSts><OrgnlEndToEndId>aa</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"
        let doctype = "<!DOCTYPE Document [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
        #expect(try refused(pain002(one, prolog: doctype)) == "DOCTYPE")
        #expect(try refused(pain002("<TxInfAndSts>&x;</TxInfAndSts>")) == "XML")
        #expect(try refused(pain002(String(repeating: "<a>", count: 100))) == "XML")
        #expect(
            try refused(pain002(one + "<TxInfAndSts>" + String(repeating: "<a/>", count: 10_001) + "</TxInfAndSts>"))
                == "XML")
        #expect(try refused(pain002(one, version: "01")) == "Document")
        #expect(try refused(Array("<Document xmlns=\"urn:other\"/>".utf8)) == "Document")
        let long = "<TxInfAndSts><OrgnlEndToEndId>\(String(repeating: "a", count: 71))</OrgnlEndToEndId></TxInfAndSts>"
        #expect(try refused(pain002(long)) == "OrgnlEndToEndId")
        // Cut off anywhere, nothing of it is taken.
        let whole = pain002(one)
        for count in stride(from: 1, to: whole.count - 1, by: 7) { _ = try refused(Array(whole.prefix(count))) }
    }
}
