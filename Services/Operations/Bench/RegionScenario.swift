import PaymentReconciler
import PerisaiModels
import Postgres

/// The month of a region, and the proof of what came of it.
struct RegionScenario {
    let participants: Int
    let runs: Int
    let seed: UInt64

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        var results: [BenchResult] = []
        var proof: RegionProof?
        for run in 0..<runs {
            Console.note("loading \(participants) participants")
            // Months that were settled are not open again: every run starts from new tables.
            try rig.forgetPayments()
            try rig.connection.execute("TRUNCATE payer, due, nik_payer")
            try BenchPayers.load(0..<participants, on: rig.connection, RegionLoad.standing)
            var load = RegionLoad(participants: participants, seed: seed + UInt64(run))
            var result = try rig.measure(&load, "run \(run + 1)")
            let found = try RegionProof(load.expected, rig.connection)
            try found.check()
            proof = found
            try rig.measureRawCopy(&result)
            results.append(result)
            Console.note(result.line(run + 1))
        }
        guard !json, let median = BenchResult.median(results), let proof else { return BenchResult.json(results) }
        let setting =
            "the month of a region of \(participants) participants, batches of \(rig.batch), \(rig.lanes) database lanes"
        return median.report(setting, runs: results) + "\n\n" + proof.text
    }
}

/// What the ledger says, beside what the payments came to as they were made.
struct RegionProof {
    let expected: RegionFigures
    let report: LedgerReport
    let duplicates: Int64
    let unknown: Int64
    let reversals: Int64
    let waitingReversals: Int64
    let seconds: Double

    init(_ expected: RegionFigures, _ connection: Connection) throws {
        self.expected = expected
        let start = ContinuousClock.now
        report = try LedgerVerification.run(on: connection)
        seconds = (ContinuousClock.now - start).inSeconds
        func count(_ rows: String) throws -> Int64 {
            try connection.query(Statement("bench_\(rows)", "SELECT count(*) FROM \(rows)")).int64(0, 0)
        }
        duplicates = try count("payment_exception WHERE code = 'DUPLICATE'")
        unknown = try count("payment_exception WHERE code = 'UNKNOWN_PAYER'")
        reversals = try count("reversal")
        waitingReversals = try count("pending_reversal")
    }

    /// Throws what differs first.
    func check() throws {
        let figures = report.figures
        let pairs: [(what: String, found: Int64, made: Int64)] = [
            ("payments", figures.payments, expected.payments), ("received", figures.received, expected.received),
            ("posted", figures.posted, expected.posted), ("in suspense", figures.suspended, expected.suspended),
            ("refused", figures.refused, 0), ("reversed", figures.reversed, expected.reversed),
            ("duplicates", duplicates, expected.duplicates), ("unknown payers", unknown, expected.unknown),
            ("reversals", reversals, expected.reversals), ("waiting reversals", waitingReversals, 0),
        ]
        for pair in pairs where pair.found != pair.made {
            throw OperationsError("\(pair.what): \(pair.found) in the tables, \(pair.made) were made")
        }
        guard figures.isComplete, report.isProven else {
            throw OperationsError("the ledger is not proven: \(report.faults.first.map(\.description) ?? "figures")")
        }
    }

    var text: String {
        let figures = report.figures
        return """
            to the rupiah: received \(figures.received) = posted \(figures.posted) + in suspense \(figures.suspended) \
            + refused \(figures.refused) + reversed \(figures.reversed), as the payments were made
            \(figures.payments) payments: \(expected.partial) partial, \(expected.over) over, \(expected.older) with an \
            older booking date, \(unknown) of unknown payers, \(reversals) reversed, \(duplicates) noticed twice
            ledger proven in \((seconds * 10).rounded() / 10) s: \(report.checks.map(\.name).joined(separator: ", "))
            """
    }
}
