import CommissionCalculator
import PerisaiModels
import Worker

import struct Foundation.UUID

/// Agents, their participants and the contributions of one month, computed from numbers so that nothing has to be kept.
///
/// A twentieth of an agent's participants is enrolled in the month itself, two thirds of these with JHT; the others in
/// the 65 months before, evenly, so that all steps of scheme B occur and a twelfth earns nothing any more. Every
/// participant pays once, in an order that is none of their numbers.
struct BenchAgents: Sendable {
    /// The month that the contributions are booked in and for, under scheme B (Perdir 13/PERDIR.02/042022).
    static let month = ContributionMonth(year: 2026, month: 10) ?? .earliest
    /// JKK, JKM and JHT of a declared income of 1 million, in rupiah a month.
    static let amount = Rupiah(36_800)
    static let wadahAgents = 50
    private static let newEvery = 20
    private static let oldestMonths = 65

    let count: Int
    let seed: UInt64
    private let branch: BranchCode
    private let ids: [AgentID]

    init(count: Int, seed: UInt64) throws {
        self.count = count
        self.seed = seed
        branch = try BranchCode("N00")
        ids = try (0..<count).map { try AgentID("AG-\(100_000 + $0)") }
    }

    func activated(_ index: Int) throws -> Event<CommissionInput> {
        let day = Self.month.advanced(by: -Self.oldestMonths).firstDay
        let data = AgentActivated(
            agentID: ids[index], wadahID: try WadahID("W-\(10_000 + index / Self.wadahAgents)"), branch: branch,
            name: "Agen \(index)", phone: try PhoneNumber(code: 628_110_000_000 + Int64(index)), zone: .wita,
            activatedOn: day, bank: .bni, accountNumber: try AccountNumber("\(1_000_000 + index)"),
            accountHolder: "Agen \(index)", contractUntil: Self.month.advanced(by: 12).lastDay)
        return event(.agentActivated(data), on: day, number: index, stream: 1)
    }

    func payer(_ participant: Int) throws -> PayerNumber { .participant(try BenchPayers.kpj(participant)) }

    func enrolled(_ participant: Int) throws -> Event<CommissionInput> {
        let place = participant / count
        let isNew = place % Self.newEvery == 0
        // 24 and 65 have no common divisor: all ages come, whatever the number of participants.
        let age = isNew ? 0 : 1 + place * 24 % Self.oldestMonths
        let month = Self.month.advanced(by: -age)
        let day = month.day(1 + place % 28)
        let data = ParticipantEnrolled(
            submissionID: try SubmissionID("S\(participant)"), kpj: try BenchPayers.kpj(participant),
            nik: try NIK(code: BenchPayers.nik(participant)), name: "Peserta", agentID: ids[participant % count],
            branch: branch, programmes: isNew && place % 3 == 0 ? [.jkk, .jkm] : [.jkk, .jkm, .jht],
            monthlyIncome: Rupiah(1_000_000), occupation: .other, newlyRegistered: isNew, zone: .wita,
            enrolledOn: day, firstMonth: month)
        return event(.participantEnrolled(data), on: day, number: participant, stream: 2)
    }

    /// The contribution that comes `number`-th of `total`, each participant's one.
    func posted(_ number: Int, of total: Int) throws -> (participant: Int, event: Event<CommissionInput>) {
        let participant = BenchPayers.spread(number, over: total, seed: seed)
        let day = Self.month.day(1 + number * Self.month.dayCount / total)
        let reference = "B\(seed)-\(number)"
        let data = ContributionPosted(
            paymentID: EventKey.payment(bank: BankCode.bni.text, reference: reference), bank: .bni,
            reference: try PaymentReference(reference), payer: try payer(participant), amount: Self.amount,
            allocations: [Allocation(month: Self.month, amount: Self.amount, outstanding: .zero)], credited: .zero,
            fromSuspense: false, bookedOn: day)
        return (participant, event(.posted(data), on: day, number: number, stream: 3))
    }

    private func event(
        _ input: CommissionInput, on day: CivilDate, number: Int, stream: UInt64
    ) -> Event<CommissionInput> {
        var random = SimulatedRandom(seed: seed &+ stream &* 1_000_000_007 &+ UInt64(number) &* 4)
        let time = Self.time(on: day, number: number)
        return Event(key: random.uuid(at: time), time: time, input: input)
    }

    /// Within the day, rising with the number.
    static func time(on day: CivilDate, number: Int) -> Instant {
        Instant(day, secondsFromMidnight: 28_800 + number / 1_000 % 36_000, in: .wita) ?? .earliest
    }
}
