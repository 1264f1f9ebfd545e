import Kafka
import PerisaiModels
import Worker

/// Postings of contributions, each participant's in turn: nine tenths for one month, the others for two; one in fifty is
/// taken back some time later.
struct ContributionLoad: BenchSource {
    let agents: BenchAgents
    let participants: Int
    let contributions: Int
    let seed: UInt64
    /// Rows of accruals that must come of them: one a month and movement.
    private(set) var rows = 0
    private var random: SimulatedRandom
    private var number = 0
    /// Reversals in the order of `due`: the number of the posting before which they are sent.
    private var later: [(due: Int, record: OutgoingRecord, rows: Int)] = []
    private var laterHead = 0

    /// How many postings later a reversal comes.
    private static let delay = 20_000

    init(agents: BenchAgents, participants: Int, contributions: Int, seed: UInt64) {
        self.agents = agents
        self.participants = participants
        self.contributions = contributions
        self.seed = seed
        random = SimulatedRandom(seed: seed)
    }

    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int {
        var sent = 0
        while sent < limit {
            if laterHead < later.count, later[laterHead].due <= number || number >= contributions {
                try send(later[laterHead].record)
                rows += later[laterHead].rows
                laterHead += 1
            } else {
                guard number < contributions else { break }
                try emit(send)
                number += 1
            }
            sent += 1
        }
        later.removeFirst(laterHead)
        laterHead = 0
        return sent
    }

    private mutating func emit(_ send: (OutgoingRecord) throws -> Void) throws {
        let participant = BenchPayers.spread(number, over: participants, seed: seed)
        let day = BenchAgents.month.day(1 + number * 28 / contributions)
        let months = random.chance(perMille: 100) ? 2 : 1
        let reference = "B\(seed)-\(number)"
        let posted = ContributionPosted(
            paymentID: EventKey.payment(bank: BankCode.bni.text, reference: reference), bank: .bni,
            reference: try PaymentReference(reference), payer: try agents.payer(participant),
            amount: try BenchAgents.amount.multiplied(by: Int64(months)),
            allocations: (0..<months).reversed().map {
                Allocation(
                    month: BenchAgents.month.advanced(by: -$0), amount: BenchAgents.amount, outstanding: .zero)
            }, credited: .zero, fromSuspense: false, bookedOn: day)
        rows += months
        try send(record(posted, on: day))
        guard random.chance(perMille: 20) else { return }
        let reversed = ContributionReversed(
            paymentID: posted.paymentID, bank: .bni, reference: try PaymentReference("R\(seed)-\(number)"),
            payer: posted.payer, amount: posted.amount,
            allocations: posted.allocations.map {
                Allocation(month: $0.month, amount: $0.amount, outstanding: $0.amount)
            }, credited: .zero, bookedOn: day.adding(days: 2))
        later.append((number + Self.delay, record(reversed, on: day.adding(days: 2)), months))
    }

    private mutating func record<Data: EventData>(_ data: Data, on day: CivilDate) -> OutgoingRecord {
        let time = BenchAgents.time(on: day, number: number)
        return EventRecord.make(
            EventAttributes(
                id: random.uuid(at: time).text, source: "/perisai/payment-reconciler", type: Data.type, time: time),
            data)
    }
}
