import PerisaiModels

/// A scheme as JSON: what a proposal holds, and what is stored beside its days and regulation.
///
/// Rates are parts per million, amounts rupiah. Reading checks every bound; a fault names the field and the reason.
public struct SchemeDefinition: JSONObject, Hashable {
    public static let summary = "An incentive scheme; rates in parts per million, amounts in rupiah"
    /// Most tiers, and most steps.
    public static let rowLimit = 20

    public let scheme: Scheme

    public init(_ scheme: Scheme) { self.scheme = scheme }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let code: String = try reader.required("code", "1 to 8 of A-Z, 0-9 and -")
        let countsWorkers: Bool = try reader.required(
            "counts_workers", "Workers of employers (PU) are new participants")
        let tiers: [SchemeTier] = try reader.required("tiers", "What new participants earn, from fewest to most")
        let steps: [SchemeStep] = try reader.required("steps", "Rates of BPU contributions by contribution month")
        let employer: SchemeEmployer = try reader.required("employer")
        let share: SchemeShare = try reader.required("share")
        let payee: SchemePayee = try reader.required("payee", "Into whose account the agent's part is paid")
        let agents: Int = try reader.required("wadah_minimum_agents", "0 to 1000")
        let years: Int = try reader.required("contract_years", "Longest contract of a wadah, 1 to 10")
        scheme = Scheme(
            code: code, tiers: tiers.map(\.tier), countsWorkers: countsWorkers, steps: Self.numbered(steps),
            employer: employer.rule, share: share.share, payee: payee.payee, wadahMinimumAgents: agents,
            contractYears: years)
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("code", scheme.code)
        writer.field("counts_workers", scheme.countsWorkers)
        writer.field("tiers", scheme.tiers.map { SchemeTier($0) })
        writer.field("steps", scheme.steps.map { SchemeStep(through: $0.through, ratePPM: $0.rate.partsPerMillion) })
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
        return zip(steps, named).map { step, rule in
            Scheme.Step(through: step.through, rate: Rate(partsPerMillion: step.ratePPM), rule: rule)
        }
    }

    public func validate() throws(JSONFault) {
        func check(_ field: String, _ holds: Bool, _ reason: String) throws(JSONFault) {
            if !holds { throw JSONFault(field: field, reason: reason) }
        }
        let code = scheme.code.utf8
        let letters = code.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        try check("code", (1...8).contains(code.count) && letters, "must have 1 to 8 of A-Z, 0-9 and -")
        try check("tiers", scheme.tiers.count <= Self.rowLimit, "more than \(Self.rowLimit)")
        for (index, tier) in scheme.tiers.enumerated() where index > 0 {
            try check(
                "tiers[\(index)].from_new", tier.from > scheme.tiers[index - 1].from,
                "must be more than that of the tier before")
        }
        try check("steps", (1...Self.rowLimit).contains(scheme.steps.count), "must have 1 to \(Self.rowLimit)")
        for (index, step) in scheme.steps.enumerated() {
            if let through = step.through {
                try check("steps[\(index)].through", (1...1_200).contains(through), "must lie between 1 and 1200")
            } else {
                try check(
                    "steps[\(index)].through", index == scheme.steps.count - 1, "only the last step has no end")
            }
            if index > 0, scheme.steps[..<index].contains(where: { $0.rate == step.rate }) {
                throw JSONFault(field: "steps[\(index)].rate_ppm", reason: "is the rate of another step")
            }
            guard index > 0, let before = scheme.steps[index - 1].through, let through = step.through else { continue }
            try check("steps[\(index)].through", through > before, "overlaps the step before")
        }
        try check(
            "wadah_minimum_agents", (0...1_000).contains(scheme.wadahMinimumAgents), "must lie between 0 and 1000")
        try check("contract_years", (1...10).contains(scheme.contractYears), "must lie between 1 and 10")
    }
}

/// Rates lie between nothing and all of it.
private func checkRate(_ field: String, _ ppm: Int64) throws(JSONFault) {
    guard (0...1_000_000).contains(ppm) else {
        throw JSONFault(field: field, reason: "must lie between 0 and 1000000 parts per million")
    }
}

/// What so many new participants earn: `flat`, or `three_programmes` and `two_programmes` for each.
struct SchemeTier: JSONObject, Hashable {
    static let summary = "What so many new participants of a month earn: flat, or for each by programmes"

    let from: Int
    let flat: Rupiah?
    let three: Rupiah?
    let two: Rupiah?

    init(_ tier: Scheme.Tier) {
        from = tier.from
        switch tier.reward {
        case .flat(let amount): (flat, three, two) = (amount, nil, nil)
        case .each(let three, let two): (flat, self.three, self.two) = (nil, three, two)
        }
    }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        from = try reader.required("from_new", "From so many new participants, 1 or more")
        flat = try reader.optional("flat", "One amount a month")
        three = try reader.optional("three_programmes", "For each on JKK, JKM and JHT")
        two = try reader.optional("two_programmes", "For each on JKK and JKM")
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("from_new", from)
        writer.field("flat", flat)
        writer.field("three_programmes", three)
        writer.field("two_programmes", two)
    }

    func validate() throws(JSONFault) {
        guard (1...1_000_000).contains(from) else {
            throw JSONFault(field: "from_new", reason: "must lie between 1 and 1000000")
        }
        guard flat != nil ? three == nil && two == nil : three != nil && two != nil else {
            throw JSONFault(field: "flat", reason: "give flat alone, or three_programmes and two_programmes")
        }
        for (field, amount) in [("flat", flat), ("three_programmes", three), ("two_programmes", two)] {
            guard amount.map({ (0...1_000_000_000).contains($0.amount) }) ?? true else {
                throw JSONFault(field: field, reason: "must lie between 0 and 1000000000 rupiah")
            }
        }
    }

    var tier: Scheme.Tier {
        Scheme.Tier(
            from: from,
            reward: flat.map { .flat($0) }
                ?? .each(threeProgrammes: three ?? .zero, twoProgrammes: two ?? .zero))
    }
}

struct SchemeStep: JSONObject, Hashable {
    static let summary = "A rate up to a contribution month; the last step may have no end"

    let through: Int?
    let ratePPM: Int64

    init(through: Int?, ratePPM: Int64) {
        self.through = through
        self.ratePPM = ratePPM
    }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        through = try reader.optional("through", "Last contribution month, counted from 1")
        ratePPM = Int64(try reader.required("rate_ppm") as Int)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("through", through)
        writer.field("rate_ppm", Int(ratePPM))
    }

    func validate() throws(JSONFault) { try checkRate("rate_ppm", ratePPM) }
}

struct SchemeEmployer: JSONObject, Hashable {
    static let summary = "What contributions of micro employers (PU) earn"

    let rule: Scheme.EmployerRule

    init(rule: Scheme.EmployerRule) { self.rule = rule }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let rate: Int = try reader.required("rate_ppm")
        let before: CivilDate? = try reader.optional("enrolled_before", "Only employers enrolled before this day")
        let limit: Rupiah? = try reader.optional("limit", "Contribution a month from which nothing is earned")
        let included: Bool? = try reader.optional("limit_included", "Whether the limit itself still earns")
        let months: Int? = try reader.optional("arrears_months", "Months after the due date within which it earns")
        rule = Scheme.EmployerRule(
            rate: Rate(partsPerMillion: Int64(rate)), enrolledBefore: before, limit: limit,
            limitIncluded: included ?? false, arrearsMonths: months)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("rate_ppm", Int(rule.rate.partsPerMillion))
        writer.field("enrolled_before", rule.enrolledBefore)
        writer.field("limit", rule.limit)
        writer.field("limit_included", rule.limitIncluded)
        writer.field("arrears_months", rule.arrearsMonths)
    }

    func validate() throws(JSONFault) {
        try checkRate("rate_ppm", rule.rate.partsPerMillion)
        guard rule.arrearsMonths.map({ (0...1_200).contains($0) }) ?? true else {
            throw JSONFault(field: "arrears_months", reason: "must lie between 0 and 1200")
        }
    }
}

enum SchemeShareKind: String, JSONChoice {
    case within
    case onTop = "on-top"
}

struct SchemeShare: JSONObject, Hashable {
    static let summary = "The wadah's part: within the total, or on top of it"

    let share: Scheme.Share

    init(share: Scheme.Share) { self.share = share }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let kind: SchemeShareKind = try reader.required("kind")
        let agent: Int? = try reader.optional("agent_ppm", "Of within: the agent's part")
        let wadah: Int? = try reader.optional("wadah_ppm", "Of on-top: the wadah's part")
        switch kind {
        case .within:
            share = .within(agent: Rate(partsPerMillion: Int64(agent ?? -1)))
        case .onTop:
            share = .onTop(wadah: Rate(partsPerMillion: Int64(wadah ?? -1)))
        }
    }

    func write(fields writer: inout JSONWriter) {
        switch share {
        case .within(let rate):
            writer.field("kind", SchemeShareKind.within)
            writer.field("agent_ppm", Int(rate.partsPerMillion))
        case .onTop(let rate):
            writer.field("kind", SchemeShareKind.onTop)
            writer.field("wadah_ppm", Int(rate.partsPerMillion))
        }
    }

    func validate() throws(JSONFault) {
        switch share {
        case .within(let rate): try checkRate("agent_ppm", rate.partsPerMillion)
        case .onTop(let rate): try checkRate("wadah_ppm", rate.partsPerMillion)
        }
    }
}

enum SchemePayee: String, JSONChoice {
    case owner
    case wadah

    init(_ payee: Scheme.Payee) { self = payee == .owner ? .owner : .wadah }
    var payee: Scheme.Payee { self == .owner ? .owner : .wadah }
}
