import PerisaiModels

/// Values as English readers in Indonesia write them; amounts stay as on Indonesian bills.
enum EnglishText {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// "15 January 2018".
    static func date(_ date: CivilDate) -> String { "\(date.day) \(month(date.contributionMonth))" }

    /// "January 2018".
    static func month(_ month: ContributionMonth) -> String { "\(months[month.month - 1]) \(month.year)" }

    /// "JKK, JKM and JHT".
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
