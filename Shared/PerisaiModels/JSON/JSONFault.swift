/// Why a JSON text or one of its fields was refused: the field's path and the reason, never the value.
public struct JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Path of the field from the root, such as `workers[3].nik`; empty for the text as a whole.
    public var field: String
    /// The reason in words; holds no input value.
    public var reason: String

    public init(field: String = "", reason: String) {
        self.field = field
        self.reason = reason
    }

    /// The same fault seen from the object or array that encloses the field.
    public func inside(_ outer: String) -> JSONFault {
        if field.isEmpty { return JSONFault(field: outer, reason: reason) }
        return JSONFault(field: field.hasPrefix("[") ? outer + field : outer + "." + field, reason: reason)
    }

    public var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
}

/// Limits that every JSON text from outside must keep.
public enum JSONLimits {
    /// Deepest nesting of arrays and objects.
    public static let depth = 16
    /// Most members in one object.
    public static let members = 128
    /// Most elements in one array: the largest group of workers in one submission.
    public static let elements = 20_000
    /// Longest string in bytes of UTF-8, after unescaping.
    public static let stringBytes = 4_096
}
