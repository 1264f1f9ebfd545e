import PerisaiModels
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// The rules as functions of the facts, without a database.
@Suite struct ReplayRulesTests {
    /// Figures without lines that are zero.
    private func figures(_ facts: EventFacts, _ schemes: SchemeTable) throws -> [[String: StatementFigures]] {
        try ReplayBranch.months.map { month in
            try facts.figures(month, schemes).mapValues { figures in
                var figures = figures
                figures.lines = figures.lines.filter { !$0.value.isZero }
                return figures
            }
        }
    }

    @Test func anyOrderEachTwice() throws {
        var generator = SeededGenerator("any order of facts")
        for _ in 0..<5 {
            let branch = try ReplayBranch(seed: generator.next())
            let schemes = try branch.schemes
            let wanted = try figures(branch.facts(), schemes)
            #expect(wanted.filter { !$0.isEmpty }.count > 8)
            var facts = EventFacts()
            for one in branch.passings.shuffled(using: &generator) { facts.add(one.handover, of: one.payer) }
            var known = 0
            for event in (branch.events + branch.events).shuffled(using: &generator) {
                if try facts.add(event.input, event.key) { known += 1 }
            }
            #expect(known == facts.count)
            #expect(try figures(facts, schemes) == wanted)
        }
    }

    /// Splits add up in every figure, whatever the scheme.
    @Test func splitsAddUp() throws {
        var generator = SeededGenerator("splits")
        for _ in 0..<5 {
            let branch = try ReplayBranch(seed: generator.next())
            let schemes = try branch.schemes
            for month in ReplayBranch.months {
                for figures in try branch.facts().figures(month, schemes).values {
                    let codes = Set(figures.lines.keys.map(\.scheme))
                    var (agent, wadah) = (Rupiah.zero, Rupiah.zero)
                    for code in codes {
                        let lines = figures.lines.filter { $0.key.scheme == code }.values
                        let total = try Rupiah.sum(of: lines.map(\.amount))
                        let share = try #require(schemes.scheme(code)).share
                        let parts = try share.parts(of: total)
                        switch share {
                        case .within: #expect(try parts.agent.adding(parts.wadah) == total)
                        case .onTop: #expect(parts.agent == total)
                        }
                        agent = try agent.adding(parts.agent)
                        wadah = try wadah.adding(parts.wadah)
                    }
                    #expect(figures.agentShare == agent && figures.wadahShare == wadah)
                }
            }
        }
    }

    /// A payment whose months span several steps and schemes' rules, and its reversal in the same or a later month:
    /// nothing is left in any figure of any agent, also where the payer passed on in between.
    @Test func paymentAndReversalLeaveZero() throws {
        var generator = SeededGenerator("payment and reversal")
        var rules = Set<AccrualRule>()
        for _ in 0..<200 {
            var branch = try ReplayBranch(seed: generator.next(), participants: 1, employers: 1)
            let schemes = try branch.schemes
            var facts = EventFacts()
            var enrolled = ParticipantEnrolled.sample
            enrolled.kpj = Branch.kpj(77)
            enrolled.agentID = Branch.agent(1)
            enrolled.newlyRegistered = false
            enrolled.enrolledOn = ReplayBranch.start.day(1)
            enrolled.firstMonth = ReplayBranch.start.advanced(by: -branch.number(0...60))
            try facts.add(.participantEnrolled(enrolled), UUID(1, 1))
            let payer = PayerNumber.participant(enrolled.kpj)
            for place in 0..<branch.number(0...2) {
                facts.add(
                    Handover(
                        passedOn: branch.day(ReplayBranch.start, 10),
                        agent: branch.number(0...2) == 0 ? nil : Branch.agent(place + 2).text,
                        event: UUID(2, UInt64(place))), of: payer)
            }
            var payment = ContributionPosted.sample
            payment.paymentID = UUID(3, 1)
            payment.payer = payer
            payment.bookedOn = branch.day(ReplayBranch.start, 8)
            payment.allocations = (0..<branch.number(1...40)).map { offset in
                Allocation(
                    month: payment.bookedOn.contributionMonth.advanced(by: offset),
                    amount: Rupiah(Int64(branch.number(1...50_000))), outstanding: .zero)
            }
            let date = payment.bookedOn.contributionMonth.advanced(by: branch.number(0...3)).lastDay
            try facts.add(.posted(payment), UUID(3, 2))
            try facts.add(.reversed(branch.reversal(of: payment, payment.allocations, on: date)), UUID(3, 3))

            var sums: [String: [LineKey: LineFigures]] = [:]
            var shares: [String: (agent: Int64, wadah: Int64)] = [:]
            for month in ReplayBranch.months {
                for (agent, figures) in try facts.figures(month, schemes) {
                    rules.formUnion(figures.lines.keys.map(\.rule))
                    for (key, line) in figures.lines {
                        let before = sums[agent]?[key] ?? LineFigures()
                        sums[agent, default: [:]][key] = LineFigures(
                            base: try before.base.adding(line.base), amount: try before.amount.adding(line.amount))
                    }
                    let before = shares[agent] ?? (0, 0)
                    shares[agent] = (
                        before.agent + figures.agentShare.amount, before.wadah + figures.wadahShare.amount
                    )
                }
            }
            for (agent, lines) in sums { #expect(lines.values.allSatisfy { $0.isZero }, "\(agent): \(lines)") }
            for (agent, share) in shares { #expect(share == (0, 0), "\(agent)") }
        }
        // The steps of B and of schemes unlike it, and A.
        #expect(rules.isSuperset(of: [.contribution, .contributionFirst24, .contributionTo60, .contributionStep]))
    }

    @Test func moreEventsThanTheLimitAreRefused() throws {
        let branch = try ReplayBranch(seed: 3, participants: 10, employers: 1)
        var facts = EventFacts(limit: 5)
        let error = #expect(throws: ReplayRefusal.self) {
            for event in branch.events { try facts.add(event.input, event.key) }
        }
        #expect(error?.description.hasPrefix("there are more than 5 events") == true)
        #expect(facts.count == 5)
    }
}
