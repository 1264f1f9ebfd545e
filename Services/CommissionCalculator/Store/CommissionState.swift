import PerisaiModels

import struct Foundation.UUID

/// What a batch has loaded and what it will write.
public struct CommissionState {
    struct Payer {
        var history = PayerHistory()
        /// All stored movements are in `history`; otherwise its enrolments alone are.
        var isComplete = false
    }

    struct NewEnrolment {
        let payer: Int64
        let enrolment: PayerEnrolment
        let newcomers: Newcomers
        let branch: String
        let persons: Int
        let event: UUID
        let mark: UUID?
    }

    struct AgentMonth: Hashable {
        let month: Int32
        let agent: String
    }

    var schemes: SchemeTable
    var closing = CommissionSettings.Closing.automatic
    var payers: [Int64: Payer] = [:]
    var agents: [(event: UUID, data: AgentActivated)] = []
    var accruals: [(payer: Int64, row: Accrual, mark: UUID?)] = []
    var enrolments: [NewEnrolment] = []
    var handovers: [(payer: Int64, handover: Handover, reason: PassingReason)] = []
    var changes: [(payer: Int64, change: ContributionChange, event: UUID)] = []
    var touched: Set<AgentMonth> = []
    var reversed: Set<Int64> = []
    var erasures: [SubjectErased] = []
    var corrections: [SubjectCorrected] = []
    /// Names this batch's rows in statements: the first event that wrote such a row, so no other batch has it.
    var mark: UUID?
    var date: (date: CivilDate, event: UUID, time: Instant)?

    init(schemes: SchemeTable, closing: CommissionSettings.Closing) {
        self.schemes = schemes
        self.closing = closing
    }

    mutating func activate(_ data: AgentActivated, _ key: UUID) { agents.append((key, data)) }

    mutating func start(_ date: CivilDate, _ key: UUID, _ time: Instant) {
        if let latest = self.date, latest.date >= date { return }
        self.date = (date, key, time)
    }

    mutating func enrol(_ facts: EnrolmentFacts, _ key: UUID) {
        let (code, enrolment) = (facts.payer.code, facts.enrolment)
        guard payers[code, default: Payer()].history.add(enrolment) else { return }
        var mark: UUID?
        if let agent = enrolment.agent, !facts.newcomers.isEmpty {
            mark = touch(agent, enrolment.enrolledOn.contributionMonth, key)
        }
        enrolments.append(
            NewEnrolment(
                payer: code, enrolment: enrolment, newcomers: facts.newcomers, branch: facts.branch.text,
                persons: facts.persons, event: key, mark: mark))
        append(payers[code, default: Payer()].history.revise(schemes), of: code, key)
    }

    /// Months of an employer cost something else from now on: some may earn no more, or earn again.
    mutating func change(_ payer: PayerNumber, _ change: ContributionChange, _ key: UUID) {
        guard payers[payer.code, default: Payer()].history.add(change) else { return }
        changes.append((payer.code, change, key))
        append(payers[payer.code, default: Payer()].history.revise(schemes), of: payer.code, key)
    }

    mutating func add(_ movements: [Movement], of payer: PayerNumber, _ key: UUID) {
        guard !movements.isEmpty else { return }
        let code = payer.code
        if movements.contains(where: { $0.kind == .reversed }) { reversed.insert(code) }
        if payers[code, default: Payer()].isComplete {
            append(payers[code, default: Payer()].history.add(movements, schemes), of: code, key)
        } else {
            let history = payers[code, default: Payer()].history
            let rows = movements.map {
                Accrual(movement: $0, revision: 0, units: 1, attribution: history.attribution(of: $0, schemes))
            }
            append(rows, of: code, key)
        }
    }

    /// Passes a payer on; its movements since that day must be loaded. False when it was known.
    mutating func pass(_ payer: Int64, _ handover: Handover, reason: PassingReason) -> Bool {
        guard payers[payer, default: Payer()].history.add(handover) else { return false }
        handovers.append((payer, handover, reason))
        append(payers[payer, default: Payer()].history.revise(schemes), of: payer, handover.event)
        return true
    }

    private mutating func append(_ rows: [Accrual], of payer: Int64, _ key: UUID) {
        for row in rows {
            var mark: UUID?
            if let attribution = row.attribution, attribution.rate != .zero {
                mark = touch(attribution.agent, row.movement.month, key)
            }
            accruals.append((payer, row, mark))
        }
    }

    private mutating func touch(_ agent: String, _ month: ContributionMonth, _ key: UUID) -> UUID {
        let mark = self.mark ?? key
        self.mark = mark
        touched.insert(AgentMonth(month: month.index, agent: agent))
        return mark
    }
}
