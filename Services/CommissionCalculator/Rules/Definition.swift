import PerisaiModels

/// What an effective-dated row holds, as JSON: written by a person, proposed, and stored.
///
/// Each field's own bounds are those of its type, so that the schema says them too; rules between fields are `faults`.
public protocol Definition: JSONObject {
    /// What is wrong between fields, all of it; a fault names the field and the reason.
    var faults: [JSONFault] { get }
}

extension Definition {
    public var faults: [JSONFault] { [] }

    public func validate() throws(JSONFault) {
        if let fault = faults.first { throw fault }
    }
}

/// A definition inside another one, whose own faults the outer one tells together with its own.
struct Draft<Value: Definition>: JSONObject {
    let value: Value

    init(_ value: Value) { self.value = value }

    init(fields reader: inout FieldReader) throws(JSONFault) { value = try Value(fields: &reader) }
    func write(fields writer: inout JSONWriter) { value.write(fields: &writer) }
    static var summary: String { Value.summary }

    /// Seen from outside.
    func faults(_ field: String) -> [JSONFault] { value.faults.map { $0.inside(field) } }
}

/// The bounds of a number in a definition, both included.
protocol NumberLimits: Sendable {
    static var range: ClosedRange<Int64> { get }
}

/// A whole number between two bounds.
struct Bounded<Limits: NumberLimits>: JSONValue, Hashable {
    let value: Int64

    init(_ value: Int64) { self.value = value }
    init(_ value: Int) { self.value = Int64(value) }
    init(_ rate: Rate) { value = rate.partsPerMillion }
    init(_ amount: Rupiah) { value = amount.amount }

    var int: Int { Int(value) }
    var rate: Rate { Rate(partsPerMillion: value) }
    var rupiah: Rupiah { Rupiah(value) }

    static func read(_ slice: JSONSlice) throws(JSONFault) -> Self {
        let value = try slice.integer()
        let range = Limits.range
        guard range.contains(value) else {
            throw JSONFault(reason: "must lie between \(range.lowerBound) and \(range.upperBound)")
        }
        return Self(value)
    }

    func write(to writer: inout JSONWriter) { writer.integer(value) }
    static var schema: JSONSchema { .integer(minimum: Limits.range.lowerBound, maximum: Limits.range.upperBound) }
    static var sample: Self { Self(Limits.range.lowerBound) }

    static func == (left: Self, right: Self) -> Bool { left.value == right.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

/// From nothing to all of it, in parts per million.
enum Proportion: NumberLimits { static let range: ClosedRange<Int64> = 0...1_000_000 }
typealias PartsPerMillion = Bounded<Proportion>

/// An amount on which a bracket of tax ends.
enum BracketEnd: NumberLimits { static let range: ClosedRange<Int64> = 1...1_000_000_000_000_000 }
/// The least amount that is paid out.
enum PayoutMinimum: NumberLimits { static let range: ClosedRange<Int64> = 1...1_000_000_000 }
/// New participants from which a tier applies.
enum TierStart: NumberLimits { static let range: ClosedRange<Int64> = 1...1_000_000 }
/// What a tier pays, in rupiah.
enum TierReward: NumberLimits { static let range: ClosedRange<Int64> = 0...1_000_000_000 }
/// Months of contributions, and months of arrears.
enum StepEnd: NumberLimits { static let range: ClosedRange<Int64> = 1...1_200 }
enum ArrearsMonths: NumberLimits { static let range: ClosedRange<Int64> = 0...1_200 }
/// Of a wadah.
enum WadahAgents: NumberLimits { static let range: ClosedRange<Int64> = 0...1_000 }
enum ContractYears: NumberLimits { static let range: ClosedRange<Int64> = 1...10 }
