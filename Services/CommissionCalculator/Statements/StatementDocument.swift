import PerisaiModels

import struct Foundation.UUID

/// One enrolment or movement behind a line.
public struct StatementDetail: Sendable, Hashable {
    public let key: LineKey
    /// Nil for an amount that is paid for all new participants together.
    public let payer: PayerNumber?
    public let contributionMonth: ContributionMonth?
    /// When it was booked, or enrolled.
    public let bookedOn: CivilDate?
    /// Negative when taken back.
    public let count: Int
    /// Zero for new participants.
    public let base: Rupiah
    /// Exact; a line rounds their sum once.
    public let amount: MicroRupiah
    public let event: UUID?
    /// Place of the allocation in its event; -1 for an enrolment.
    public let line: Int
    public let revision: Int
    public let payment: UUID?
    /// State of the dispute about it.
    public var dispute: String?

    init(_ row: AgentStatement.Enrolment, _ key: LineKey, _ count: Int, _ amount: Rupiah) {
        self.key = key
        payer = row.payer
        contributionMonth = row.firstMonth
        bookedOn = row.enrolledOn
        self.count = count
        base = .zero
        self.amount = MicroRupiah(amount)
        event = row.event
        line = -1
        revision = 0
        payment = nil
    }

    init(together key: LineKey, _ amount: Rupiah) {
        self.key = key
        payer = nil
        contributionMonth = nil
        bookedOn = nil
        count = 0
        base = .zero
        self.amount = MicroRupiah(amount)
        event = nil
        line = -1
        revision = 0
        payment = nil
    }

    init(_ row: AgentStatement.Contribution) {
        key = row.key
        payer = row.payer
        contributionMonth = row.contributionMonth
        bookedOn = row.bookedOn
        count = row.units
        base = row.base
        amount = row.amount
        event = row.event
        line = row.line
        revision = row.revision
        payment = row.payment
    }

    /// The order on paper, whatever the order in which they were read.
    static func < (left: Self, right: Self) -> Bool { left.place.lexicographicallyPrecedes(right.place) }

    private var place: [UInt64] {
        func number(_ value: Int?) -> UInt64 { UInt64(bitPattern: Int64(value ?? -1)) ^ (1 << 63) }
        return [
            number(payer.map { Int($0.code) } ?? .max), number(contributionMonth.map { Int($0.index) }),
            number(bookedOn.map { Int($0.daysSince1970) }), event?.halves.0 ?? 0, event?.halves.1 ?? 0, number(line),
            number(revision), number(count),
        ]
    }
}

/// One line of a statement with what stands behind it.
public struct StatementGroup: Sendable, Hashable {
    public let key: LineKey
    /// Scheme and step, as in "B, months 1 to 24".
    public let rateRow: String
    public let regulation: String
    /// In Indonesian.
    public let label: String
    public let figures: LineFigures
    public let details: [StatementDetail]
}

/// A statement as it was issued, or a correction of it.
public struct StatementIssue: Sendable, Hashable {
    public let sequence: Int
    public let issuedOn: CivilDate
    public let newParticipants: Int
    public let contributions: Rupiah
    public let groups: [StatementGroup]
    public let total: Rupiah
    public let agentShare: Rupiah
    public let wadahShare: Rupiah
}

/// What happened to an owner's money in a month: `carried` is `brought` and `due` and `corrected` less the rest.
public struct AccountOfMonth: Sendable, Hashable {
    /// Balance of the months before.
    public var brought = Rupiah.zero
    /// By statements of this month.
    public var due = Rupiah.zero
    /// By decided disputes and other postings.
    public var corrected = Rupiah.zero
    public var held = Rupiah.zero
    public var tax = Rupiah.zero
    public var transit = Rupiah.zero
    public var paid = Rupiah.zero
    public var forfeited = Rupiah.zero
    /// Below zero it is taken from what comes.
    public var carried = Rupiah.zero
    /// Day of the last posting; nil: there is none.
    public var lastBooked: CivilDate?

    public init() {}
}

/// An agent's month on paper. What is printed follows from this alone.
public struct StatementDocument: Sendable, Hashable {
    public let agent: String
    public let agentName: String?
    public let wadah: String
    public let wadahName: String?
    public let branch: String
    public let month: ContributionMonth
    public let scheme: String
    public let regulation: String
    /// "18 of 25": new participants that count, and the first tier not reached yet, or the one that was.
    public let newParticipants: Int
    public let threshold: Int?
    public let issues: [StatementIssue]
    public let account: AccountOfMonth

    /// Sums over the statement and its corrections.
    public func sum(_ part: (StatementIssue) -> Rupiah) throws(MoneyOverflow) -> Rupiah {
        try Rupiah.sum(of: issues.map(part))
    }
}

/// One agent on the statement of its wadah.
public struct WadahAgent: Sendable, Hashable {
    public let agent: String
    public let name: String?
    public let statements: Int
    public let lastIssued: CivilDate
    public let newParticipants: Int
    public let contributions: Rupiah
    public let total: Rupiah
    public let agentShare: Rupiah
    public let wadahShare: Rupiah
}

/// A wadah's month on paper: its agents, what they earned and its own part.
public struct WadahDocument: Sendable, Hashable {
    public let wadah: String
    public let name: String?
    public let branches: [String]
    public let month: ContributionMonth
    public let scheme: String
    public let regulation: String
    /// In order of their ids.
    public let agents: [WadahAgent]
    public let account: AccountOfMonth
    public func sum(_ part: (WadahAgent) -> Rupiah) throws(MoneyOverflow) -> Rupiah {
        try Rupiah.sum(of: agents.map(part))
    }
}
