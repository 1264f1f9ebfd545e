import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

extension SchemesCommand {
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a row says, in words or as it is stored.",
            discussion: "A code that several kinds use shows each of them. Account numbers are shown by their end.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The row's code.") var code: String
        @Option(help: "Only scheme, tax or payout.") var kind: RowKindArgument?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let rows = try EffectiveRow.list(kind?.kind, on: connection).filter { $0.code == code }
            guard !rows.isEmpty else { throw DeskError("there is no row \(code): see perisai schemes list") }
            if json {
                for row in rows { Console.out(try row.json()) }
                return
            }
            for row in rows {
                Console.out("\(row.kind.name) \(row.code), \(row.days)\n  \(row.regulation)")
                let origin =
                    row.proposal == nil
                    ? "published with the software"
                    : "proposed by \(row.proposedBy ?? "?"), approved by \(row.approvedBy ?? "?")"
                Console.out("  \(origin)")
                for line in try SchemeText.lines(row.action()) { Console.out("  " + line) }
            }
        }
    }
}

extension EffectiveRow {
    /// The row as a person would propose it, its definition read.
    func action() throws -> EffectiveRowAction {
        var text = definition
        func read<Value: Definition>(_ type: Value.Type) throws -> Value {
            try text.withUTF8 { try Value.read(bytes: UnsafeRawBufferPointer($0)) }
        }
        return EffectiveRowAction(
            kind, code: code, from: validFrom, until: validUntil, regulation: regulation,
            scheme: kind == .scheme ? try read(SchemeDefinition.self) : nil,
            tax: kind == .tax ? try read(TaxDefinition.self) : nil,
            payout: kind == .payout ? try read(PayoutPolicyDefinition.self) : nil)
    }

    /// In the form of a file to propose.
    fileprivate func json() throws -> String {
        let action = try action()
        guard let payout = action.payout?.policy, let debtor = payout.debtor else {
            return String(decoding: action.json, as: UTF8.self)
        }
        // Masked: this goes to a screen or a log, not to the bank.
        let number = debtor.account.text
        return String(decoding: action.json, as: UTF8.self)
            .replacing("\"\(number)\"", with: "\"\(SchemeText.masked(number))\"")
    }
}

/// Rows in words.
enum SchemeText {
    static func lines(_ action: EffectiveRowAction) -> [String] {
        (action.scheme.map { lines($0.scheme) } ?? []) + (action.tax.map { lines($0.rule) } ?? [])
            + (action.payout.map { lines($0.policy) } ?? [])
    }

    private static func lines(_ scheme: Scheme) -> [String] {
        var lines = scheme.tiers.map { tier in
            let reward =
                switch tier.reward {
                case .flat(let amount): "\(amount) a month"
                case .each(let three, let two): "\(three) each on 3 programmes, \(two) on 2"
                }
            return "from \(tier.from) new participants: \(reward)"
        }
        if lines.isEmpty { lines.append("new participants earn nothing") }
        lines[lines.count - 1] += scheme.countsWorkers ? " (BPU, and workers of employers)" : " (BPU alone)"
        var first = 1
        for step in scheme.steps {
            let months = step.through.map { "\(first) to \($0)" } ?? "\(first) and later"
            lines.append("contribution months \(months): \(step.rate)")
            first = (step.through ?? first) + 1
        }
        if scheme.steps.last?.through != nil {
            lines.append("after that nothing: the participant passes to the branch")
        }
        lines.append("employers: " + text(scheme.employer))
        switch scheme.share {
        case .within(let rate): lines.append("of the total the agent keeps \(rate), the wadah has the rest")
        case .onTop(let rate): lines.append("the agent keeps the total, the wadah has \(rate) on top")
        }
        lines.append(scheme.payee == .owner ? "paid to the agent's own account" : "paid to the wadah")
        lines.append(
            "wadah: \(scheme.wadahMinimumAgents) agents at least, contracts of at most \(scheme.contractYears == 1 ? "1 year" : "\(scheme.contractYears) years")"
        )
        return lines
    }

    private static func text(_ employer: Scheme.EmployerRule) -> String {
        var parts = ["\(employer.rate)"]
        if let day = employer.enrolledBefore { parts.append("enrolled before \(day)") }
        if let limit = employer.limit {
            parts.append("contribution a month \(employer.limitIncluded ? "up to" : "below") \(limit)")
        }
        if let months = employer.arrearsMonths {
            parts.append(months == 0 ? "paid by the due date" : "paid at most \(months) months after the due date")
        }
        return parts.joined(separator: ", ")
    }

    private static func lines(_ rule: TaxRule) -> [String] {
        var lines: [String] = []
        if rule.kind == .none { lines.append("no tax is withheld") }
        if rule.kind == .pph21 || rule.kind == .byPayee {
            let brackets = rule.pph21.brackets.map { one in
                one.through.map { "\(one.rate) to \($0)" } ?? "\(one.rate) above"
            }
            lines.append(
                "individuals: PPh 21 of \(rule.pph21.base) of each payment, \(brackets.joined(separator: ", "))"
                    + more(rule.pph21.withoutNumber, "NPWP or valid NIK"))
        }
        if rule.kind == .pph23 || rule.kind == .byPayee {
            lines.append(
                "wadah that are legal entities: PPh 23, \(rule.pph23.rate)" + more(rule.pph23.withoutNumber, "NPWP"))
        }
        return lines
    }

    private static func more(_ rate: Rate, _ number: String) -> String {
        rate == .zero ? "" : "; \(rate) more of it without \(number)"
    }

    private static func lines(_ policy: PayoutPolicy) -> [String] {
        let banks = policy.partnerBanks.map { "\($0.text)" + ($0.bankName.map { " \($0)" } ?? "") }
        var lines = ["partner banks: " + banks.joined(separator: ", "), "balances from \(policy.minimum) on are paid"]
        lines.append(
            policy.debtor.map {
                "paid from \($0.name), \($0.bank.text) \(masked($0.account.text))\($0.bic.map { ", " + $0 } ?? "")"
            }
                ?? "the account that pays is not set: no payout can be made")
        return lines
    }

    /// The last four digits.
    static func masked(_ account: String) -> String {
        String(repeating: "*", count: max(0, account.count - 4)) + account.suffix(4)
    }
}
