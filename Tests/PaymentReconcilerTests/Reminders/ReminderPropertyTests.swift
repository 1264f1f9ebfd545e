import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// Payers at random, business dates at random: whoever is reminded is whom a computation from the payments alone names.
@Suite(.serialized)
struct ReminderPropertyTests {
    /// One participant of the test: what it has paid until when, rupiah.
    private struct Payer {
        let first: Int
        var paid: [(date: CivilDate, amount: Int64)] = []

        /// Oldest month first, as payments are poured; nothing lapses within the test.
        func outstanding(of month: Int, on date: CivilDate) -> Int64 {
            guard month >= first else { return 0 }
            let sum = paid.reduce(Int64(0)) { $0 + ($1.date <= date ? $1.amount : 0) }
            return max(0, min(16_800, Int64(month - first + 1) * 16_800 - sum))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func whomANaiveComputationNames(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rules = ReminderRules()
        rules.participantDays = Int.random(in: ReminderRules.participantDayRange, using: &random)
        let bench = try JobBench(chunk: Int.random(in: 1...7, using: &random), reminders: rules)
        var date = try #require(CivilDate(parsing: "2018-01-01"))
        // The day before, so that a reminder on the first day of a month is one too.
        try bench.start(date.adding(days: -1))
        var payers: [Int: Payer] = [:]
        var expected: Set<String> = []
        var found: [String] = []
        var last = 0
        // Four months are not enough to lapse.
        while date.contributionMonth <= (try month(4)) {
            let number = payers.count + 1
            let now = try month(1).distance(to: date.contributionMonth) + 1
            if number <= 12 {
                try bench.enrol(number, first: month(now), on: date)
                payers[number] = Payer(first: now)
            }
            for known in payers.keys.sorted() where Int.random(in: 0..<4, using: &random) == 0 {
                let amount = [16_800, 8_400, 33_600, 1_000].randomElement(using: &random) ?? 16_800
                // The same bank reference twice on a day would be one payment.
                guard payers[known]?.paid.last?.date != date else { continue }
                try bench.pay(known, Int64(amount), on: date)
                payers[known]?.paid.append((date, Int64(amount)))
            }
            date = date.adding(days: Int.random(in: 1...9, using: &random))
            found += try bench.start(date).reminders
            for number in 1...4 {
                let slot = try #require(rules.slot(.participants, month(number)))
                guard slot.remindOn <= date, number > last else { continue }
                last = number
                guard date <= slot.dueOn else { continue }
                for (payer, facts) in payers {
                    let amount = facts.outstanding(of: number, on: date)
                    guard amount > 0 else { continue }
                    expected.insert(
                        "participant \(payer) before_due \(slot.month) \(amount) \(slot.remindOn)")
                }
            }
        }
        #expect(found.count == Set(found).count, "seed \(seed)")
        let april = try month(4)
        #expect(Set(found.filter { !$0.contains("\(april.next)") }) == expected, "seed \(seed)")
        try bench.ledger.audit("seed \(seed)")
    }
}
