import PerisaiModels
import TestSupport
import Testing

@testable import PaymentReconciler

struct RulesTests {
    private func account(_ months: Int, programmes: ProgrammeSet = .basic) throws -> PayerAccount {
        var account = PayerAccount(payer: .participant(try kpj(1)))
        account.isLocked = true
        account.enrol(
            .participant(income: Rupiah(1_000_000), programmes: programmes, occupation: .other),
            firstMonth: try month(1))
        _ = try account.open(through: try month(months))
        return account
    }

    @Test func termsFollowTheRatesOfTheMonth() throws {
        // T18 and T19: two and three programmes, and the cut of 2026 (PP 50/2025).
        let other = PayerTerms.participant(income: Rupiah(1_000_000), programmes: .basic, occupation: .other)
        let three = PayerTerms.participant(income: Rupiah(2_700_000), programmes: .three, occupation: .other)
        let ojol = PayerTerms.participant(income: Rupiah(1_000_000), programmes: .basic, occupation: .transport)
        let february = try #require(ContributionMonth(year: 2026, month: 2))
        #expect(try other.contribution(for: month(1)) == 16_800)
        #expect(try three.contribution(for: month(1)) == 95_300)
        #expect(try ojol.contribution(for: february) == 8_400)
        #expect(try other.contribution(for: february) == 16_800)
        let stored = StoredTerms(
            .employer(wages: [Rupiah(1), Rupiah(5_000_000)], programmes: .three, riskClass: .high))
        #expect(stored.terms == .employer(wages: [Rupiah(1), Rupiah(5_000_000)], programmes: .three, riskClass: .high))
    }

    @Test func breakdowns() {
        // T27 and T28.
        let valid = PaymentBreakdown(
            jkk: Rupiah(1_082), jkm: Rupiah(2_166), jht: Rupiah(61_688), jp: Rupiah(32_467), jkp: Rupiah(2_597))
        let invalid = PaymentBreakdown(
            jkk: Rupiah(67_104), jkm: Rupiah(84_130), jht: Rupiah(1_617_477), jp: Rupiah(1_000), jkp: Rupiah(1_000))
        #expect(valid.sums(to: Rupiah(100_000)))
        #expect(!invalid.sums(to: Rupiah(99_000)))
        #expect(!PaymentBreakdown(jkk: .maximum, jkm: Rupiah(1)).sums(to: .minimum))
    }

    @Test func oldestShortfallFirst() throws {
        var account = try account(3)
        let first = try account.post(20_000, bookedOn: try day(3), months: 0)
        #expect(first.poured.parts.map(\.amount) == [16_800, 3_200])
        #expect(try first.poured.coverStarted == month(1))
        let rest = try account.post(40_000, bookedOn: try day(3), months: 0)
        #expect(rest.poured.parts.map(\.amount) == [13_600, 16_800] && rest.credited == 9_600)
        #expect(account.credit == 9_600)
    }

    /// A slip in a booking date opens nothing; the clock and an enrolment may still open as many months.
    @Test func aBookingDateOpensThreeYearsAtMost() throws {
        var account = try account(1)
        let before = account.dues
        #expect(throws: ReconcilerFault.bookedTooFarAhead) {
            _ = try account.post(1, bookedOn: day(38), months: 0)
        }
        #expect(account.dues == before && account.credit == 0)
        _ = try account.post(1, bookedOn: day(37), months: 0)
        #expect(account.dues.count == before.count + 36)
        _ = try account.open(through: try month(200))
        #expect(account.openedThrough == (try month(200)))
    }

    @Test func tooFarAheadChangesNothing() throws {
        var account = try account(1)
        let before = account.dues
        #expect(throws: ReconcilerFault.tooManyMonths) {
            _ = try account.post(1, bookedOn: day(900), months: 0)
        }
        #expect(account.dues == before && account.credit == 0)
    }

    /// Any payments and reversals: nothing is lost, and credit never stands beside a shortfall.
    @Test func moneyIsKept() throws {
        var generator = SeededGenerator("moneyIsKept")
        for _ in 0..<300 {
            var account = try account(Int.random(in: 1...3, using: &generator))
            var posted: [(amount: Int64, posting: Posting)] = []
            var now = 1
            for _ in 0..<20 {
                now += Int.random(in: 0...1, using: &generator)
                if Bool.random(using: &generator) || posted.isEmpty {
                    let amount = Int64.random(in: 1...60_000, using: &generator)
                    let ahead = Int.random(in: 0...3, using: &generator)
                    posted.append((amount, try account.post(amount, bookedOn: try day(now), months: ahead)))
                } else {
                    let taken = posted.remove(at: Int.random(in: posted.indices, using: &generator))
                    let back = try account.takeBack(
                        parts: taken.posting.poured.parts, credited: taken.posting.credited)
                    #expect(back.parts.reduce(back.fromCredit) { $0 + $1.amount } == taken.amount)
                }
                let paid = account.dues.reduce(Int64(0)) { $0 + $1.paid }
                #expect(paid + account.credit == posted.reduce(0) { $0 + $1.amount })
                #expect(account.credit == 0 || account.dues.allSatisfy { $0.outstanding == 0 })
                #expect(account.dues.allSatisfy { $0.paid >= $0.credited && $0.credited >= 0 && $0.outstanding >= 0 })
            }
        }
    }
}
