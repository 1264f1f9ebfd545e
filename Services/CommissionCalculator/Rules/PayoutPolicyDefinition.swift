import PerisaiModels

/// A payout policy as JSON.
public struct PayoutPolicyDefinition: Definition, Hashable {
    public static let summary = "To which banks payouts go, from which account, and from how much on"
    /// Most partner banks.
    public static let bankLimit = 50

    public let policy: PayoutPolicy

    public init(_ policy: PayoutPolicy) { self.policy = policy }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let banks: [BankCode] = try reader.required("partner_banks", "Where the accounts of agents and wadah may be")
        let debtor: Draft<DebtorDefinition>? = try reader.optional("debtor", "The account that pays")
        let minimum: Bounded<PayoutMinimum>? = try reader.optional(
            "minimum", "Rupiah; smaller balances wait; left out: 1")
        policy = PayoutPolicy(
            partnerBanks: banks, debtor: debtor?.value.debtor, minimum: minimum?.rupiah ?? Rupiah(1))
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("partner_banks", policy.partnerBanks)
        writer.field("debtor", policy.debtor.map { DebtorDefinition(debtor: $0) })
        writer.field("minimum", policy.minimum)
    }

    public var faults: [JSONFault] {
        var found: [JSONFault] = []
        if !(1...Self.bankLimit).contains(policy.partnerBanks.count) {
            found.append(JSONFault(field: "partner_banks", reason: "must have 1 to \(Self.bankLimit)"))
        }
        for (index, bank) in policy.partnerBanks.enumerated() where policy.partnerBanks[..<index].contains(bank) {
            found.append(JSONFault(field: "partner_banks[\(index)]", reason: "stands twice"))
        }
        return found + (policy.debtor.map { Draft(DebtorDefinition(debtor: $0)).faults("debtor") } ?? [])
    }
}

struct DebtorDefinition: Definition, Hashable {
    static let summary = "The account that pays"

    let debtor: PayoutPolicy.Debtor

    init(debtor: PayoutPolicy.Debtor) { self.debtor = debtor }

    init(fields reader: inout FieldReader) throws(JSONFault) {
        let name: String = try reader.required("name", "1 to 70 characters, as in the bank's books")
        let bank: BankCode = try reader.required("bank")
        let account: AccountNumber = try reader.required("account")
        let bic: BIC? = try reader.optional("bic", "8 or 11 characters (ISO 9362)")
        debtor = PayoutPolicy.Debtor(name: name, bank: bank, account: account, bic: bic?.text)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("name", debtor.name)
        writer.field("bank", debtor.bank)
        writer.field("account", debtor.account)
        writer.field("bic", debtor.bic)
    }

    var faults: [JSONFault] {
        var found: [JSONFault] = []
        if debtor.name.unicodeScalars.count > 70 {
            found.append(JSONFault(field: "name", reason: "must have at most 70 characters"))
        }
        if NIK.hidden(in: debtor.name) != debtor.name {
            found.append(JSONFault(field: "name", reason: "must not hold a NIK"))
        }
        return found
    }
}

/// A bank's identifier in payment messages (ISO 9362).
private struct BIC: JSONValue, Hashable {
    let text: String

    static func read(_ slice: JSONSlice) throws(JSONFault) -> BIC {
        let text = try slice.string()
        let bytes = Array(text.utf8)
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        func isSign(_ byte: UInt8) -> Bool {
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard bytes.count == 8 || bytes.count == 11, bytes[..<4].allSatisfy(isSign), bytes[4..<6].allSatisfy(isLetter),
            bytes[6...].allSatisfy(isSign)
        else { throw JSONFault(reason: "must be a BIC: 8 or 11 of A-Z and 0-9") }
        return BIC(text: text)
    }

    func write(to writer: inout JSONWriter) { writer.string(text) }
    static var schema: JSONSchema { .string(pattern: "^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$") }
    static var sample: BIC { BIC(text: "BNINIDJA") }
}
