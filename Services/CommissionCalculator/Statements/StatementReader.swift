import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Reads statements as they were issued. The search path of the connection must be the service's schema.
public enum StatementReader {
    private static let readStatements = Statement(
        "document_statements",
        """
        SELECT sequence, issued_on, wadah_id, branch, new_participants, contributions, total, agent_share, wadah_share,
            scheme, (SELECT name FROM agent a WHERE a.agent_id = s.agent_id AND name IS NOT NULL
                     ORDER BY activated_on DESC, event_key DESC LIMIT 1),
            (SELECT name FROM wadah w WHERE w.wadah_id = s.wadah_id ORDER BY contract_from DESC LIMIT 1)
        FROM statement AS s WHERE agent_id = $1 AND month = $2 ORDER BY sequence
        """)
    private static let readLines = Statement(
        "document_lines",
        """
        SELECT sequence, scheme, rule, unit, count, base, amount FROM statement_line
        WHERE agent_id = $1 AND month = $2 ORDER BY sequence, scheme, rule, unit
        """)
    private static let readDisputes = Statement(
        "document_disputes",
        """
        SELECT event_key, line, state FROM dispute
        WHERE agent_id = $1 AND month = $2 AND event_key IS NOT NULL ORDER BY opened_at, dispute_id
        """)
    private static let isKnown = Statement(
        "document_agent_known", "SELECT EXISTS (SELECT FROM agent WHERE agent_id = $1)")

    private struct Place: Hashable {
        let event: UUID
        let line: Int
    }

    /// The statement of an agent's month with its corrections, or one of these alone.
    /// - Throws: `DeskError` for an agent that is not known, a month without statement, or too many lines.
    public static func agent(
        _ agent: AgentID, _ month: ContributionMonth, sequence: Int? = nil, on connection: Connection
    ) throws -> StatementDocument {
        let parameters = Parameters {
            $0.append(agent.text)
            $0.append(month.index)
        }
        let results = try connection.pipeline {
            $0.query(readStatements, parameters)
            $0.query(readLines, parameters)
            $0.query(readDisputes, parameters)
        }
        let heads = results[0]
        guard heads.rowCount > 0 else { throw try missing(agent, month, connection) }
        if let sequence, !(0..<heads.rowCount).contains(sequence) {
            throw DeskError("sequence: \(agent) has statements 0 to \(heads.rowCount - 1) of \(month)")
        }
        let schemes = try EffectiveRows.schemes(on: connection)
        guard let scheme = schemes.row(for: month) else { throw DeskError("month: no scheme applies in \(month)") }
        let rows = try AgentStatement.rows(agent: agent.text, month: month, connection)
        var disputes: [Place: String] = [:]
        for row in 0..<results[2].rowCount {
            let place = Place(event: try results[2].uuid(row, 0), line: Int(try results[2].int16(row, 1)))
            disputes[place] = try results[2].text(row, 2)
        }
        var issues: [StatementIssue] = []
        for row in 0..<heads.rowCount where try sequence == nil || sequence == Int(heads.int32(row, 0)) {
            let number = Int(try heads.int32(row, 0))
            var details = try AcquisitionDetails.details(rows.enrolments, sequence: number, scheme.value)
            details += rows.contributions.filter { $0.sequence == number }.map { StatementDetail($0) }
            for index in details.indices {
                guard let event = details[index].event else { continue }
                details[index].dispute = disputes[Place(event: event, line: details[index].line)]
            }
            issues.append(
                StatementIssue(
                    sequence: number, issuedOn: try CommissionStore.date(heads, row, 1),
                    newParticipants: Int(try heads.int64(row, 4)), contributions: Rupiah(try heads.int64(row, 5)),
                    groups: groups(try figures(results[1], number), details, schemes),
                    total: Rupiah(try heads.int64(row, 6)), agentShare: Rupiah(try heads.int64(row, 7)),
                    wadahShare: Rupiah(try heads.int64(row, 8))))
        }
        let counted = Int(try (0..<heads.rowCount).reduce(Int64(0)) { try $0 + heads.int64($1, 4) })
        return StatementDocument(
            agent: agent.text, agentName: try heads.optionalText(0, 10), wadah: try heads.text(0, 2),
            wadahName: try heads.optionalText(0, 11), branch: try heads.text(0, 3), month: month,
            scheme: scheme.value.code, regulation: scheme.regulation, newParticipants: counted,
            threshold: scheme.value.threshold(counted), issues: issues,
            account: try account(.agent(agent.text), month, connection))
    }

    private static func missing(
        _ agent: AgentID, _ month: ContributionMonth, _ connection: Connection
    ) throws -> DeskError {
        let known = try connection.query(isKnown, Parameters { $0.append(agent.text) }).bool(0, 0)
        guard known else { return DeskError("agent: \(agent) is not known") }
        return DeskError(
            "month: no statement of \(agent) for \(month) is issued; what it would hold: "
                + "perisai commissions provisional \(month) --agent \(agent)")
    }

    private static func figures(_ rows: QueryResult, _ sequence: Int) throws -> [(LineKey, LineFigures)] {
        try (0..<rows.rowCount).filter { try Int(rows.int32($0, 0)) == sequence }.map { row in
            let rule = AccrualRule(rawValue: try rows.int16(row, 2)) ?? .beyond
            return (
                LineKey(scheme: try rows.text(row, 1), rule: rule, unit: try rows.int64(row, 3)),
                LineFigures(
                    count: Int(try rows.int64(row, 4)), base: Rupiah(try rows.int64(row, 5)),
                    amount: Rupiah(try rows.int64(row, 6)))
            )
        }
    }

    /// Lines in their order, each with its details in theirs.
    static func groups(
        _ lines: [(LineKey, LineFigures)], _ details: [StatementDetail], _ schemes: SchemeTable
    ) -> [StatementGroup] {
        let known = Dictionary(lines, uniquingKeysWith: { $1 })
        let behind = Dictionary(grouping: details, by: \.key)
        return Set(known.keys).union(behind.keys).sorted().map { key in
            StatementGroup(
                key: key, rateRow: schemes.rateRow(of: key), regulation: schemes.regulation(of: key.scheme),
                label: schemes.label(of: key), figures: known[key] ?? LineFigures(),
                details: (behind[key] ?? []).sorted(by: <))
        }
    }
}

extension EffectiveTable where Value == Scheme {
    func regulation(of scheme: String) -> String { rows.first { $0.value.code == scheme }?.regulation ?? "" }

    /// The row of the scheme that gives a rate, in Indonesian: "B, bulan iuran 1-24".
    func rateRow(of key: LineKey) -> String {
        guard let scheme = scheme(key.scheme) else { return key.scheme }
        return "\(key.scheme), \(scheme.step(of: key))"
    }
}

extension Scheme {
    /// The first tier that is not reached, else the last; nil: new participants earn nothing.
    func threshold(_ counted: Int) -> Int? { (tiers.first { $0.from > counted } ?? tiers.last)?.from }

    fileprivate func step(of key: LineKey) -> String {
        let rate = Rate(partsPerMillion: key.unit)
        switch key.rule {
        case .acquisition:
            let tier = tiers.first { tier in
                switch tier.reward {
                case .flat(let amount): amount.amount == key.unit
                case .each(let three, let two): three.amount == key.unit || two.amount == key.unit
                }
            }
            return tier.map { "mulai \($0.from) peserta baru" } ?? "peserta baru"
        case .beyond: return "tanpa insentif"
        case .contribution, .contributionFirst24, .contributionTo60, .contributionStep:
            guard let index = steps.firstIndex(where: { $0.rate == rate && $0.rule == key.rule }) else {
                return "pemberi kerja (PU)"
            }
            let first = index == 0 ? 1 : (steps[index - 1].through ?? 0) + 1
            guard let last = steps[index].through else {
                return first == 1 ? "semua bulan iuran" : "mulai bulan iuran \(first)"
            }
            return "bulan iuran \(first)-\(last)"
        }
    }
}
