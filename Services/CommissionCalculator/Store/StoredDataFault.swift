/// A stored row that this program cannot read; holds no value.
public struct StoredDataFault: Error, Sendable, CustomStringConvertible {
    public let column: String
    public let reason: String
    public var description: String { "column \(column): \(reason)" }
}
