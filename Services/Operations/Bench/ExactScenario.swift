/// Nearly all payments fit one open month.
struct ExactScenario {
    let dues: Int
    let payments: Int
    let runs: Int
    let seed: UInt64

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        Console.note("loading \(dues) dues")
        try BenchPayers.load(0..<dues, on: rig.connection)
        var results: [BenchResult] = []
        for run in 0..<runs {
            results.append(
                try Self.measure(rig, run, ExactLoad(dues: dues, payments: payments, seed: seed + UInt64(run))))
        }
        guard !json, let median = BenchResult.median(results) else { return BenchResult.json(results) }
        return median.report(
            "\(dues) dues loaded, batches of \(rig.batch), \(rig.lanes) database lanes", runs: results)
    }

    static func measure(_ rig: BenchRig, _ run: Int, _ load: ExactLoad) throws -> BenchResult {
        var load = load
        try rig.forgetPayments()
        var result = try rig.measure(&load, "run \(run + 1)")
        try rig.measureRawCopy(&result)
        Console.note(result.line(run + 1))
        return result
    }
}
