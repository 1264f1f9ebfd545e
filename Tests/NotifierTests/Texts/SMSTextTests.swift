import PerisaiModels
import TestSupport
import Testing

@testable import Notifier

/// Segments by 3GPP TS 23.038 and 23.040.
@Suite struct SMSTextTests {
    private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test func segmentsAtTheirBounds() {
        let cases: [(String, SMSCount.Encoding, Int, Int)] = [
            ("", .gsm7, 1, 0), ("a", .gsm7, 1, 1), (repeated("a", 160), .gsm7, 1, 160),
            (repeated("a", 161), .gsm7, 2, 161), (repeated("a", 306), .gsm7, 2, 306),
            (repeated("a", 307), .gsm7, 3, 307), (repeated("a", 459), .gsm7, 3, 459),
            (repeated("a", 460), .gsm7, 4, 460),
            // Characters of the extension table take two septets.
            (repeated("€", 80), .gsm7, 1, 160), (repeated("[", 81), .gsm7, 2, 162),
            ("^{}\\[~]|€\u{C}", .gsm7, 1, 20),
            // é, Ñ, Ω and the like are in the table; ê, ` and the tab are not.
            ("éèùìòÇØøÅåÆæßÉÄÖÑÜ§äöñüàΔΦΓΛΩΠΨΣΘΞ¡¿£$¥¤@_\n\r", .gsm7, 1, 44),
            ("ê", .ucs2, 1, 1), ("`", .ucs2, 1, 1), ("\t", .ucs2, 1, 1),
            (repeated("ё", 70), .ucs2, 1, 70), (repeated("ё", 71), .ucs2, 2, 71),
            (repeated("ё", 134), .ucs2, 2, 134), (repeated("ё", 135), .ucs2, 3, 135),
            // An emoji is two units.
            (repeated("😀", 35), .ucs2, 1, 70), (repeated("😀", 36), .ucs2, 2, 72),
        ]
        for (text, encoding, segments, units) in cases {
            let count = SMSText.count(text)
            #expect(
                count == SMSCount(encoding: encoding, segments: segments, units: units), "\(text.prefix(20)): \(count)")
            #expect(SMSText.segments(of: text) == segments)
        }
    }

    /// An escape and its character, or a surrogate pair, never lie in two parts.
    @Test func charactersAreNotCutInTwo() {
        // 152 + 2: the euro goes to the second part, which then has room for 151 more, not 152.
        #expect(SMSText.segments(of: repeated("a", 152) + "€" + repeated("a", 151)) == 2)
        #expect(SMSText.segments(of: repeated("a", 152) + "€" + repeated("a", 152)) == 3)
        #expect(SMSText.segments(of: repeated("ё", 66) + "😀" + repeated("ё", 65)) == 2)
        #expect(SMSText.segments(of: repeated("ё", 66) + "😀" + repeated("ё", 66)) == 3)
    }

    @Test func textsAreMadeFit() {
        let cases = [
            ("Iuran Rp16.800", "Iuran Rp16.800"), ("“kutipan” – dan …", "\"kutipan\" - dan ..."),
            ("Nguyễn Ênê Łukasz", "Nguyen Ene Lukasz"), ("café", "café"), ("cafe\u{301}", "café"),
            ("a\nb\tc\u{A0}d", "a b c d"), ("日本😀", "???"), ("ﬁ", "fi"), ("5 × 3`", "5 x 3'"), ("", ""),
        ]
        for (text, fit) in cases { #expect(SMSText.fit(text) == fit) }
    }

    @Test func longTextsEndWithAWord() {
        let fit = SMSText.fit(repeated("kata ", 200))
        #expect(fit.hasSuffix("kata...") && SMSText.segments(of: fit) == 3 && fit.count > 440)
        let solid = SMSText.fit(repeated("x", 2_000))
        #expect(solid.hasSuffix("x...") && SMSText.segments(of: solid) == 3)
        #expect(SMSText.fit(repeated("a", 459)).count == 459)
        #expect(SMSText.segments(of: SMSText.fit(repeated("€", 400))) <= 3)
    }

    @Test func anythingFits() {
        var generator = SeededGenerator("sms")
        let pieces = [
            "a", " ", "€", "é", "ê", "…", "😀", "\n", "日", "e\u{301}", "\u{200D}", "[", "kata ", "`", "\u{7F}",
        ]
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? "a"
            }.joined()
            let fit = SMSText.fit(text)
            let count = SMSText.count(fit)
            #expect(count.encoding == .gsm7 && count.segments <= SMSText.mostSegments)
            #expect(SMSText.fit(fit) == fit)
            let whole = MessageText.whole(
                on: .sms, name: "A", subject: text, language: .english, short: fit, body: "x")
            #expect(SMSText.segments(of: whole) <= SMSText.mostSegments)
        }
    }

    @Test func theSalutationLeavesTheWordsTheirRoom() {
        func whole(_ subject: String?, _ language: MessageLanguage, _ short: String = "Iuran diterima.") -> String {
            MessageText.whole(on: .sms, name: "Agen", subject: subject, language: language, short: short, body: "x")
        }
        #expect(whole(nil, .indonesian) == "Iuran diterima.")
        #expect(whole("Ni Luh", .indonesian) == "Utk Ni Luh: Iuran diterima.")
        #expect(whole("", .indonesian) == "Utk peserta: Iuran diterima.")
        #expect(whole("Ni Luh", .english) == "For Ni Luh: Iuran diterima.")
        let long = whole(repeated("Wayan ", 12), .indonesian)
        #expect(long == "Utk Wayan Wayan Wayan Wayan Wayan Wayan...: Iuran diterima.")
        #expect(whole("Wayan", .indonesian, repeated("kata ", 91)).hasSuffix("kata..."))
    }
}
