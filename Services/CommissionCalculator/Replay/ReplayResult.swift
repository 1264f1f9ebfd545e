import PerisaiModels

import struct Foundation.UUID

/// Where what is stored is not what follows from the facts.
public struct ReplayDifference: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// A movement of money: what it is, or who earns from it.
        case contribution
        case enrolment
        /// A line of an agent's month, over its statement and corrections.
        case line
        /// New participants or shares of an agent's month.
        case figure
        /// A statement whose header is not the sum of its lines.
        case header
        /// What the ledger owes is not what the statements say.
        case owed
    }

    public let kind: Kind
    /// Nil where nobody is stored nor recomputed; a wadah for what is owed to one.
    public let agent: String?
    /// The line, figure or field.
    public let line: String
    public let stored: String
    public let recomputed: String
    public let payer: PayerNumber?
    /// The event behind it, where one is known.
    public let event: UUID?

    init(
        _ kind: Kind, agent: String?, line: String, stored: String, recomputed: String, payer: PayerNumber? = nil,
        event: UUID? = nil
    ) {
        self.kind = kind
        self.agent = agent
        self.line = line
        self.stored = stored
        self.recomputed = recomputed
        self.payer = payer
        self.event = event
    }

    public var description: String {
        var text = "\(kind.rawValue): \(agent ?? "nobody"), \(line): stored \(stored), recomputed \(recomputed)"
        if let payer { text += ", \(payer)" }
        if let event { text += ", event \(event.text)" }
        return text
    }
}

/// What recomputing a month gave.
public struct ReplayResult: Sendable {
    /// Most differences that are kept; the others are counted.
    public static let differenceLimit = 100

    public let month: ContributionMonth
    /// When its statements were issued; nil: not yet.
    public internal(set) var closedOn: CivilDate?
    /// The recomputed figures of every agent with any.
    public internal(set) var agents: [String: StatementFigures] = [:]
    /// Lines of these figures.
    public var lines: Int { agents.values.reduce(0) { $0 + $1.lines.count } }
    /// Movements of money recomputed, with those that nobody earns from.
    public internal(set) var contributions = 0
    /// Of all agents, as the facts tell them.
    public internal(set) var newcomers = Newcomers()
    /// The first ones.
    public private(set) var differences: [ReplayDifference] = []
    public private(set) var differenceCount = 0
    public var isEqual: Bool { differenceCount == 0 }

    init(month: ContributionMonth) { self.month = month }

    mutating func add(_ difference: ReplayDifference) {
        differenceCount += 1
        if differences.count < Self.differenceLimit { differences.append(difference) }
    }
}

/// Why a month cannot be recomputed.
public struct ReplayRefusal: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
