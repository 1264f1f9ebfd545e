import PerisaiModels

/// What a target is set for.
public enum TargetLevel: String, Sendable, CaseIterable, Comparable {
    case nation, region, branch
    /// All agents of a branch together; its place is the branch's code.
    case group
    case wadah

    public static func < (left: Self, right: Self) -> Bool { left.order < right.order }
    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What is counted. Of group and wadah: what agents bring and look after; of the others: all, with or without an agent.
public enum TargetMeasure: String, Sendable, CaseIterable {
    case newParticipants = "new-participants"
    case newBPU = "new-bpu"
    case newPUWorkers = "new-pu-workers"
    case newEmployers = "new-employers"
    case contributions
    case agents
    case activeAgents = "active-agents"
    case registered
    case activeParticipants = "active-participants"
    /// What could be: no target, but what coverage is measured against.
    case labourForce = "labour-force"

    /// Counted at the end of the months; the others add up over them.
    public var isStock: Bool {
        switch self {
        case .newParticipants, .newBPU, .newPUWorkers, .newEmployers, .contributions: false
        case .agents, .activeAgents, .registered, .activeParticipants, .labourForce: true
        }
    }

    public static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    public var definition: String {
        switch self {
        case .newParticipants: "new-bpu and new-pu-workers together"
        case .newBPU: "participants (BPU) enrolled in the months whose NIK was not registered before"
        case .newPUWorkers: "workers of enrolled employers (PU) whose NIK was not registered before"
        case .newEmployers: "employers whose first enrolment lies in the months"
        case .contributions: "rupiah booked in the months and counted for a contribution month, less reversals"
        case .agents: "agents activated and neither ended nor dismissed at the end of the last month"
        case .activeAgents: "of those, agents who enrolled somebody new or received contributions in the last month"
        case .registered: "persons enrolled by the end of the last month; an employer counts its workers"
        case .activeParticipants: "of those, persons with a contribution counted for the last month, net of reversals"
        case .labourForce: "persons who could be registered, as the source says"
        }
    }
}

/// The key of a target: sources that disagree stand side by side (domain.md 10).
public struct TargetKey: Sendable, Hashable {
    public let level: TargetLevel
    /// Empty for the nation; a wadah's id, a branch's code, a regional office.
    public let place: String
    public let measure: TargetMeasure
    public let first: ContributionMonth
    public let last: ContributionMonth
    public let source: String

    public init(
        level: TargetLevel, place: String, measure: TargetMeasure, first: ContributionMonth, last: ContributionMonth,
        source: String
    ) {
        self.level = level
        self.place = place
        self.measure = measure
        self.first = first
        self.last = last
        self.source = source
    }
}

/// A target as somebody has set it: an amount, or a share of another target of the same months and source.
public struct Target: Sendable, Hashable {
    public enum Amount: Sendable, Hashable {
        case value(Int64)
        case share(Rate, level: TargetLevel, place: String, measure: TargetMeasure)
    }

    public let key: TargetKey
    public let amount: Amount
    /// What the source itself says was reached; beside it stands what is counted here.
    public let reported: Int64?
    public let definition: String

    public init(key: TargetKey, amount: Amount, reported: Int64? = nil, definition: String) {
        self.key = key
        self.amount = amount
        self.reported = reported
        self.definition = definition
    }

    /// The target that this one is a share of.
    public var parent: TargetKey? {
        guard case .share(_, let level, let place, let measure) = amount else { return nil }
        return TargetKey(
            level: level, place: place, measure: measure, first: key.first, last: key.last, source: key.source)
    }
}

/// Why a line of a file was refused; holds no value of it.
public struct RowFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let line: Int
    public let field: String
    public let reason: String

    public init(line: Int, field: String, reason: String) {
        self.line = line
        self.field = field
        self.reason = reason
    }

    public var description: String { "line \(line): \(field): \(reason)" }
}

/// All that is wrong with a file; nothing of it was stored.
public struct RowFaults: Error, Sendable, CustomStringConvertible {
    public let faults: [RowFault]
    public init(_ faults: [RowFault]) { self.faults = faults.sorted { ($0.line, $0.field) < ($1.line, $1.field) } }
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
