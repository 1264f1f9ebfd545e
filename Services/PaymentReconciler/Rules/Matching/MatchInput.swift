import PerisaiModels

/// What kind of news tells of money.
struct EvidenceKind: OptionSet, Sendable, Hashable {
    let rawValue: Int16

    /// The bank's call or its `bank.payments` event.
    static let notice = EvidenceKind(rawValue: 1)
    /// News of the day: MT942, camt.054, a remark as on the day of booking.
    static let interim = EvidenceKind(rawValue: 2)
    /// A statement that closes a day: MT940, camt.053, CSV.
    static let statement = EvidenceKind(rawValue: 4)

    var name: String {
        switch self {
        case .notice: "notice"
        case .interim: "interim statement"
        case .statement: "statement"
        default: "several"
        }
    }
}

/// Money that came, as one piece of evidence tells of it.
struct MatchInput: Sendable {
    /// Rupiah, more than zero.
    let amount: Int64
    let bookedOn: CivilDate
    let bank: BankCode
    /// One kind.
    let kind: EvidenceKind
    // Fields of the evidence, not of its text; at most one is given.
    let virtualAccount: VirtualAccount?
    let kodeIuran: KodeIuran?
    let nik: Int64?
    /// 0 when not given.
    let months: Int
    /// Of the bank and of the payer; at most 8 are used.
    let references: [PaymentReference]
    let remittance: RemittanceText?
    let payerName: NameKey?

    init(
        amount: Int64, bookedOn: CivilDate, bank: BankCode, kind: EvidenceKind,
        virtualAccount: VirtualAccount? = nil, kodeIuran: KodeIuran? = nil, nik: Int64? = nil, months: Int = 0,
        references: [PaymentReference] = [], remittance: RemittanceText? = nil, payerName: NameKey? = nil
    ) {
        self.amount = amount
        self.bookedOn = bookedOn
        self.bank = bank
        self.kind = kind
        self.virtualAccount = virtualAccount
        self.kodeIuran = kodeIuran
        self.nik = nik
        self.months = months > 0 ? months : remittance?.months ?? 0
        // "NONREF", "NOTPROVIDED": no number, no reference.
        self.references = Array(
            references.filter { $0.text.utf8.contains { (0x30...0x39).contains($0) } }.prefix(8))
        self.remittance = remittance
        self.payerName = payerName
    }

    /// The payer that a field names, by the arithmetic of its number.
    var fieldPayer: PayerNumber? { kodeIuran?.payer ?? virtualAccount?.payer }

    /// A field names who pays; the text is not asked then.
    var isNamedByField: Bool { fieldPayer != nil || nik != nil }

    /// The text gives a number that is surely meant to be a payer.
    var isNamedByText: Bool {
        guard let remittance else { return false }
        return
            !(remittance.virtualAccounts.isEmpty && remittance.payers.isEmpty && remittance.niks.isEmpty
            && remittance.labelledKodeIuran.isEmpty)
    }

    /// What the decision was made from, for `perisai explain`; NIKs masked.
    var facts: [MatchFact] {
        var facts = [
            MatchFact("amount", String(amount)), MatchFact("booked_on", bookedOn.description),
            MatchFact("bank", bank.text), MatchFact("evidence", kind.name),
        ]
        func add(_ name: String, _ values: [String]) {
            guard !values.isEmpty else { return }
            facts.append(MatchFact(name, values.prefix(8).joined(separator: ", ") + (values.count > 8 ? ", …" : "")))
        }
        add("virtual_account", virtualAccount.map { [$0.text] } ?? [])
        add("kode_iuran", kodeIuran.map { [$0.text] } ?? [])
        add("nik", nik.map { [Self.masked(nik: $0)] } ?? [])
        add("months", months > 0 ? [String(months)] : [])
        add("references", references.map(\.text))
        add("payer_name", payerName.map { [$0.text] } ?? [])
        guard let remittance else { return facts }
        add("text.virtual_account", remittance.virtualAccounts.map(\.text))
        add("text.kode_iuran", remittance.kodeIuran.map(\.text))
        add("text.nik", remittance.niks.map(\.masked))
        add("text.payer", remittance.payers.map(\.description))
        add("text.reference", remittance.references)
        return facts
    }

    static func masked(nik: Int64) -> String { (try? NIK(code: nik))?.masked ?? "****************" }
}

/// An input of a decision in words.
struct MatchFact: Sendable, Hashable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = NIK.hidden(in: value)
    }
}
