import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

extension CommissionStory {
    private static let readEnrolments = Statement(
        "story_payer_enrolments",
        """
        SELECT submission, agent_id, enrolled_on, first_month FROM enrolment WHERE payer = $1 ORDER BY enrolled_on
        """)

    /// One event's rows: rule, rate, month, base, exact amount, and where it stands.
    mutating func tell(
        _ event: UUID, _ rows: AgentStatement.Rows, _ scheme: Effective<Scheme>, _ schemes: SchemeTable,
        _ connection: Connection
    ) throws {
        let all = rows.enrolments.reduce(Newcomers()) { $0.adding($1.newcomers) }
        for one in rows.enrolments where one.event == event {
            let pieces = try scheme.value.pieces(of: one.newcomers, among: all)
            let (count, amount) = (scheme.value.counted(one.newcomers), try Rupiah.sum(of: pieces.map(\.amount)))
            say(
                "line",
                "\(one.payer.text) was enrolled on \(one.enrolledOn): \(Self.count(count, "new participant")) under "
                    + "scheme \(scheme.value.code), \(amount)\(Self.tier(scheme.value, all)). "
                    + "\(Self.place(one.sequence)).")
        }
        let contributions = rows.contributions.filter { $0.event == event }
        guard !lines.isEmpty || !contributions.isEmpty else {
            throw DeskError("line: event \(event.text) has no row of \(agent) in \(month)")
        }
        for one in contributions.prefix(Self.limit) {
            let kind =
                switch one.kind {
                case .posted: one.payment.map { "payment \($0.text)" } ?? "a payment"
                case .credit: "credit applied"
                case .reversed: one.payment.map { "the reversal of payment \($0.text)" } ?? "a month that was released"
                }
            let number = try monthNumber(one, connection)
            let revised =
                one.units < 0
                ? " It takes back what was attributed before." : one.revision > 0 ? " It was attributed anew." : ""
            say(
                "line",
                "\(one.base) of \(kind) of \(one.payer.text) for \(one.contributionMonth)\(number), booked on "
                    + "\(one.bookedOn): \(one.rate) by \(schemes.inWords(one.key)) "
                    + "(\(schemes.regulation(of: one.scheme))) is exactly Rp\(one.amount.grouped). "
                    + (one.rate == .zero ? "On no statement." : "\(Self.place(one.sequence)).") + revised)
        }
        if contributions.count > Self.limit {
            say("line", "… and \(contributions.count - Self.limit) rows of this event more.")
        }
    }

    /// Why it is so much.
    private static func tier(_ scheme: Scheme, _ all: Newcomers) -> String {
        let counted = scheme.counted(all)
        guard let tier = scheme.tier(of: all) else {
            return scheme.tiers.first.map { ": \(counted) of \($0.from) that are needed" } ?? ""
        }
        if case .flat(let amount) = tier.reward {
            return " of its own: the tier from \(tier.from) gives \(amount) for all \(counted) together"
        }
        return " by the tier from \(tier.from), which \(counted) reach"
    }

    private static func place(_ sequence: Int?) -> String {
        sequence.map { $0 == 0 ? "In the statement" : "In correction \($0)" } ?? "In no statement yet"
    }

    /// Which contribution month it is, counted from the enrolment in force; empty for employers and reversals.
    private func monthNumber(_ row: AgentStatement.Contribution, _ connection: Connection) throws -> String {
        guard row.payer.npp == nil, row.kind != .reversed else { return "" }
        let rows = try connection.query(Self.readEnrolments, Parameters { $0.append(row.payer.code) })
        var history = PayerHistory()
        for index in 0..<rows.rowCount {
            _ = history.add(
                PayerEnrolment(
                    submission: try rows.text(index, 0), agent: try rows.optionalText(index, 1), isEmployer: false,
                    enrolledOn: try CommissionStore.date(rows, index, 2),
                    firstMonth: try CommissionStore.month(rows, index, 3)))
        }
        guard let enrolment = history.enrolment(on: row.bookedOn) else { return "" }
        let number = max(1, enrolment.firstMonth.distance(to: row.contributionMonth) + 1)
        return " (month \(number), counted from \(enrolment.firstMonth))"
    }
}
