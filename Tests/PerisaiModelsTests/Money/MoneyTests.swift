import PerisaiModels
import TestSupport
import Testing

@Suite struct MoneyTests {
    @Test func formatsTheIndonesianWay() {
        let expected: [(Int64, String)] = [
            (0, "Rp0"), (999, "Rp999"), (1000, "Rp1.000"), (1_234_567, "Rp1.234.567"), (-500, "-Rp500"),
            (-16_800, "-Rp16.800"), (.max, "Rp9.223.372.036.854.775.807"), (.min, "-Rp9.223.372.036.854.775.808"),
        ]
        for (amount, text) in expected { #expect(Rupiah(amount).formatted == text) }
    }

    @Test func overflowIsAnError() throws {
        let top = Rupiah.maximum
        #expect(throws: MoneyOverflow()) { try top.adding(Rupiah(1)) }
        #expect(throws: MoneyOverflow()) { try Rupiah.minimum.subtracting(Rupiah(1)) }
        #expect(throws: MoneyOverflow()) { try Rupiah.minimum.negated() }
        #expect(throws: MoneyOverflow()) { try top.multiplied(by: 2) }
        #expect(throws: MoneyOverflow()) { try Rupiah.sum(of: [top, Rupiah(1)]) }
        #expect(throws: MoneyOverflow()) { try Rate(partsPerMillion: 1_000_001).of(top) }
        #expect(throws: MoneyOverflow()) { try Rate(partsPerMillion: .max).multiplied(by: 2) }
        #expect(throws: MoneyOverflow()) { try MicroRupiah(.max).adding(MicroRupiah(1)) }
        #expect(throws: MoneyOverflow()) { try MicroRupiah(.max).roundedHalfUp() }
        #expect(try Rupiah.sum(of: [top, Rupiah(1), Rupiah(-1)]) == top, "only the result counts")
        #expect(try Rate.one.of(.minimum) == .minimum)
    }

    @Test func publishedRates() throws {
        #expect(try Rate(basisPoints: 750).of(Rupiah(38_902_000)) == Rupiah(2_917_650), "T1")
        #expect(try Rate(basisPoints: 750).of(Rupiah(282_000_000)) == Rupiah(21_150_000), "T4")
        #expect(try Rate.percent(15).of(Rupiah(883_200)) == Rupiah(132_480), "T13")
        #expect(try Rate.percent(30).of(Rupiah(24_000)) == Rupiah(7200), "T40")
        #expect(Rate(basisPoints: 750).description == "7,5 %")
        #expect(Rate(partsPerMillion: 2400).description == "0,24 %")
        #expect(Rate.percent(-15).description == "-15 %")
        #expect(Rate(partsPerMillion: 1).description == "0,0001 %")
    }

    /// Long division by hand on decimal digits, another way than the code's.
    private func slowHalfUp(_ base: Int64, _ partsPerMillion: Int64) -> String {
        // Schoolbook product of the magnitudes, least digit first.
        let left = String(base.magnitude).reversed().compactMap(\.wholeNumberValue)
        let right = String(partsPerMillion.magnitude).reversed().compactMap(\.wholeNumberValue)
        var product = [Int](repeating: 0, count: left.count + right.count + 8)
        for (i, a) in left.enumerated() { for (j, b) in right.enumerated() { product[i + j] += a * b } }
        for index in 0..<(product.count - 1) {
            product[index + 1] += product[index] / 10
            product[index] %= 10
        }
        if product[5] >= 5 { product[6] += 1 }
        for index in 6..<(product.count - 1) {
            product[index + 1] += product[index] / 10
            product[index] %= 10
        }
        let text = product[6...].reversed().map(String.init).joined().drop { $0 == "0" }
        if text.isEmpty { return "0" }
        return ((base < 0) != (partsPerMillion < 0) ? "-" : "") + text
    }

    @Test func rateRoundsHalfUp() throws {
        var random = SeededGenerator("rateRoundsHalfUp")
        for _ in 0..<5000 {
            let (base, rate) = (random.wide(), Rate(partsPerMillion: random.wide() >> 20))
            let expected = slowHalfUp(base, rate.partsPerMillion)
            guard let wanted = Int64(expected) else {
                #expect(throws: MoneyOverflow()) { try rate.of(Rupiah(base)) }
                continue
            }
            #expect(try rate.of(Rupiah(base)).amount == wanted)
            #expect(try rate.exactMicro(of: Rupiah(base)).roundedHalfUp().amount == wanted)
            if base != .min, wanted != .min {
                #expect(try rate.of(Rupiah(-base)).amount == -wanted, "a reversal mirrors its original")
            }
        }
        #expect(try Rate.percent(50).of(Rupiah(1)) == Rupiah(1))
        #expect(try Rate.percent(50).of(Rupiah(-1)) == Rupiah(-1))
    }

    @Test func accumulationIsRoundedOnce() throws {
        var sum = MicroRupiah.zero
        for _ in 0..<3 { sum = try sum.adding(Rate(partsPerMillion: 300_000).exactMicro(of: Rupiah(1))) }
        #expect(try sum.roundedHalfUp() == Rupiah(1))
        #expect(try sum.negated().roundedHalfUp() == Rupiah(-1))
        #expect(try sum.adding(sum.negated()) == .zero)
    }

    @Test func splitAddsUp() throws {
        var random = SeededGenerator("splitAddsUp")
        for _ in 0..<2000 {
            let weights = (0..<Int.random(in: 1...12, using: &random)).map { _ in Int64(random.wide().magnitude >> 1) }
            let amount = Rupiah(random.wide())
            guard weights.contains(where: { $0 > 0 }) else { continue }
            let parts = try amount.split(by: weights)
            #expect(parts.count == weights.count)
            #expect(try Rupiah.sum(of: parts) == amount)
            for (part, weight) in zip(parts, weights) where weight == 0 { #expect(part == .zero) }
            if amount != .minimum {
                #expect(try amount.negated().split(by: weights) == parts.map { try $0.negated() })
            }
        }
        #expect(
            try Rupiah(638_000).split(by: [Rate.percent(90), .percent(10)]) == [Rupiah(574_200), Rupiah(63_800)], "T17")
        #expect(try Rupiah(100).split(by: [Int64(1), 1, 1]) == [Rupiah(34), Rupiah(33), Rupiah(33)])
        #expect(try Rupiah.minimum.split(by: [Int64.max, .max]).count == 2)
    }

    @Test func splitRefusesBadWeights() {
        #expect(throws: SplitFault.noWeight) { try Rupiah(1).split(by: [Int64]()) }
        #expect(throws: SplitFault.noWeight) { try Rupiah(1).split(by: [Int64(0)]) }
        #expect(throws: SplitFault.negativeWeight(index: 1)) { try Rupiah(1).split(by: [Int64(2), -1]) }
    }
}
