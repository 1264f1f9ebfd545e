import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

/// Definitions as JSON: what is written is read again, and what is wrong is named.
@Suite struct SchemeDefinitionTests {
    private func example(_ name: String) throws -> String {
        try String(contentsOf: repositoryFile("docs/examples/schemes/\(name).json"), encoding: .utf8)
    }

    private func faults(_ text: String) -> [String] {
        do {
            _ = try EffectiveRowAction.read(file: Array(text.utf8))
            return []
        } catch let error as DefinitionFaults { return error.faults.map(\.description) } catch { return ["\(error)"] }
    }

    @Test(arguments: ["scheme-c", "tax-pph21", "payout-2027"]) func examples(_ name: String) throws {
        let text = try example(name)
        #expect(faults(text) == [])
        let action = try EffectiveRowAction.read(file: Array(text.utf8))
        let again = try action.json.withUnsafeBytes { try EffectiveRowAction.read(bytes: $0) }
        #expect(again == action)
        if let tax = action.tax { #expect(tax.rule == TaxRule(.pph21)) }
    }

    /// Any valid definition, written and read, is the same; so is the file that proposes it.
    @Test func whatIsWrittenIsRead() throws {
        var generator = SeededGenerator("whatIsWrittenIsRead")
        let from = try #require(CivilDate(year: 2027, month: 1, day: 1))
        for _ in 0..<500 {
            let scheme = SchemesRandom.scheme(&generator)
            let definition = SchemeDefinition(scheme)
            #expect(definition.faults.isEmpty)
            #expect(try definition.json.withUnsafeBytes { try SchemeDefinition.read(bytes: $0) }.scheme == scheme)
            let action = EffectiveRowAction(
                .scheme, code: scheme.code, from: from, regulation: "a test", scheme: definition)
            #expect(try EffectiveRowAction.read(file: action.json) == action)

            let rule = SchemesRandom.tax(&generator)
            let tax = TaxDefinition(rule)
            if tax.faults.isEmpty {
                let read = try tax.json.withUnsafeBytes { try TaxDefinition.read(bytes: $0) }.rule
                // Parts that the kind does not use are not written.
                #expect(read.kind == rule.kind)
                #expect(read.kind != .byPayee || read == rule)
            }
        }
        // A part that is left out is the published one.
        let short = try Array(#"{"kind": "by-payee"}"#.utf8).withUnsafeBytes { try TaxDefinition.read(bytes: $0) }
        #expect(short.rule == TaxRule(.byPayee))
        let bare = try Array(#"{"partner_banks": ["022"]}"#.utf8).withUnsafeBytes {
            try PayoutPolicyDefinition.read(bytes: $0)
        }
        #expect(bare.policy == PayoutPolicy(partnerBanks: [.cimbNiaga]))
    }

    @Test func sharesAddUpUnderAnyScheme() throws {
        var generator = SeededGenerator("sharesAddUpUnderAnyScheme")
        for _ in 0..<2_000 {
            let scheme = SchemesRandom.scheme(&generator)
            let total = Rupiah(.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator))
            let parts = try scheme.share.parts(of: total)
            switch scheme.share {
            case .within: #expect(try parts.agent.adding(parts.wadah) == total)
            case .onTop(let rate): #expect(try parts.agent == total && parts.wadah == rate.of(total))
            }
            let back = try scheme.share.parts(of: total.negated())
            #expect(try back.agent.adding(parts.agent).isZero && back.wadah.adding(parts.wadah).isZero)

            let new = Newcomers(
                threeProgrammes: .random(in: 0...300, using: &generator),
                twoProgrammes: .random(in: 0...300, using: &generator), workers: .random(in: 0...300, using: &generator)
            )
            let step = try #require(scheme.steps.first)
            let month = try scheme.statement(
                newcomers: new,
                contributions: [scheme.line(step.rule, step.rate): LineFigures(count: 1, base: Rupiah(1_234_567))])
            let wadah = try scheme.share.parts(of: month.total)
            #expect(month.agentShare == wadah.agent && month.wadahShare == wadah.wadah)
        }
    }

    private static let badSchemes: [(String, String, String)] = [
        (#""code": "C","#, #""code": "c","#, "scheme.code: must be written ^[A-Z0-9-]{1,8}$"),
        (#""code": "C","#, #""code": "CCCCCCCCC","#, "scheme.code: must be written ^[A-Z0-9-]{1,8}$"),
        (#""from_new": 25"#, #""from_new": 0"#, "scheme.tiers[0].from_new: must lie between 1 and 1000000"),
        (
            #""from_new": 100"#, #""from_new": 25"#,
            "scheme.tiers[1].from_new: must be more than that of the tier before"
        ),
        (
            #""from_new": 100"#, #""from_new": 24"#,
            "scheme.tiers[1].from_new: must be more than that of the tier before"
        ),
        (#""from_new": 25,"#, "", "scheme.tiers[0].from_new: is missing"),
        ("20000,", "1000000001,", "scheme.tiers[1].three_programmes: must lie between 0 and 1000000000"),
        ("20000,", "-1,", "scheme.tiers[1].three_programmes: must lie between 0 and 1000000000"),
        (
            #""from_new": 25,"#, #""from_new": 25, "flat": 1,"#,
            "scheme.tiers[0].flat: give flat alone, or three_programmes and two_programmes"
        ),
        (
            #", "two_programmes": 10000"#, "",
            "scheme.tiers[0].flat: give flat alone, or three_programmes and two_programmes"
        ),
        (#""through": 12"#, #""through": 0"#, "scheme.steps[0].through: must lie between 1 and 1200"),
        (#""through": 60"#, #""through": 1201"#, "scheme.steps[1].through: must lie between 1 and 1200"),
        (#""through": 60"#, #""through": 12"#, "scheme.steps[1].through: overlaps the step before"),
        (#""through": 60"#, #""through": 6"#, "scheme.steps[1].through: overlaps the step before"),
        (#""through": 12, "#, "", "scheme.steps[0].through: only the last step has no end"),
        ("175000", "1000001", "scheme.steps[0].rate_ppm: must lie between 0 and 1000000"),
        ("175000", "-1", "scheme.steps[0].rate_ppm: must lie between 0 and 1000000"),
        ("175000", "17.5", "scheme.steps[0].rate_ppm: must be a whole number"),
        ("175000", #""175000""#, "scheme.steps[0].rate_ppm: must be a whole number"),
        ("175000", "60000", "scheme.steps[1].rate_ppm: is the rate of another step"),
        ("75000, ", "75000000, ", "scheme.employer.rate_ppm: must lie between 0 and 1000000"),
        (#""2022-04-01""#, #""2022-04-31""#, "scheme.employer.enrolled_before: must be a date YYYY-MM-DD"),
        (
            #""arrears_months": 0"#, #""arrears_months": 1201"#,
            "scheme.employer.arrears_months: must lie between 0 and 1200"
        ),
        (#""limit": 7000000"#, #""limit": -1"#, "scheme.employer.limit: must lie between 0 and 1000000000000000"),
        ("120000", "1000001", "scheme.share.wadah_ppm: must lie between 0 and 1000000"),
        (#", "wadah_ppm": 120000"#, "", "scheme.share.wadah_ppm: is missing"),
        (#""on-top""#, #""within""#, "scheme.share.agent_ppm: is missing"),
        (#""on-top""#, #""inside""#, "scheme.share.kind: must be one of within, on-top"),
        (#""payee": "wadah""#, #""payee": "agent""#, "scheme.payee: must be one of owner, wadah"),
        (
            #""wadah_minimum_agents": 5"#, #""wadah_minimum_agents": 1001"#,
            "scheme.wadah_minimum_agents: must lie between 0 and 1000"
        ),
        (#""contract_years": 1"#, #""contract_years": 11"#, "scheme.contract_years: must lie between 1 and 10"),
        (#""contract_years": 1"#, #""contract_years": 0"#, "scheme.contract_years: must lie between 1 and 10"),
        (#""counts_workers": false"#, #""counts_workers": 0"#, "scheme.counts_workers: must be true or false"),
        (#""2027-01-01""#, #""2027-01-02""#, "valid_from: must be the first day of a month"),
        (#""ends": "B""#, #""valid_until": "2027-06-29""#, "valid_until: must be a month's last day"),
        (#""ends": "B""#, #""valid_until": "2026-06-30""#, "valid_until: is before valid_from"),
        (#""ends": "B""#, #""ends": "C""#, "ends: names this row itself"),
        (#""kind": "scheme""#, #""kind": "plan""#, "kind: must be one of scheme, tax, payout"),
        (#""kind": "scheme""#, #""kind": "tax""#, "scheme: is not used by kind tax: leave it out"),
    ]

    @Test(arguments: badSchemes) func badSchemesAreRefused(_ part: String, _ other: String, _ fault: String) throws {
        let text = try example("scheme-c")
        let range = try #require(text.range(of: part, options: part == "\"code\": \"C\"," ? .backwards : []))
        #expect(faults(text.replacingCharacters(in: range, with: other)).contains(fault))
    }

    @Test func unknownNamesAreRefused() throws {
        let text = try example("scheme-c")
        let misspelt = faults(
            text.replacing("arrears_months", with: "arrear_months").replacing("\"ends\"", with: "\"end\""))
        #expect(misspelt.count == 2)
        #expect(misspelt[0].hasPrefix("end: is not a field; known are kind, code, valid_from, valid_until, ends,"))
        #expect(misspelt[1].hasPrefix("scheme.employer.arrear_months: is not a field; known are rate_ppm,"))
        #expect(
            faults(text.replacing("rate_ppm\": 60000", with: "ratePPM\": 60000")).first?.contains(": rate_ppm is")
                == true)
        let twice = faults(text.replacing("\"ends\"", with: "\"payee\": 1, \"ends\": \"B\", \"ends\""))
        #expect(twice.contains { $0.hasPrefix("payee: is not a field") } && twice.contains("ends: stands twice"))
    }

    /// One look tells all: every bound at once, then every rule between fields.
    @Test func allFaultsAtOnce() throws {
        let text = try example("scheme-c")
        let bounds = text.replacing("175000", with: "-1").replacing("\"payee\": \"wadah\"", with: "\"payee\": 1")
            .replacing("\"contract_years\": 1", with: "\"contract_years\": 99")
        #expect(faults(bounds).count == 3)
        let rules = text.replacing("175000", with: "60000").replacing("\"from_new\": 100", with: "\"from_new\": 5")
            .replacing("2027-01-01", with: "2027-01-05").replacing("\"code\": \"C\",\n    ", with: "\"code\": \"D\", ")
        #expect(
            faults(rules) == [
                "valid_from: must be the first day of a month", "scheme.code: must be the row's code",
                "scheme.tiers[1].from_new: must be more than that of the tier before",
                "scheme.steps[1].rate_ppm: is the rate of another step",
            ])
        #expect(faults("") == ["is empty"])
        #expect(faults("[]") == ["is not a JSON object"])
        #expect(faults(String(repeating: " ", count: 65_537)) == ["is longer than 65536 bytes"])
        let many = #"{"kind": "scheme", "steps": 1"# + (0..<100).map { #", "x\#($0)": 1"# }.joined() + "}"
        #expect(faults(many).count == 50)
    }

    private static let badOthers: [(String, String, String, String)] = [
        ("tax-pph21", "500000,", "1000001,", "tax.pph21.base_ppm: must lie between 0 and 1000000"),
        ("tax-pph21", "250000000,", "60000000,", "tax.pph21.brackets[1].through: overlaps the bracket before"),
        (
            "tax-pph21", #"{"rate_ppm": 350000}"#, #"{"through": 1, "rate_ppm": 350000}"#,
            "tax.pph21.brackets[4].through: must be left out: nothing may lie above the last"
        ),
        ("tax-pph21", #""through": 60000000, "#, "", "tax.pph21.brackets[0].through: only the last bracket has no end"),
        ("tax-pph21", "350000", "900000", "tax.pph21.brackets[4].rate_ppm: takes half of a payment or more"),
        ("tax-pph21", #""kind": "pph21""#, #""kind": "pph23""#, "tax.pph21: is not used by kind pph23: leave it out"),
        (
            "tax-pph21", #""kind": "pph21""#, #""kind": "pph22""#,
            "tax.kind: must be one of none, pph21, pph23, by-payee"
        ),
        ("tax-pph21", "PMK", "NIK 1271215712960003", "regulation: must not hold a NIK"),
        ("payout-2027", #""022""#, #""22""#, "payout.partner_banks[0]: must be written ^[0-9]{3}$"),
        ("payout-2027", #""022""#, #""009""#, "payout.partner_banks[1]: stands twice"),
        ("payout-2027", #""022", "009""#, "", "payout.partner_banks: must have 1 to 50"),
        ("payout-2027", "10000\n", "0\n", "payout.minimum: must lie between 1 and 1000000000"),
        ("payout-2027", "0000123456", "12345", "payout.debtor.account: must be written ^[0-9]{6,20}$"),
        (
            "payout-2027", "BNINIDJA", "BNINIDJ",
            "payout.debtor.bic: must be written ^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"
        ),
        ("payout-2027", #""bank": "009", "#, "", "payout.debtor.bank: is missing"),
        ("payout-2027", "BPJS KETENAGAKERJAAN", "1271215712960003", "payout.debtor.name: must not hold a NIK"),
    ]

    @Test(arguments: badOthers)
    func badTaxesAndPoliciesAreRefused(_ name: String, _ part: String, _ other: String, _ fault: String) throws {
        let text = try example(name)
        let range = try #require(text.range(of: part))
        #expect(faults(text.replacingCharacters(in: range, with: other)).contains(fault))
    }
}
