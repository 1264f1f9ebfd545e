import Kafka
import PerisaiModels
import Worker

/// What the payments of a region come to, as they were made, in rupiah.
struct RegionFigures: Equatable {
    var payments: Int64 = 0
    var received: Int64 = 0
    var posted: Int64 = 0
    var suspended: Int64 = 0
    var reversed: Int64 = 0
    var duplicates: Int64 = 0
    var unknown: Int64 = 0
    var reversals: Int64 = 0
    var partial: Int64 = 0
    var over: Int64 = 0
    var older: Int64 = 0
}

/// The month of a region: every participant pays once by virtual account, in the order of the days, nine tenths of them
/// until the due date. Duplicates and reversals come some time after their payment; a quarter of the reversals come
/// before it.
struct RegionLoad: BenchSource {
    let participants: Int
    let seed: UInt64
    private(set) var expected = RegionFigures()
    private var random: SimulatedRandom
    private var number = 0
    /// Records that come later, in the order of `due`: the number of the payment before which they are sent.
    private var later: [(due: Int, record: OutgoingRecord)] = []
    private var laterHead = 0

    /// How many payments later a late record comes.
    private static let delay = 20_000
    /// One payer of so many is in arrears of one month.
    private static let arrearsEvery = 33

    private enum Kind { case exact, unknown, duplicate, partial, over, reversed }

    init(participants: Int, seed: UInt64) {
        self.participants = participants
        self.seed = seed
        random = SimulatedRandom(seed: seed)
    }

    /// What stands in the tables before the month's payments.
    static func standing(_ index: Int) -> BenchPayers.Standing {
        index % arrearsEvery == 0 ? BenchPayers.Standing(arrears: 1, told: 1) : BenchPayers.Standing()
    }

    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int {
        var sent = 0
        while sent < limit {
            if laterHead < later.count, later[laterHead].due <= number || number >= participants {
                try send(later[laterHead].record)
                sent += 1
                laterHead += 1
            } else {
                guard number < participants else { break }
                sent += try emit(send)
                number += 1
            }
        }
        later.removeFirst(laterHead)
        laterHead = 0
        return sent
    }

    /// One payment, now or later, and what belongs to it.
    private mutating func emit(_ send: (OutgoingRecord) throws -> Void) throws -> Int {
        let index = BenchPayers.spread(number, over: participants, seed: seed)
        let kind = kind(random.below(1_000))
        let noticed = noticedOn
        let isOlder = random.chance(perMille: 30)
        let booked = isOlder ? noticed.adding(days: -random.int(1...10)) : noticed
        let payment = try payment(index, kind, bookedOn: booked)
        count(payment, kind, isOlder: isOlder)
        let record = record(payment, on: noticed)
        switch kind {
        case .duplicate:
            let again = self.record(payment, on: noticed)
            later.append((number + Self.delay, again))
        case .reversed:
            let reversal = self.record(try reversal(of: payment), on: noticed)
            let comesFirst = expected.reversals % 4 == 0
            later.append((number + Self.delay, comesFirst ? record : reversal))
            try send(comesFirst ? reversal : record)
            return 1
        case .exact, .unknown, .partial, .over: break
        }
        try send(record)
        return 1
    }

    private func kind(_ roll: Int) -> Kind {
        switch roll {
        case ..<5: .unknown
        case ..<15: .duplicate
        case ..<65: .partial
        case ..<85: .over
        case ..<87: .reversed
        default: .exact
        }
    }

    /// The 1st to the 15th for nine tenths of the payments, then until the 28th.
    private var noticedOn: CivilDate {
        let part = Double(number) / Double(participants)
        let day = part < 0.9 ? 1 + Int(part / 0.9 * 15) : 16 + Int((part - 0.9) * 10 * 13)
        return BenchPayers.month.day(min(day, 28))
    }

    private mutating func payment(_ index: Int, _ kind: Kind, bookedOn: CivilDate) throws -> PaymentReceived {
        let kpj = kind == .unknown ? try BenchPayers.unknownKPJ(index) : try BenchPayers.kpj(index)
        var amount = BenchPayers.amount
        // Of those in arrears half pay both months.
        if index % Self.arrearsEvery == 0, kind == .over || random.chance(perMille: 500) { amount *= 2 }
        if kind == .partial { amount -= 6_800 }
        if kind == .over { amount += 3_200 }
        return PaymentReceived(
            bank: .bni, reference: try PaymentReference("RG\(seed)\(number)"),
            virtualAccount: VirtualAccount(payer: .participant(kpj)), amount: Rupiah(amount), bookedOn: bookedOn)
    }

    private func reversal(of payment: PaymentReceived) throws -> PaymentReversed {
        PaymentReversed(
            bank: payment.bank, reference: try PaymentReference("RV\(seed)\(number)"),
            originalReference: payment.reference, virtualAccount: payment.virtualAccount, amount: payment.amount,
            bookedOn: payment.bookedOn.adding(days: 2))
    }

    private mutating func record<Data: EventData>(_ data: Data, on date: CivilDate) -> OutgoingRecord {
        let time = Instant(date, secondsFromMidnight: 28_800 + number % 36_000, in: .wita) ?? .earliest
        return EventRecord.make(
            EventAttributes(id: random.uuid(at: time).text, source: "/bank/009", type: Data.type, time: time), data)
    }

    private mutating func count(_ payment: PaymentReceived, _ kind: Kind, isOlder: Bool) {
        let amount = payment.amount.amount
        expected.payments += 1
        expected.received += amount
        if isOlder { expected.older += 1 }
        switch kind {
        case .unknown:
            expected.unknown += 1
            expected.suspended += amount
        case .reversed:
            expected.reversals += 1
            expected.reversed += amount
        case .exact, .duplicate, .partial, .over:
            expected.posted += amount
            if kind == .duplicate { expected.duplicates += 1 }
            if kind == .partial { expected.partial += 1 }
            if kind == .over { expected.over += 1 }
        }
    }
}
