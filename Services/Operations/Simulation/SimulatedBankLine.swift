import PerisaiModels

/// Where banks' statements differ from their notices: planted one after the other, so that every run has each kind.
struct BankDifferences: Sendable, Hashable {
    /// Of so many ordinary payments one is told of by the statement alone, one by the notice alone, and one stands in the
    /// statement with the day after; 0: none.
    var oneIn: Int

    static let none = BankDifferences(oneIn: 0)

    enum Kind: CaseIterable, Sendable { case statementOnly, noticeOnly, nextDay }

    /// What becomes of the payment with this number, counted from 1.
    func kind(of number: Int) -> Kind? {
        guard oneIn > 0 else { return nil }
        switch number % oneIn {
        case oneIn / 4: return .statementOnly
        case oneIn / 2: return .noticeOnly
        case oneIn * 3 / 4: return .nextDay
        default: return nil
        }
    }
}

/// A line of a bank's statement before it has the form of the bank.
struct SimulatedBankLine: Sendable {
    enum Kind: Sendable {
        case payment
        /// A payment that the bank takes back.
        case reversal
        case fee
        /// A fee that the bank gives back.
        case feeReturned

        /// Money that comes in, by net effect.
        var isCredit: Bool { self == .payment || self == .feeReturned }
        var isReversal: Bool { self == .reversal || self == .feeReturned }
    }

    let bank: BankCode
    let kind: Kind
    /// The day of the statement, and that of the notice.
    let bookedOn: CivilDate
    let valueOn: CivilDate
    let amount: Int64
    let reference: String
    /// The reference of the payment that is taken back.
    var original: String?
    /// Nil for fees.
    var payer: SimulatedPayment.Identifier?
    var name: String?
}

extension SimulatedBankLine {
    /// A payment or a reversal as the bank books it.
    init(_ payment: SimulatedPayment, name: String?, daysLater: Int = 0) {
        self.init(
            bank: payment.bank, kind: payment.originalReference == nil ? .payment : .reversal,
            bookedOn: payment.bookedOn.adding(days: daysLater), valueOn: payment.bookedOn, amount: payment.amount,
            reference: payment.reference.text, original: payment.originalReference?.text, payer: payment.identifier,
            name: name)
    }

    /// Net effect on the account.
    var effect: Int64 { kind.isCredit ? amount : -amount }

    /// "VA 77701…" or "NIK … 2 BLN"; empty for fees.
    func payerText(_ accountLabel: String) -> String {
        switch payer {
        case .virtualAccount(let text): accountLabel + text
        case .nik(let nik, let months): "NIK \(nik.text) \(months) BLN"
        case nil: ""
        }
    }

    /// What the payer, or the bank, has written.
    var remark: String {
        switch kind {
        case .payment: "IURAN BPJSTK"
        case .reversal: "SALAH TRANSFER"
        case .fee: "BIAYA ADMINISTRASI REKENING"
        case .feeReturned: "KOREKSI BIAYA ADMINISTRASI"
        }
    }
}
