import PerisaiModels

extension BranchSimulation {
    /// The payments booked in one month: BPU for that month, PU for the month before (domain.md 2.3, 3).
    mutating func pay(_ month: ContributionMonth, isLast: Bool) throws {
        var phase = SimulatedPhase("\(month)-3-payments.jsonl")
        reversals = SimulatedPhase("\(month)-\(Self.reversalsFile)")
        for index in payers.indices {
            // The first of the month opens every payer's dues; surplus is counted for them.
            if payers[index].enrolledOn.contributionMonth < month {
                expected.credited(
                    payers[index].agent, month, payers[index], try payers[index].ledger.open(through: month))
            }
            try pay(index, in: month, isLast: isLast, to: &phase)
        }
        phases += [phase, reversals]
    }

    private mutating func pay(
        _ index: Int, in month: ContributionMonth, isLast: Bool, to phase: inout SimulatedPhase
    ) throws {
        let payer = payers[index]
        let billed = payer.isEmployer ? month.previous : month
        guard billed >= payer.ledger.firstMonth, payer.isLate || payer.enrolledOn < month.firstDay else { return }
        if let through = payer.paidThrough, billed <= through { return }
        // In the last days before the end only those have paid who pay early.
        if isLast, !random.chance(perMille: 350) { return }
        let day =
            isLast
            ? random.int(1...2)
            : payer.isLate && payer.enrolledOn >= month.firstDay
                ? random.int(3...12) : random.chance(perMille: 880) ? random.int(1...15) : random.int(16...24)
        let isFirstOfLate = payer.isLate && payer.enrolledOn >= month.firstDay
        // Agents pay what they owe; so do those whose money waits for their enrolment.
        var kind = payer.agent == nil || isFirstOfLate ? .exact : plan.mix.roll(&random)
        if kind == .advance, payer.payingNIK == nil || isLast { kind = .exact }
        try pay(index, kind, due: payer.ledger.price(of: billed), on: month.day(day), billed, to: &phase)
        if isFirstOfLate { expected.releasedFromSuspense += 1 }
    }

    private mutating func pay(
        _ index: Int, _ kind: PaymentMix.Kind, due: Int64, on date: CivilDate, _ billed: ContributionMonth,
        to phase: inout SimulatedPhase
    ) throws {
        var amount = due
        var months = 1
        switch kind {
        case .partial: amount = max(1_000, due * Int64(random.int(30...80)) / 100 / 100 * 100)
        case .over: amount = due + Int64(random.int(1...20)) * 1_000
        case .advance:
            months = random.int(2...3)
            amount = 0
            for step in 0..<months { amount += try payers[index].ledger.price(of: billed.advanced(by: step)) }
            payers[index].paidThrough = billed.advanced(by: months - 1)
        case .unknown: return try payUnknown(amount, on: date, to: &phase)
        case .exact, .duplicate, .reversed: break
        }
        let identifier: SimulatedPayment.Identifier =
            payers[index].payingNIK.map { .nik($0, months: months) }
            ?? .virtualAccount("${VA:\(payers[index].submission.text)}")
        var payment = SimulatedPayment(
            bank: try bank(), reference: try reference(date), identifier: identifier, amount: amount,
            payerName: random.chance(perMille: 500) ? payers[index].name : nil, bookedOn: date)
        let planted = kind == .exact ? plant(index, &payment) : nil
        if planted != .statementOnly { add(payment, &phase) }
        show(payment, name: payers[index].name, planted)
        let ahead = payers[index].payingNIK == nil || planted == .statementOnly ? 0 : months
        let posted = try payers[index].ledger.post(amount, on: date, ahead: ahead)
        expected.posted(payers[index].agent, date.contributionMonth, payers[index], amount, posted, kind)
        if kind == .duplicate {
            payment.payerName = nil
            add(payment, &phase)
            expected.duplicates += 1
        }
        if kind == .reversed {
            payment.originalReference = payment.reference
            payment.reference = try reference(date)
            payment.bookedOn = date.adding(days: random.int(1...3))
            let (time, event) = event(of: payment)
            reversals.add(time, event)
            bankLines.append(SimulatedBankLine(payment, name: payers[index].name))
            let refilled = payers[index].ledger.takeBack(posted)
            expected.reversed(
                payers[index].agent, payment.bookedOn.contributionMonth, payers[index], amount, posted, refilled)
        }
    }

    /// Money under a number that nobody has: it stays in suspense.
    private mutating func payUnknown(_ amount: Int64, on date: CivilDate, to phase: inout SimulatedPhase) throws {
        let identifier: SimulatedPayment.Identifier
        if random.chance(perMille: 500) {
            identifier = .nik(try people.person(&random, regency: plan.regency).nik, months: 1)
        } else {
            // 1977: no number of that year is given out any more.
            let number = try KPJ(code: 77_010_000_000 + Int64(random.int(1...9_999_999)))
            identifier = .virtualAccount(VirtualAccount(payer: .participant(number)).text)
        }
        let payment = SimulatedPayment(
            bank: try bank(), reference: try reference(date), identifier: identifier, amount: amount, payerName: nil,
            bookedOn: date)
        add(payment, &phase)
        show(payment, name: nil, nil)
        expected.suspense(amount)
    }

    private mutating func add(_ payment: SimulatedPayment, _ phase: inout SimulatedPhase) {
        let (time, event) = event(of: payment)
        phase.add(time, event)
    }

    private mutating func event(of payment: SimulatedPayment) -> (Instant, [UInt8]) {
        expected.paymentEvents += 1
        let time = writer.moment(payment.bookedOn, &random)
        return (time, writer.payment(payment, at: time, &random))
    }

    private mutating func bank() throws -> BankCode { try BankCode(code: random.pick(SimulatedBanks.codes)) }

    private mutating func reference(_ date: CivilDate) throws -> PaymentReference {
        nextReference += 1
        return try PaymentReference("TRX\(date.description.replacing("-", with: ""))\(padded(nextReference, 8))")
    }

    /// Figures that follow from the end of the simulation.
    mutating func finish() {
        for payer in payers {
            if payer.ledger.isActive {
                expected.activePayers += 1
                expected.activePersons += payer.persons
            }
            expected.outstanding += payer.ledger.outstanding
            expected.credit += payer.ledger.credit
            expected.fines += payer.ledger.paidFines
            expected.unpaidFines += payer.ledger.unpaidFines
        }
    }
}
