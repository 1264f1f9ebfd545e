import Foundation
import PerisaiModels
import Postgres

/// What to do after a failure, and how long to wait first.
struct Retry {
    enum Step {
        case again(TimeInterval)
        /// The data is to blame: find the record.
        case halve
        /// It takes too long: wait, and try with half as much.
        case smaller(TimeInterval)
    }

    private(set) var attempts = 0
    private var conflicts = 0
    private var timeouts = 0

    /// Half to all of 50 ms, 100 ms, … 5 s: workers that fail together do not come back together.
    mutating func delay() -> TimeInterval {
        let longest = min(0.05 * Double(1 << min(attempts, 10)), 5)
        attempts += 1
        return Double.random(in: longest / 2...longest)
    }

    mutating func next(_ error: any Error) -> Step {
        guard let error = error as? PostgresError else { return .halve }
        switch error.kind {
        case .transient where error.sqlState == "57014":
            timeouts += 1
            return timeouts < 3 ? .again(delay()) : .smaller(delay())
        case .connection, .transient: return .again(delay())
        case .conflict:
            // Another worker was quicker: fresh state decides. Three times the same is the record's own fault.
            conflicts += 1
            return conflicts <= 3 ? .again(delay() / 4) : .halve
        case .data: return .halve
        // A missing table or a wrong statement is ours: nothing may be skipped for it.
        case .programming: return .again(delay())
        }
    }
}

extension RecordFault {
    /// One record alone that the database or the service refuses. Only errors that are known to quote no data are told.
    init(refused error: any Error) {
        switch error {
        case let fault as RecordFault: self = fault
        case let error as PostgresError: self.init(cause: "refused-by-database", reason: "\(error)")
        case let fault as JSONFault: self.init(cause: "refused", reason: "\(fault)")
        case is MoneyOverflow: self.init(cause: "overflow", reason: "\(error)")
        default: self.init(cause: "refused", reason: "\(type(of: error))")
        }
    }
}
