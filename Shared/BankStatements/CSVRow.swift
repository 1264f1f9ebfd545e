import PerisaiModels

/// One row on its way to an entry.
struct CSVRow {
    struct Problem: Error {
        let field: String
        let reason: String
    }

    let profile: CSVProfile
    let places: CSVPlaces
    let line: Int
    let ordinal: Int
    /// Without its sign.
    private(set) var sen: Int64 = 0
    /// By net effect.
    private(set) var isCredit = true
    private(set) var isReversal = false

    init(profile: CSVProfile, places: CSVPlaces, line: Int, ordinal: Int) {
        (self.profile, self.places, self.line, self.ordinal) = (profile, places, line, ordinal)
    }

    mutating func readAmount(_ record: CSVRecord, _ amounts: CSVAmounts) throws {
        func read(_ place: Int?, _ field: String) throws -> Int64? {
            guard let place else { return nil }
            return try record.withField(place) { bytes -> Int64? in
                if bytes.isEmpty { return nil }
                do throws(CSVProblem) { return try amounts.sen(bytes) } catch {
                    throw Problem(field: field, reason: error.reason)
                }
            }
        }
        if places.amount != nil {
            guard let amount = try read(places.amount, "amount") else {
                throw Problem(field: "amount", reason: "is empty")
            }
            try take(amount, record)
        } else {
            let credit = try read(places.credit, "credit") ?? 0
            let debit = try read(places.debit, "debit") ?? 0
            guard (credit == 0) != (debit == 0) else {
                throw Problem(field: "credit", reason: "exactly one of credit and debit must be given")
            }
            guard credit >= 0, debit >= 0 else {
                throw Problem(field: "credit", reason: "credit and debit must not be negative")
            }
            (sen, isCredit) = (max(credit, debit), credit != 0)
        }
        if let place = places.reversal {
            isReversal = record.withField(place) { bytes in
                profile.reversalMarks.contains { bytes.elementsEqual($0.utf8) }
            }
            if isReversal, profile.reversalSign == .original { isCredit.toggle() }
        }
    }

    private mutating func take(_ amount: Int64, _ record: CSVRecord) throws {
        sen = abs(amount)
        guard let place = places.sign else {
            isCredit = amount >= 0
            return
        }
        guard amount >= 0 else { throw Problem(field: "amount", reason: "has a minus beside a sign column") }
        isCredit = try record.withField(place) { bytes in
            if profile.creditMarks.contains(where: { bytes.elementsEqual($0.utf8) }) { return true }
            guard profile.debitMarks.contains(where: { bytes.elementsEqual($0.utf8) }) else {
                throw Problem(field: "sign", reason: "is none of the profile's credit and debit marks")
            }
            return false
        }
    }

    func entry(_ record: CSVRecord) throws -> StatementEntry {
        guard sen > 0 else { throw Problem(field: "amount", reason: "must be more than zero") }
        guard sen % 100 == 0 else {
            throw Problem(field: "amount", reason: "has sen other than 00; whole rupiah are needed")
        }
        guard let booked = try date(places.date, "date", record) else {
            throw Problem(field: "date", reason: "is empty")
        }
        let limit = StatementEntry.referenceLimit
        let account = try text(places.virtualAccount, "virtual_account", limit, record)
        let payer = try text(places.payerReference, "payer_reference", limit, record)
        // The virtual account leads the text, so that rules which look into the text find it.
        var parts = [account].compactMap { $0 }
        for place in places.text {
            if let part = try text(place, "text", StatementEntry.textLimit, record) { parts.append(part) }
        }
        return StatementEntry(
            ordinal: ordinal, line: line, isCredit: isCredit, isReversal: isReversal, amount: Rupiah(sen / 100),
            bookedOn: booked, valueDate: try date(places.valueDate, "value_date", record),
            bankReference: try text(places.reference, "reference", limit, record), payerReference: payer ?? account,
            payerName: try text(places.name, "name", limit, record),
            text: TextEncoding.cut(parts.joined(separator: " "), to: StatementEntry.textLimit))
    }

    private func date(_ place: Int?, _ field: String, _ record: CSVRecord) throws -> CivilDate? {
        guard let place else { return nil }
        return try record.withField(place) { bytes -> CivilDate? in
            if bytes.isEmpty { return nil }
            do throws(CSVProblem) { return try profile.datePattern.date(bytes) } catch {
                throw Problem(field: field, reason: error.reason)
            }
        }
    }

    private func text(_ place: Int?, _ field: String, _ limit: Int, _ record: CSVRecord) throws -> String? {
        guard let place else { return nil }
        return try record.withField(place) { bytes -> String? in
            if bytes.isEmpty { return nil }
            guard let text = TextEncoding.text(bytes) else {
                throw Problem(field: field, reason: "holds a control character")
            }
            return TextEncoding.cut(text, to: limit)
        }
    }
}
