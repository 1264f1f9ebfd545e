import PerisaiModels

/// A scheme as JSON: what a proposal holds, and what is stored beside its days and regulation.
///
/// Rates are parts per million, amounts rupiah. Reading checks every bound; a fault names the field and the reason.
public struct SchemeDefinition: Definition, Hashable {
    public static let summary = "An incentive scheme; rates in parts per million, amounts in rupiah"
    /// Most tiers, and most steps.
    public static let rowLimit = 20

    public let scheme: Scheme
    /// Of the parts as they were read.
    private let parts: [JSONFault]

    public init(_ scheme: Scheme) {
        self.scheme = scheme
        parts = []
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let code: SchemeCode = try reader.required("code", "1 to 8 of A-Z, 0-9 and -")
        let countsWorkers: Bool = try reader.required(
            "counts_workers", "Workers of employers (PU) are new participants")
        let tiers: [Draft<SchemeTier>] = try reader.required("tiers", "What new participants earn, from fewest to most")
        let steps: [SchemeStep] = try reader.required("steps", "Rates of BPU contributions by contribution month")
        let employer: SchemeEmployer = try reader.required("employer")
        let share: Draft<SchemeShare> = try reader.required("share")
        let payee: SchemePayee = try reader.required("payee", "Into whose account the agent's part is paid")
        let agents: Bounded<WadahAgents> = try reader.required("wadah_minimum_agents", "0 to 1000")
        let years: Bounded<ContractYears> = try reader.required(
            "contract_years", "Longest contract of a wadah, 1 to 10")
        scheme = Scheme(
            code: code.text, tiers: tiers.map(\.value.tier), countsWorkers: countsWorkers, steps: Self.numbered(steps),
            employer: employer.rule, share: share.value.share, payee: payee.payee, wadahMinimumAgents: agents.int,
            contractYears: years.int)
        parts = tiers.enumerated().flatMap { $1.faults("tiers[\($0)]") } + share.faults("share")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("code", scheme.code)
        writer.field("counts_workers", scheme.countsWorkers)
        writer.field("tiers", scheme.tiers.map { SchemeTier($0) })
        writer.field("steps", scheme.steps.map { SchemeStep(through: $0.through, rate: $0.rate) })
        writer.field("employer", SchemeEmployer(rule: scheme.employer))
        writer.field("share", SchemeShare(share: scheme.share))
        writer.field("payee", SchemePayee(scheme.payee))
        writer.field("wadah_minimum_agents", scheme.wadahMinimumAgents)
        writer.field("contract_years", scheme.contractYears)
    }

    /// The rule by which a step's lines are known: those of schemes A and B have names of their own.
    private static func numbered(_ steps: [SchemeStep]) -> [Scheme.Step] {
        let named: [AccrualRule] =
            switch steps.map(\.through) {
            case [nil]: [.contribution]
            case [24, 60]: [.contributionFirst24, .contributionTo60]
            default: steps.map { _ in .contributionStep }
            }
        return zip(steps, named).map { step, rule in Scheme.Step(through: step.through, rate: step.rate, rule: rule) }
    }

    public var faults: [JSONFault] {
        var found: [JSONFault] = []
        if scheme.tiers.count > Self.rowLimit {
            found.append(JSONFault(field: "tiers", reason: "has more than \(Self.rowLimit)"))
        }
        for (index, tier) in scheme.tiers.enumerated() where index > 0 && tier.from <= scheme.tiers[index - 1].from {
            found.append(
                JSONFault(field: "tiers[\(index)].from_new", reason: "must be more than that of the tier before"))
        }
        return found + stepFaults + parts
    }

    /// Steps follow one another without overlap; since each begins where the one before ends, none leaves a gap.
    private var stepFaults: [JSONFault] {
        var found: [JSONFault] = []
        let steps = scheme.steps
        if !(1...Self.rowLimit).contains(steps.count) {
            found.append(JSONFault(field: "steps", reason: "must have 1 to \(Self.rowLimit)"))
        }
        for (index, step) in steps.enumerated() {
            if step.through == nil, index < steps.count - 1 {
                found.append(JSONFault(field: "steps[\(index)].through", reason: "only the last step has no end"))
            }
            if let through = step.through, index > 0, let before = steps[index - 1].through, through <= before {
                found.append(JSONFault(field: "steps[\(index)].through", reason: "overlaps the step before"))
            }
            // A statement's lines are known by their rate.
            if steps[..<index].contains(where: { $0.rate == step.rate }) {
                found.append(JSONFault(field: "steps[\(index)].rate_ppm", reason: "is the rate of another step"))
            }
        }
        return found
    }

    public static func == (left: Self, right: Self) -> Bool { left.scheme == right.scheme }
    public func hash(into hasher: inout Hasher) { hasher.combine(scheme) }
}
