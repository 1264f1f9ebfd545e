import PerisaiModels

/// A settlement report as CSV, by the profile that is written beside it: a row that is taken back repeats the original.
enum SimulatedCSV {
    static let account = "7102018000022"

    static let profile = """
        {
          "name": "settlement-va",
          "account": "\(account)",
          "delimiter": ";",
          "skip_lines": 2,
          "columns": {
            "date": "Tanggal", "value_date": "Tanggal Valuta", "amount": "Jumlah", "sign": "Mutasi",
            "reference": "No Jurnal", "virtual_account": "No VA", "name": "Nama", "text": ["Keterangan"],
            "reversal": "Status"
          },
          "date_pattern": "dd/MM/yyyy",
          "decimal_mark": ",",
          "grouping_mark": ".",
          "credit_marks": ["K"],
          "debit_marks": ["D"],
          "reversal_marks": ["REV"],
          "reversal_sign": "original",
          "control_total": { "marker": "TOTAL", "amount_column": 3, "count_column": 4, "of": "net" }
        }

        """

    static func text(_ page: SimulatedStatementPage) -> String {
        var rows = [
            "Laporan settlement virtual account", "Periode \(date(page.from)) - \(date(page.through))",
            "Tanggal;Tanggal Valuta;Jumlah;Mutasi;No Jurnal;No VA;Nama;Keterangan;Status",
        ]
        rows += page.lines.map(row)
        rows.append("TOTAL;;\(amount(page.closing - page.opening));\(page.lines.count);;;;;")
        return rows.joined(separator: "\n") + "\n"
    }

    private static func row(_ line: SimulatedBankLine) -> String {
        var account = ""
        var remark = line.remark
        switch line.payer {
        case .virtualAccount(let text): account = text
        case .nik: remark += " " + line.payerText("")
        case nil: break
        }
        if let original = line.original { remark = "Batal \(original) " + remark }
        // What was a credit stays one when it is taken back; the status turns it.
        let sign = line.kind.isCredit != line.kind.isReversal ? "K" : "D"
        return [
            date(line.bookedOn), date(line.valueOn), amount(line.amount), sign, line.reference, account,
            line.name?.uppercased() ?? "", remark, line.kind.isReversal ? "REV" : "",
        ].joined(separator: ";")
    }

    private static func date(_ date: CivilDate) -> String {
        "\(SimulatedStatementPage.padded(date.day, 2))/\(SimulatedStatementPage.padded(date.month, 2))/\(date.year)"
    }

    /// 1.234.567,00
    private static func amount(_ rupiah: Int64) -> String {
        var digits = Array(String(abs(rupiah)))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(".", at: place) }
        return (rupiah < 0 ? "-" : "") + String(digits) + ",00"
    }
}
