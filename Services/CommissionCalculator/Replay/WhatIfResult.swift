import PerisaiModels

/// What was, or would be, earned.
public struct WhatIfFigures: Sendable, Hashable {
    /// By new participants.
    public var acquisition = Rupiah.zero
    /// By contributions received.
    public var contribution = Rupiah.zero
    public var agentShare = Rupiah.zero
    public var wadahShare = Rupiah.zero

    public init() {}

    init(_ figures: StatementFigures?) throws(MoneyOverflow) {
        guard let figures else { return }
        acquisition = try Rupiah.sum(of: figures.lines.filter { $0.key.rule == .acquisition }.values.map(\.amount))
        contribution = try Rupiah.sum(of: figures.lines.filter { $0.key.rule != .acquisition }.values.map(\.amount))
        agentShare = figures.agentShare
        wadahShare = figures.wadahShare
    }

    /// What agent and wadah get together.
    public var cost: Rupiah { get throws(MoneyOverflow) { try agentShare.adding(wadahShare) } }

    func adding(_ other: WhatIfFigures) throws(MoneyOverflow) -> WhatIfFigures {
        var sum = self
        sum.acquisition = try acquisition.adding(other.acquisition)
        sum.contribution = try contribution.adding(other.contribution)
        sum.agentShare = try agentShare.adding(other.agentShare)
        sum.wadahShare = try wadahShare.adding(other.wadahShare)
        return sum
    }

    /// All four less those of another.
    public func subtracting(_ other: WhatIfFigures) throws(MoneyOverflow) -> WhatIfFigures {
        var rest = self
        rest.acquisition = try acquisition.subtracting(other.acquisition)
        rest.contribution = try contribution.subtracting(other.contribution)
        rest.agentShare = try agentShare.subtracting(other.agentShare)
        rest.wadahShare = try wadahShare.subtracting(other.wadahShare)
        return rest
    }
}

/// The months of a draft scheme beside what they earned.
public struct WhatIfResult: Sendable {
    public enum Group: String, Sendable, CaseIterable {
        case agent, wadah, branch, total
    }

    /// Now and under the draft.
    public struct Row: Sendable, Hashable {
        public var now = WhatIfFigures()
        public var draft = WhatIfFigures()
        public var difference: WhatIfFigures { get throws(MoneyOverflow) { try draft.subtracting(now) } }

        mutating func add(_ more: Row) throws(MoneyOverflow) {
            now = try now.adding(more.now)
            draft = try draft.adding(more.draft)
        }
    }

    public let from: ContributionMonth
    public let through: ContributionMonth
    /// Movements of money that were looked at.
    public internal(set) var contributions = 0
    private var groups: [Group: [String: Row]] = [:]

    init(from: ContributionMonth, through: ContributionMonth) {
        self.from = from
        self.through = through
    }

    /// The name of a group whose agents were never activated.
    public static let unknown = "unknown"

    mutating func add(
        _ agent: String, _ place: (wadah: String, branch: String)?, now: WhatIfFigures, draft: WhatIfFigures
    ) throws(MoneyOverflow) {
        let row = Row(now: now, draft: draft)
        try groups[.agent, default: [:]][agent, default: Row()].add(row)
        try groups[.wadah, default: [:]][place?.wadah ?? Self.unknown, default: Row()].add(row)
        try groups[.branch, default: [:]][place?.branch ?? Self.unknown, default: Row()].add(row)
        try groups[.total, default: [:]]["total", default: Row()].add(row)
    }

    /// In order of the names.
    public func rows(by group: Group) -> [(name: String, row: Row)] {
        (groups[group] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Over all agents and months.
    public var total: Row { groups[.total]?["total"] ?? Row() }
}
