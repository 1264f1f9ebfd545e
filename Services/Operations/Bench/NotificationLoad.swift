import Kafka
import PerisaiModels
import Worker

/// Events that make one message each: of 1,000, 650 receipts, 100 welcomes of persons who are not known yet, 150
/// reminders and 100 months of arrears, all but the welcomes for persons whose contact is known.
struct NotificationLoad: BenchSource {
    static let day = BenchAgents.month.day(10)

    let known: Int
    let count: Int
    let seed: UInt64
    /// Messages by kind that must come of them.
    private(set) var expected: [String: Int] = [:]
    /// The person who comes next of those who are not known.
    private(set) var fresh: Int
    private var random: SimulatedRandom
    private var number = 0
    private let label: String
    private let branch: BranchCode

    /// `run` parts the events of one run from those of another.
    init(known: Int, count: Int, run: Int, seed: UInt64, fresh: Int) throws {
        self.known = known
        self.count = count
        self.seed = seed
        self.fresh = fresh
        label = "N\(seed)-\(run)-"
        random = SimulatedRandom(seed: seed &+ UInt64(run) &* 7_919)
        branch = try BranchCode("N00")
    }

    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int {
        let end = min(count, number + min(limit, count))
        let first = number
        while number < end {
            try send(try record())
            number += 1
        }
        return end - first
    }

    private mutating func record() throws -> OutgoingRecord {
        let draw = random.below(1_000)
        if (650..<750).contains(draw) { return try welcome() }
        let kpj = try BenchPayers.kpj(random.below(known))
        return switch draw {
        case ..<650: try receipt(kpj)
        case ..<900: reminder(kpj)
        default: arrears(kpj, months: 1 + draw % 3)
        }
    }

    private mutating func receipt(_ kpj: KPJ) throws -> OutgoingRecord {
        let reference = "\(label)\(number)"
        expected["receipt", default: 0] += 1
        return event(
            ContributionPosted(
                paymentID: EventKey.payment(bank: BankCode.bni.text, reference: reference), bank: .bni,
                reference: try PaymentReference(reference), payer: .participant(kpj), amount: BenchAgents.amount,
                allocations: [Allocation(month: BenchAgents.month, amount: BenchAgents.amount, outstanding: .zero)],
                credited: .zero, protectedFrom: BenchAgents.month.firstDay, protectedUntil: BenchAgents.month.lastDay,
                fromSuspense: false, bookedOn: Self.day))
    }

    private mutating func welcome() throws -> OutgoingRecord {
        defer { fresh += 1 }
        expected["welcome-participant", default: 0] += 1
        return event(
            ParticipantEnrolled(
                submissionID: try SubmissionID("\(label)\(number)"), kpj: try BenchPayers.kpj(fresh),
                nik: try NIK(code: BenchPayers.nik(fresh)), name: "Ni Wayan Sari",
                phone: try PhoneNumber(code: 628_120_000_000 + Int64(fresh)), branch: branch,
                programmes: [.jkk, .jkm, .jht], monthlyIncome: Rupiah(1_000_000), occupation: .other,
                newlyRegistered: true, zone: .wita, enrolledOn: Self.day, firstMonth: BenchAgents.month))
    }

    private mutating func reminder(_ kpj: KPJ) -> OutgoingRecord {
        expected["reminder-participant", default: 0] += 1
        return event(
            ContributionReminded(
                payer: .participant(kpj), kind: .beforeDue, month: BenchAgents.month, amount: BenchAgents.amount,
                kodeIuran: KodeIuran(participant: kpj), dueOn: BenchAgents.month.day(15), remindedOn: Self.day))
    }

    private mutating func arrears(_ kpj: KPJ, months: Int) -> OutgoingRecord {
        expected["arrears-\(months)", default: 0] += 1
        let since = BenchAgents.month.advanced(by: -months)
        return event(
            CoverChanged(
                payer: .participant(kpj), status: .grace, unpaidMonths: months,
                protectedUntil: since.advanced(by: -1).lastDay, unpaidSince: since,
                payableUntil: since.advanced(by: 3).day(15), changedOn: Self.day))
    }

    private mutating func event<Data: EventData>(_ data: Data) -> OutgoingRecord {
        let time = BenchAgents.time(on: Self.day, number: number)
        return EventRecord.make(
            EventAttributes(id: random.uuid(at: time).text, source: "/perisai/bench", type: Data.type, time: time),
            data)
    }
}
