import PerisaiModels

/// What is printed, in Indonesian, before it has a form: the same input gives the same paper.
struct StatementPaper {
    struct Column {
        let title: String
        let isNumber: Bool

        init(_ title: String, number: Bool = false) {
            self.title = title
            isNumber = number
        }
    }

    struct Section {
        let title: String
        let columns: [Column]
        var rows: [[String]]
        /// Sums, set apart from the rows.
        var sums: [[String]] = []
        /// Identifiers and the like, in a smaller face.
        var isFine = false
    }

    let title: String
    let head: [(String, String)]
    var sections: [Section]
    let notes: [String]
}

extension MicroRupiah {
    /// "5.520", "85.441,25": exact, without currency.
    var grouped: String {
        let whole = millionths.magnitude / 1_000_000
        var fraction = Substring(String(String(millionths.magnitude % 1_000_000 + 1_000_000).dropFirst()))
        while fraction.last == "0" { fraction.removeLast() }
        let digits = Array(String(whole))
        var text = millionths < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(".") }
            text.append(digit)
        }
        return text + (fraction.isEmpty ? "" : ",\(fraction)")
    }

    /// "5520", "85441,25": exact, for columns of numbers.
    public var plain: String { grouped.replacing(".", with: "") }

    /// "5520", "85441.25": exact, for programs.
    public var decimal: String { plain.replacing(",", with: ".") }
}

extension Rupiah {
    /// "1.234.567", without currency.
    var grouped: String { MicroRupiah(self).grouped }
}

extension AccountOfMonth {
    var section: StatementPaper.Section {
        var rows = [
            ["Saldo bulan-bulan sebelumnya", brought.grouped], ["Hak menurut laporan bulan ini", due.grouped],
        ]
        func add(_ label: String, _ amount: Rupiah) {
            if !amount.isZero { rows.append([label, amount.grouped]) }
        }
        func less(_ label: String, _ amount: Rupiah) {
            if !amount.isZero { rows.append([label, MicroRupiah(-MicroRupiah(amount).millionths).grouped]) }
        }
        add("Koreksi atas sengketa", corrected)
        less("Ditahan karena sengketa", held)
        less("Pajak dipotong", tax)
        less("Dalam proses di bank", transit)
        less("Telah dibayarkan", paid)
        less("Hak yang dicabut", forfeited)
        let asOf = lastBooked.map { " (pembukuan terakhir \($0.inIndonesian))" } ?? ""
        return StatementPaper.Section(
            title: "Rekening\(asOf)", columns: [.init("Uraian"), .init("Rupiah", number: true)], rows: rows,
            sums: [["Saldo dibawa ke bulan berikutnya", carried.grouped]])
    }
}

extension StatementDocument {
    func paper() throws -> StatementPaper {
        var head = [
            ("Agen", agentName.map { "\($0) (\(agent))" } ?? agent),
            ("Wadah", wadahName.map { "\($0) (\(wadah))" } ?? wadah), ("Kantor cabang", branch),
            ("Bulan", month.inIndonesian), ("Skema", "\(scheme), \(regulation)"),
        ]
        if let threshold { head.append(("Peserta baru", "\(newParticipants) dari \(threshold)")) }
        var sections: [StatementPaper.Section] = []
        for issue in issues { sections += issue.sections }
        if issues.count > 1 {
            sections.append(
                .init(
                    title: "Jumlah seluruh laporan", columns: [.init("Uraian"), .init("Rupiah", number: true)],
                    rows: [
                        ["Jumlah insentif", try sum(\.total).grouped], ["Bagian agen", try sum(\.agentShare).grouped],
                        ["Bagian wadah", try sum(\.wadahShare).grouped],
                    ]))
        }
        sections.append(account.section)
        return StatementPaper(
            title: "Laporan Insentif Perisai", head: head, sections: sections,
            notes: [
                "Setiap kelompok dijumlahkan secara tepat dan dibulatkan satu kali ke rupiah terdekat.",
                "Keberatan atas satu baris diajukan melalui wadah dengan menyebut nomor peristiwanya.",
            ])
    }
}

extension StatementIssue {
    fileprivate var sections: [StatementPaper.Section] {
        let name = sequence == 0 ? "Laporan 0" : "Koreksi \(sequence)"
        var sections = [
            StatementPaper.Section(
                title: "\(name), diterbitkan \(issuedOn.inIndonesian)",
                columns: [
                    .init("Aturan"), .init("Baris tarif"), .init("Jumlah", number: true), .init("Dasar", number: true),
                    .init("Insentif", number: true),
                ],
                rows: groups.map { group in
                    [
                        group.label, group.rateRow, "\(group.figures.count)",
                        group.key.rule == .acquisition ? "" : group.figures.base.grouped, group.figures.amount.grouped,
                    ]
                },
                sums: [
                    ["Jumlah insentif", "", "", contributions.grouped, total.grouped],
                    ["Bagian agen", "", "", "", agentShare.grouped], ["Bagian wadah", "", "", "", wadahShare.grouped],
                ])
        ]
        for group in groups where !group.details.isEmpty {
            sections.append(
                StatementPaper.Section(
                    title: "\(name): \(group.label) — \(group.rateRow), \(group.regulation)",
                    columns: [
                        .init("Peserta"), .init("Bulan iuran"), .init("Tanggal"), .init("Jumlah", number: true),
                        .init("Dasar", number: true), .init("Insentif", number: true), .init("Peristiwa"),
                        .init("Pembayaran"), .init("Keterangan"),
                    ],
                    rows: group.details.map(\.cells), isFine: true))
        }
        return sections
    }
}

extension StatementDetail {
    fileprivate var cells: [String] {
        [
            payer?.text ?? "seluruhnya", contributionMonth?.description ?? "", bookedOn?.description ?? "", "\(count)",
            key.rule == .acquisition ? "" : base.grouped, amount.grouped, event?.text ?? "", payment?.text ?? "", note,
        ]
    }

    private var note: String {
        if let dispute {
            return dispute == "upheld"
                ? "sengketa ditolak" : dispute == "corrected" ? "sengketa dikoreksi" : "ditahan: sengketa"
        }
        if count < 0 { return "ditarik kembali" }
        if base.isNegative { return "pembalikan" }
        return key.rule == .acquisition && count == 0 && payer != nil ? "ambang tercapai" : ""
    }
}

extension WadahDocument {
    func paper() throws -> StatementPaper {
        let contributions = try sum(\.contributions)
        return StatementPaper(
            title: "Laporan Insentif Wadah Perisai",
            head: [
                ("Wadah", name.map { "\($0) (\(wadah))" } ?? wadah),
                ("Kantor cabang", branches.joined(separator: ", ")), ("Bulan", month.inIndonesian),
                ("Skema", "\(scheme), \(regulation)"), ("Agen", "\(agents.count)"),
            ],
            sections: [
                .init(
                    title: "Agen",
                    columns: [
                        .init("Agen"), .init("Nama"), .init("Diterbitkan"), .init("Laporan", number: true),
                        .init("Peserta baru", number: true), .init("Iuran", number: true),
                        .init("Insentif", number: true), .init("Bagian agen", number: true),
                        .init("Bagian wadah", number: true),
                    ],
                    rows: agents.map { one in
                        [
                            one.agent, one.name ?? "", one.lastIssued.description, "\(one.statements)",
                            "\(one.newParticipants)", one.contributions.grouped, one.total.grouped,
                            one.agentShare.grouped, one.wadahShare.grouped,
                        ]
                    },
                    sums: [
                        [
                            "Jumlah", "", "", "\(agents.reduce(0) { $0 + $1.statements })",
                            "\(agents.reduce(0) { $0 + $1.newParticipants })", contributions.grouped,
                            try sum(\.total).grouped, try sum(\.agentShare).grouped, try sum(\.wadahShare).grouped,
                        ]
                    ]),
                account.section,
            ],
            notes: ["Laporan tiap agen merinci setiap baris sampai dengan peristiwa dan pembayarannya."])
    }
}
