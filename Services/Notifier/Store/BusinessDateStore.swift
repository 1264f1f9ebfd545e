import PerisaiModels
import Postgres

/// The newest business date: what expires is counted by it.
enum BusinessDateStore {
    static let statement = Statement(
        "notifier_business_date",
        "UPDATE business_date SET started_on = $1 WHERE started_on IS NULL OR started_on < $1")

    static func of(_ date: CivilDate) -> Parameters { Parameters { $0.append(date: date.daysSince1970) } }
}
