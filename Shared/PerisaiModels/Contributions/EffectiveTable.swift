/// A value with the days on which it applies and the text that says so.
public struct Effective<Value: Sendable>: Sendable {
    public let from: CivilDate
    /// Last day; nil while nothing ends it.
    public let through: CivilDate?
    public let regulation: String
    public let value: Value

    public init(from: CivilDate, through: CivilDate?, regulation: String, value: Value) {
        self.from = from
        self.through = through
        self.regulation = regulation
        self.value = value
    }
}

extension Effective: Equatable where Value: Equatable {}
extension Effective: Hashable where Value: Hashable {}

/// A row that applies from a day until the next row does. For tables written in code.
struct Successive<Value: Sendable>: Sendable {
    let from: CivilDate
    let regulation: String
    let value: Value

    init(_ year: Int, _ month: Int, _ day: Int, regulation: String, _ value: Value) {
        self.from = CivilDate(unchecked: CivilDate.days(year: year, month: month, day: day))
        self.regulation = regulation
        self.value = value
    }
}

/// Why rows do not make a table; indexes count the rows in order of their first day.
public enum EffectiveTableFault: Error, Sendable, Hashable, CustomStringConvertible {
    case endsBeforeStart(index: Int)
    case overlap(index: Int)
    case tooManyRows(limit: Int)

    public var description: String {
        switch self {
        case .endsBeforeStart(let index): "row \(index): ends before it starts"
        case .overlap(let index): "row \(index): overlaps the row before"
        case .tooManyRows(let limit): "rows: more than \(limit)"
        }
    }
}

/// Effective-dated rows, no two on the same day; days without a row are allowed.
public struct EffectiveTable<Value: Sendable>: Sendable {
    public static var rowLimit: Int { 10_000 }

    /// In order of their first day.
    public let rows: [Effective<Value>]

    public init(_ rows: [Effective<Value>]) throws(EffectiveTableFault) {
        guard rows.count <= Self.rowLimit else { throw .tooManyRows(limit: Self.rowLimit) }
        let sorted = rows.sorted { $0.from < $1.from }
        for (index, row) in sorted.enumerated() {
            if let through = row.through, through < row.from { throw .endsBeforeStart(index: index) }
            guard index > 0 else { continue }
            guard let previous = sorted[index - 1].through, previous < row.from else { throw .overlap(index: index) }
        }
        self.rows = sorted
    }

    /// Each row ends where the next begins, so nothing can overlap; of rows from the same day the last given counts.
    init(successive: [Successive<Value>]) {
        let order = successive.indices.sorted { (successive[$0].from, $0) < (successive[$1].from, $1) }
        rows = order.enumerated().compactMap { position, index in
            let row = successive[index]
            let next = position + 1 < order.count ? successive[order[position + 1]].from : nil
            guard next != row.from else { return nil }
            return Effective(
                from: row.from, through: next?.adding(days: -1), regulation: row.regulation, value: row.value)
        }
    }

    /// The row of a day, nil when none applies.
    public func row(on date: CivilDate) -> Effective<Value>? {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].from <= date { low = middle + 1 } else { high = middle }
        }
        guard low > 0, rows[low - 1].through.map({ date <= $0 }) ?? true else { return nil }
        return rows[low - 1]
    }

    /// The row of a contribution month: the one of its first day.
    public func row(for month: ContributionMonth) -> Effective<Value>? { row(on: month.firstDay) }

    public subscript(date: CivilDate) -> Value? { row(on: date)?.value }
    public subscript(month: ContributionMonth) -> Value? { row(for: month)?.value }
}
