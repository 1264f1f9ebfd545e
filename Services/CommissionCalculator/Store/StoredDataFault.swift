/// A stored row that this program cannot read; holds no value.
struct StoredDataFault: Error, Sendable, CustomStringConvertible {
    let column: String
    let reason: String
    var description: String { "column \(column): \(reason)" }
}
