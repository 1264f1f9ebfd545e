import PerisaiModels

extension BranchSimulation {
    /// What becomes of a permit application.
    private enum PermitStory: CaseIterable {
        case registered, readiness, releasedLater, held, withdrawn
    }

    /// The kinds of a dozen applications.
    private static let dozen: [PermitStory] = [
        .registered, .readiness, .releasedLater, .registered, .held, .registered, .releasedLater, .readiness,
        .withdrawn, .registered, .releasedLater, .held,
    ]

    /// Firms apply for permits at the PTSP office (article 001; domain.md 4.2).
    mutating func apply() throws {
        var byMonth: [ContributionMonth: SimulatedPhase] = [:]
        let last = plan.start.advanced(by: plan.months - 1)
        var registered = payers.filter { $0.isEmployer && $0.enrolledOn.contributionMonth < last }
        var later = payers.filter { $0.isEmployer && $0.enrolledOn.contributionMonth > plan.start }
        for number in 0..<plan.permits {
            let story = Self.dozen[number % Self.dozen.count]
            let month = plan.start.advanced(by: number % plan.months)
            switch story {
            case .registered where !registered.isEmpty:
                let firm = registered.removeFirst()
                later.removeAll { $0.nib == firm.nib }
                let on = firm.enrolledOn.contributionMonth.next.day(random.int(2...20))
                try apply(number, firm.nib, firm.name, firm.persons, on: on, &byMonth)
                expected.permits.cleared += 1
            case .releasedLater where !later.isEmpty:
                let firm = later.removeLast()
                registered.removeAll { $0.nib == firm.nib }
                let on = firm.enrolledOn.contributionMonth.previous.day(random.int(2...20))
                try apply(number, firm.nib, firm.name, firm.persons, on: on, &byMonth)
                expected.permits.cleared += 1
                expected.permits.releasedAfterHold += 1
            case .readiness:
                let workers = try (0..<random.int(2...6)).map { _ in
                    try people.person(&random, regency: plan.regency).nik
                }
                let on = month.day(random.int(6...25))
                try apply(
                    number, try people.business(), people.firmName(&random), workers.count, on: on,
                    readiness: ReadinessStatement(signedOn: on, workers: workers), &byMonth)
                expected.permits.cleared += 1
                expected.permits.clearedByReadiness += 1
            case .withdrawn: try applyAndWithdraw(number, month, &byMonth)
            default:
                let workers = random.int(1...9)
                try apply(
                    number, try people.business(), people.firmName(&random), workers, on: month.day(random.int(6...25)),
                    &byMonth)
                expected.permits.held += 1
            }
        }
        phases += byMonth.values
    }

    private mutating func applyAndWithdraw(
        _ number: Int, _ month: ContributionMonth, _ byMonth: inout [ContributionMonth: SimulatedPhase]
    ) throws {
        let nib = try people.business()
        let on = month.day(random.int(6...20))
        try apply(number, nib, people.firmName(&random), random.int(1...9), on: on, &byMonth)
        let withdrawal = PermitWithdrawn(
            applicationID: try applicationID(number), office: try office, nib: nib, withdrawnOn: on.adding(days: 4))
        var phase = byMonth[month] ?? SimulatedPhase("\(month)-2-permits.jsonl")
        add(withdrawal, on.adding(days: 4), &phase, source: "/ptsp/\(plan.branch)")
        byMonth[month] = phase
        expected.permits.withdrawn += 1
    }

    private mutating func apply(
        _ number: Int, _ nib: NIB?, _ name: String, _ workers: Int, on date: CivilDate,
        readiness: ReadinessStatement? = nil, _ byMonth: inout [ContributionMonth: SimulatedPhase]
    ) throws {
        guard let nib else { throw OperationsError("a simulated firm has no NIB") }
        let application = PermitApplied(
            applicationID: try applicationID(number), office: try office,
            kind: number.isMultiple(of: 3) ? .renewal : .new,
            nib: nib, employerName: name, workersDeclared: workers, readiness: readiness, appliedOn: date)
        let month = date.contributionMonth
        var phase = byMonth[month] ?? SimulatedPhase("\(month)-2-permits.jsonl")
        add(application, date, &phase, source: "/ptsp/\(plan.branch)")
        byMonth[month] = phase
        expected.permits.applied += 1
    }

    private var office: OfficeCode { get throws { try OfficeCode("PTSP-\(plan.branch)") } }

    private func applicationID(_ number: Int) throws -> ApplicationID {
        try ApplicationID("IZIN-\(plan.branch)-\(plan.start.year)-\(padded(number + 1, 5))")
    }
}
