import Crypto
import CryptoExtras
import Foundation

/// The two signatures of SNAP BI.
enum SnapSignature {
    /// The body without white space outside strings, byte for byte otherwise; also of a text that is not JSON.
    static func minified(_ body: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(body.count)
        var isInString = false
        var isEscaped = false
        for byte in body {
            if isInString {
                result.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            default:
                result.append(byte)
                isInString = byte == UInt8(ascii: "\"")
            }
        }
        return result
    }

    /// `METHOD:path:token:hex of SHA-256 of the minified body:timestamp`.
    static func stringToSign(method: String, target: String, token: String, body: [UInt8], timestamp: String) -> String
    {
        "\(method):\(target):\(token):\(hexadecimal(SHA256.hash(data: minified(body)))):\(timestamp)"
    }

    /// Symmetric: HMAC-SHA512 with the client secret, in base64. Compared in constant time.
    static func isValid(_ signature: String, of text: String, secret: SymmetricKey) -> Bool {
        guard signature.utf8.count <= 128, let code = Data(base64Encoded: signature) else { return false }
        return HMAC<SHA512>.isValidAuthenticationCode(code, authenticating: Data(text.utf8), using: secret)
    }

    /// Asymmetric: SHA256withRSA (PKCS #1 v1.5, as the standard has it) over `client key|timestamp`, in base64.
    static func isValid(
        _ signature: String, client: String, timestamp: String, key: _RSA.Signing.PublicKey
    ) -> Bool {
        guard signature.utf8.count <= 2_048, let bytes = Data(base64Encoded: signature) else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: bytes),
            for: SHA256.hash(data: Data("\(client)|\(timestamp)".utf8)),
            padding: .insecurePKCS1v1_5)
    }

    /// Lower case.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
