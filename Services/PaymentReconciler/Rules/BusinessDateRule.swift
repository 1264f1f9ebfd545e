import PerisaiModels

/// Which business dates are believed.
enum BusinessDateRule {
    /// Two months. A date further ahead is a slip: what it would start (months opened, cover lapsed) cannot be undone.
    static let mostDaysAhead = 62

    /// False for a date too far after the newest known. The first date may be any; an older date says nothing new.
    static func accepts(new: CivilDate, known: CivilDate?) -> Bool {
        guard let known else { return true }
        return known.distance(to: new) <= mostDaysAhead
    }
}
