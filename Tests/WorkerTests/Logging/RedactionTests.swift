import PerisaiModels
import TestSupport
import Testing

@testable import Worker

@Suite struct RedactionTests {
    @Test(arguments: [
        ("NIK 5171014107900001 given", "NIK 5171**********01 given"),
        ("a5171014107900001b", "a5171**********01b"),
        // 17 and 15 digits, month 13 and day 00 are no NIK.
        ("51710141079000012", "51710141079000012"), ("517101410790000", "517101410790000"),
        ("5171014113900001", "5171014113900001"), ("5171010007900001", "5171010007900001"),
        ("call +6281234567890.", "call +628********90."), ("+62812345678", "+628******78"),
        ("6281234567890", "6281234567890"), ("+62212345678", "+62212345678"),
        ("postgresql://app:geheim@db/x", "postgresql://***@db/x"),
        ("postgresql://app:ge@he/im@db/x", "postgresql://***@db/x"),
        ("https://db/x and https://db/y", "https://db/x and https://db/y"),
        ("host=db password=geheim user=app", "host=db password=*** user=app"),
        ("password='ge heim' user=app", "password='***' user=app"),
        ("?sslpassword=geheim&x=1", "?sslpassword=***&x=1"), ("{\"token\": \"geheim\"}", "{\"token\": \"***\"}"),
        ("Authorization: Bearer geheim", "Authorization: Bearer ***"), ("bearer geheim", "bearer ***"),
        ("PERISAI_API_KEY_2=geheim", "PERISAI_API_KEY_2=***"), ("no token here", "no token here"), ("", ""),
        ("token=", "token="), ("password", "password"), ("://", "://"), ("a://@", "a://***@"),
    ])
    func examples(input: String, output: String) { #expect(Redaction.redact(input) == output) }

    @Test func secretNames() {
        for name in ["password", "sasl.PASSWORD", "api_key", "Authorization", "idToken"] {
            #expect(Redaction.isSecret(key: name))
        }
        for name in ["", "partition", "user", "nik"] { #expect(!Redaction.isSecret(key: name)) }
    }

    /// No NIK survives in any random surroundings, and what is no secret stays as it is.
    @Test(arguments: [1, 2026, 77] as [UInt64])
    func noNIKSurvives(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("abcXYZ .,:;=/@-_\"'{}[]\n\té汉🙂")
        for _ in 0..<2_000 {
            var text = ""
            var expected = ""
            var hasNIK = false
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let noise = String(
                    (0..<Int.random(in: 1...12, using: &random)).map { _ in
                        alphabet.randomElement(using: &random) ?? "a"
                    })
                let nik = Self.nik(&random)
                text += noise + nik
                expected += noise + nik.prefix(4) + "**********" + nik.suffix(2)
                hasNIK = true
            }
            let redacted = Redaction.redact(text)
            let credentials =
                text.contains("://") || Redaction.isSecret(key: text) || text.lowercased().contains("bearer ")
            if !credentials { #expect(redacted == expected, "seed \(seed)") }
            #expect(
                !hasNIK || redacted.split(whereSeparator: { !($0.isASCII && $0.isNumber) }).allSatisfy { $0.count < 16 }
            )
        }
    }

    static func nik(_ random: inout SeededGenerator) -> String {
        func two(_ range: ClosedRange<Int>) -> String {
            let number = Int.random(in: range, using: &random)
            return number < 10 ? "0\(number)" : "\(number)"
        }
        let day = Bool.random(using: &random) ? two(1...31) : two(41...71)
        return two(11...94) + two(1...79) + two(1...30) + day + two(1...12) + two(0...99) + two(0...99) + two(1...99)
    }

    /// Every NIK that can be read is one that is masked, and so is every phone number as we write it.
    @Test func whateverIsReadIsMasked() throws {
        var random = SeededGenerator("redaction of identifiers")
        var niks = 0
        while niks < 2_000 {
            guard let nik = try? NIK(Self.nik(&random)) else { continue }
            niks += 1
            #expect(Redaction.redact("nik \(nik.text)") == "nik \(nik.masked)")
            let phone = try PhoneNumber("08\(Int64.random(in: 10_000_000...9_999_999_999, using: &random))")
            #expect(!Redaction.redact("{\"phone\":\"\(phone.text)\"}").contains(phone.text.dropFirst(4).dropLast(2)))
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = Redaction.redact(bytes: bytes)
            _ = Redaction.redact(bytes: Array("token=".utf8) + bytes)
            _ = Redaction.redact(bytes: Array("x://".utf8) + bytes)
        }
    }
}
