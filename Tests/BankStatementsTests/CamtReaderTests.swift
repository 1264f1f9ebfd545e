import BankStatements
import Foundation
import PerisaiModels
import Testing

@Suite struct CamtReaderTests {
    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

    @Test func sampleOfCamt053() throws {
        let outcome = try readCamt(Samples.bytes("camt053.xml"))
        #expect(outcome.fault == nil && outcome.refused == [])
        let day = try date("2026-03-02")
        #expect(
            outcome.heads == [
                StatementHead(
                    account: "0700001234567", statement: "STMT-20260302", sequence: 42, isInterim: false,
                    openingBalance: Rupiah(25_000_000), openedOn: day, line: 9)
            ])
        #expect(
            outcome.entries.map(\.amount) == [16_800, 201_600, 176_400, 16_800, 16_800].map { Rupiah($0) })
        #expect(outcome.entries.map(\.ordinal) == [1, 2, 3, 4, 5])
        #expect(outcome.entries.map(\.isCredit) == [true, true, true, true, false])
        #expect(outcome.entries.map(\.isReversal) == [false, false, false, false, true])
        #expect(outcome.entries.allSatisfy { $0.bookedOn == day })
        #expect(
            outcome.entries.map(\.bankReference) == [
                "BR2603020001", "BR2603020002-1", "BR2603020002-2", "BR2603020003", "BR2603020004",
            ])
        let first = try #require(outcome.entries.first)
        #expect(first.payerReference == "260300012345" && first.payerName == "SITI RAHAYU" && first.line == 34)
        #expect(outcome.entries[2].text == "IURAN BPU APR 2026 10 PESERTA SETORAN KOLEKTIF")
        #expect(outcome.entries[2].payerReference == "KOPERASI-77-2")
        let end = try #require(outcome.ends.first)
        #expect(end.closingBalance == Rupiah(25_394_800) && end.closedOn == day && end.entries == 5)
        #expect(end.credits == Rupiah(411_600) && end.debits == Rupiah(16_800))
    }

    @Test func sampleOfCamt054() throws {
        let outcome = try readCamt(Samples.bytes("camt054.xml"), .camt054)
        #expect(outcome.fault == nil)
        #expect(outcome.heads.first?.isInterim == true && outcome.heads.first?.openingBalance == nil)
        #expect(outcome.heads.first?.statement == "NTF-20260303-007")
        #expect(outcome.entries.count == 1)
        let entry = try #require(outcome.entries.first)
        #expect(entry.amount == Rupiah(50_400) && entry.payerReference == "VA-7700012345")
        #expect(entry.payerName == "AGUS SALIM" && entry.text == "IURAN BPU 3 BULAN")
        #expect(outcome.refused.map(\.field) == ["Ntry/Sts"])
        #expect(outcome.refused.first?.reason.contains("PDNG") == true)
        #expect(outcome.ends.first?.closingBalance == nil && outcome.ends.first?.entries == 1)
    }

    @Test(arguments: [1, 7, 4096]) func chunksOfAnySizeGiveTheSame(size: Int) throws {
        for (name, kind) in [("camt053.xml", CamtReader.Kind.camt053), ("camt054.xml", .camt054)] {
            let bytes = try Samples.bytes(name)
            #expect(try readCamt(bytes, kind, chunk: size) == readCamt(bytes, kind))
        }
    }

    @Test(arguments: ["02", "03", "04", "06", "08", "12"]) func versions(version: String) throws {
        let file = camtFile(camtEntry(), namespace: "urn:iso:std:iso:20022:tech:xsd:camt.053.001.\(version)")
        #expect(try readCamt(file).entries.count == 1)
    }

    @Test func namespaceWithPrefix() throws {
        let file = """
            <c:Document xmlns:c="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02" xmlns="urn:x"><c:BkToCstmrStmt><c:Stmt>
            <c:Id>1</c:Id><Id>other</Id><c:Acct><c:Id><c:IBAN>ID1</c:IBAN></c:Id></c:Acct></c:Stmt></c:BkToCstmrStmt>
            </c:Document>
            """
        let outcome = try readCamt(file)
        #expect(outcome.fault == nil && outcome.heads.first?.statement == "1" && outcome.heads.first?.account == "ID1")
    }

    @Test func balances() throws {
        func balance(_ code: String, _ amount: String, _ direction: String) -> String {
            "<Bal><Tp><CdOrPrtry><Cd>\(code)</Cd></CdOrPrtry></Tp><Amt Ccy=\"IDR\">\(amount)</Amt>"
                + "<CdtDbtInd>\(direction)</CdtDbtInd><Dt><DtTm>2026-03-01T23:30:00Z</DtTm></Dt></Bal>"
        }
        var outcome = try readCamt(camtFile(balance("PRCD", "5", "DBIT") + balance("ITBD", "x", "y")))
        #expect(outcome.heads.first?.openingBalance == Rupiah(-5) && outcome.refused == [])
        // A moment in UTC is the next day in Jakarta.
        #expect(outcome.heads.first?.openedOn == (try date("2026-03-02")))
        outcome = try readCamt(camtFile(balance("PRCD", "5", "DBIT") + balance("OPBD", "7", "CRDT")))
        #expect(outcome.heads.first?.openingBalance == Rupiah(7))
        outcome = try readCamt(camtFile(balance("CLBD", "7.5", "CRDT") + balance("OPBD", "7", "?")))
        #expect(outcome.refused.map(\.field) == ["Bal/Amt", "Bal/CdtDbtInd"])
        #expect(outcome.heads.first?.openingBalance == nil && outcome.ends.first?.closingBalance == nil)
        outcome = try readCamt(camtFile(balance("CLBD", "7", "CRDT") + balance("CLBD", "7", "CRDT")))
        #expect(outcome.refused.map(\.field) == ["Bal"])
        outcome = try readCamt(camtFile(camtEntry() + balance("OPBD", "7", "CRDT") + balance("CLBD", "8", "CRDT")))
        #expect(outcome.refused.map(\.field) == ["Bal"] && outcome.ends.first?.closingBalance == Rupiah(8))
    }

    @Test(arguments: [
        ("<Amt Ccy=\"USD\">1</Amt>", "IDR"), ("<Amt>1</Amt>", "currency"), ("<Amt Ccy=\"IDR\">1.50</Amt>", "rupiah"),
        ("<Amt Ccy=\"IDR\">-1</Amt>", "digits"), ("<Amt Ccy=\"IDR\">1.000000</Amt>", "5 decimals"),
        ("<Amt Ccy=\"IDR\">0</Amt>", "above zero"), ("<Amt Ccy=\"IDR\">1,00</Amt>", "digits"), ("", "missing"),
        ("<Amt Ccy=\"IDR\"></Amt>", "digits"), ("<Amt Ccy=\"IDR\">9223372036854775808</Amt>", "64 bits"),
        ("<Amt Ccy=\"IDR\">1.</Amt>", "digits"), ("<Amt Ccy=\"IDR\">1</Amt><Amt Ccy=\"IDR\">2</Amt>", "twice"),
    ]) func refusedAmounts(amount: String, reason: String) throws {
        let outcome = try readCamt(camtFile(camtEntry(amount: amount) + "\n" + camtEntry()))
        let fault = try #require(outcome.refused.first)
        #expect(outcome.refused.count == 1 && fault.field == "Ntry/Amt" && fault.line == 3)
        #expect(fault.reason.contains(reason), "\(fault)")
        #expect(outcome.entries.map(\.ordinal) == [2] && outcome.ends.first?.credits == Rupiah(16_800))
    }

    @Test func aRefusedBatchKeepsThePlacesOfItsLines() throws {
        func batch(_ second: String) -> String {
            let parts = ["10000", second].map { "<TxDtls><Amt Ccy=\"IDR\">\($0)</Amt></TxDtls>" }.joined()
            return camtFile(camtEntry(rest: "<NtryDtls>\(parts)</NtryDtls>") + "\n" + camtEntry())
        }
        #expect(try readCamt(batch("6800")).entries.map(\.ordinal) == [1, 2, 3])
        let refused = try readCamt(batch("6801"))
        #expect(refused.refused.count == 1 && refused.entries.map(\.ordinal) == [3])
    }

    @Test func acceptedAmounts() throws {
        for text in ["16800", " 16800.0\n", "016800.00000"] {
            let outcome = try readCamt(camtFile(camtEntry(amount: "<Amt Ccy=\"IDR\">\(text)</Amt>")))
            #expect(outcome.entries.first?.amount == Rupiah(16_800))
        }
    }

    @Test(arguments: [
        ("<Sts>PDNG</Sts>", "PDNG"), ("<Sts><Cd>INFO</Cd></Sts>", "INFO"), ("", "missing"),
        ("<Sts><Prtry>BOOK</Prtry></Sts>", "not BOOK"),
    ]) func refusedStatus(status: String, reason: String) throws {
        let outcome = try readCamt(camtFile(camtEntry(status: status)))
        #expect(outcome.entries == [] && outcome.refused.first?.field == "Ntry/Sts")
        #expect(outcome.refused.first?.reason.contains(reason) == true)
    }

    @Test func refusedDatesAndDirections() throws {
        let bad = [
            ("Ntry/BookgDt/Dt", camtEntry(booked: "<Dt>2026-02-30</Dt>")),
            ("Ntry/BookgDt/Dt", camtEntry(booked: "<Dt>2026-02-20x</Dt>")),
            ("Ntry/BookgDt/DtTm", camtEntry(booked: "<DtTm>2026-02-20</DtTm>")),
            ("Ntry/BookgDt", camtEntry(booked: "")),
            ("Ntry/CdtDbtInd", camtEntry(direction: "C")),
            ("Ntry/RvslInd", camtEntry(rest: "<RvslInd>yes</RvslInd>")),
            ("Ntry/ValDt/Dt", camtEntry(rest: "<ValDt><Dt>1</Dt></ValDt>")),
        ]
        for (field, entry) in bad {
            let outcome = try readCamt(camtFile(entry))
            #expect(outcome.entries == [] && outcome.refused.map(\.field) == [field])
        }
        for booked in ["<Dt>2026-03-02+07:00</Dt>", "<DtTm>2026-03-02T23:59:59.5</DtTm>", "<Dt>2026-03-02Z</Dt>"] {
            #expect(try readCamt(camtFile(camtEntry(booked: booked))).entries.first?.bookedOn == date("2026-03-02"))
        }
    }

    @Test func batches() throws {
        func part(_ amount: String, _ direction: String = "CRDT") -> String {
            "<TxDtls><Amt Ccy=\"IDR\">\(amount)</Amt><CdtDbtInd>\(direction)</CdtDbtInd></TxDtls>"
        }
        func read(_ details: String) throws -> CamtOutcome {
            try readCamt(camtFile(camtEntry(rest: "<NtryDtls>\(details)</NtryDtls>")))
        }
        var outcome = try read(part("10000") + "</NtryDtls><NtryDtls>" + part("6800"))
        #expect(outcome.entries.map(\.amount) == [Rupiah(10_000), Rupiah(6_800)])
        outcome = try read(part("20000") + part("3200", "DBIT"))
        #expect(outcome.entries.map(\.isCredit) == [true, false])
        #expect(outcome.ends.first?.credits == Rupiah(20_000) && outcome.ends.first?.debits == Rupiah(3_200))
        for wrong in [part("10000") + part("6801"), part("16799"), part("16800", "DBIT"), part("16800") + "<TxDtls/>"] {
            outcome = try read(wrong)
            #expect(outcome.entries == [] && outcome.refused.map(\.field) == ["Ntry/NtryDtls/TxDtls"])
        }
        outcome = try read("<TxDtls/>")
        #expect(outcome.entries.map(\.amount) == [Rupiah(16_800)])
        outcome = try read("<TxDtls><AmtDtls><TxAmt><Amt Ccy=\"USD\">1</Amt></TxAmt></AmtDtls></TxDtls>")
        #expect(outcome.refused.first?.field == "Ntry/NtryDtls/TxDtls/AmtDtls/TxAmt/Amt")
    }

    @Test func bothReferencesAreKept() throws {
        let details = """
            <NtryDtls><TxDtls><Refs><EndToEndId>E2E-9</EndToEndId></Refs><RmtInf><Ustrd>IURAN
                BPU</Ustrd><Strd><CdtrRefInf><Ref>K-1</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls>
            """
        let entry = try #require(readCamt(camtFile(camtEntry(rest: details))).entries.first)
        #expect(entry.payerReference == "K-1" && entry.text == "IURAN BPU E2E-9")
    }

    @Test func summary() throws {
        func read(_ summary: String) throws -> CamtOutcome {
            let entries = camtEntry() + camtEntry(direction: "DBIT") + camtEntry(status: "<Sts>PDNG</Sts>")
            return try readCamt(camtFile("<TxsSummry>\(summary)</TxsSummry>" + entries))
        }
        func group(_ name: String, _ count: Int, _ sum: String) -> String {
            "<\(name)><NbOfNtries>\(count)</NbOfNtries><Sum>\(sum)</Sum></\(name)>"
        }
        let right = [
            group("TtlNtries", 2, "33600.00"), group("TtlNtries", 3, "50400"), group("TtlCdtNtries", 1, "16800"),
            group("TtlDbtNtries", 1, "16800.00000000000000000"),
        ]
        for summary in right { #expect(try read(summary).refused.map(\.field) == ["Ntry/Sts"]) }
        let wrong = [
            group("TtlNtries", 4, "50400"), group("TtlNtries", 3, "33600"), group("TtlCdtNtries", 1, "1"),
            group("TtlDbtNtries", 2, "16800"),
        ]
        for summary in wrong { #expect(try read(summary).refused.map(\.field) == ["Ntry/Sts", "TxsSummry"]) }
    }

    @Test func severalStatements() throws {
        let one = camtFile(camtEntry()).replacingOccurrences(of: "</Stmt>", with: "</Stmt><Stmt><Id>S2</Id></Stmt>")
        let outcome = try readCamt(one)
        #expect(outcome.heads.count == 1 && outcome.ends.count == 1)
        #expect(outcome.fault?.field == "Acct/Id" && outcome.fault?.line == 4)
    }

    @Test func errorsOfTheCallerComeOut() throws {
        struct Stop: Error {}
        let bytes = try Samples.bytes("camt053.xml")
        var seen = 0
        #expect(throws: Stop.self) {
            try bytes.withUnsafeBytes { whole in
                var next: UnsafeRawBufferPointer? = whole
                try CamtReader(kind: .camt053).read(
                    {
                        defer { next = nil }
                        return next
                    },
                    each: { _ in
                        seen += 1
                        if seen == 3 { throw Stop() }
                    })
            }
        }
        #expect(seen == 3)
        #expect(throws: Stop.self) { try CamtReader(kind: .camt053).read({ throw Stop() }, each: { _ in }) }
    }
}
