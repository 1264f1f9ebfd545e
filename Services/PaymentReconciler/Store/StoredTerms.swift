import PerisaiModels

/// `PayerTerms` as columns of the table `payer`.
struct StoredTerms {
    var programmes: Int16?
    var income: Int64?
    var transport: Bool?
    var riskClass: Int16?
    /// 8 bytes, big-endian, for each worker.
    var wages: [UInt8]?
    var payerKind: Int16?
    var labourIntensive: Bool?

    private static let kinds: [PayerKind] = [.own, .donor, .wadah, .apbd, .apbn]

    init(
        programmes: Int16?, income: Int64?, transport: Bool?, riskClass: Int16?, wages: [UInt8]?,
        payerKind: Int16? = nil, labourIntensive: Bool? = nil
    ) {
        self.programmes = programmes
        self.income = income
        self.transport = transport
        self.riskClass = riskClass
        self.wages = wages
        self.payerKind = payerKind
        self.labourIntensive = labourIntensive
    }

    init(_ terms: PayerTerms) {
        switch terms {
        case .participant(let income, let programmes, let occupation, let payer):
            self.programmes = Int16(programmes.rawValue)
            self.income = income.amount
            transport = occupation == .transport
            payerKind = Self.kinds.firstIndex(of: payer).map { Int16($0) }
        case .employer(let wages, let programmes, let riskClass, let labourIntensive):
            self.programmes = Int16(programmes.rawValue)
            self.riskClass = Int16(riskClass.rawValue)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(wages.count * 8)
            for wage in wages { withUnsafeBytes(of: wage.amount.bigEndian) { bytes.append(contentsOf: $0) } }
            self.wages = bytes
            self.labourIntensive = labourIntensive
        }
    }

    /// Nil for the columns of a gate row.
    var terms: PayerTerms? {
        guard let programmes else { return nil }
        let set = ProgrammeSet(rawValue: UInt8(truncatingIfNeeded: programmes))
        if let income {
            let occupation: OccupationGroup = transport == true ? .transport : .other
            let kind = payerKind.map { Self.kinds.indices.contains(Int($0)) ? Self.kinds[Int($0)] : .own } ?? .own
            return .participant(income: Rupiah(income), programmes: set, occupation: occupation, payer: kind)
        }
        guard let wages, let riskClass = riskClass.flatMap({ RiskClass(rawValue: Int($0)) }) else { return nil }
        let amounts = stride(from: 0, to: wages.count - 7, by: 8).map { start in
            Rupiah(wages[start..<(start + 8)].reduce(Int64(0)) { $0 << 8 | Int64($1) })
        }
        return .employer(
            wages: amounts, programmes: set, riskClass: riskClass, labourIntensive: labourIntensive ?? false)
    }
}
