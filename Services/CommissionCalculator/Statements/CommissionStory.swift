import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// How an agent's month comes to its amount, in sentences for operators. Holds no NIK.
public struct CommissionStory: Sendable {
    public struct Line: Sendable, Hashable {
        /// scheme, participants, contributions, reversals, passed, statements, shares, disputes, money, or line.
        public let topic: String
        public let text: String
    }

    public let agent: AgentID
    public let month: ContributionMonth
    public private(set) var lines: [Line] = []

    /// Most events named of one correction, and most rows of one event.
    static let limit = 20

    /// - Parameter event: only what is known of this event, instead of the whole month.
    /// - Throws: `DeskError` for an agent, month or event that is not known.
    public init(_ agent: AgentID, _ month: ContributionMonth, event: UUID? = nil, on connection: Connection) throws {
        self.agent = agent
        self.month = month
        let schemes = try EffectiveRows.schemes(on: connection)
        guard let scheme = schemes.row(for: month) else { throw DeskError("month: no scheme applies in \(month)") }
        let rows = try AgentStatement.rows(agent: agent.text, month: month, connection)
        let facts = try StoryFacts(agent, month, connection)
        if rows.contributions.isEmpty, rows.enrolments.isEmpty, facts.isEmpty {
            guard facts.isKnown else { throw DeskError("agent: \(agent) is not known") }
            throw DeskError("month: nothing is known of \(agent) in \(month)")
        }
        if let event {
            try tell(event, rows, scheme, schemes, connection)
        } else {
            let now = try Provisional.of(month, agent: agent, on: connection).first
            try tell(rows, facts, now, scheme, schemes)
            try tellMoney(StatementReader.account(.agent(agent.text), month, connection))
        }
    }

    static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

    mutating func say(_ topic: String, _ text: String) { lines.append(Line(topic: topic, text: text)) }

    private mutating func tell(
        _ rows: AgentStatement.Rows, _ facts: StoryFacts, _ now: Provisional?, _ scheme: Effective<Scheme>,
        _ schemes: SchemeTable
    ) throws {
        let end = scheme.through.map { "to \($0)" } ?? "without an end"
        say(
            "scheme",
            "Scheme \(scheme.value.code) applies in \(month), from \(scheme.from) \(end): \(scheme.regulation).")
        if !facts.isKnown {
            say("scheme", "\(agent) is not activated yet: its rows wait for that, no close takes them.")
        }
        try tellParticipants(facts, rows, scheme.value)
        try tellContributions(rows, now, schemes)
        for passed in facts.passed { say("passed", passed) }
        tellStatements(rows, facts, now)
        if let now { try tellShares(now, schemes) }
        for dispute in facts.disputes { say("disputes", dispute) }
    }

    private mutating func tellParticipants(
        _ facts: StoryFacts, _ rows: AgentStatement.Rows, _ scheme: Scheme
    ) throws {
        let all = rows.enrolments.reduce(Newcomers()) { $0.adding($1.newcomers) }
        let counted = scheme.counted(all)
        say(
            "participants",
            "\(Self.count(counted, "new participant")) counted: \(all.threeProgrammes) on JKK, JKM and JHT, \(all.twoProgrammes) on JKK "
                + "and JKM" + (scheme.countsWorkers ? ", \(all.workers) workers of employers." : "."))
        if facts.knownPersons > 0 {
            say(
                "participants",
                "\(Self.count(facts.knownPersons, "more participant")) enrolled, not counted: the NIK was registered before."
            )
        }
        if !scheme.countsWorkers, facts.employers > 0 {
            say(
                "participants",
                "\(Self.count(facts.workers, "worker")) of \(Self.count(facts.employers, "employer")) (PU) enrolled, not "
                    + "counted under scheme \(scheme.code)."
            )
        }
        guard let first = scheme.tiers.first else {
            return say("participants", "Scheme \(scheme.code) pays nothing for new participants.")
        }
        guard let tier = scheme.tier(of: all) else {
            return say(
                "participants", "\(counted) of \(first.from) that are needed: nothing is earned for new participants.")
        }
        switch tier.reward {
        case .flat(let amount):
            say("participants", "The tier from \(tier.from) is reached: \(amount) for all together.")
        case .each(let three, let two):
            let pieces = try scheme.pieces(of: all, among: all)
            let sum = try Rupiah.sum(of: pieces.map(\.amount))
            say(
                "participants",
                "The tier from \(tier.from) is reached: \(three) for each on three programmes, \(two) for each other, "
                    + "\(sum) in all.")
        }
        if let next = scheme.tiers.first(where: { $0.from > counted }) {
            say("participants", "The next tier begins at \(next.from).")
        }
    }

    private mutating func tellContributions(
        _ rows: AgentStatement.Rows, _ now: Provisional?, _ schemes: SchemeTable
    ) throws {
        for (key, group) in Dictionary(grouping: rows.contributions, by: \.key).sorted(by: { $0.key < $1.key }) {
            let rate = Rate(partsPerMillion: key.unit)
            let name = schemes.inWords(key)
            let base = try Rupiah.sum(of: group.map(\.base))
            guard rate != .zero else {
                let employers = group.count { $0.payer.npp != nil }
                say(
                    "contributions",
                    "\(base) in \(Self.count(group.count, "movement")) earns nothing under scheme \(key.scheme): "
                        + "\(group.count - employers) of participants after the last month that earns, \(employers) of "
                        + "employers that the scheme leaves out (size, arrears or day of enrolment).")
                continue
            }
            let amount = now?.figures.lines[key]?.amount ?? .zero
            say(
                "contributions",
                "\(name): \(rate) of \(base) from \(Self.count(group.count, "movement")) is \(amount), rounded once "
                    + "(\(schemes.regulation(of: key.scheme))).")
            let reversed = group.filter { $0.kind == .reversed && $0.units > 0 }
            if !reversed.isEmpty {
                say(
                    "reversals",
                    "\(try Rupiah.sum(of: reversed.map(\.base))) of it is \(Self.count(reversed.count, "reversal")), taken back at "
                        + "\(rate) of scheme \(key.scheme): the rate that paid the original.")
            }
            let revised = group.filter { $0.units < 0 }
            if !revised.isEmpty {
                say(
                    "passed",
                    "\(Self.count(revised.count, "movement")) of \(name): attributed to \(agent) first and taken back "
                        + "(\(try Rupiah.sum(of: revised.map(\.base)))): what came later showed that somebody else "
                        + "looked after the payer, or that another rate applies.")
            }
        }
    }

    private mutating func tellStatements(_ rows: AgentStatement.Rows, _ facts: StoryFacts, _ now: Provisional?) {
        if facts.statements.isEmpty { say("statements", "No statement is issued yet: all of this is provisional.") }
        for one in facts.statements {
            let name = one.sequence == 0 ? "The statement" : "Correction \(one.sequence)"
            say(
                "statements",
                "\(name) was issued on \(one.issuedOn): \(one.total), of it \(one.agentShare) for the agent; "
                    + "\(one.wadahShare) for wadah \(one.wadah).")
            guard one.sequence > 0 else { continue }
            let causes = Self.causes(rows, one.sequence)
            for cause in causes.prefix(Self.limit) { say("statements", "  It follows from \(cause).") }
            if causes.count > Self.limit { say("statements", "  … and from \(causes.count - Self.limit) events more.") }
        }
        guard let now, !facts.statements.isEmpty, !now.difference.isEmpty, let rest = try? now.difference.total else {
            return
        }
        say("statements", "\(rest) is in no statement yet: it goes out with the next close.")
    }

    /// The events whose rows a statement holds.
    private static func causes(_ rows: AgentStatement.Rows, _ sequence: Int) -> [String] {
        var causes: [String] = []
        for one in rows.enrolments where one.sequence == sequence {
            causes.append("event \(one.event.text): \(one.payer.text) enrolled on \(one.enrolledOn)")
        }
        for one in rows.contributions where one.sequence == sequence {
            let what =
                one.units < 0
                ? "an attribution taken back" : one.kind == .reversed ? "a reversal" : "a movement"
            causes.append(
                "event \(one.event.text): \(what) of \(one.base) for \(one.contributionMonth) of \(one.payer.text), "
                    + "booked on \(one.bookedOn)")
        }
        return causes
    }

    private mutating func tellShares(_ now: Provisional, _ schemes: SchemeTable) throws {
        let total = try now.figures.total
        for code in Set(now.figures.lines.keys.map(\.scheme)).sorted() {
            guard let scheme = schemes.scheme(code) else { continue }
            switch scheme.share {
            case .within(let rate):
                say("shares", "Scheme \(code): the agent gets \(rate) of the total, the wadah the rest.")
            case .onTop(let rate):
                say("shares", "Scheme \(code): the agent gets all of it, the wadah \(rate) on top.")
            }
        }
        say("shares", "Of \(total): \(now.figures.agentShare) agent, \(now.figures.wadahShare) wadah.")
    }

    private mutating func tellMoney(_ account: AccountOfMonth) {
        func say(_ amount: Rupiah, _ text: String) { if !amount.isZero { self.say("money", "\(amount) \(text).") } }
        say(account.brought, "was brought forward from the months before")
        say(account.due, "became due by statements")
        say(account.corrected, "was booked by decided disputes or other decisions")
        say(account.held, "is held by disputes")
        say(account.tax, "was withheld as tax")
        say(account.transit, "is with the bank")
        say(account.paid, "was paid")
        say(account.forfeited, "is forfeited by a dismissal")
        if account != AccountOfMonth() {
            let below = account.carried.isNegative ? ": it is taken from what comes next" : ""
            self.say("money", "\(account.carried) is carried forward\(below).")
        }
    }
}

extension EffectiveTable where Value == Scheme {
    /// A line of contributions, in English.
    func inWords(_ key: LineKey) -> String {
        let rate = Rate(partsPerMillion: key.unit)
        guard key.rule != .beyond else { return "Scheme \(key.scheme), beyond what earns" }
        guard let scheme = scheme(key.scheme),
            let index = scheme.steps.firstIndex(where: { $0.rate == rate && $0.rule == key.rule })
        else { return "Scheme \(key.scheme), employers (PU)" }
        let first = index == 0 ? 1 : (scheme.steps[index - 1].through ?? 0) + 1
        if first == 1, scheme.steps[index].through == nil { return "Scheme \(key.scheme), all months" }
        let last = scheme.steps[index].through.map { "to \($0)" } ?? "and later"
        return "Scheme \(key.scheme), contribution months \(first) \(last)"
    }
}
