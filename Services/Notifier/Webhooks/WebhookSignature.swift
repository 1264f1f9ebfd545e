import Crypto
import Foundation

/// What proves to an office that a post comes from us and is fresh: HMAC-SHA256 over `<id>.<timestamp>.<body>`, in
/// lower-case hexadecimal after `v1=`. While a secret is changed there are two, parted by a comma.
public enum WebhookSignature {
    public static let idHeader = "Webhook-Id"
    /// Unix seconds of this attempt.
    public static let timestampHeader = "Webhook-Timestamp"
    public static let signatureHeader = "Webhook-Signature"
    /// Two: the old one and the new one.
    public static let mostSecrets = 2

    /// The value of `Webhook-Signature`, one signature for each secret.
    public static func header(id: String, timestamp: Int64, body: some DataProtocol, secrets: [String]) -> String {
        secrets.map { secret in
            let code = mac(id: id, timestamp: timestamp, body: body, secret: secret).finalize()
            return "v1=" + code.map(hexadecimal).joined()
        }.joined(separator: ",")
    }

    /// Whether one signature of `header` is right under one of the secrets. Takes the same time wherever they differ.
    public static func isValid(
        _ header: String, id: String, timestamp: Int64, body: some DataProtocol, secrets: [String]
    ) -> Bool {
        let given = header.split(separator: ",").prefix(8).compactMap { part -> [UInt8]? in
            let text = part.drop(while: \.isWhitespace)
            return text.hasPrefix("v1=") ? bytes(hexadecimal: text.dropFirst(3)) : nil
        }
        return secrets.contains { secret in
            let code = mac(id: id, timestamp: timestamp, body: body, secret: secret).finalize()
            return given.contains { HMAC<SHA256>.isValid(code, $0) }
        }
    }

    private static func mac(
        id: String, timestamp: Int64, body: some DataProtocol, secret: String
    ) -> HMAC<SHA256> {
        var mac = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
        mac.update(data: Array("\(id).\(timestamp).".utf8))
        mac.update(data: body)
        return mac
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }

    private static func bytes(hexadecimal text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            let pair = digits[index...index + 1]
            guard pair.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }),
                let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

extension HMAC<SHA256> {
    /// Compares over the whole length.
    fileprivate static func isValid(_ code: HashedAuthenticationCode<SHA256>, _ given: [UInt8]) -> Bool {
        var difference = given.count ^ SHA256.byteCount
        for (left, right) in zip(code, given) { difference |= Int(left ^ right) }
        return difference == 0
    }
}
