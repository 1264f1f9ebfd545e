import PerisaiModels

/// What the banks' statements show of the payments, and where they differ from the notices.
extension BranchSimulation {
    /// The difference that is planted with an ordinary payment, if its turn has come and the payment can bear it.
    mutating func plant(_ index: Int, _ payment: inout SimulatedPayment) -> BankDifferences.Kind? {
        let payer = payers[index]
        // Money that comes before its payer waits for the enrolment, and takes no part.
        guard payer.agent != nil, payer.enrolledOn < payment.bookedOn else { return nil }
        ordinaryPayments += 1
        if let kind = plan.differences.kind(of: ordinaryPayments) { plantedNext.append(kind) }
        guard let place = plantedNext.firstIndex(where: { can(payer, payment, bear: $0) }) else { return nil }
        let kind = plantedNext.remove(at: place)
        if kind == .statementOnly {
            // Nobody has told of it: the virtual account in the text must be enough.
            payment.identifier = .virtualAccount("${VA:\(payer.submission.text)}")
        }
        return kind
    }

    private func can(_ payer: Payer, _ payment: SimulatedPayment, bear kind: BankDifferences.Kind) -> Bool {
        switch kind {
        case .statementOnly: true
        case .noticeOnly: SimulatedBanks.tellsItsDays(payment.bank)
        // A day later an employer may owe a fine; and the day must belong to the statement.
        case .nextDay:
            !payer.isEmployer
                && payment.bookedOn < min(payment.bookedOn.contributionMonth.lastDay, plan.lastDate)
        }
    }

    /// The line of a payment, and what the comparison with its notice should find.
    mutating func show(_ payment: SimulatedPayment, name: String?, _ planted: BankDifferences.Kind?) {
        var bank = expected.banks[payment.bank] ?? ExpectedFigures.Bank()
        switch planted {
        case .statementOnly: bank.statementOnly.add(payment.amount)
        case .noticeOnly: bank.noticeOnly.add(payment.amount)
        case .nextDay:
            bank.confirmed.add(payment.amount)
            bank.dateDiffers.add(payment.amount)
        case nil: bank.confirmed.add(payment.amount)
        }
        expected.banks[payment.bank] = bank
        guard planted != .noticeOnly else { return }
        bankLines.append(SimulatedBankLine(payment, name: name, daysLater: planted == .nextDay ? 1 : 0))
    }

    /// The fees of the banks.
    private func feeLines() -> [SimulatedBankLine] {
        var lines: [SimulatedBankLine] = []
        let months = Set(bankLines.map { BankMonth(bank: $0.bank, month: $0.bookedOn.contributionMonth) })
        for place in months.sorted(by: { ($0.month, $0.bank.code) < ($1.month, $1.bank.code) }) {
            let day = min(place.month.day(28), plan.lastDate)
            // Every third month the fee is taken twice, and one of them given back.
            let isTwice = plan.start.distance(to: place.month) % 3 == 2
            let kinds: [SimulatedBankLine.Kind] = isTwice ? [.fee, .fee, .feeReturned] : [.fee]
            for (number, kind) in kinds.enumerated() {
                lines.append(
                    SimulatedBankLine(
                        bank: place.bank, kind: kind, bookedOn: day, valueOn: day, amount: 6_500,
                        reference: "ADM\(place.month.description.filter { $0 != "-" })\(number + 1)"))
            }
        }
        return lines
    }

    mutating func makeStatements() -> [SimulatedStatement] {
        let statements = SimulatedBanks.statements(bankLines + feeLines(), until: plan.lastDate)
        for statement in statements {
            expected.banks[statement.bank, default: ExpectedFigures.Bank()].statements += 1
            expected.banks[statement.bank, default: ExpectedFigures.Bank()].lines += statement.lines
        }
        return statements
    }

    private struct BankMonth: Hashable {
        let bank: BankCode
        let month: ContributionMonth
    }
}
