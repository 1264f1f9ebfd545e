import PerisaiModels

/// camt.053.001.08 with one TxDtls an entry, the payer's number as the creditor's reference.
enum SimulatedCamt {
    static func text(_ page: SimulatedStatementPage) -> String {
        let credits = page.lines.filter(\.kind.isCredit)
        let debits = page.lines.filter { !$0.kind.isCredit }
        let id = "STMT-\(page.from.contributionMonth)"
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
              <BkToCstmrStmt>
                <GrpHdr><MsgId>CAMT053-\(page.from.contributionMonth)</MsgId>\
            <CreDtTm>\(page.through)T23:55:00+08:00</CreDtTm></GrpHdr>
                <Stmt>
                  <Id>\(id)</Id>
                  <ElctrncSeqNb>\(page.number)</ElctrncSeqNb>
                  <CreDtTm>\(page.through)T23:55:00+08:00</CreDtTm>
                  <Acct><Id><Othr><Id>\(page.account)</Id></Othr></Id><Ccy>IDR</Ccy></Acct>
            \(balance("OPBD", page.opening, page.from))
            \(balance("CLBD", page.closing, page.through))
                  <TxsSummry>
                    <TtlNtries><NbOfNtries>\(page.lines.count)</NbOfNtries><Sum>\(sum(page.lines))</Sum></TtlNtries>
                    <TtlCdtNtries><NbOfNtries>\(credits.count)</NbOfNtries><Sum>\(sum(credits))</Sum></TtlCdtNtries>
                    <TtlDbtNtries><NbOfNtries>\(debits.count)</NbOfNtries><Sum>\(sum(debits))</Sum></TtlDbtNtries>
                  </TxsSummry>
            \(page.lines.enumerated().map { entry($1, $0 + 1) }.joined(separator: "\n"))
                </Stmt>
              </BkToCstmrStmt>
            </Document>

            """
    }

    private static func sum(_ lines: [SimulatedBankLine]) -> String {
        "\(lines.reduce(Int64(0)) { $0 + $1.amount }).00"
    }

    private static func balance(_ code: String, _ amount: Int64, _ date: CivilDate) -> String {
        """
              <Bal><Tp><CdOrPrtry><Cd>\(code)</Cd></CdOrPrtry></Tp><Amt Ccy="IDR">\(amount).00</Amt>\
        <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>\(date)</Dt></Dt></Bal>
        """
    }

    private static func entry(_ line: SimulatedBankLine, _ number: Int) -> String {
        let reversal = line.kind.isReversal ? "<RvslInd>true</RvslInd>" : ""
        let head = """
                  <Ntry><NtryRef>\(number)</NtryRef><Amt Ccy="IDR">\(line.amount).00</Amt>\
            <CdtDbtInd>\(line.kind.isCredit ? "CRDT" : "DBIT")</CdtDbtInd>\(reversal)<Sts><Cd>BOOK</Cd></Sts>\
            <BookgDt><Dt>\(line.bookedOn)</Dt></BookgDt><ValDt><Dt>\(line.valueOn)</Dt></ValDt>\
            <AcctSvcrRef>\(line.reference)</AcctSvcrRef>
            """
        guard line.payer != nil else { return head + "<AddtlNtryInf>\(line.remark)</AddtlNtryInf></Ntry>" }
        return head + """
            <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>\
            <Amt Ccy="IDR">\(line.amount).00</Amt>\
            \(debtor(line))\(remittance(line))</TxDtls></NtryDtls>\(correction(line))</Ntry>
            """
    }

    private static func debtor(_ line: SimulatedBankLine) -> String {
        line.name.map { "<RltdPties><Dbtr><Pty><Nm>\($0.uppercased())</Nm></Pty></Dbtr></RltdPties>" } ?? ""
    }

    private static func remittance(_ line: SimulatedBankLine) -> String {
        switch line.payer {
        case .virtualAccount(let text):
            "<RmtInf><Strd><CdtrRefInf><Ref>\(text)</Ref></CdtrRefInf></Strd></RmtInf>"
        default: "<RmtInf><Ustrd>\(line.remark) \(line.payerText(""))</Ustrd></RmtInf>"
        }
    }

    private static func correction(_ line: SimulatedBankLine) -> String {
        line.original.map { "<AddtlNtryInf>KOREKSI \($0) \(line.remark)</AddtlNtryInf>" } ?? ""
    }
}
