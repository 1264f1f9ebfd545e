/// Texts with units, such as `250ms` and `32MiB`.
enum SettingsUnits {
    /// A whole number with `ms`, `s`, `m`, `h` or `d`.
    static func duration(_ text: String) -> Duration? {
        let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        return amount(text, units).map { .milliseconds($0) }
    }

    /// A whole number with `B`, `KiB`, `MiB`, `GiB`, or without a unit for bytes.
    static func bytes(_ text: String) -> Int? {
        amount(text, ["": 1, "B": 1, "KiB": 1_024, "MiB": 1_048_576, "GiB": 1_073_741_824]).map(Int.init)
    }

    private static func amount(_ text: String, _ units: [String: Int64]) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units[String(text.dropFirst(digits.count).trimmingSpace)] else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    static func show(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }

    static func show(bytes: Int) -> String {
        for (unit, name) in [(1_073_741_824, "GiB"), (1_048_576, "MiB"), (1_024, "KiB")]
        where bytes >= unit && bytes % unit == 0 {
            return "\(bytes / unit)\(name)"
        }
        return "\(bytes)B"
    }
}

/// Edits (insert, drop, replace, swap neighbours) from one key to another; keys longer than 128 bytes count as far.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard left.count <= 128, right.count <= 128 else { return .max }
    var before: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var line = [row + 1]
        for (column, other) in right.enumerated() {
            var best = min(last[column + 1] + 1, line[column] + 1, last[column] + (byte == other ? 0 : 1))
            if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                best = min(best, before[column - 1] + 1)
            }
            line.append(best)
        }
        before = last
        last = line
    }
    return last[right.count]
}
