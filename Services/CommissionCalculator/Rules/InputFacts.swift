import PerisaiModels
import Worker

import struct Foundation.UUID

/// What an enrolment event brings: the worker and the replay read it alike.
struct EnrolmentFacts: Sendable, Hashable {
    let payer: PayerNumber
    let enrolment: PayerEnrolment
    let newcomers: Newcomers
    let branch: BranchCode
    /// Persons enrolled, known before or not.
    let persons: Int
}

extension CommissionInput {
    /// Only NIKs never registered before count as new (Perdir 13/PERDIR.02/042022 item c; domain.md T16). Nil where the
    /// event enrols nobody.
    var enrolment: EnrolmentFacts? {
        switch self {
        case .participantEnrolled(let data):
            let count = data.newlyRegistered ? 1 : 0
            let withSavings = data.programmes.contains(.jht)
            return EnrolmentFacts(
                payer: .participant(data.kpj),
                enrolment: PayerEnrolment(
                    submission: data.submissionID.text, agent: data.agentID?.text, isEmployer: false,
                    enrolledOn: data.enrolledOn, firstMonth: data.firstMonth),
                newcomers: Newcomers(
                    threeProgrammes: withSavings ? count : 0, twoProgrammes: withSavings ? 0 : count),
                branch: data.branch, persons: 1)
        case .employerEnrolled(let data):
            return EnrolmentFacts(
                payer: .employer(data.npp),
                enrolment: PayerEnrolment(
                    submission: data.submissionID.text, agent: data.agentID?.text, isEmployer: true,
                    enrolledOn: data.enrolledOn, firstMonth: data.firstMonth,
                    monthlyContribution: data.monthlyContribution),
                newcomers: Newcomers(workers: data.workers.count(where: \.newlyRegistered)), branch: data.branch,
                persons: data.workers.count)
        default: return nil
        }
    }

    /// Most months that one movement of money may be spread over.
    static let maximumAllocations = Int(Int16.max)

    /// Most that one movement of money may count for a month, in rupiah: far beyond any payer's contribution, and so
    /// little that no sum over millions of them leaves 64 bits. A sum that did would stop the close of every month.
    static let maximumBase: Int64 = 1_000_000_000_000

    /// The money that it counts for months, or takes from them; empty for an event that moves none.
    /// - Throws: `RecordFault` for too many allocations, or too much money; `MoneyOverflow`.
    func movements(_ key: UUID) throws -> [Movement] {
        switch self {
        case .posted(let data):
            return try Self.movements(data.allocations, key, .posted, data.paymentID, data.bookedOn, sign: 1)
        case .creditApplied(let data):
            // Surplus earns when it is counted for a month, not when it comes in: it is no contribution before.
            return try Self.movements(data.allocations, key, .credit, nil, data.appliedOn, sign: 1)
        case .reversed(let data):
            return try Self.movements(data.allocations, key, .reversed, data.paymentID, data.bookedOn, sign: -1)
        case .released(let data):
            // It earned when it was counted for the month, and earns again where its credit is counted.
            return try Self.movements(data.allocations, key, .reversed, nil, data.releasedOn, sign: -1)
        case .agentActivated, .participantEnrolled, .employerEnrolled, .employerChanged, .dateStarted, .subjectErased,
            .subjectCorrected:
            return []
        }
    }

    private static func movements(
        _ allocations: [Allocation], _ key: UUID, _ kind: Movement.Kind, _ payment: UUID?, _ date: CivilDate,
        sign: Int64
    ) throws -> [Movement] {
        guard allocations.count <= maximumAllocations else {
            throw RecordFault(cause: "too-many", reason: "allocations: more than \(maximumAllocations)")
        }
        var movements: [Movement] = []
        for (index, allocation) in allocations.enumerated() where !allocation.amount.isZero {
            guard allocation.amount.amount.magnitude <= UInt64(maximumBase) else {
                throw RecordFault(
                    cause: "overflow", reason: "allocations[\(index)].amount: more than \(maximumBase) rupiah")
            }
            movements.append(
                Movement(
                    event: key, line: Int16(index), kind: kind, payment: payment, bookedOn: date,
                    contributionMonth: allocation.month, base: try allocation.amount.multiplied(by: sign)))
        }
        return movements
    }
}
