import PerisaiModels

/// What a contract (PKS) between a wadah and a branch must keep to, by the day of its signature (briefing of April
/// 2022, S04; domain.md 1.2).
public struct ContractTerms: Sendable, Hashable {
    public let from: CivilDate
    public let regulation: String
    /// Longest term. The anniversary itself still belongs to it [I].
    public let years: Int
    /// Fewest agents that the contract lists.
    public let minimumAgents: Int

    /// In order of their first day. The day of the change is that of the scheme [I].
    public static let rows = [
        ContractTerms(
            from: .earliest, regulation: "Perisai programme, 2018 (S04)", years: 3, minimumAgents: 3),
        ContractTerms(
            from: CivilDate(year: 2022, month: 4, day: 1) ?? .latest, regulation: "Perdir 13/PERDIR.02/042022 (S04)",
            years: 1, minimumAgents: 5),
    ]

    public static func of(_ date: CivilDate) -> ContractTerms { rows.last { $0.from <= date } ?? rows[0] }

    /// What is wrong with a contract. The later count of the wadah's active agents is another matter: it is followed
    /// month by month where incentives are paid.
    static func faults(_ signature: AgentFile.Signature) -> [RefusalReason] {
        let terms = of(signature.on)
        var reasons: [RefusalReason] = []
        if signature.until < signature.on {
            reasons.append(
                RefusalCode.contractPeriod.reason(
                    "contract_until", "Perjanjian (PKS) berakhir sebelum tanggal penandatanganan."))
        }
        if signature.until > signature.on.adding(months: 12 * terms.years) {
            reasons.append(
                RefusalCode.contractTerm.reason(
                    "contract_until",
                    "Jangka waktu perjanjian (PKS) yang ditandatangani pada \(signature.on) paling lama "
                        + "\(terms.years) tahun; tandatangani perjanjian yang lebih singkat."))
        }
        if let listed = signature.agentsListed, listed < terms.minimumAgents {
            reasons.append(
                RefusalCode.wadahMinimum.reason(
                    "agents_listed",
                    "Perjanjian (PKS) memuat \(listed) agen, paling sedikit \(terms.minimumAgents); "
                        + "tambahkan agen pada perjanjian."))
        }
        return reasons
    }
}
