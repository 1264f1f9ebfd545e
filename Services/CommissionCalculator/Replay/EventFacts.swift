import PerisaiModels
import Worker

import struct Foundation.UUID

/// The facts as events told them, in memory: in any order, repeats dropped by their key.
public struct EventFacts: Sendable {
    /// Events that are taken unless another limit is set; each takes about 100 bytes.
    public static let usualLimit = 5_000_000

    struct Enrolled: Sendable {
        let payer: Int64
        let event: UUID
        let enrolment: PayerEnrolment
        let newcomers: Newcomers
    }

    private struct Moved: Sendable {
        let payer: Int64
        let movement: Movement
    }

    /// Most events, and a quarter of the most movements.
    public let limit: Int
    private var seen: Set<UUID> = []
    private var histories: [Int64: PayerHistory] = [:]
    private(set) var enrolled: [Enrolled] = []
    private var moved: [Moved] = []
    private var isSorted = true

    public init(limit: Int = Self.usualLimit) { self.limit = limit }

    /// Events taken, repeats left out.
    public var count: Int { seen.count }

    /// Takes an event; false when it was known already.
    /// - Throws: `ReplayRefusal` beyond the limit; `RecordFault` for an event that the worker refuses as well.
    @discardableResult
    public mutating func add(_ input: CommissionInput, _ key: UUID) throws -> Bool {
        switch input {
        case .agentActivated, .dateStarted, .subjectErased, .subjectCorrected: return false
        default: break
        }
        guard !seen.contains(key) else { return false }
        guard seen.count < limit, moved.count < 4 * limit else {
            throw ReplayRefusal("there are more than \(limit) events: raise the limit, or replay from the tables")
        }
        let movements = try input.movements(key)
        seen.insert(key)
        if let facts = input.enrolment, histories[facts.payer.code, default: PayerHistory()].add(facts.enrolment) {
            enrolled.append(
                Enrolled(
                    payer: facts.payer.code, event: key, enrolment: facts.enrolment, newcomers: facts.newcomers))
        }
        if case .employerChanged(let data) = input {
            _ = histories[PayerNumber.employer(data.npp).code, default: PayerHistory()].add(ContributionChange(data))
        }
        guard let payer = input.payer, !movements.isEmpty else { return true }
        moved += movements.map { Moved(payer: payer.code, movement: $0) }
        isSorted = false
        return true
    }

    /// Passes a payer on: no event of a topic that the service reads, but a decision of its own.
    public mutating func add(_ handover: Handover, of payer: PayerNumber) {
        _ = histories[payer.code, default: PayerHistory()].add(handover)
    }

    /// Enrolments (and handovers added here) of a payer.
    func history(of payer: Int64) -> PayerHistory { histories[payer] ?? PayerHistory() }

    /// Needed before payers are taken in order.
    mutating func sort() {
        guard !isSorted else { return }
        moved.sort {
            ($0.payer, $0.movement.event.halves.0, $0.movement.event.halves.1, $0.movement.line)
                < ($1.payer, $1.movement.event.halves.0, $1.movement.event.halves.1, $1.movement.line)
        }
        isSorted = true
    }

    /// The payers from a position up to `last` (nil: all) with movements in the month, in key order; the position moves
    /// behind them. Needs `sort()`.
    func payers(
        in month: ContributionMonth, from position: inout Int, through last: Int64?
    ) -> [(payer: Int64, movements: [Movement])] {
        var found: [(payer: Int64, movements: [Movement])] = []
        while position < moved.count, last.map({ moved[position].payer <= $0 }) ?? true {
            let payer = moved[position].payer
            var all: [Movement] = []
            while position < moved.count, moved[position].payer == payer {
                all.append(moved[position].movement)
                position += 1
            }
            if all.contains(where: { $0.month == month }) { found.append((payer, all)) }
        }
        return found
    }

    /// The figures of a month's agents from these facts alone.
    /// - Throws: `MoneyOverflow`.
    public func figures(
        _ month: ContributionMonth, _ schemes: SchemeTable
    ) throws -> [String: StatementFigures] {
        var sorted = self
        sorted.sort()
        var sums = ReplaySums(month: month, schemes: schemes)
        for one in enrolled where one.enrolment.enrolledOn.contributionMonth == month {
            if let agent = one.enrolment.agent, !one.newcomers.isEmpty { try sums.add(one.newcomers, of: agent) }
        }
        var position = 0
        for (payer, movements) in sorted.payers(in: month, from: &position, through: nil) {
            _ = try sums.add(PayerFacts(history: history(of: payer), movements: movements))
        }
        return try sums.figures()
    }
}
