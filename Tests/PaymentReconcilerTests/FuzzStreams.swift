import Foundation
import PerisaiModels
import TestSupport
import Worker

@testable import PaymentReconciler

/// Random streams over a few payers: all kinds of events, in the order of their topics.
struct FuzzStreams {
    /// Of `enrollment`, `bank.payments` and `clock`: no order between them.
    private(set) var streams: [[Event<ReconcilerInput>]] = [[], [], []]
    private var generator: SeededGenerator
    private var sequence = 0
    /// What reversals, corrections and further notices refer to.
    private var paid: [Paid] = []

    private struct Paid {
        let reference: String
        let payer: Int
        let amount: Int64
        let on: CivilDate
    }

    private static let participants = 1...10
    private static let employers = 11...13
    private static let lastMonth = 12
    private static let amounts: [Int64] = [16_800, 16_800, 16_800, 33_600, 10_000, 6_800, 40_000, 84_000, 100_000, 1]

    init(_ generator: SeededGenerator, payments: Int) throws {
        self.generator = generator
        try enrol()
        for number in 1...Self.lastMonth {
            add(2, try Make.date(number, 2))
            if number % 2 == 0 { add(2, try Make.date(number, 20)) }
        }
        for index in 0..<payments {
            let day = try day(1 + index * Self.lastMonth / payments, Int.random(in: 1...28, using: &self.generator))
            try pay(on: day)
        }
    }

    /// The streams merged at random, each in its own order, in batches of 1 to 12.
    func batches(_ generator: inout SeededGenerator) -> [[Event<ReconcilerInput>]] {
        var left = streams.map { $0[...] }
        var merged: [Event<ReconcilerInput>] = []
        while let pick = (0..<left.reduce(0) { $0 + $1.count }).randomElement(using: &generator) {
            var place = pick
            let index = left.firstIndex { stream in
                if place < stream.count { return true }
                place -= stream.count
                return false
            }
            guard let index else { break }
            merged.append(left[index].removeFirst())
        }
        var batches: [[Event<ReconcilerInput>]] = []
        var rest = merged[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...12, using: &generator)
            batches.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return batches
    }

    private mutating func add(_ stream: Int, _ event: Event<ReconcilerInput>) {
        sequence += 1
        let time = Instant(microseconds: 1_514_764_800_000_000 + Int64(sequence) * 1_000_000) ?? .earliest
        streams[stream].append(Event(key: event.key, time: time, partition: event.partition, input: event.input))
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &generator) == 0 }

    private mutating func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    // MARK: enrollment

    private mutating func enrol() throws {
        var late: [Event<ReconcilerInput>] = []
        for number in Self.participants.dropLast() {
            add(0, try enrolled(number, version: 1, income: 1_000_000, first: any(1...4)))
            if chance(3) {
                let income: Int64 = chance(2) ? 2_500_000 : 1_000_000
                late.append(try enrolled(number, version: 2, income: income, first: any(2...6)))
            }
            if chance(3) {
                let reasons: [ExitReason] = [.jhtClaim, .death, .age, .contractEnd, .other]
                let month = any(2...9)
                late.append(
                    Make.event(
                        "exit-\(number)",
                        .ended(
                            MembershipEnd(
                                ParticipantExited(
                                    kpj: try kpj(number), reason: reasons.randomElement(using: &generator) ?? .other,
                                    lastMonth: try PaymentReconcilerTests.month(month), exitedOn: try day(month, 20)))))
                )
            }
        }
        for number in Self.employers.dropLast() {
            add(0, try employer(number, version: 1, wages: [10_000_000], first: any(1...3)))
            if chance(2) {
                late.append(try employer(number, version: 2, wages: [5_000_000, 8_000_000], first: any(2...6)))
            }
            if chance(2) {
                let month = any(3...9)
                late.append(
                    Make.event(
                        "closed-\(number)",
                        .ended(
                            MembershipEnd(
                                EmployerClosed(
                                    npp: try npp(number), lastMonth: try PaymentReconcilerTests.month(month),
                                    closedOn: try day(month, 25))))))
            }
        }
        for event in late.shuffled(using: &generator) { add(0, event) }
    }

    private func npp(_ number: Int) throws -> NPP { try NPP(number: Int64(number)) }

    private func enrolled(_ number: Int, version: Int, income: Int64, first: Int) throws -> Event<ReconcilerInput> {
        var data = ParticipantEnrolled.sample
        data.kpj = try kpj(number)
        data.nik = try nik(number)
        data.name = "PESERTA \(["SATU", "DUA", "TIGA"][number % 3])"
        data.programmes = [.jkk, .jkm]
        data.monthlyIncome = Rupiah(income)
        data.occupation = .other
        data.enrolledOn = try day(first + version - 1)
        data.firstMonth = try PaymentReconcilerTests.month(first)
        return Make.event("enrolled-\(number)-\(version)", .participant(data))
    }

    private func employer(_ number: Int, version: Int, wages: [Int64], first: Int) throws -> Event<ReconcilerInput> {
        var data = EmployerEnrolled.sample
        data.npp = try npp(number)
        data.name = "PT USAHA \(number % 2)"
        data.programmes = [.jkk, .jkm]
        data.riskClass = .low
        data.workers = wages.map { wage in
            var worker = EnrolledWorker.sample
            worker.wage = Rupiah(wage)
            return worker
        }
        data.enrolledOn = try day(first + version - 1)
        data.firstMonth = try PaymentReconcilerTests.month(first)
        return Make.event("employer-\(number)-\(version)", .employer(data))
    }

    // MARK: bank.payments

    private func number(_ payer: Int) throws -> PayerNumber {
        Self.employers.contains(payer) ? .employer(try npp(payer)) : .participant(try kpj(payer))
    }

    private func partition(_ text: String) -> Int32 { Int32(text.utf8.reduce(0) { $0 &+ Int($1) } & 1) }

    private mutating func event(_ label: String, _ input: ReconcilerInput, key: String) {
        let event = Make.event(label, input)
        add(1, Event(key: event.key, time: event.time, partition: partition(key), input: input))
    }

    private mutating func pay(on date: CivilDate) throws {
        switch any(0...99) {
        case 0..<45: try notice(on: date)
        case 45..<52: try group(on: date)
        case 52..<62: try reverse(on: date)
        case 62..<70: try again(on: date)
        case 70..<74: try refused(on: date)
        default: try line(on: date)
        }
    }

    private mutating func anyAmount(_ payer: Int) -> Int64 {
        if Self.employers.contains(payer) { return [84_000, 84_000, 168_000, 50_000, 109_200][any(0...4)] }
        return Self.amounts.randomElement(using: &generator) ?? 16_800
    }

    private mutating func received(
        _ reference: String, _ payer: Int, _ amount: Int64, on date: CivilDate, breakdown: PaymentBreakdown? = nil
    ) throws -> PaymentReceived {
        let byNIK = Self.participants.contains(payer) && chance(3)
        return PaymentReceived(
            bank: .bni, reference: try PaymentReference(reference),
            virtualAccount: byNIK ? nil : VirtualAccount(payer: try number(payer)), nik: byNIK ? try nik(payer) : nil,
            months: byNIK ? any(1...12) : nil, amount: Rupiah(amount), breakdown: breakdown, bookedOn: date)
    }

    private mutating func notice(on date: CivilDate) throws {
        let payer = any(1...13)
        let reference = "REF\(sequence)"
        let data = try received(reference, payer, anyAmount(payer), on: date)
        paid.append(Paid(reference: reference, payer: payer, amount: data.amount.amount, on: date))
        event(reference, .payment(try IncomingPayment(data)), key: data.partitionKey)
    }

    private mutating func group(on date: CivilDate) throws {
        let reference = "GROUP\(sequence)"
        let members = try (0..<any(1...4)).map { _ in
            PaymentMember(nik: try nik(any(1...10)), months: any(1...3), amount: Rupiah([16_800, 33_600][any(0...1)]))
        }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(reference),
            amount: Rupiah(members.reduce(0) { $0 + $1.amount.amount }), members: members, bookedOn: date)
        paid.append(Paid(reference: reference, payer: 1, amount: data.amount.amount, on: date))
        if chance(4) { try line(reference, nil, data.amount.amount, on: date) }
        event(reference, .payment(try IncomingPayment(data)), key: data.partitionKey)
        if chance(4) { try line(reference, nil, data.amount.amount, on: date) }
    }

    private mutating func reverse(on date: CivilDate) throws {
        // Also of a payment that comes later or never.
        let known = paid.randomElement(using: &generator)
        let payer = known?.payer ?? any(1...13)
        let data = PaymentReversed(
            bank: .bni, reference: try PaymentReference("BACK\(sequence)"),
            originalReference: try PaymentReference(chance(6) ? "REF\(sequence + 9)" : known?.reference ?? "REF1"),
            virtualAccount: VirtualAccount(payer: try number(payer)),
            amount: Rupiah(chance(10) ? 5 : known?.amount ?? 16_800), bookedOn: date)
        event("BACK\(sequence)", .reversal(IncomingReversal(data)), key: data.partitionKey)
    }

    /// The same reference once more: a repetition, or another amount or payer.
    private mutating func again(on date: CivilDate) throws {
        guard let known = paid.randomElement(using: &generator) else { return }
        let data = try received(
            known.reference, chance(5) ? any(1...13) : known.payer, chance(5) ? 7 : known.amount, on: date)
        event("AGAIN\(sequence)", .payment(try IncomingPayment(data)), key: data.partitionKey)
    }

    private mutating func refused(on date: CivilDate) throws {
        let payer = any(1...10)
        let reference = "REF\(sequence)"
        let wrong = PaymentBreakdown(jkk: Rupiah(1), jkm: Rupiah(1))
        let data = try received(reference, payer, 16_800, on: date, breakdown: wrong)
        event(reference, .payment(try IncomingPayment(data)), key: data.partitionKey)
        paid.append(Paid(reference: reference, payer: payer, amount: 16_800, on: date))
        guard chance(2) else { return }
        var corrected = data
        corrected.breakdown = nil
        event("CORRECTED\(sequence)", .payment(try IncomingPayment(corrected)), key: corrected.partitionKey)
    }

    // MARK: statements

    private mutating func line(on date: CivilDate) throws {
        if chance(2), let known = paid.last(where: { $0.on.distance(to: date) < 40 }) {
            // The same money, with its own number or without, on the day or the next.
            try line(chance(2) ? known.reference : "LINE\(sequence)", known.payer, known.amount, on: known.on)
        } else {
            let payer = any(1...13)
            try line(chance(8) ? "NONREF" : "LINE\(sequence)", payer, anyAmount(payer), on: date)
        }
    }

    private mutating func line(_ reference: String, _ payer: Int?, _ amount: Int64, on date: CivilDate) throws {
        let takesBack = chance(8)
        var data = StatementEntryBooked(
            bank: .bni, account: try AccountNumber("1234567890"), statement: try PaymentReference("S\(sequence)"),
            entry: 1, direction: takesBack || chance(20) ? .debit : .credit, isReversal: takesBack,
            interim: chance(4) ? true : nil, amount: Rupiah(amount), bookedOn: date,
            reference: try PaymentReference(reference))
        if let payer {
            switch any(0...5) {
            case 0, 1: data.virtualAccount = VirtualAccount(payer: try number(payer))
            case 2: data.text = "IURAN \(VirtualAccount(payer: try number(payer)).text) BULAN INI"
            case 3: data.text = "IURAN \(try nik(any(1...10)).text) DAN \(try nik(any(1...10)).text)"
            case 4: data.nik = try nik(any(1...10))
            default:
                data.payerName =
                    Self.employers.contains(payer)
                    ? "PT USAHA \(payer % 2)" : "PESERTA \(["SATU", "DUA", "TIGA"][payer % 3])"
                data.text = "SETORAN \(any(1...3))"
            }
        }
        let label = "S\(sequence)"
        paid.append(Paid(reference: reference, payer: payer ?? 1, amount: amount, on: date))
        event(label, .entry(try IncomingEntry(data)), key: data.partitionKey)
    }
}
