import Foundation
import Testing

@testable import Notifier

@Suite struct WebhookSignatureTests {
    private let id = "018a0000-0000-7000-8000-000000000001"
    private let body = Array(#"{"specversion":"1.0"}"#.utf8)
    private let secret = "secret-of-the-office-0123456789abcdef"
    private let other = "another-secret-of-the-office-0123456789"
    // printf '%s' "$id.1533081600.$body" | openssl dgst -sha256 -hmac "$secret"
    private let known = "v1=3ad56c5594d6649553a93caa9730a88074903dab17f9d1ac3a5f795fae734b76"
    private let knownOther = "v1=284dc5276957e52caf3cb4e87e75bb19d220b1699a718b7083acb75c9582be82"

    @Test func equalsWhatOpenSSLSays() {
        let header = WebhookSignature.header(id: id, timestamp: 1_533_081_600, body: body, secrets: [secret])
        #expect(header == known)
    }

    @Test func twoSecretsGiveTwoSignaturesAndEitherIsEnough() {
        let header = WebhookSignature.header(id: id, timestamp: 1_533_081_600, body: body, secrets: [other, secret])
        #expect(header == "\(knownOther),\(known)")
        for secrets in [[secret], [other], [secret, other]] {
            #expect(
                WebhookSignature.isValid(header, id: id, timestamp: 1_533_081_600, body: body, secrets: secrets))
        }
    }

    @Test func anyOtherIdTimeBodySecretOrFormIsWrong() {
        func isValid(
            _ header: String, id: String? = nil, timestamp: Int64 = 1_533_081_600, body: [UInt8]? = nil,
            secret: String? = nil
        ) -> Bool {
            WebhookSignature.isValid(
                header, id: id ?? self.id, timestamp: timestamp, body: body ?? self.body,
                secrets: [secret ?? self.secret])
        }
        #expect(isValid(known) && isValid(" " + known) && isValid("v1=" + known.dropFirst(3).uppercased()))
        #expect(!isValid(known, id: "018a0000-0000-7000-8000-000000000002"))
        #expect(!isValid(known, timestamp: 1_533_081_601))
        #expect(!isValid(known, body: body + [0x20]))
        #expect(!isValid(known, secret: other))
        for broken in [
            "", "v1=", "v2=" + known.dropFirst(3), String(known.dropLast()), known + "0", "v1=+" + known.dropFirst(4),
        ] {
            #expect(!isValid(broken), "\(broken)")
        }
    }
}
