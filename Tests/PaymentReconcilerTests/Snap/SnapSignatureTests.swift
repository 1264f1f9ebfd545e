import Crypto
import CryptoExtras
import Foundation
import PerisaiModels
import Testing

@testable import PaymentReconciler

@Suite struct SnapSignatureTests {
    static let timestamp = "2026-08-18T09:00:00+07:00"
    static let body =
        #"{"partnerServiceId":"   77701","customerNo":"118010000001","note":"a \"b\" \\ c  d","list":[1,2]}"#
    static let pretty = """
        {
        \t"partnerServiceId" : "   77701",\r
          "customerNo": "118010000001" ,
          "note": "a \\"b\\" \\\\ c  d",
          "list": [ 1,
            2 ]
        }

        """
    /// Computed without this project, with the body above in the file `body` (no line end):
    /// `hash=$(openssl dgst -sha256 -hex < body | sed 's/.* //')`, then
    /// `printf '%s' "POST:/v1.0/transfer-va/inquiry:token-1:$hash:2026-08-18T09:00:00+07:00" |
    /// openssl dgst -sha512 -hmac 'rahasia-klien-0123456789abcdef-0123456789' -binary | base64 -w0`;
    /// Python's hmac and hashlib give the same.
    static let signature = "FJUuFLufwjGWKJ8sgDgW9+zkKxQtbmc3qmcfj0BFK3YdN6/uqwQTImmq46ez+ixmEnb2l1wrcRFJ96I4KmzaIw=="
    static let hash = "459b484bb816096738031f6e6986ef795652d2c698208ce0a8795ceff42bc50a"

    private func text(_ body: String, method: String = "POST", token: String = "token-1") -> String {
        SnapSignature.stringToSign(
            method: method, target: "/v1.0/transfer-va/inquiry", token: token, body: Array(body.utf8),
            timestamp: Self.timestamp)
    }

    @Test func symmetricVector() throws {
        let partner = try SnapBank.partner()
        #expect(text(Self.body) == "POST:/v1.0/transfer-va/inquiry:token-1:\(Self.hash):\(Self.timestamp)")
        #expect(SnapSignature.isValid(Self.signature, of: text(Self.body), secret: partner.secret))
        // Laid out otherwise the body is the same.
        #expect(text(Self.pretty) == text(Self.body))
        #expect(SnapSignature.isValid(Self.signature, of: text(Self.pretty), secret: partner.secret))
    }

    @Test func anyChangeBreaksTheSignature() throws {
        let secret = try SnapBank.partner().secret
        for other in [
            text(Self.body.replacing("c  d", with: "c d")), text(Self.body, method: "PUT"),
            text(Self.body, token: "token-2"), text(Self.body) + "0",
        ] {
            #expect(!SnapSignature.isValid(Self.signature, of: other, secret: secret))
        }
        for wrong in ["", "=", "kein base64!", String(Self.signature.dropFirst(4)), String(repeating: "A", count: 500)]
        {
            #expect(!SnapSignature.isValid(wrong, of: text(Self.body), secret: secret))
        }
        let other = SymmetricKey(data: Data("another secret".utf8))
        #expect(!SnapSignature.isValid(Self.signature, of: text(Self.body), secret: other))
    }

    @Test(arguments: [
        ("", ""), (" \n", ""), (#"{ "a" : "b \" c" }"#, #"{"a":"b \" c"}"#), (#"["\\" , "]"#, #"["\\","]"#),
        ("{\"offen : 1 ", "{\"offen : 1 "), ("\u{feff} 1", "\u{feff}1"), ("\"é ü\" ", "\"é ü\""),
    ])
    func minifying(_ body: String, _ minified: String) {
        #expect(String(decoding: SnapSignature.minified(Array(body.utf8)), as: UTF8.self) == minified)
    }

    /// `printf '%s' 'bni-01|2026-08-18T09:00:00+07:00' | openssl dgst -sha256 -sign key.pem | base64 -w0` with the
    /// private key of `SnapBank.publicKey`.
    static let asymmetric =
        "jSkOcoIwX8nB4AABrY7oxZG+X9HS4ZxUONJrRJXD7loqomPDnV1IOrmgnvdyXEoFkBtFqrjzOpfaQ9jNMBO9IbLyUXWiHnyZqWR5NrzLJqlAok1P"
        + "bJhahXQiqmJ/F0FOSCOgEjRW9qcTDBLh9KBD/Iimcj9DS0Dcg1O6L/D0ocD6MIGhInsK+NeW1HQo9gXQ1SpyvLaQ0slumPpMEfsydLEqHd6qBYcu"
        + "x4xUt00JJcKqG0VCncaWupIWSeCXQ9cs2WeqRA3CprIz4RvmLWw7agIjXEMYHpHD4h5TLqFcriSF49xJbY1slY7a9kpFYnh3min0xkG9H0y9S657"
        + "AoyRpA=="

    @Test func asymmetricVector() throws {
        let key = try SnapBank.partner().publicKey
        #expect(SnapSignature.isValid(Self.asymmetric, client: "bni-01", timestamp: Self.timestamp, key: key))
        #expect(!SnapSignature.isValid(Self.asymmetric, client: "bni-02", timestamp: Self.timestamp, key: key))
        let later = "2026-08-18T09:00:01+07:00"
        #expect(!SnapSignature.isValid(Self.asymmetric, client: "bni-01", timestamp: later, key: key))
        #expect(!SnapSignature.isValid("", client: "bni-01", timestamp: Self.timestamp, key: key))
    }

    @Test func tokensOfOnePartnerForFifteenMinutes() throws {
        let now = try #require(Instant(parsing: Self.timestamp))
        let (own, other) = (try SnapBank.partner(), try SnapBank.partner(id: "bni-02"))
        let token = SnapToken.make(own.tokenKey, now: now)
        #expect(token != SnapToken.make(own.tokenKey, now: now))
        #expect(SnapToken.isValid(token, own.tokenKey, now: now.adding(seconds: 899)))
        #expect(!SnapToken.isValid(token, own.tokenKey, now: now.adding(seconds: 900)))
        #expect(!SnapToken.isValid(token, other.tokenKey, now: now))
        // A worker that has read the same settings.
        #expect(SnapToken.isValid(token, try SnapBank.partner().tokenKey, now: now))
        for index in token.indices where token[index] != "A" {
            let changed = token.replacingCharacters(in: index...index, with: "A")
            #expect(!SnapToken.isValid(changed, own.tokenKey, now: now))
        }
        for wrong in ["", "x", String(repeating: "A", count: 76), String(repeating: "A", count: 4_000)] {
            #expect(!SnapToken.isValid(wrong, own.tokenKey, now: now))
        }
    }
}
