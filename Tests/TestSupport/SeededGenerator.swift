import Foundation

/// SplitMix64: the same numbers for the same seed. The seed is printed when a generator is made, so that a failing run
/// can be repeated. A copy goes on from where the original stands.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    /// What `PERISAI_TEST_SEED` asks for; nil when it is absent or no number of 64 bits.
    public static var givenSeed: UInt64? {
        ProcessInfo.processInfo.environment["PERISAI_TEST_SEED"].flatMap { UInt64($0) }
    }

    private var state: UInt64

    /// Other numbers in every run, unless `PERISAI_TEST_SEED` repeats one; `label` names the test in the output.
    public init(_ label: String) {
        state = Self.givenSeed ?? UInt64.random(in: 0 ... .max)
        print("\(label): PERISAI_TEST_SEED=\(state)")
    }

    /// The numbers of this seed, whatever `PERISAI_TEST_SEED` says.
    public init(seed: UInt64) {
        state = seed
        print("seed \(seed)")
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
