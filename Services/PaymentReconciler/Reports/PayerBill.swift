import PerisaiModels
import Postgres

/// What a payer owes for a month, line by line, with the rule and the row of rates behind every line.
public struct PayerBill: Sendable {
    public struct Line: Sendable {
        public let programme: Programme
        /// Rupiah, employer's and worker's share together.
        public let amount: Rupiah
        public let regulation: String
        /// Days on which the row of rates applies; no last day while nothing ends it.
        public let validFrom: CivilDate
        public let validThrough: CivilDate?
        /// Employer's part, for PU.
        public let employerShare: Rupiah?
    }

    public struct Month: Sendable {
        public let month: ContributionMonth
        public let kodeIuran: KodeIuran?
        public let dueDate: CivilDate?
        public let lines: [Line]
        /// Why the lines cannot be computed.
        public let fault: String?
        /// As it was opened or changed since; nil while the month is not open.
        public let due: Int64?
        public let paid: Int64
        public let fine: Int64
        public let finePaid: Int64
        public let monthsLate: Int

        public var outstanding: Int64 { (due ?? 0) - paid + fine - finePaid }
        /// The lines do not sum to what is due: the terms or rates have changed since the month was opened.
        public var differs: Bool {
            guard let due, fault == nil else { return false }
            return lines.reduce(Int64(0)) { $0 + $1.amount.amount } != due
        }
    }

    /// A sanction fine that is not paid yet (PP 86/2013 Art. 7 and 10), rupiah.
    public struct Sanction: Sendable {
        /// Of the deposit that it is paid with.
        public let month: ContributionMonth
        public let amount: Int64
        public let paid: Int64
        public let imposedOn: CivilDate

        public var outstanding: Int64 { amount - paid }
    }

    public let payer: PayerNumber
    public let virtualAccount: VirtualAccount
    /// Surplus that waits for months to come, rupiah.
    public let credit: Int64
    public let months: [Month]
    public let sanctions: [Sanction]

    /// Most months of one bill.
    public static let monthLimit = 120

    private static let payerRow = Statement(
        "bill_payer",
        """
        SELECT programmes, income, transport, risk_class, wages, payer_kind, labour_intensive, credit
        FROM payer WHERE payer = $1::int8 AND known
        """)
    private static let dues = Statement(
        "bill_dues",
        """
        SELECT coalesce(d.month, f.month), d.amount, coalesce(d.paid, 0), coalesce(f.amount, 0), coalesce(f.paid, 0),
            coalesce(f.months_late, 0::int2)
        FROM (SELECT * FROM due WHERE payer = $1::int8) AS d
        FULL JOIN (SELECT * FROM fine WHERE payer = $1::int8) AS f ON f.month = d.month
        WHERE ($2::int4 IS NULL AND (d.paid < d.amount OR f.paid < f.amount)) OR coalesce(d.month, f.month) = $2::int4
        ORDER BY 1 LIMIT \(monthLimit)
        """)

    private static let sanctionRows = Statement(
        "bill_sanctions",
        """
        SELECT month, amount, paid, imposed_on FROM sanction_fine
        WHERE payer = $1::int8 AND (paid < amount AND $2::int4 IS NULL OR month = $2::int4)
        ORDER BY month LIMIT \(monthLimit)
        """)

    /// Of one month, or of all that are open. Nil for a payer that is not known.
    public static func of(
        _ payer: PayerNumber, month: ContributionMonth?, connection: Connection
    ) throws -> PayerBill? {
        let rows = try connection.query(payerRow, Parameters { $0.append(payer.code) })
        guard rows.rowCount > 0 else { return nil }
        let tariff = try BillTariff(rows)
        let open = try connection.query(
            dues,
            Parameters {
                $0.append(payer.code)
                $0.append(month?.index)
            })
        var months: [Month] = []
        for row in 0..<open.rowCount {
            guard let found = ContributionMonth(index: try open.int32(row, 0)) else { continue }
            months.append(
                make(
                    payer, found, tariff, due: try open.optionalInt64(row, 1), paid: try open.int64(row, 2),
                    fine: (try open.int64(row, 3), try open.int64(row, 4), Int(try open.int16(row, 5)))))
        }
        if let month, months.isEmpty { months = [make(payer, month, tariff, due: nil, paid: 0, fine: (0, 0, 0))] }
        return PayerBill(
            payer: payer, virtualAccount: VirtualAccount(payer: payer), credit: try rows.int64(0, 7), months: months,
            sanctions: try sanctions(of: payer, month, connection))
    }

    private static func sanctions(
        of payer: PayerNumber, _ month: ContributionMonth?, _ connection: Connection
    ) throws -> [Sanction] {
        let rows = try connection.query(
            sanctionRows,
            Parameters {
                $0.append(payer.code)
                $0.append(month?.index)
            })
        return try (0..<rows.rowCount).map { row in
            Sanction(
                month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 0)), "month"),
                amount: try rows.int64(row, 1), paid: try rows.int64(row, 2),
                imposedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 3)), "imposed_on"))
        }
    }

    private static func make(
        _ payer: PayerNumber, _ month: ContributionMonth, _ tariff: BillTariff, due: Int64?, paid: Int64,
        fine: (amount: Int64, paid: Int64, late: Int)
    ) -> Month {
        let kode: KodeIuran?
        switch payer {
        case .participant(let kpj): kode = KodeIuran(participant: kpj)
        case .employer(let npp): kode = try? KodeIuran(employer: npp, month: month)
        }
        var lines: [Line] = []
        var fault: String?
        do { lines = try tariff.lines(month) } catch { fault = "\(error)" }
        return Month(
            month: month, kodeIuran: kode, dueDate: CoverRules.dueDate(payer, month), lines: lines, fault: fault,
            due: due, paid: paid, fine: fine.amount, finePaid: fine.paid, monthsLate: fine.late)
    }
}

/// What a payer's lines are computed from, as the table `payer` holds it.
struct BillTariff {
    private let programmes: ProgrammeSet
    private let income: Int64?
    private let occupation: OccupationGroup
    private let kind: PayerKind
    private let riskClass: RiskClass?
    private let wages: [Rupiah]
    private let labourIntensive: Bool

    /// programmes, income, transport, risk_class, wages, payer_kind, labour_intensive of the first row.
    init(_ rows: QueryResult) throws {
        programmes = ProgrammeSet(rawValue: UInt8(truncatingIfNeeded: try rows.optionalInt16(0, 0) ?? 0))
        income = try rows.optionalInt64(0, 1)
        occupation = try rows.optionalBool(0, 2) == true ? .transport : .other
        riskClass = try rows.optionalInt16(0, 3).flatMap { RiskClass(rawValue: Int($0)) }
        let bytes = try rows.optionalBytes(0, 4) ?? []
        wages = stride(from: 0, to: bytes.count - 7, by: 8).map { start in
            Rupiah(bytes[start..<(start + 8)].reduce(Int64(0)) { $0 << 8 | Int64($1) })
        }
        let kinds: [PayerKind] = [.own, .donor, .wadah, .apbd, .apbn]
        let number = Int(try rows.optionalInt16(0, 5) ?? 0)
        kind = kinds.indices.contains(number) ? kinds[number] : .own
        labourIntensive = try rows.optionalBool(0, 6) ?? false
    }

    func lines(_ month: ContributionMonth) throws(ContributionFault) -> [PayerBill.Line] {
        guard let income else { return try employerLines(month) }
        let bill = try BPUContribution.of(
            month: month, income: Rupiah(income), programmes: programmes, occupation: occupation, payer: kind)
        let rates = BPURates.table.row(for: month)
        let cut = BPUCut.table(occupation).row(for: month)
        return bill.lines.map { line in
            // A cut line depends on two rows: it holds while both do.
            let isCut = cut.map { $0.value.cut > .zero && line.regulation.contains($0.regulation) } ?? false
            return Self.line(
                line.programme, line.amount, line.regulation, nil,
                rows: [rates.map { ($0.from, $0.through) }, isCut ? cut.map { ($0.from, $0.through) } : nil], month)
        }
    }

    private func employerLines(_ month: ContributionMonth) throws(ContributionFault) -> [PayerBill.Line] {
        guard let riskClass else { return [] }
        let bill = try PUContribution.of(
            month: month, wages: wages, riskClass: riskClass, programmes: programmes,
            labourIntensive: labourIntensive)
        let rates = PURates.table.row(for: month)
        let cap = JPCap.table.row(for: month)
        let cut = PURates.labourIntensiveCut.row(for: month)
        let isCut = labourIntensive && wages.count >= PURates.labourIntensiveWorkers && (cut?.value ?? .zero) > .zero
        return try bill.lines.map { line throws(ContributionFault) in
            let isJP = line.programme == .jp
            let dependsOnCut = isCut && (line.programme == .jkk || line.programme == .jkp)
            var regulation = rates?.regulation ?? bill.regulation
            if isJP, let cap { regulation += "; \(cap.regulation) (\(cap.value.amount) rupiah)" }
            if dependsOnCut, let cut { regulation += "; \(cut.regulation)" }
            let amount = (try? line.amount()) ?? .zero
            return Self.line(
                line.programme, amount, regulation, line.employer,
                rows: [
                    rates.map { ($0.from, $0.through) }, isJP ? cap.map { ($0.from, $0.through) } : nil,
                    dependsOnCut ? cut.map { ($0.from, $0.through) } : nil,
                ], month)
        }
    }

    private static func line(
        _ programme: Programme, _ amount: Rupiah, _ regulation: String, _ employer: Rupiah?,
        rows: [(CivilDate, CivilDate?)?], _ month: ContributionMonth
    ) -> PayerBill.Line {
        let found = rows.compactMap { $0 }
        return PayerBill.Line(
            programme: programme, amount: amount, regulation: regulation,
            validFrom: found.map(\.0).max() ?? month.firstDay, validThrough: found.compactMap(\.1).min(),
            employerShare: employer)
    }
}
