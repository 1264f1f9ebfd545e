extension ContributionMonth {
    private static let namesInIndonesian = [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ]

    /// "Mei 2022".
    public var inIndonesian: String { "\(Self.namesInIndonesian[month - 1]) \(year)" }
}

extension CivilDate {
    /// "3 Juni 2022".
    public var inIndonesian: String { "\(day) \(contributionMonth.inIndonesian)" }
}
