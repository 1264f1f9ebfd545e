import PerisaiModels

/// `PayerTerms` as columns of the table `payer`.
struct StoredTerms {
    var programmes: Int16?
    var income: Int64?
    var transport: Bool?
    var riskClass: Int16?
    /// 8 bytes, big-endian, for each worker.
    var wages: [UInt8]?

    init(programmes: Int16?, income: Int64?, transport: Bool?, riskClass: Int16?, wages: [UInt8]?) {
        self.programmes = programmes
        self.income = income
        self.transport = transport
        self.riskClass = riskClass
        self.wages = wages
    }

    init(_ terms: PayerTerms) {
        switch terms {
        case .participant(let income, let programmes, let occupation):
            self.programmes = Int16(programmes.rawValue)
            self.income = income.amount
            transport = occupation == .transport
        case .employer(let wages, let programmes, let riskClass):
            self.programmes = Int16(programmes.rawValue)
            self.riskClass = Int16(riskClass.rawValue)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(wages.count * 8)
            for wage in wages { withUnsafeBytes(of: wage.amount.bigEndian) { bytes.append(contentsOf: $0) } }
            self.wages = bytes
        }
    }

    /// Nil for the columns of a gate row.
    var terms: PayerTerms? {
        guard let programmes else { return nil }
        let set = ProgrammeSet(rawValue: UInt8(truncatingIfNeeded: programmes))
        if let income {
            let occupation: OccupationGroup = transport == true ? .transport : .other
            return .participant(income: Rupiah(income), programmes: set, occupation: occupation)
        }
        guard let wages, let riskClass = riskClass.flatMap({ RiskClass(rawValue: Int($0)) }) else { return nil }
        let amounts = stride(from: 0, to: wages.count - 7, by: 8).map { start in
            Rupiah(wages[start..<(start + 8)].reduce(Int64(0)) { $0 << 8 | Int64($1) })
        }
        return .employer(wages: amounts, programmes: set, riskClass: riskClass)
    }
}
