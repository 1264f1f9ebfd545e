import PerisaiModels

/// A tax rule as JSON. A part that is left out is the published one; what is stored is always whole.
public struct TaxDefinition: Definition, Hashable {
    public static let summary = "A tax rule; rates in parts per million, amounts in rupiah"

    public let rule: TaxRule
    public let faults: [JSONFault]

    public init(_ rule: TaxRule) {
        self.rule = rule
        faults =
            Draft(PPh21Definition(rule: rule.pph21)).faults("pph21")
            + Draft(PPh23Definition(rule: rule.pph23)).faults("pph23")
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let kind: TaxKind = try reader.required("kind", "none, pph21, pph23, or by-payee for both")
        let pph21: Draft<PPh21Definition>? = try reader.optional(
            "pph21", "Of individuals; left out: PMK 168/2023, UU 7/2021")
        let pph23: Draft<PPh23Definition>? = try reader.optional("pph23", "Of legal entities; left out: 2 %")
        rule = TaxRule(kind, pph21: pph21?.value.rule ?? .published, pph23: pph23?.value.rule ?? .published)
        let given: [TaxKind] = (pph21 == nil ? [] : [.pph21]) + (pph23 == nil ? [] : [.pph23])
        let unused = given.filter { !Self.parts(of: kind).contains($0) }.map {
            JSONFault(field: $0.rawValue, reason: "is not used by kind \(kind.rawValue): leave it out")
        }
        faults = unused + (pph21?.faults("pph21") ?? []) + (pph23?.faults("pph23") ?? [])
    }

    public func write(fields writer: inout JSONWriter) {
        let used = Self.parts(of: rule.kind)
        writer.field("kind", rule.kind)
        writer.field("pph21", used.contains(.pph21) ? PPh21Definition(rule: rule.pph21) : nil)
        writer.field("pph23", used.contains(.pph23) ? PPh23Definition(rule: rule.pph23) : nil)
    }

    /// The parts that a kind uses.
    private static func parts(of kind: TaxKind) -> [TaxKind] {
        switch kind {
        case .none: []
        case .pph21, .pph23: [kind]
        case .byPayee: [.pph21, .pph23]
        }
    }

    public static func == (left: Self, right: Self) -> Bool { left.rule == right.rule }
    public func hash(into hasher: inout Hasher) { hasher.combine(rule) }
}

/// A payee must be left with more than half of each payment, so that a rounded tax never takes all of it.
private func isBearable(_ parts: Int, _ rate: Int, _ more: Int) -> Bool {
    Int128(parts) * Int128(rate) * Int128(1_000_000 + more) < 500_000_000_000_000_000
}

struct PPh21Definition: Definition, Hashable {
    static let summary = "PPh 21 of persons who are no employees: brackets of a part of each payment"
    /// Most brackets.
    static let bracketLimit = 20

    let rule: TaxRule.PPh21

    init(rule: TaxRule.PPh21) { self.rule = rule }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let base: PartsPerMillion = try reader.required("base_ppm", "The part of the gross that is taxed")
        let brackets: [TaxBracket] = try reader.required("brackets", "Ascending; the last has no end")
        let more: PartsPerMillion = try reader.required(
            "without_number_ppm", "So much more of the tax without NPWP or valid NIK")
        rule = TaxRule.PPh21(base: base.rate, brackets: brackets.map(\.bracket), withoutNumber: more.rate)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("base_ppm", PartsPerMillion(rule.base))
        writer.field("brackets", rule.brackets.map { TaxBracket($0) })
        writer.field("without_number_ppm", PartsPerMillion(rule.withoutNumber))
    }

    var faults: [JSONFault] {
        var found: [JSONFault] = []
        let count = rule.brackets.count
        if !(1...Self.bracketLimit).contains(count) {
            found.append(JSONFault(field: "brackets", reason: "must have 1 to \(Self.bracketLimit)"))
        }
        for (index, bracket) in rule.brackets.enumerated() {
            let field = "brackets[\(index)].through"
            let before = index == 0 ? Rupiah.zero : rule.brackets[index - 1].through
            switch (bracket.through, before) {
            case (nil, _) where index < count - 1:
                found.append(JSONFault(field: field, reason: "only the last bracket has no end"))
            case (.some, _) where index == count - 1:
                found.append(JSONFault(field: field, reason: "must be left out: nothing may lie above the last"))
            case (let through?, let before?) where through <= before:
                found.append(JSONFault(field: field, reason: "overlaps the bracket before"))
            default: break
            }
            let parts = (rule.base, bracket.rate, rule.withoutNumber)
            if !isBearable(
                Int(parts.0.partsPerMillion), Int(parts.1.partsPerMillion), Int(parts.2.partsPerMillion))
            {
                found.append(
                    JSONFault(field: "brackets[\(index)].rate_ppm", reason: "takes half of a payment or more"))
            }
        }
        return found
    }
}

struct TaxBracket: Definition, Hashable {
    static let summary = "A rate for what lies above the bracket before"

    let bracket: TaxRule.Bracket

    init(_ bracket: TaxRule.Bracket) { self.bracket = bracket }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let through: Bounded<BracketEnd>? = try reader.optional("through", "Rupiah, included")
        let rate: PartsPerMillion = try reader.required("rate_ppm")
        bracket = TaxRule.Bracket(through: through?.rupiah, rate: rate.rate)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("through", bracket.through)
        writer.field("rate_ppm", PartsPerMillion(bracket.rate))
    }
}

struct PPh23Definition: Definition, Hashable {
    static let summary = "PPh 23 of services: a part of the gross"

    let rule: TaxRule.PPh23

    init(rule: TaxRule.PPh23) { self.rule = rule }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let rate: PartsPerMillion = try reader.required("rate_ppm")
        let more: PartsPerMillion? = try reader.optional(
            "without_number_ppm", "So much more of the tax without NPWP; left out: nothing")
        rule = TaxRule.PPh23(rate: rate.rate, withoutNumber: more?.rate ?? .zero)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("rate_ppm", PartsPerMillion(rule.rate))
        writer.field("without_number_ppm", PartsPerMillion(rule.withoutNumber))
    }

    var faults: [JSONFault] {
        isBearable(1_000_000, Int(rule.rate.partsPerMillion), Int(rule.withoutNumber.partsPerMillion))
            ? [] : [JSONFault(field: "rate_ppm", reason: "takes half of a payment or more")]
    }
}
