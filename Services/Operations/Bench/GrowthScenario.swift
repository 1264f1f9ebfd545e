import PerisaiModels

/// What a payment costs as the tables grow: the exact payments on more and more dues, each payer once, so that no payment
/// of a small table meets a settled month more often.
struct GrowthScenario {
    /// Open dues, rising.
    let steps: [Int]
    let payments: Int
    let runs: Int
    let seed: UInt64

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        var medians: [(dues: Int, result: BenchResult)] = []
        var loaded = 0
        for (index, dues) in steps.enumerated() {
            Console.note("loading \(dues) dues")
            try rig.forgetPayments()
            try BenchPayers.load(loaded..<dues, on: rig.connection)
            loaded = dues
            let results = try (0..<runs).map { run in
                let seed = seed + UInt64(index * runs + run)
                return try ExactScenario.measure(
                    rig, run, ExactLoad(dues: dues, payments: payments, seed: seed, eachOnce: true))
            }
            if let median = BenchResult.median(results) { medians.append((dues, median)) }
        }
        return json ? Self.json(medians) : report(rig, medians)
    }

    private func report(_ rig: BenchRig, _ medians: [(dues: Int, result: BenchResult)]) -> String {
        var table = Table([
            .init("Dues", number: true), .init("Payments/s", number: true), .init("us a payment", number: true),
            .init("to the first", number: true), .init("CPU database us", number: true),
            .init("CPU worker us", number: true), .init("WAL bytes", number: true), .init("of raw COPY", number: true),
        ])
        for (dues, result) in medians {
            let ratio = (medians.first?.result.rate ?? 0) / max(result.rate, 1)
            table.append([
                "\(dues)", "\(Int(result.rate))", result.micro(result.seconds), "\((ratio * 100).rounded() / 100)",
                result.micro(result.databaseCPU), result.micro(result.workerCPU), "\(result.writtenBytesEach)",
                result.percent,
            ])
        }
        return """
            One payment-reconciler, \(payments) payments on growing tables, batches of \(rig.batch), \(rig.lanes) \
            database lanes; median of \(runs) runs

            \(table.text)
            """
    }

    private static func json(_ medians: [(dues: Int, result: BenchResult)]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for (dues, result) in medians {
            writer.beginObject()
            writer.member("dues", Int64(dues))
            result.write(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
