import PerisaiModels

/// One file of a bank's statement, with placeholders for the numbers that are given out on enrolment.
struct SimulatedStatement: Sendable {
    let bank: BankCode
    let month: ContributionMonth
    /// Name within the folder of statements.
    let file: String
    let lines: Int
    let bytes: [UInt8]
}

/// The banks of a simulated branch: what each writes, in its own form, and its balance from month to month.
struct SimulatedBanks {
    private enum Form { case mandiri, bni, bri, camt, csv }

    private static let forms: [(code: Int64, form: Form, ending: String)] = [
        (2, .bri, "txt"), (8, .mandiri, "sta"), (9, .bni, "sta"), (14, .camt, "xml"), (22, .csv, "csv"),
    ]

    /// Codes of the banks that people pay through.
    static let codes: [Int64] = forms.map(\.code)

    /// The profile of the bank that writes CSV, by its code.
    static let profiles = ["022": (file: "022-profile.json", json: SimulatedCSV.profile)]

    /// A CSV file does not say which days it covers, so nothing can be missing in it.
    static func tellsItsDays(_ bank: BankCode) -> Bool { profiles[bank.text] == nil }

    /// Rupiah with which each account begins.
    private static let openingBalance: Int64 = 25_000_000

    /// The statements of all months that have lines; the last one ends with `lastDate`.
    static func statements(_ lines: [SimulatedBankLine], until lastDate: CivilDate) -> [SimulatedStatement] {
        var statements: [SimulatedStatement] = []
        let byBank = Dictionary(grouping: lines, by: \.bank)
        for (code, form, ending) in forms {
            guard let all = byBank.first(where: { $0.key.code == code }) else { continue }
            let byMonth = Dictionary(grouping: all.value) { $0.bookedOn.contributionMonth }
            var balance = openingBalance + code * 1_000_000
            for (index, month) in byMonth.keys.sorted().enumerated() {
                let ordered = (byMonth[month] ?? []).enumerated().sorted { left, right in
                    (left.element.bookedOn, left.offset) < (right.element.bookedOn, right.offset)
                }
                let page = SimulatedStatementPage(
                    bank: all.key, number: index + 1, from: month.firstDay, through: min(month.lastDay, lastDate),
                    opening: balance, lines: ordered.map(\.element))
                balance = page.closing
                statements.append(
                    SimulatedStatement(
                        bank: all.key, month: month, file: "\(all.key.text)-\(month).\(ending)",
                        lines: page.lines.count, bytes: Array(text(page, form).utf8)))
            }
        }
        return statements.sorted { ($0.month, $0.bank.code) < ($1.month, $1.bank.code) }
    }

    private static func text(_ page: SimulatedStatementPage, _ form: Form) -> String {
        switch form {
        case .mandiri: SimulatedMT.mandiri(page)
        case .bni: SimulatedMT.bni(page)
        case .bri: SimulatedMT.bri(page)
        case .camt: SimulatedCamt.text(page)
        case .csv: SimulatedCSV.text(page)
        }
    }
}

/// A month of an account.
struct SimulatedStatementPage {
    let bank: BankCode
    /// From 1, without gaps.
    let number: Int
    let from: CivilDate
    let through: CivilDate
    let opening: Int64
    let lines: [SimulatedBankLine]

    var closing: Int64 { lines.reduce(opening) { $0 + $1.effect } }
    /// An invented account of 13 digits.
    var account: String { "71020180" + Self.padded(bank.code, 5) }

    static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
