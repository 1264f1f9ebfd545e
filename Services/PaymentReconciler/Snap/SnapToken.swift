import Crypto
import Foundation
import PerisaiModels

/// Access tokens without a store: end of validity and a random number, authenticated under a key that follows from the
/// partner's client secret. Every worker with the same settings accepts them, and a new secret ends them.
enum SnapToken {
    /// Seconds that a token is valid.
    static let lifetime: Int64 = 900
    private static let version: UInt8 = 1
    /// Version, seconds since 1970, random number.
    private static let contentBytes = 1 + 8 + 16

    /// The key of a partner's tokens.
    static func key(secret: SymmetricKey, partner: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("perisai snap access token \(partner)".utf8), outputByteCount: 32)
    }

    static func make(_ key: SymmetricKey, now: Instant) -> String {
        var content: [UInt8] = [version]
        let end = now.microseconds / 1_000_000 + lifetime
        withUnsafeBytes(of: end.bigEndian) { content.append(contentsOf: $0) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<16 { content.append(UInt8.random(in: .min ... .max, using: &random)) }
        content.append(contentsOf: HMAC<SHA256>.authenticationCode(for: content, using: key))
        return Data(content).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    }

    static func isValid(_ token: String, _ key: SymmetricKey, now: Instant) -> Bool {
        guard token.utf8.count <= 128,
            let bytes = Data(base64Encoded: token.replacing("-", with: "+").replacing("_", with: "/")),
            bytes.count == contentBytes + 32, bytes.first == version
        else { return false }
        let content = bytes.prefix(contentBytes)
        guard HMAC<SHA256>.isValidAuthenticationCode(bytes.suffix(32), authenticating: content, using: key) else {
            return false
        }
        let end = content.dropFirst().prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return now.microseconds / 1_000_000 < end
    }
}
