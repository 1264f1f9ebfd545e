/// Why a file cannot be read at all; holds no path and no content.
public struct StatementFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { "statement file: \(reason)" }
}
