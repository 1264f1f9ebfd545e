import PerisaiModels

/// 1 to 8 of A-Z, 0-9 and -: it stands in every line of a statement.
struct SchemeCode: JSONValue, Hashable {
    let text: String

    static func read(_ slice: JSONSlice) throws(JSONFault) -> SchemeCode {
        let text = try slice.string()
        guard (1...8).contains(text.utf8.count), text.utf8.allSatisfy(isSign) else {
            throw JSONFault(reason: "must have 1 to 8 of A-Z, 0-9 and -")
        }
        return SchemeCode(text: text)
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    func write(to writer: inout JSONWriter) { writer.string(text) }
    static var schema: JSONSchema { .string(pattern: "^[A-Z0-9-]{1,8}$") }
    static var sample: SchemeCode { SchemeCode(text: "A") }
}

/// What so many new participants earn: `flat`, or `three_programmes` and `two_programmes` for each.
struct SchemeTier: Definition, Hashable {
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
        let from: Bounded<TierStart> = try reader.required("from_new", "From so many new participants, 1 or more")
        let flat: Bounded<TierReward>? = try reader.optional("flat", "One amount a month")
        let three: Bounded<TierReward>? = try reader.optional("three_programmes", "For each on JKK, JKM and JHT")
        let two: Bounded<TierReward>? = try reader.optional("two_programmes", "For each on JKK and JKM")
        self.from = from.int
        self.flat = flat?.rupiah
        self.three = three?.rupiah
        self.two = two?.rupiah
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("from_new", from)
        writer.field("flat", flat)
        writer.field("three_programmes", three)
        writer.field("two_programmes", two)
    }

    var faults: [JSONFault] {
        let isWhole = flat != nil ? three == nil && two == nil : three != nil && two != nil
        return isWhole
            ? [] : [JSONFault(field: "flat", reason: "give flat alone, or three_programmes and two_programmes")]
    }

    var tier: Scheme.Tier {
        Scheme.Tier(
            from: from,
            reward: flat.map { .flat($0) } ?? .each(threeProgrammes: three ?? .zero, twoProgrammes: two ?? .zero))
    }
}

struct SchemeStep: JSONObject, Hashable {
    static let summary = "A rate up to a contribution month; the last step may have no end"

    let through: Int?
    let rate: Rate

    init(through: Int?, rate: Rate) {
        self.through = through
        self.rate = rate
    }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let through: Bounded<StepEnd>? = try reader.optional("through", "Last contribution month, counted from 1")
        let rate: PartsPerMillion = try reader.required("rate_ppm")
        self.through = through?.int
        self.rate = rate.rate
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("through", through)
        writer.field("rate_ppm", PartsPerMillion(rate))
    }
}

struct SchemeEmployer: JSONObject, Hashable {
    static let summary = "What contributions of micro employers (PU) earn"

    let rule: Scheme.EmployerRule

    init(rule: Scheme.EmployerRule) { self.rule = rule }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let rate: PartsPerMillion = try reader.required("rate_ppm")
        let before: CivilDate? = try reader.optional("enrolled_before", "Only employers enrolled before this day")
        let limit: Rupiah? = try reader.optional("limit", "Contribution a month from which nothing is earned")
        let included: Bool? = try reader.optional("limit_included", "Whether the limit itself still earns")
        let months: Bounded<ArrearsMonths>? = try reader.optional(
            "arrears_months", "Months after the due date within which it earns")
        rule = Scheme.EmployerRule(
            rate: rate.rate, enrolledBefore: before, limit: limit, limitIncluded: included ?? false,
            arrearsMonths: months?.int)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("rate_ppm", PartsPerMillion(rule.rate))
        writer.field("enrolled_before", rule.enrolledBefore)
        writer.field("limit", rule.limit)
        writer.field("limit_included", rule.limitIncluded)
        writer.field("arrears_months", rule.arrearsMonths)
    }
}

enum SchemeShareKind: String, JSONChoice {
    case within
    case onTop = "on-top"
}

struct SchemeShare: Definition, Hashable {
    static let summary = "The wadah's part: within the total, or on top of it"

    let share: Scheme.Share
    let faults: [JSONFault]

    init(share: Scheme.Share) {
        self.share = share
        faults = []
    }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let kind: SchemeShareKind = try reader.required("kind")
        let agent: PartsPerMillion? = try reader.optional("agent_ppm", "Of within: the agent's part")
        let wadah: PartsPerMillion? = try reader.optional("wadah_ppm", "Of on-top: the wadah's part")
        let (used, unused): ((String, PartsPerMillion?), (String, PartsPerMillion?)) =
            kind == .within
            ? (("agent_ppm", agent), ("wadah_ppm", wadah)) : (("wadah_ppm", wadah), ("agent_ppm", agent))
        faults =
            (used.1 == nil ? [JSONFault(field: used.0, reason: "is missing")] : [])
            + (unused.1 == nil
                ? [] : [JSONFault(field: unused.0, reason: "is not used by \(kind.rawValue): leave it out")])
        let rate = used.1?.rate ?? .zero
        share = kind == .within ? .within(agent: rate) : .onTop(wadah: rate)
    }

    func write(fields writer: inout JSONWriter) {
        switch share {
        case .within(let rate):
            writer.field("kind", SchemeShareKind.within)
            writer.field("agent_ppm", PartsPerMillion(rate))
        case .onTop(let rate):
            writer.field("kind", SchemeShareKind.onTop)
            writer.field("wadah_ppm", PartsPerMillion(rate))
        }
    }
}

enum SchemePayee: String, JSONChoice {
    case owner
    case wadah

    init(_ payee: Scheme.Payee) { self = payee == .owner ? .owner : .wadah }
    var payee: Scheme.Payee { self == .owner ? .owner : .wadah }
}
