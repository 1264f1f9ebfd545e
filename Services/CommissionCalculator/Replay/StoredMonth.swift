import PerisaiModels
import Postgres

import struct Foundation.UUID

/// The movements of one month as they are stored, payer by payer in key order, through a cursor: memory holds one chunk
/// and its last payer, however many rows there are. Needs a transaction.
struct StoredMonth {
    /// What is stored of one movement.
    struct Entry {
        /// Revision 0, which is what the event said.
        let movement: Movement
        /// Who earns from it after all revisions.
        var attribution: Attribution?
        /// What is wrong with its rows, whoever earns.
        var fault: String?
    }

    struct Payer {
        let payer: Int64
        var entries: [Entry] = []
    }

    /// Rows of one chunk.
    static let chunk = 20_000

    private static let fetch = Statement("replay_fetch", "FETCH FORWARD \(chunk) FROM replay_month")

    private let connection: Connection
    private let month: ContributionMonth
    private var last: Payer?
    private var movement = MovementRows()
    private var isAtEnd = false

    init(_ month: ContributionMonth, on connection: Connection) throws {
        self.connection = connection
        self.month = month
        // The whole of it is read: a plan that gives the first rows soon would be the slower one.
        try connection.execute(
            """
            SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '64MB';
            DECLARE replay_month NO SCROLL CURSOR FOR
            SELECT payer, event_key, line, revision, units, kind, payment_id, booked_on, contribution_month, base,
                agent_id, scheme, rule, rate_ppm
            FROM accrual WHERE month = \(month.index) ORDER BY payer, event_key, line, revision
            """)
    }

    /// The next payers, each with all its movements of the month; nil at the end.
    mutating func next() throws -> [Payer]? {
        guard !isAtEnd else { return nil }
        let rows = try connection.query(Self.fetch)
        var payers: [Payer] = []
        for row in 0..<rows.rowCount {
            let payer = try rows.int64(row, 0)
            if last?.payer != payer {
                finishMovement()
                if let last { payers.append(last) }
                last = Payer(payer: payer)
            }
            try take(rows, row)
        }
        if rows.rowCount < Self.chunk {
            isAtEnd = true
            finishMovement()
            if let last { payers.append(last) }
            try connection.execute("CLOSE replay_month")
        }
        return payers
    }

    private mutating func take(_ rows: QueryResult, _ row: Int) throws {
        let (event, line) = (try rows.uuid(row, 1), try rows.int16(row, 2))
        if !movement.holds(event, line) {
            finishMovement()
            movement.begin(try StoredMovement.read(rows, row, event, line), month)
        }
        movement.add(
            revision: try rows.int16(row, 3), units: try rows.int16(row, 4), base: try rows.int64(row, 9),
            try StoredMovement.attribution(rows, row, from: 10))
    }

    private mutating func finishMovement() {
        if let entry = movement.finish() { last?.entries.append(entry) }
    }
}

/// The rows of one movement, netted out.
private struct MovementRows {
    private var movement: Movement?
    private var fault: String?
    private var rows = 0
    private var single: Attribution?
    /// Units and base of every attribution, from the second row on.
    private var sums: [Attribution: (units: Int64, base: Int64)] = [:]

    func holds(_ event: UUID, _ line: Int16) -> Bool {
        guard let movement else { return false }
        return movement.event == event && movement.line == line
    }

    mutating func begin(_ stored: (movement: Movement, fault: String?), _ month: ContributionMonth) {
        movement = stored.movement
        rows = 0
        single = nil
        sums = [:]
        fault = stored.fault
        if fault == nil, stored.movement.month != month { fault = "booked on \(stored.movement.bookedOn)" }
    }

    mutating func add(revision: Int16, units: Int16, base: Int64, _ attribution: Attribution?) {
        if fault == nil, Int(revision) != rows { fault = "revision \(rows) is missing" }
        rows += 1
        guard rows > 1 else {
            single = attribution
            if fault == nil, units != 1 { fault = "\(units) units at first" }
            return
        }
        if rows == 2, let single, let movement { sums[single] = (1, movement.base.amount) }
        guard let attribution else {
            fault = fault ?? "revision \(revision) has no agent"
            return
        }
        let sum = sums[attribution] ?? (0, 0)
        sums[attribution] = (sum.units + Int64(units), sum.base &+ base)
    }

    mutating func finish() -> StoredMonth.Entry? {
        guard let movement else { return nil }
        self.movement = nil
        guard rows > 1 else { return StoredMonth.Entry(movement: movement, attribution: single, fault: fault) }
        let left = sums.filter { $0.value.units != 0 || $0.value.base != 0 }
        if fault == nil, left.count > 1 {
            fault = left.keys.map(\.agent).sorted().joined(separator: " and ") + " at the same time"
        }
        if fault == nil, let only = left.first?.value, only != (1, movement.base.amount) {
            fault = "\(only.units) units of \(Rupiah(only.base)) after \(rows) rows"
        }
        return StoredMonth.Entry(
            movement: movement, attribution: left.count == 1 ? left.first?.key : nil, fault: fault)
    }
}

/// Rows of `accrual`.
enum StoredMovement {
    /// Columns 5 to 9 are kind, payment_id, booked_on, contribution_month and base.
    static func read(
        _ rows: QueryResult, _ row: Int, _ event: UUID, _ line: Int16
    ) throws -> (movement: Movement, fault: String?) {
        let kind = Movement.Kind(rawValue: try rows.text(row, 5))
        let movement = Movement(
            event: event, line: line, kind: kind ?? .posted, payment: try rows.optionalUUID(row, 6),
            bookedOn: try CommissionStore.date(rows, row, 7),
            contributionMonth: try CommissionStore.month(rows, row, 8), base: Rupiah(try rows.int64(row, 9)))
        return (movement, kind == nil ? "a kind that is not known" : nil)
    }

    static func attribution(_ rows: QueryResult, _ row: Int, from column: Int) throws -> Attribution? {
        guard let agent = try rows.optionalText(row, column) else { return nil }
        return Attribution(
            agent: agent, scheme: try rows.optionalText(row, column + 1) ?? "",
            rule: try rows.optionalInt16(row, column + 2).flatMap { AccrualRule(rawValue: $0) } ?? .beyond,
            rate: Rate(partsPerMillion: try rows.optionalInt64(row, column + 3) ?? 0))
    }
}
