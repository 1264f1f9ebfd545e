import PerisaiModels
import Postgres
import Worker

/// A scheme, a tax rule or a payout policy from a day on: a change of data, decided by two persons.
///
/// It never changes what was computed before: a scheme starts with a month for which nothing is booked yet, a tax rule
/// or policy on a day from which no payout was made. Days without a row, and days with two, are refused.
public struct EffectiveRowAction: ProposalAction, Definition, Hashable {
    public static let summary = "A scheme, a tax rule or a payout policy from a day on"
    public static let kind = ProposalKind.effectiveRow

    public let row: EffectiveKind
    public let code: String
    public let validFrom: CivilDate
    /// Last day; nil: until another row ends it.
    public let validUntil: CivilDate?
    /// Code of the row without end that ends on the day before.
    public let ends: String?
    public let regulation: String
    public let scheme: SchemeDefinition?
    public let tax: TaxDefinition?
    public let payout: PayoutPolicyDefinition?

    public var subject: String { "\(row.name) \(code)" }

    public init(
        _ row: EffectiveKind, code: String, from validFrom: CivilDate, until validUntil: CivilDate? = nil,
        ends: String? = nil, regulation: String, scheme: SchemeDefinition? = nil, tax: TaxDefinition? = nil,
        payout: PayoutPolicyDefinition? = nil
    ) {
        self.row = row
        self.code = code
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.ends = ends
        self.regulation = regulation
        self.scheme = scheme
        self.tax = tax
        self.payout = payout
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let kind: RowKind = try reader.required("kind", "scheme, tax or payout")
        let code: RowCode = try reader.required("code", "Not used before for this kind; of a scheme its own code")
        validFrom = try reader.required("valid_from", "First day; of a scheme the first of a month")
        validUntil = try reader.optional("valid_until", "Last day; left out: until another row ends it")
        let ends: RowCode? = try reader.optional("ends", "Code of the row without end that ends on the day before")
        regulation = try reader.required("regulation", "The text that says so, 3 to 300 characters")
        let scheme: Draft<SchemeDefinition>? = try reader.optional("scheme", "Of kind scheme")
        let tax: Draft<TaxDefinition>? = try reader.optional("tax", "Of kind tax")
        let payout: Draft<PayoutPolicyDefinition>? = try reader.optional("payout", "Of kind payout")
        row = kind.row
        self.code = code.text
        self.ends = ends?.text
        self.scheme = scheme?.value
        self.tax = tax?.value
        self.payout = payout?.value
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("kind", RowKind(row))
        writer.field("code", code)
        writer.field("valid_from", validFrom)
        writer.field("valid_until", validUntil)
        writer.field("ends", ends)
        writer.field("regulation", regulation)
        writer.field("scheme", scheme)
        writer.field("tax", tax)
        writer.field("payout", payout)
    }

    public var faults: [JSONFault] {
        var found: [JSONFault] = []
        func refuse(_ field: String, if isWrong: Bool, _ reason: String) {
            if isWrong { found.append(JSONFault(field: field, reason: reason)) }
        }
        if row == .scheme {
            refuse("valid_from", if: validFrom.day != 1, "must be the first day of a month")
            refuse(
                "valid_until", if: validUntil.map { $0.adding(days: 1).day != 1 } ?? false, "must be a month's last day"
            )
        }
        refuse("valid_until", if: validUntil.map { $0 < validFrom } ?? false, "is before valid_from")
        refuse("ends", if: ends == code, "names this row itself")
        refuse("regulation", if: !(3...300).contains(regulation.unicodeScalars.count), "must have 3 to 300 characters")
        refuse("regulation", if: NIK.hidden(in: regulation) != regulation, "must not hold a NIK")
        for (kind, isThere) in [
            (EffectiveKind.scheme, scheme != nil), (.tax, tax != nil), (.payout, payout != nil),
        ] where isThere != (kind == row) {
            refuse(kind.name, if: true, isThere ? "is not used by kind \(row.name): leave it out" : "is missing")
        }
        if let scheme {
            refuse("scheme.code", if: scheme.scheme.code != code, "must be the row's code")
            found += Draft(scheme).faults("scheme")
        }
        return found + (tax.map { Draft($0).faults("tax") } ?? [])
            + (payout.map { Draft($0).faults("payout") } ?? [])
    }

    /// The definition alone, as it is stored.
    var definition: [UInt8] { scheme?.json ?? tax?.json ?? payout?.json ?? [] }
}

extension EffectiveRowAction {
    private static let insert = Statement(
        "effective_insert",
        "INSERT INTO effective_row VALUES ($1, $2, $3, $4, $5, $6, $7)")
    private static let end = Statement(
        "effective_end", "UPDATE effective_row SET valid_until = $3 WHERE kind = $1 AND code = $2")
    // Batches read the rows and hold this lock until they have committed: none accrues by the old rows what the check
    // did not see.
    private static let lock = Statement("effective_lock", "LOCK TABLE effective_row IN ACCESS EXCLUSIVE MODE")

    public func check(on connection: Connection) throws {
        if let fault = faults.first { throw DeskError("\(fault)") }
        let rows = try EffectiveRow.list(row, on: connection)
        if let used = rows.first(where: { $0.code == code }) {
            throw DeskError("code: \(code) is used already, \(used.days)")
        }
        try checkDays(rows)
        try ComputedDays(row, from: validFrom, on: connection).check()
    }

    /// The day before another row, whatever comes after it.
    private func checkDays(_ stored: [EffectiveRow]) throws {
        var rows = stored
        if let ends {
            guard let index = rows.firstIndex(where: { $0.code == ends }) else {
                throw DeskError("ends: there is no \(row.name) \(ends)")
            }
            let before = rows[index]
            guard before.validUntil == nil else { throw DeskError("ends: \(ends) has an end already, \(before.days)") }
            guard before.validFrom < validFrom else {
                throw DeskError("ends: \(ends) does not start before \(validFrom), but applies \(before.days)")
            }
            rows[index].validUntil = validFrom.adding(days: -1)
        }
        for other in rows where other.validUntil.map({ $0 >= validFrom }) ?? true {
            guard let validUntil, validUntil < other.validFrom else {
                let hint = other.validUntil == nil && other.validFrom < validFrom ? "; say that it \"ends\"" : ""
                throw DeskError("valid_from: overlaps \(row.name) \(other.code), which applies \(other.days)\(hint)")
            }
        }
        let before = rows.compactMap(\.validUntil).filter { $0 < validFrom }.max()
        if let before, before.adding(days: 1) < validFrom {
            let gap = "\(before.adding(days: 1)) to \(validFrom.adding(days: -1))"
            throw DeskError("valid_from: leaves a gap, no \(row.name) would apply from \(gap)")
        }
        if let validUntil, let next = rows.map(\.validFrom).filter({ $0 > validUntil }).min(),
            validUntil.adding(days: 1) < next
        {
            throw DeskError(
                "valid_until: leaves a gap, no \(row.name) would apply from \(validUntil.adding(days: 1)) to \(next.adding(days: -1))"
            )
        }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        _ = try context.connection.query(Self.lock)
        try check(on: context.connection)
        if let ends {
            _ = try context.connection.query(
                Self.end,
                Parameters {
                    $0.append(row.rawValue)
                    $0.append(ends)
                    $0.append(date: validFrom.adding(days: -1).daysSince1970)
                })
        }
        _ = try context.connection.query(
            Self.insert,
            Parameters {
                $0.append(row.rawValue)
                $0.append(code)
                $0.append(date: validFrom.daysSince1970)
                $0.append(date: validUntil?.daysSince1970)
                $0.append(regulation)
                $0.append(jsonb: String(decoding: definition, as: UTF8.self))
                $0.append(context.proposalID)
            })
        outgoing.emit(
            SchemeApproved(
                kind: row.name, code: code, validFrom: validFrom, validUntil: validUntil, regulation: regulation,
                approvedBy: context.approvedBy))
    }
}

/// The kind's word.
private enum RowKind: String, JSONChoice {
    case scheme, tax, payout

    init(_ kind: EffectiveKind) {
        switch kind {
        case .scheme: self = .scheme
        case .tax: self = .tax
        case .payout: self = .payout
        }
    }

    var row: EffectiveKind {
        switch self {
        case .scheme: .scheme
        case .tax: .tax
        case .payout: .payout
        }
    }
}

/// 1 to 16 letters, digits and hyphens.
private struct RowCode: JSONValue {
    let text: String

    static func read(_ slice: JSONSlice) throws(JSONFault) -> RowCode {
        let text = try slice.string()
        let isWritten = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard (1...16).contains(text.utf8.count), isWritten else {
            throw JSONFault(reason: "must have 1 to 16 of A-Z, a-z, 0-9 and -")
        }
        return RowCode(text: text)
    }

    func write(to writer: inout JSONWriter) { writer.string(text) }
    static var schema: JSONSchema { .string(pattern: "^[A-Za-z0-9-]{1,16}$") }
    static var sample: RowCode { RowCode(text: "A") }
}
