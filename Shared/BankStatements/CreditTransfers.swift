import PerisaiModels

/// Instructions to a bank to pay from one account: an ISO 20022 pain.001.001.03 message, or the same rows as CSV. The
/// same value gives the same bytes.
public struct CreditTransfers: Sendable, Hashable {
    /// Most instructions in one file.
    public static let limit = 100_000
    /// Longest message, payment and end-to-end identifier (Max35Text).
    public static let identifierLimit = 35

    public struct Account: Sendable, Hashable {
        public var name: String
        public var bank: BankCode
        public var number: AccountNumber
        /// BIC; the clearing code names the bank in any case.
        public var bic: String?

        public init(name: String, bank: BankCode, number: AccountNumber, bic: String? = nil) {
            self.name = name
            self.bank = bank
            self.number = number
            self.bic = bic
        }
    }

    public struct Instruction: Sendable, Hashable {
        /// At most 35 characters.
        public var endToEndID: String
        public var creditor: Account
        public var amount: Rupiah
        public var remittance: String

        public init(endToEndID: String, creditor: Account, amount: Rupiah, remittance: String) {
            self.endToEndID = endToEndID
            self.creditor = creditor
            self.amount = amount
            self.remittance = remittance
        }
    }

    /// Why no file can be made.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        public let field: String
        public let reason: String

        public var description: String { "\(field): \(reason)" }
    }

    public let messageID: String
    public let paymentID: String
    /// Of the decision behind it, never the clock's.
    public let createdAt: Instant
    public let executeOn: CivilDate
    public let debtor: Account
    public let instructions: [Instruction]
    public let sum: Rupiah

    /// - Throws: `Fault` for no or too many instructions, an identifier that is empty, too long or used twice, an amount
    ///   that is not above zero, a name without one letter that banks can write, or a sum that does not fit.
    public init(
        messageID: String, paymentID: String, createdAt: Instant, executeOn: CivilDate, debtor: Account,
        instructions: [Instruction]
    ) throws(Fault) {
        guard !instructions.isEmpty else { throw Fault(field: "instructions", reason: "there are none") }
        guard instructions.count <= Self.limit else {
            throw Fault(field: "instructions", reason: "more than \(Self.limit)")
        }
        try Self.check(messageID, "MsgId")
        try Self.check(paymentID, "PmtInfId")
        try Self.check(debtor, "Dbtr")
        var seen: Set<String> = []
        for one in instructions {
            try Self.check(one.endToEndID, "EndToEndId")
            try Self.check(one.creditor, "Cdtr of \(one.endToEndID)")
            guard one.amount > .zero else {
                throw Fault(field: "InstdAmt of \(one.endToEndID)", reason: "must be more than zero")
            }
            guard seen.insert(one.endToEndID).inserted else {
                throw Fault(field: "EndToEndId", reason: "\(one.endToEndID) is there twice")
            }
        }
        do { sum = try Rupiah.sum(of: instructions.map(\.amount)) } catch {
            throw Fault(field: "CtrlSum", reason: "does not fit 64 bits of rupiah")
        }
        self.messageID = messageID
        self.paymentID = paymentID
        self.createdAt = createdAt
        self.executeOn = executeOn
        self.debtor = debtor
        self.instructions = instructions
    }

    private static func check(_ identifier: String, _ field: String) throws(Fault) {
        guard (1...identifierLimit).contains(identifier.utf8.count), BankText.plain(identifier) == identifier else {
            throw Fault(field: field, reason: "must have 1 to \(identifierLimit) plain characters")
        }
    }

    private static func check(_ account: Account, _ field: String) throws(Fault) {
        guard BankText.plain(account.name).utf8.contains(where: { (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw Fault(field: field + "/Nm", reason: "has no letter that banks can write")
        }
        if let bic = account.bic {
            let isPlain = bic.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
            guard bic.utf8.count == 8 || bic.utf8.count == 11, isPlain else {
                throw Fault(field: field + "/BIC", reason: "must have 8 or 11 of A-Z and 0-9")
            }
        }
    }

    // MARK: pain.001

    public static let namespace = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"

    /// The message, ASCII.
    public var pain001: [UInt8] {
        var xml = XMLText()
        xml.open("Document", "xmlns=\"\(Self.namespace)\"")
        xml.open("CstmrCdtTrfInitn")
        xml.open("GrpHdr")
        xml.leaf("MsgId", messageID)
        xml.leaf("CreDtTm", String(createdAt.formatted(in: .wib).prefix(19)))
        xml.leaf("NbOfTxs", "\(instructions.count)")
        xml.leaf("CtrlSum", "\(sum.amount)")
        xml.open("InitgPty")
        xml.leaf("Nm", BankText.plain(debtor.name, limit: 70))
        xml.close()
        xml.close()
        xml.open("PmtInf")
        xml.leaf("PmtInfId", paymentID)
        xml.leaf("PmtMtd", "TRF")
        xml.leaf("NbOfTxs", "\(instructions.count)")
        xml.leaf("CtrlSum", "\(sum.amount)")
        xml.leaf("ReqdExctnDt", "\(executeOn)")
        xml.party("Dbtr", debtor)
        xml.account("DbtrAcct", debtor, currency: "IDR")
        xml.agent("DbtrAgt", debtor)
        for one in instructions { write(one, &xml) }
        for _ in 0..<3 { xml.close() }
        return xml.bytes
    }

    private func write(_ one: Instruction, _ xml: inout XMLText) {
        xml.open("CdtTrfTxInf")
        xml.open("PmtId")
        xml.leaf("EndToEndId", one.endToEndID)
        xml.close()
        xml.open("Amt")
        xml.leaf("InstdAmt", "\(one.amount.amount)", "Ccy=\"IDR\"")
        xml.close()
        xml.agent("CdtrAgt", one.creditor)
        xml.party("Cdtr", one.creditor)
        xml.account("CdtrAcct", one.creditor)
        xml.open("RmtInf")
        xml.leaf("Ustrd", BankText.plain(one.remittance, limit: 140))
        xml.close()
        xml.close()
    }

    // MARK: CSV

    public static let columns = [
        "end_to_end_id", "execution_date", "debtor_account", "bank", "bank_name", "account_number", "account_holder",
        "amount", "currency", "remittance",
    ]

    /// RFC 4180 with a header; no field begins with a character that makes a spreadsheet compute.
    public var csv: [UInt8] {
        var text = Self.columns.joined(separator: ",") + "\r\n"
        for one in instructions {
            let fields = [
                one.endToEndID, "\(executeOn)", debtor.number.text, one.creditor.bank.text,
                one.creditor.bank.bankName ?? "", one.creditor.number.text,
                BankText.plain(one.creditor.name, limit: 70),
                "\(one.amount.amount)", "IDR", BankText.plain(one.remittance, limit: 140),
            ]
            text += fields.map(Self.field).joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }

    private static func field(_ text: String) -> String {
        text.utf8.contains(UInt8(ascii: ",")) ? "\"\(text)\"" : text
    }
}

/// XML as it is written, element by element; texts are plain (`BankText`), so that nothing is left to escape but in them.
private struct XMLText {
    private(set) var bytes = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    private var stack: [String] = []

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
    private mutating func indent() { bytes.append(contentsOf: repeatElement(0x20, count: 2 * stack.count)) }

    mutating func open(_ name: String, _ attributes: String = "") {
        indent()
        put(attributes.isEmpty ? "<\(name)>\n" : "<\(name) \(attributes)>\n")
        stack.append(name)
    }

    mutating func close() {
        guard let name = stack.popLast() else { return }
        indent()
        put("</\(name)>\n")
    }

    mutating func leaf(_ name: String, _ text: String, _ attributes: String = "") {
        indent()
        put(attributes.isEmpty ? "<\(name)>" : "<\(name) \(attributes)>")
        put(text)
        put("</\(name)>\n")
    }

    mutating func party(_ name: String, _ account: CreditTransfers.Account) {
        open(name)
        leaf("Nm", BankText.plain(account.name, limit: 70))
        close()
    }

    mutating func account(_ name: String, _ account: CreditTransfers.Account, currency: String? = nil) {
        open(name)
        open("Id")
        open("Othr")
        leaf("Id", account.number.text)
        close()
        close()
        if let currency { leaf("Ccy", currency) }
        close()
    }

    /// The bank by its BIC where it is told, and by its clearing code.
    mutating func agent(_ name: String, _ account: CreditTransfers.Account) {
        open(name)
        open("FinInstnId")
        if let bic = account.bic { leaf("BIC", bic) }
        open("ClrSysMmbId")
        leaf("MmbId", account.bank.text)
        close()
        if let bank = account.bank.bankName { leaf("Nm", BankText.plain(bank, limit: 70)) }
        close()
        close()
    }
}
