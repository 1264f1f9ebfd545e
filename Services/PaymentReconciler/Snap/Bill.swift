import PerisaiModels

/// What a payer is asked for when a bank inquires.
struct Bill: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        enum Kind: Int16, Sendable { case contribution, fine, sanction }

        let kind: Kind
        let month: ContributionMonth
        /// Rupiah, more than zero.
        let amount: Int64
    }

    enum Standing: Sendable, Hashable {
        /// The lines are to be paid, oldest first.
        case open
        /// The membership or company has ended and nothing is left to pay.
        case settled
        /// Claim, death or age has ended the membership.
        case exited
    }

    let payer: PayerNumber
    var standing: Standing
    /// At most `lineLimit`; empty unless open.
    var lines: [Line]

    /// Most lines of a bill (SNAP BI: 24 bills). What is beyond is summed up in the last line.
    static let lineLimit = 24

    init(payer: PayerNumber, standing: Standing, lines: [Line] = []) {
        self.payer = payer
        self.standing = standing
        guard lines.count > Self.lineLimit else {
            self.lines = lines
            return
        }
        var kept = Array(lines.prefix(Self.lineLimit))
        let rest = lines.dropFirst(Self.lineLimit - 1).reduce(Int64(0)) { $0 + $1.amount }
        kept[Self.lineLimit - 1] = Line(
            kind: kept[Self.lineLimit - 1].kind, month: kept[Self.lineLimit - 1].month, amount: rest)
        self.lines = kept
    }

    var total: Int64 { lines.reduce(0) { $0 + $1.amount } }

    /// Why the bill cannot be paid, if so.
    var refusal: SnapRefusal? {
        switch standing {
        case .open: lines.isEmpty ? .paid : nil
        case .settled: .paid
        case .exited: .inactive
        }
    }

    /// What a bank shows as the name: the reconciler keeps no names of persons.
    var name: String {
        switch payer {
        case .participant(let kpj): "PESERTA BPU \(kpj.text)"
        case .employer(let npp): "PERUSAHAAN NPP \(npp.text)"
        }
    }
}

/// Where bills come from.
protocol BillSource {
    /// The bill of a payer; nil for one that is not known.
    func bill(of payer: PayerNumber, on date: CivilDate) throws -> Bill?
}
