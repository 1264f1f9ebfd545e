import Worker

extension CommissionSettings {
    /// Reads the service's own settings. Faults stay with the reader until its `finish`.
    public init(from reader: inout SettingsReader) {
        self.init(
            closing: reader.choice(
                "PERISAI_CLOSING", default: .approved,
                doc: "Whether a month is closed by two persons (approved) or by the business date alone (automatic)"),
            closingDay: reader.integer(
                "PERISAI_CLOSING_DAY", default: 3, in: 1...28,
                doc: "Of automatic closing: day of the following month for statements, which are due by the 5th"),
            agentsPerChunk: reader.integer(
                "PERISAI_CLOSING_CHUNK", default: 500, in: 1...5_000, doc: "Agents closed in one transaction"),
            idleMonth: reader.choice(
                "PERISAI_IDLE_MONTH", default: .neither,
                doc: "Months of which three end an agency: neither acquisition nor contributions, no acquisition, or "
                    + "never"),
            portfolio: reader.choice(
                "PERISAI_PORTFOLIO", default: .branch,
                doc: "Who looks after the participants of an agency that has ended: the branch, or still the agent "
                    + "(keep)"))
    }
}
