import Kafka
import PerisaiModels
import Worker

/// Payments of which nearly all fit one open month: 85 % by virtual account, 10 % by kode iuran, 5 % by NIK; 91.5 %
/// exact, 5 % partial, 2 % over, 1 % delivered twice, 0.5 % of unknown payers; payers uniformly random; all booked in
/// time. A payer that comes a second time has no open month left, unless `eachOnce` is set: then payers come in a fixed
/// order that is none of their numbers.
struct ExactLoad: BenchSource {
    let dues: Int
    let payments: Int
    let seed: UInt64
    let eachOnce: Bool
    private var random: SimulatedRandom
    private var number = 0
    private let time = Instant(BenchPayers.month.day(5), secondsFromMidnight: 36_000, in: .wita) ?? .earliest

    init(dues: Int, payments: Int, seed: UInt64, eachOnce: Bool = false) {
        self.dues = dues
        self.payments = payments
        self.seed = seed
        self.eachOnce = eachOnce
        random = SimulatedRandom(seed: seed)
    }

    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int {
        var sent = 0
        while number < payments, sent < limit {
            let event = try payment()
            let record = EventRecord.make(
                EventAttributes(
                    id: random.uuid(at: time.adding(seconds: Int64(number / 1_000))).text, source: "/bank/009",
                    type: PaymentReceived.type, time: time), event.payment)
            try send(record)
            if event.isRepeated { try send(record) }
            sent += event.isRepeated ? 2 : 1
            number += 1
        }
        return sent
    }

    private mutating func payment() throws -> (payment: PaymentReceived, isRepeated: Bool) {
        let index = eachOnce ? BenchPayers.spread(number, over: dues, seed: seed) : random.below(dues)
        let roll = random.below(1_000)
        let isUnknown = roll < 5
        let kpj = isUnknown ? try BenchPayers.unknownKPJ(index) : try BenchPayers.kpj(index)
        var amount = BenchPayers.amount
        if (15..<65).contains(roll) { amount -= 6_800 }
        if (65..<85).contains(roll) { amount += 3_200 }
        let way = random.below(100)
        let payment = PaymentReceived(
            bank: .bni, reference: try PaymentReference("BNI\(seed)\(number)"),
            virtualAccount: way < 85 || isUnknown ? VirtualAccount(payer: .participant(kpj)) : nil,
            kodeIuran: !isUnknown && (85..<95).contains(way) ? KodeIuran(participant: kpj) : nil,
            nik: !isUnknown && way >= 95 ? try NIK(code: BenchPayers.nik(index)) : nil, amount: Rupiah(amount),
            bookedOn: BenchPayers.month.day(5))
        return (payment, (5..<15).contains(roll))
    }
}
