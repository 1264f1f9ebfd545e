import PerisaiModels
import TestSupport
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// Random events of a branch, around a business date that goes on: late and early ones, repeats, money taken back before
/// it came.
struct FuzzBranch {
    typealias Input = Event<CommissionInput>

    static let agents = 5
    private static let participants = 40
    private static let employers = 5

    var generator: SeededGenerator
    var today: CivilDate
    /// Whether a submission may be told again with other words: the first ones count.
    var contradicts = true
    private(set) var told: [Input] = []
    private var serial: UInt64 = 0
    private var payments: [ContributionPosted] = []
    /// Payments whose reversal was told before them.
    private var later: [ContributionPosted] = []

    init(_ generator: SeededGenerator, today: CivilDate) {
        self.generator = generator
        self.today = today
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

    mutating func event(_ input: CommissionInput) -> Input {
        serial += 1
        return Input(key: UUID(serial, 0xF022), time: .earliest, input: input)
    }

    mutating func date(_ date: CivilDate) -> Input {
        today = date
        return event(.dateStarted(BusinessDateStarted(date: date)))
    }

    mutating func activated(_ agent: Int, _ on: CivilDate) throws -> Input {
        var data = AgentActivated.sample
        data.agentID = Branch.agent(agent)
        data.wadahID = try WadahID("W-\(number(1...2))")
        data.branch = try BranchCode("DPS")
        data.name = "AGEN NOMOR \(agent)"
        data.bank = .bni
        data.accountNumber = try AccountNumber("001234567\(agent)")
        data.accountHolder = data.name
        data.activatedOn = on
        return event(.agentActivated(data))
    }

    /// Some events that were never told, and sometimes one that was.
    mutating func batch(_ size: Int) throws -> [Input] {
        var events: [Input] = []
        for _ in 0..<size {
            switch number(1...100) {
            case ...25: events.append(try participant())
            case ...30: events.append(try employer())
            case ...70: events.append(payment())
            case ...80: events.append(reversal())
            case ...86: events.append(credit())
            case ...90: events.append(release())
            case ...92: events.append(try activated(number(1...Self.agents), past(60)))
            case ...95 where !later.isEmpty: events.append(event(.posted(later.removeLast())))
            default: if let one = told.randomElement(using: &generator) { events.append(one) }
            }
        }
        told += events
        return events
    }

    /// Late, very late, or before the business date has come.
    private mutating func past(_ days: Int) -> CivilDate {
        chance(3) ? today.adding(days: number(1...40)) : today.adding(days: -number(0...(chance(10) ? 150 : days)))
    }

    private mutating func payer() -> PayerNumber {
        chance(80)
            ? .participant(Branch.kpj(number(1...Self.participants)))
            : .employer(Branch.npp(number(1...Self.employers)))
    }

    private mutating func submission(_ prefix: String, _ most: Int) throws -> SubmissionID {
        try SubmissionID("\(prefix)-\(contradicts ? number(1...most) : Int(serial) + 100)")
    }

    private mutating func participant() throws -> Input {
        var data = ParticipantEnrolled.sample
        let member = number(1...Self.participants)
        data.kpj = Branch.kpj(member)
        data.submissionID = try submission("P-\(member)", 3)
        data.agentID = chance(90) ? Branch.agent(number(1...Self.agents)) : nil
        data.enrolledOn = past(40)
        data.firstMonth = data.enrolledOn.contributionMonth.advanced(by: chance(20) ? -number(1...60) : 0)
        data.programmes = chance(50) ? [.jkk, .jkm] : [.jkk, .jkm, .jht]
        data.newlyRegistered = chance(80)
        return event(.participantEnrolled(data))
    }

    private mutating func employer() throws -> Input {
        var data = EmployerEnrolled.sample
        let employer = number(1...Self.employers)
        data.npp = Branch.npp(employer)
        data.submissionID = try submission("E-\(employer)", 2)
        data.agentID = Branch.agent(number(1...Self.agents))
        data.enrolledOn = past(40)
        data.firstMonth = data.enrolledOn.contributionMonth
        data.monthlyContribution = Rupiah([100_000, 6_999_999, 7_000_000, 7_000_001][number(0...3)])
        data.workers = (0..<number(1...30)).map { index in
            var one = EnrolledWorker.sample
            one.newlyRegistered = index % 4 != 0
            return one
        }
        return event(.employerEnrolled(data))
    }

    private mutating func amount() -> Rupiah { Rupiah(Int64(chance(20) ? number(1...9) : number(10_000...300_000))) }

    private mutating func allocations(_ around: ContributionMonth) -> [Allocation] {
        let first = around.advanced(by: -number(0...6))
        return (0..<number(1...3)).map {
            Allocation(month: first.advanced(by: $0), amount: amount(), outstanding: .zero)
        }
    }

    private mutating func posted() -> ContributionPosted {
        var data = ContributionPosted.sample
        serial += 1
        data.paymentID = UUID(serial, 0x9A1D)
        data.payer = payer()
        data.bookedOn = past(35)
        data.allocations = allocations(data.bookedOn.contributionMonth)
        data.credited = .zero
        payments.append(data)
        return data
    }

    private mutating func payment() -> Input { event(.posted(posted())) }

    private mutating func reversal() -> Input {
        var data: ContributionPosted
        if chance(30) {
            data = posted()
            later.append(data)
        } else {
            data = payments.randomElement(using: &generator) ?? posted()
        }
        if chance(20) { data.allocations.removeLast() }
        return event(
            .reversed(
                ContributionReversed(
                    paymentID: data.paymentID, bank: data.bank, reference: data.reference, payer: data.payer,
                    amount: data.amount, allocations: data.allocations, credited: data.credited, bookedOn: past(20))))
    }

    private mutating func credit() -> Input {
        let date = past(30)
        return event(
            .creditApplied(
                CreditApplied(payer: payer(), allocations: allocations(date.contributionMonth), appliedOn: date)))
    }

    private mutating func release() -> Input {
        let date = past(30)
        return event(
            .released(
                ContributionReleased(
                    payer: payer(), allocations: allocations(date.contributionMonth), releasedOn: date)))
    }

    /// An event that no batch can take.
    mutating func refused() -> Input {
        var data = ContributionPosted.sample
        data.paymentID = UUID(serial, 0xBAD)
        data.payer = payer()
        data.bookedOn = today
        data.allocations = [Allocation(month: today.contributionMonth, amount: Rupiah(.max), outstanding: .zero)]
        return event(.posted(data))
    }
}
