/// Searches for sums in a limited number of steps. A search that runs out of them has found nothing, whatever it saw:
/// that a solution is the only one is known at the end alone.
struct SumSearch {
    enum Result<Solution> {
        case none
        case one(Solution)
        case several
        case tooLong
    }

    private(set) var steps = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var isExhausted: Bool { steps > limit }

    private mutating func step() -> Bool {
        steps += 1
        return steps <= limit
    }

    /// One amount or none from each of `options`, so that they sum to `target`; at most two such choices, as indices
    /// (nil: none).
    mutating func choices(of options: [[Int64]], target: Int64) -> [[Int?]] {
        // Most that the options from an index on can give, as far as it matters.
        var reach = [Int64](repeating: 0, count: options.count + 1)
        for index in options.indices.reversed() {
            reach[index] = min(target, reach[index + 1] + min(target, options[index].max() ?? 0))
        }
        var found: [[Int?]] = []
        var chosen: [Int?] = []
        descend(options, reach, 0, target, &chosen, &found)
        return found
    }

    private mutating func descend(
        _ options: [[Int64]], _ reach: [Int64], _ index: Int, _ rest: Int64, _ chosen: inout [Int?],
        _ found: inout [[Int?]]
    ) {
        guard found.count < 2, rest <= reach[index], step() else { return }
        if index == options.count || rest == 0 {
            found.append(chosen + [Int?](repeating: nil, count: options.count - index))
            return
        }
        chosen.append(nil)
        descend(options, reach, index + 1, rest, &chosen, &found)
        for (place, amount) in options[index].enumerated() where amount <= rest {
            chosen[index] = place
            descend(options, reach, index + 1, rest - amount, &chosen, &found)
        }
        chosen.removeLast()
    }

    /// Calls `visit` for every set of `amounts` (ascending) that sums to at most `limit`, the empty one too, until it
    /// returns false. Of equal amounts the earlier are taken first: sets that differ in equal amounts only are one.
    mutating func subsets(of amounts: [Int64], upTo limit: Int64, _ visit: (inout SumSearch, [Int], Int64) -> Bool) {
        var chosen: [Int] = []
        _ = extend(amounts, from: 0, room: limit, sum: 0, &chosen, visit)
    }

    private mutating func extend(
        _ amounts: [Int64], from start: Int, room: Int64, sum: Int64, _ chosen: inout [Int],
        _ visit: (inout SumSearch, [Int], Int64) -> Bool
    ) -> Bool {
        guard step(), visit(&self, chosen, sum) else { return false }
        for index in start..<amounts.count {
            // Ascending: all later ones are too large as well.
            guard amounts[index] <= room else { break }
            if index > start, amounts[index] == amounts[index - 1] { continue }
            chosen.append(index)
            defer { chosen.removeLast() }
            guard
                extend(
                    amounts, from: index + 1, room: room - amounts[index], sum: sum + amounts[index], &chosen, visit)
            else { return false }
        }
        return true
    }
}
