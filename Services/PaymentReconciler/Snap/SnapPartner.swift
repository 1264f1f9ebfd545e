import Crypto
import CryptoExtras
import Foundation
import PerisaiModels
import Worker

/// A bank that may call us. Its description shows no secret.
struct SnapPartner: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What amounts a partner may take from a payer.
    enum Amounts: String, Sendable, CaseIterable {
        /// Any; what is over or under the bill is the reconciler's to settle.
        case open
        /// The bill, to the rupiah.
        case closed
    }

    /// X-PARTNER-ID and X-CLIENT-KEY.
    let id: String
    let bank: BankCode
    /// partnerServiceId, without the spaces that pad it to 8 characters.
    let corporateCode: CorporateCode
    let amounts: Amounts
    /// For the signature of access-token requests.
    let publicKey: _RSA.Signing.PublicKey
    let secret: SymmetricKey
    let tokenKey: SymmetricKey

    init(
        id: String, bank: BankCode, corporateCode: CorporateCode, amounts: Amounts, publicKey: _RSA.Signing.PublicKey,
        secret: String
    ) {
        self.id = id
        self.bank = bank
        self.corporateCode = corporateCode
        self.amounts = amounts
        self.publicKey = publicKey
        self.secret = SymmetricKey(data: Data(secret.utf8))
        tokenKey = SnapToken.key(secret: self.secret, partner: id)
    }

    /// `source` of the events that the partner's calls become.
    var source: String { "urn:bank:\(id)" }

    var description: String { "SnapPartner(\(id), bank \(bank), secret masked)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: ["id": id]) }

    /// Reads `id:bank:corporate code:open|closed:public key file:secret` entries. Throws every fault at once; its key is
    /// `entry <number>`, and no fault quotes an entry.
    static func parse(_ entries: [String]) throws(SettingsError) -> [String: SnapPartner] {
        var faults: [SettingFault] = []
        var partners: [String: SnapPartner] = [:]
        for (index, entry) in entries.enumerated() {
            func fault(_ reason: String) { faults.append(SettingFault(key: "entry \(index + 1)", reason: reason)) }
            let parts = entry.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6 else {
                fault("is not id:bank:corporate code:open or closed:public key file:secret")
                continue
            }
            let isID = (1...36).contains(parts[0].utf8.count) && parts[0].utf8.allSatisfy(isIDByte)
            if !isID { fault("the partner id must be 1 to 36 letters, digits, dots, dashes and _") }
            if partners[parts[0]] != nil { fault("has the id of another entry") }
            let bank = read(&faults, index) { () throws(IdentifierFault) in try BankCode(parts[1]) }
            let code = read(&faults, index) { () throws(IdentifierFault) in try CorporateCode(parts[2]) }
            let amounts = Amounts(rawValue: parts[3])
            if amounts == nil { fault("the amounts must be open or closed") }
            let key = publicKey(parts[4])
            if key == nil { fault("the public key file must hold an RSA key of 2048 bits or more in PEM") }
            let isSecret =
                (32...256).contains(parts[5].utf8.count) && parts[5].utf8.allSatisfy { (0x21...0x7E).contains($0) }
            if !isSecret { fault("the secret must be 32 to 256 visible ASCII characters") }
            guard let bank, let code, let amounts, let key, isID, isSecret else { continue }
            partners[parts[0]] = SnapPartner(
                id: parts[0], bank: bank, corporateCode: code, amounts: amounts, publicKey: key, secret: parts[5])
        }
        guard faults.isEmpty else { throw SettingsError(faults) }
        return partners
    }

    private static func read<Value>(
        _ faults: inout [SettingFault], _ index: Int, _ body: () throws(IdentifierFault) -> Value
    ) -> Value? {
        do throws(IdentifierFault) { return try body() } catch {
            faults.append(SettingFault(key: "entry \(index + 1)", reason: error.description))
            return nil
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || ".-_".utf8.contains(byte)
    }

    /// At most 16 KiB.
    private static func publicKey(_ path: String) -> _RSA.Signing.PublicKey? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: 16_385), data.count <= 16_384,
            let text = String(validating: data, as: UTF8.self)
        else { return nil }
        return try? _RSA.Signing.PublicKey(pemRepresentation: text)
    }
}
