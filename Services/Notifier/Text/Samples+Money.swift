import PerisaiModels

import struct Foundation.UUID

/// Payments, dues and enforcement.
extension Samples {
    static var money: [NotifierInput] {
        let posted = postedSample
        var many = posted
        many.allocations = (0..<24).map {
            Allocation(
                month: posted.allocations[0].month.advanced(by: $0), amount: Rupiah(999_999_999), outstanding: .zero)
        }
        many.payer = .employer(.sample)
        many.fines = [posted.allocations[0]]
        many.sanctionFines = [posted.allocations[0]]
        var partial = posted
        partial.allocations = [posted.allocations[1]]
        partial.credited = .zero
        partial.protectedFrom = nil
        partial.protectedUntil = nil
        partial.fromSuspense = false
        var reversed = ContributionReversed.sample
        reversed.payer = many.payer
        reversed.allocations = many.allocations
        reversed.credited = Rupiah(1_200)
        reversed.fines = many.fines
        reversed.sanctionFines = many.fines
        var plain = reversed
        plain.payer = posted.payer
        plain.allocations = [posted.allocations[1]]
        plain.credited = .zero
        plain.fines = nil
        plain.sanctionFines = nil
        return [
            .contributionPosted(posted), .contributionPosted(many), .contributionPosted(partial),
            .contributionReversed(reversed), .contributionReversed(plain),
        ] + exceptions
            + DifferenceKind.allCases.map {
                var different = PaymentDifferent.sample
                different.payer = .employer(.sample)
                different.kind = $0
                return .paymentDifferent(different)
            }
    }

    private static var postedSample: ContributionPosted {
        var posted = ContributionPosted.sample
        let part = Allocation(month: .sample, amount: Rupiah(16_800), outstanding: .zero)
        posted.allocations = [
            part, Allocation(month: part.month.next, amount: Rupiah(10_000), outstanding: Rupiah(6_800)),
        ]
        posted.credited = Rupiah(1_200)
        posted.fines = nil
        posted.sanctionFines = nil
        posted.protectedFrom = part.month.firstDay
        posted.protectedUntil = part.month.lastDay
        posted.fromSuspense = true
        return posted
    }

    private static var exceptions: [NotifierInput] {
        let unposted = [ExceptionCode.breakdownMismatch, .conflictingReference].map { code in
            var exception = PaymentException.sample
            exception.code = code
            exception.payer = code == .breakdownMismatch ? .sample : .employer(.sample)
            return NotifierInput.paymentException(exception)
        }
        var escalated = ExceptionEscalated.sample
        escalated.code = .conflictingReference
        escalated.payer = .sample
        escalated.owner = longName
        var bare = escalated
        bare.payer = nil
        bare.owner = nil
        return unposted + [.exceptionEscalated(escalated), .exceptionEscalated(bare)]
    }

    static var dues: [NotifierInput] {
        let employer = PayerNumber.employer(.sample)
        var inputs: [NotifierInput] = []
        for payer in [PayerNumber.sample, employer] {
            for kind in ReminderKind.allCases {
                for code in [KodeIuran.sample, nil] {
                    var reminded = ContributionReminded.sample
                    reminded.payer = payer
                    reminded.kind = kind
                    reminded.kodeIuran = code
                    inputs.append(.contributionReminded(reminded))
                }
            }
        }
        for (status, months) in [(CoverStatus.grace, 1), (.grace, 2), (.grace, 3), (.lapsed, 4), (.returned, 0)] {
            var cover = CoverChanged.sample
            cover.status = status
            cover.unpaidMonths = months
            cover.unpaidSince = .sample
            cover.payableUntil = .sample
            cover.protectedUntil = .sample
            var bare = cover
            bare.unpaidSince = nil
            bare.payableUntil = nil
            bare.protectedUntil = nil
            inputs += [.coverChanged(cover), .coverChanged(bare)]
        }
        var arrears = ArrearsChanged.sample
        arrears.payer = employer
        arrears.unpaidMonths = 3
        arrears.amount = Rupiah(999_999_999)
        arrears.fines = Rupiah(99_999_999)
        arrears.unpaidSince = .sample
        var bareArrears = arrears
        bareArrears.unpaidMonths = 1
        bareArrears.fines = .zero
        bareArrears.unpaidSince = nil
        var fine = FineAssessed.sample
        fine.payer = employer
        return inputs + [.arrearsChanged(arrears), .arrearsChanged(bareArrears), .fineAssessed(fine)]
    }

    static var enforcement: [NotifierInput] {
        EnforcementStep.allCases.flatMap { step in
            var full = EnforcementStepped.sample
            full.npp = .sample
            full.step = step
            full.employerName = longName
            full.unpaidMonths = 7
            full.arrears = Rupiah(999_999_999)
            full.lateFines = Rupiah(99_999_999)
            full.sanctionFine = Rupiah(9_999_999)
            full.deadline = .sample
            full.remedy = longSentence
            var bare = full
            bare.employerName = "PT A"
            bare.unpaidMonths = 0
            bare.arrears = .zero
            bare.lateFines = .zero
            bare.sanctionFine = .zero
            bare.deadline = nil
            bare.remedy = shortSentence
            return [NotifierInput.enforcementStepped(full), .enforcementStepped(bare)]
        }
    }
}
