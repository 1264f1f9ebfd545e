import Foundation

/// SplitMix64. The seed is printed, and PERISAI_TEST_SEED repeats a run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ label: String) {
        let given = ProcessInfo.processInfo.environment["PERISAI_TEST_SEED"].flatMap(UInt64.init)
        state = given ?? UInt64.random(in: 0 ... .max)
        print("\(label): PERISAI_TEST_SEED=\(state)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
