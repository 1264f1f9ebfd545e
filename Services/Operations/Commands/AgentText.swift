import EnrollmentIntake
import PerisaiModels

/// An agent in words and JSON.
enum AgentText {
    /// Gates not passed, or the codes of the refusal.
    static func missing(_ one: AgentRecord) -> String {
        switch one.state {
        case .waiting: one.gates.filter { $0.passedOn == nil }.map { "\($0.gate)" }.joined(separator: ", ")
        case .refused: one.reasons.map(\.code).joined(separator: ", ")
        default: ""
        }
    }

    static func gates(_ one: AgentRecord) -> Table {
        var table = Table([.init("Gate"), .init("Passed on"), .init("What to do", "remedy")])
        for gate in one.gates { table.append(["\(gate.gate)", gate.passedOn?.description ?? "", gate.remedy ?? ""]) }
        return table
    }

    private static func reasons(_ one: AgentRecord) -> Table {
        var table = Table([.init("Refused for", "code"), .init("What to do", "remedy")])
        for reason in one.reasons { table.append([reason.code, reason.remedy]) }
        return table
    }

    private static func history(_ one: AgentRecord) -> Table {
        var table = Table([.init("On"), .init("What"), .init("Detail")])
        for entry in one.entries { table.append([entry.on.description, entry.what, entry.detail]) }
        return table
    }

    private static func papers(_ one: AgentRecord) -> Table {
        var table = Table([.init("Paper"), .init("Number"), .init("Issued on"), .init("Valid until")])
        if let credential = one.credential {
            let papers = [
                ("certificate", credential.certificate), ("identity card", credential.identityCard),
                ("assignment letter", credential.assignmentLetter),
            ]
            for (paper, number) in papers {
                table.append([
                    paper, number.text, credential.issuedOn.description, credential.validUntil.description,
                ])
            }
        }
        return table
    }

    static func text(_ one: AgentRecord) -> String {
        let home = "wadah \(one.wadah?.text ?? "unknown"), branch \(one.branch?.text ?? "unknown")"
        var lines = ["\(one.agent)  \(one.name ?? "")  \(home)"]
        lines.append("\(one.state.rawValue)\(one.since.map { " since \($0)" } ?? "") (on \(one.on))")
        lines += one.hindrances
        if let phone = one.phone { lines.append("phone \(phone), account \(one.account ?? "unknown")") }
        if let until = one.contractUntil {
            let listed = one.agentsListed.map { ", \($0) agents listed" } ?? ""
            lines.append("contract (PKS) until \(until)\(until < one.on ? ": it is over" : "")\(listed)")
        }
        lines += ["", gates(one).text]
        if !one.reasons.isEmpty { lines += ["", reasons(one).text] }
        if one.credential != nil { lines += ["", papers(one).text] }
        if !one.entries.isEmpty { lines += ["", history(one).text] }
        return lines.joined(separator: "\n")
    }

    static func json(_ one: AgentRecord) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        let facts: [(String, String?)] = [
            ("agent_id", one.agent), ("name", one.name), ("wadah_id", one.wadah?.text), ("branch", one.branch?.text),
            ("phone", one.phone), ("account", one.account), ("on", one.on.description), ("state", one.state.rawValue),
            ("since", one.since?.description), ("contract_until", one.contractUntil?.description),
        ]
        for (name, value) in facts {
            writer.name(name)
            if let value { writer.string(value) } else { writer.null() }
        }
        writer.field("agents_listed", one.agentsListed)
        writer.field("hindrances", one.hindrances)
        let parts: [(String, Table)] = [
            ("gates", gates(one)), ("reasons", reasons(one)), ("papers", papers(one)), ("history", history(one)),
        ]
        for (name, table) in parts {
            writer.name(name)
            table.write(to: &writer)
        }
        writer.endObject()
        return writer.text
    }
}
