import PerisaiModels

import struct Foundation.UUID

/// Money of a payer counted for (or taken from) one contribution month by one event.
public struct Movement: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case posted = "P"
        case credit = "C"
        case reversed = "R"
    }

    public let event: UUID
    /// Place of the allocation in its event.
    public let line: Int16
    public let kind: Kind
    public let payment: UUID?
    public let bookedOn: CivilDate
    public let contributionMonth: ContributionMonth
    /// Negative when taken back.
    public let base: Rupiah

    public init(
        event: UUID, line: Int16, kind: Kind, payment: UUID?, bookedOn: CivilDate,
        contributionMonth: ContributionMonth, base: Rupiah
    ) {
        self.event = event
        self.line = line
        self.kind = kind
        self.payment = payment
        self.bookedOn = bookedOn
        self.contributionMonth = contributionMonth
        self.base = base
    }

    /// The month whose statement it belongs to: that of the booking.
    public var month: ContributionMonth { bookedOn.contributionMonth }
}

/// One appended row: a movement attributed (units 1), or an earlier attribution taken back (units -1).
public struct Accrual: Sendable, Hashable {
    public let movement: Movement
    public let revision: Int16
    public let units: Int16
    public let attribution: Attribution?

    public init(movement: Movement, revision: Int16, units: Int16, attribution: Attribution?) {
        self.movement = movement
        self.revision = revision
        self.units = units
        self.attribution = attribution
    }
}

/// A payer's enrolments, handovers and movements. Attributions follow from these sets alone, so the order in which they
/// became known does not matter: what was attributed otherwise is taken back by a row of its own.
public struct PayerHistory: Sendable {
    /// In order of the enrolment's day.
    public private(set) var enrolments: [PayerEnrolment] = []
    /// In order of their day.
    public private(set) var handovers: [Handover] = []
    /// In order of their month.
    public private(set) var changes: [ContributionChange] = []
    private var records: [Record] = []

    private struct Record: Sendable {
        let movement: Movement
        var revision: Int16
        var current: Attribution?
    }

    private struct MonthOfPayment: Hashable {
        let payment: UUID
        let month: ContributionMonth
    }

    public init() {}

    /// False when this submission is known already. Its number is its sender's own: another agent's is another one.
    public mutating func add(_ enrolment: PayerEnrolment) -> Bool {
        guard !enrolments.contains(where: { $0.submission == enrolment.submission && $0.agent == enrolment.agent })
        else { return false }
        enrolments.append(enrolment)
        // Of two on one day the later membership holds.
        enrolments.sort {
            ($0.enrolledOn, $0.firstMonth, $0.submission, $0.agent ?? "")
                < ($1.enrolledOn, $1.firstMonth, $1.submission, $1.agent ?? "")
        }
        return true
    }

    /// False when this handover is known already.
    public mutating func add(_ handover: Handover) -> Bool {
        guard !handovers.contains(handover) else { return false }
        handovers.append(handover)
        handovers.sort {
            ($0.passedOn, $0.event.halves.0, $0.event.halves.1) < ($1.passedOn, $1.event.halves.0, $1.event.halves.1)
        }
        return true
    }

    /// False when this change is known already.
    public mutating func add(_ change: ContributionChange) -> Bool {
        guard !changes.contains(where: { $0.revision == change.revision }) else { return false }
        changes.append(change)
        changes.sort { ($0.fromMonth, $0.revision) < ($1.fromMonth, $1.revision) }
        return true
    }

    /// Who looks after the payer on a day: the agent of the enrolment in force, or whom the payer was passed to since.
    public func agent(on date: CivilDate) -> String? {
        guard let enrolment = enrolment(on: date) else { return nil }
        guard let handover = handovers.last(where: { $0.passedOn <= date }), handover.passedOn >= enrolment.enrolledOn
        else { return enrolment.agent }
        return handover.agent
    }

    /// The enrolment in force: the last one up to the day, else the first (money may come before the enrolment's day).
    public func enrolment(on date: CivilDate) -> PayerEnrolment? {
        enrolments.last { $0.enrolledOn <= date } ?? enrolments.first
    }

    /// What a payment or applied credit earns.
    public func attribution(of movement: Movement, _ schemes: SchemeTable) -> Attribution? {
        guard let enrolment = enrolment(on: movement.bookedOn), let agent = agent(on: movement.bookedOn) else {
            return nil
        }
        return schemes.attribution(
            of: enrolment.asOf(movement.contributionMonth, changes), to: agent, bookedOn: movement.bookedOn,
            contributionMonth: movement.contributionMonth)
    }

    /// Takes in a stored row; rows of one movement come in order of their revision.
    public mutating func restore(_ row: Accrual) {
        if let last = records.indices.last, records[last].movement.event == row.movement.event,
            records[last].movement.line == row.movement.line
        {
            records[last].revision = row.revision
            records[last].current = row.units > 0 ? row.attribution : nil
        } else {
            records.append(Record(movement: row.movement, revision: row.revision, current: row.attribution))
        }
    }

    /// Adds movements and returns the rows to append, for these and for what they change of earlier ones.
    public mutating func add(_ movements: [Movement], _ schemes: SchemeTable) -> [Accrual] {
        records += movements.map { Record(movement: $0, revision: -1, current: nil) }
        return revise(schemes)
    }

    /// Compares every attribution with what it should be and returns the rows that bring it there.
    public mutating func revise(_ schemes: SchemeTable) -> [Accrual] {
        var postedMonths: [MonthOfPayment: Movement] = [:]
        var posted: [UUID: Movement] = [:]
        var credits: [ContributionMonth: Movement] = [:]
        var months: [ContributionMonth: Movement] = [:]
        for record in records {
            let movement = record.movement
            switch movement.kind {
            case .posted:
                Self.keepFirst(movement, in: &months[movement.contributionMonth])
                guard let payment = movement.payment else { continue }
                Self.keepFirst(movement, in: &posted[payment])
                Self.keepFirst(movement, in: &postedMonths[.init(payment: payment, month: movement.contributionMonth)])
            case .credit: Self.keepFirst(movement, in: &credits[movement.contributionMonth])
            case .reversed: continue
            }
        }
        var rows: [Accrual] = []
        for index in records.indices {
            let movement = records[index].movement
            guard movement.kind == .reversed else {
                append(to: &rows, index, attribution(of: movement, schemes))
                continue
            }
            // Taken back at the rate that paid the original: the payment's own month, a month that its surplus was
            // applied to, or (where neither is known) as the payment would have earned for the month.
            let payment = movement.payment.map { MonthOfPayment(payment: $0, month: movement.contributionMonth) }
            let original =
                payment.flatMap { postedMonths[$0] } ?? credits[movement.contributionMonth]
                ?? movement.payment.flatMap { posted[$0] }.map { Self.as($0, movement.contributionMonth) }
                // Of no payment: the month costs less now.
                ?? (movement.payment == nil ? months[movement.contributionMonth] : nil)
            append(to: &rows, index, original.flatMap { attribution(of: $0, schemes) })
        }
        return rows
    }

    private static func `as`(_ original: Movement, _ month: ContributionMonth) -> Movement {
        Movement(
            event: original.event, line: original.line, kind: original.kind, payment: original.payment,
            bookedOn: original.bookedOn, contributionMonth: month, base: original.base)
    }

    /// The earliest counts, whatever the order of arrival.
    private static func keepFirst(_ movement: Movement, in slot: inout Movement?) {
        func order(_ movement: Movement) -> (CivilDate, UInt64, UInt64, Int16) {
            (movement.bookedOn, movement.event.halves.0, movement.event.halves.1, movement.line)
        }
        if let kept = slot, order(kept) <= order(movement) { return }
        slot = movement
    }

    private mutating func append(to rows: inout [Accrual], _ index: Int, _ wanted: Attribution?) {
        let record = records[index]
        // The first row is written even without attribution: it is the parked movement.
        guard record.revision < 0 || record.current != wanted, record.revision < .max - 1 else { return }
        var revision = record.revision
        func row(_ units: Int16, _ attribution: Attribution?) {
            revision += 1
            rows.append(
                Accrual(movement: record.movement, revision: revision, units: units, attribution: attribution))
        }
        if let current = record.current { row(-1, current) }
        if wanted != nil || record.revision < 0 { row(1, wanted) }
        records[index].revision = revision
        records[index].current = wanted
    }
}
