import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

/// Everything that can happen to money, in any order.
@Suite(.serialized) struct FuzzTests {
    @Test(arguments: 1...3) func whateverHappensTheMoneyAgrees(run: Int) async throws {
        let bench = try FuzzBench(SeededGenerator("fuzz \(run)"))
        for _ in 0..<180 {
            try await bench.step()
            try bench.prove()
        }
        try bench.settle()
        print("fuzz \(run): \(bench.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    }
}
