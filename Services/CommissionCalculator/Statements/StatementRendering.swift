import PerisaiModels

/// The forms of a statement.
public enum StatementFormat: String, Sendable, CaseIterable {
    case text, json, csv, html
}

extension StatementFormat {
    /// The same document gives the same bytes: no clock, no order of a dictionary.
    fileprivate func text(
        _ paper: () throws -> StatementPaper, _ json: () throws -> String, _ csv: () -> String
    ) throws -> String {
        switch self {
        case .text: try paper().text
        case .html: try paper().html
        case .json: try json()
        case .csv: csv()
        }
    }
}

extension StatementDocument {
    public func rendered(_ format: StatementFormat) throws -> String { try format.text(paper, json, csv) }

    private func json() throws -> String {
        var writer = JSONWriter(capacity: 65_536)
        writer.beginObject()
        writer.text("agent_id", agent)
        writer.text("name", agentName)
        writer.text("wadah_id", wadah)
        writer.text("wadah_name", wadahName)
        writer.text("branch", branch)
        writer.text("month", month.description)
        writer.text("scheme", scheme)
        writer.text("regulation", regulation)
        writer.number("new_participants", newParticipants)
        if let threshold { writer.number("threshold", threshold) }
        writer.name("statements")
        writer.beginArray()
        for issue in issues { issue.write(to: &writer) }
        writer.endArray()
        writer.number("total", try sum(\.total))
        writer.number("agent_share", try sum(\.agentShare))
        writer.number("wadah_share", try sum(\.wadahShare))
        account.write(to: &writer)
        writer.endObject()
        return writer.text + "\n"
    }

    /// One row for each detail, so that a sum over a column is exact.
    private func csv() -> String {
        var file = CSVText([
            "agent_id", "month", "sequence", "issued_on", "scheme", "rule", "rate_row", "regulation", "rate_ppm",
            "payer", "contribution_month", "booked_on", "count", "base", "amount", "event_key", "payment_id", "dispute",
        ])
        for issue in issues {
            for group in issue.groups {
                for one in group.details {
                    file.append([
                        agent, "\(month)", "\(issue.sequence)", "\(issue.issuedOn)", group.key.scheme,
                        group.key.rule.statementRule?.rawValue ?? "none", group.rateRow, group.regulation,
                        group.key.rule == .acquisition ? "" : "\(group.key.unit)", one.payer?.text ?? "",
                        one.contributionMonth?.description ?? "", one.bookedOn?.description ?? "", "\(one.count)",
                        "\(one.base.amount)", one.amount.decimal, one.event?.text ?? "", one.payment?.text ?? "",
                        one.dispute ?? "",
                    ])
                }
            }
        }
        return file.text
    }
}

extension StatementIssue {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.number("sequence", sequence)
        writer.text("issued_on", issuedOn.description)
        writer.number("new_participants", newParticipants)
        writer.number("contributions", contributions)
        writer.name("lines")
        writer.beginArray()
        for group in groups { group.write(to: &writer) }
        writer.endArray()
        writer.number("total", total)
        writer.number("agent_share", agentShare)
        writer.number("wadah_share", wadahShare)
        writer.endObject()
    }
}

extension StatementGroup {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.text("rule", key.rule.statementRule?.rawValue)
        writer.text("label", label)
        writer.text("scheme", key.scheme)
        writer.text("rate_row", rateRow)
        writer.text("regulation", regulation)
        if key.rule != .acquisition { writer.number("rate_ppm", Int(key.unit)) }
        writer.number("count", figures.count)
        writer.number("base", figures.base)
        writer.number("amount", figures.amount)
        writer.name("details")
        writer.beginArray()
        for one in details {
            writer.beginObject()
            writer.text("payer", one.payer?.text)
            writer.text("contribution_month", one.contributionMonth?.description)
            writer.text("booked_on", one.bookedOn?.description)
            writer.number("count", one.count)
            writer.number("base", one.base)
            writer.text("amount", one.amount.decimal)
            writer.text("event_key", one.event?.text)
            if one.line >= 0 { writer.number("allocation", one.line) }
            writer.text("payment_id", one.payment?.text)
            writer.text("dispute", one.dispute)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension WadahDocument {
    public func rendered(_ format: StatementFormat) throws -> String { try format.text(paper, json, csv) }

    private func json() throws -> String {
        var writer = JSONWriter(capacity: 65_536)
        writer.beginObject()
        writer.text("wadah_id", wadah)
        writer.text("name", name)
        writer.name("branches")
        writer.beginArray()
        for branch in branches { writer.string(branch) }
        writer.endArray()
        writer.text("month", month.description)
        writer.text("scheme", scheme)
        writer.text("regulation", regulation)
        writer.name("agents")
        writer.beginArray()
        for one in agents {
            writer.beginObject()
            writer.text("agent_id", one.agent)
            writer.text("name", one.name)
            writer.number("statements", one.statements)
            writer.text("last_issued_on", one.lastIssued.description)
            writer.number("new_participants", one.newParticipants)
            writer.number("contributions", one.contributions)
            writer.number("total", one.total)
            writer.number("agent_share", one.agentShare)
            writer.number("wadah_share", one.wadahShare)
            writer.endObject()
        }
        writer.endArray()
        writer.number("total", try sum(\.total))
        writer.number("agent_share", try sum(\.agentShare))
        writer.number("wadah_share", try sum(\.wadahShare))
        account.write(to: &writer)
        writer.endObject()
        return writer.text + "\n"
    }

    private func csv() -> String {
        var file = CSVText([
            "wadah_id", "month", "scheme", "agent_id", "name", "statements", "last_issued_on", "new_participants",
            "contributions", "total", "agent_share", "wadah_share",
        ])
        for one in agents {
            file.append([
                wadah, "\(month)", scheme, one.agent, one.name ?? "", "\(one.statements)", "\(one.lastIssued)",
                "\(one.newParticipants)", "\(one.contributions.amount)", "\(one.total.amount)",
                "\(one.agentShare.amount)", "\(one.wadahShare.amount)",
            ])
        }
        return file.text
    }
}

extension AccountOfMonth {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.name("account")
        writer.beginObject()
        writer.number("brought_forward", brought)
        writer.number("due", due)
        writer.number("corrected", corrected)
        writer.number("held", held)
        writer.number("tax", tax)
        writer.number("in_transit", transit)
        writer.number("paid", paid)
        writer.number("forfeited", forfeited)
        writer.number("carried_forward", carried)
        writer.text("last_booked_on", lastBooked?.description)
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func text(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    fileprivate mutating func number(_ name: StaticString, _ value: Int) {
        self.name(name)
        integer(Int64(value))
    }

    fileprivate mutating func number(_ name: StaticString, _ value: Rupiah) {
        self.name(name)
        integer(value.amount)
    }
}
