import BankStatements
import PerisaiModels
import TestSupport
import Testing

/// A generated statement, written as XML in the manner of a version, gives the same entries.
@Suite struct CamtPropertyTests {
    @Test func generatedStatementsComeBack() throws {
        var generator = SeededGenerator("camt statements")
        for round in 0..<60 {
            let version = ["02", "04", "08"][round % 3]
            let groups = (0..<Int.random(in: 0..<30, using: &generator)).map { _ in group(&generator) }
            var expected = groups.flatMap { $0 }
            for index in expected.indices { expected[index].ordinal = index + 1 }
            let content = groups.map { write($0, version: version) }.joined(separator: "\n")
            let file = camtFile(
                summary(groups) + content, namespace: "urn:iso:std:iso:20022:tech:xsd:camt.053.001.\(version)")
            let outcome = try readCamt(file)
            #expect(outcome.fault == nil && outcome.refused == [])
            var found = outcome.entries
            for index in found.indices { found[index].line = 1 }
            #expect(found == expected)
            let end = try #require(outcome.ends.first)
            #expect(try end.credits == Rupiah.sum(of: expected.filter(\.isCredit).map(\.amount)))
            #expect(try end.debits == Rupiah.sum(of: expected.filter { !$0.isCredit }.map(\.amount)))
            #expect(end.entries == expected.count)
            #expect(try readCamt(file, chunk: 1) == outcome)
        }
    }

    /// The lines of one Ntry: one, or those of a batch.
    private func group(_ generator: inout SeededGenerator) -> [StatementEntry] {
        let isCredit = Bool.random(using: &generator)
        let isReversal = Int.random(in: 0..<8, using: &generator) == 0
        let booked = CivilDate.earliest.adding(days: Int.random(in: 0..<100_000, using: &generator))
        let count = Int.random(in: 0..<4, using: &generator) == 0 ? Int.random(in: 2..<6, using: &generator) : 1
        return (0..<count).map { _ in
            StatementEntry(
                ordinal: 1, line: 1, isCredit: isCredit, isReversal: isReversal,
                amount: Rupiah(Int64.random(in: 1...1_000_000_000_000, using: &generator)), bookedOn: booked,
                valueDate: booked.adding(days: 1), bankReference: word(&generator), payerReference: word(&generator),
                payerName: word(&generator), text: word(&generator) + " " + word(&generator))
        }
    }

    private func word(_ generator: inout SeededGenerator) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/.,;:'\"<>&]é漢😀")
        return String(
            (0..<Int.random(in: 1..<20, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? "X" }
        )
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&#62;")
    }

    private func summary(_ groups: [[StatementEntry]]) -> String {
        let sum = groups.joined().reduce(Int64(0)) { $0 + $1.amount.amount }
        return
            "<TxsSummry><TtlNtries><NbOfNtries>\(groups.count)</NbOfNtries><Sum>\(sum).00</Sum></TtlNtries></TxsSummry>"
    }

    private func write(_ group: [StatementEntry], version: String) -> String {
        guard let first = group.first else { return "" }
        let whole = group.reduce(Int64(0)) { $0 + $1.amount.amount }
        let direction = first.isCredit ? "CRDT" : "DBIT"
        let details = group.map { entry in
            let amount = "<Amt Ccy=\"IDR\">\(entry.amount.amount).00</Amt>"
            let name = "<Nm>\(escaped(entry.payerName ?? ""))</Nm>"
            return """
                <TxDtls><Refs><AcctSvcrRef>\(escaped(entry.bankReference ?? ""))</AcctSvcrRef>
                <EndToEndId>\(escaped(entry.payerReference ?? ""))</EndToEndId></Refs>
                \(version == "02" ? "<AmtDtls><TxAmt>\(amount)</TxAmt></AmtDtls>" : amount)
                <RltdPties><Dbtr>\(version == "08" ? "<Pty>\(name)</Pty>" : name)</Dbtr></RltdPties>
                <RmtInf><Ustrd>\(escaped(entry.text))</Ustrd></RmtInf></TxDtls>
                """
        }
        return """
            <Ntry><Amt Ccy="IDR">\(whole)</Amt><CdtDbtInd>\(direction)</CdtDbtInd>
            <RvslInd>\(first.isReversal)</RvslInd><Sts>\(version == "08" ? "<Cd>BOOK</Cd>" : "BOOK")</Sts>
            <BookgDt><Dt>\(first.bookedOn)</Dt></BookgDt><ValDt><Dt>\(first.valueDate ?? first.bookedOn)</Dt></ValDt>
            <NtryDtls>\(details.joined())</NtryDtls></Ntry>
            """
    }
}
