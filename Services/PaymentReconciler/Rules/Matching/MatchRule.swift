/// The rules by which money finds its payer, in the order in which they are tried. The numbers are stored with every
/// decision: they never change and are never used again.
enum MatchRule: Int16, Sendable, CaseIterable {
    case noRule = 0
    case sameReference = 1
    case samePayment = 2
    case referenceInText = 3
    case sameRemark = 4
    case kodeIuran = 5
    case virtualAccount = 6
    case nikMonths = 7
    case labelledNumber = 8
    case manyPayers = 9
    case nameAmountDate = 10
    case manyPayments = 11
    case manyToMany = 12

    /// Goes by names and sums: when such a rule fits several payers, nothing is guessed.
    var isUncertain: Bool {
        switch self {
        case .manyPayers, .nameAmountDate, .manyPayments, .manyToMany: true
        default: false
        }
    }

    /// Stable, for settings, metrics and `perisai explain`.
    var name: String {
        switch self {
        case .noRule: "no-rule"
        case .sameReference: "same-reference"
        case .samePayment: "same-payment"
        case .referenceInText: "reference-in-text"
        case .sameRemark: "same-remark"
        case .kodeIuran: "kode-iuran"
        case .virtualAccount: "virtual-account"
        case .nikMonths: "nik-months"
        case .labelledNumber: "labelled-number"
        case .manyPayers: "many-payers"
        case .nameAmountDate: "name-amount-date"
        case .manyPayments: "many-payments"
        case .manyToMany: "many-to-many"
        }
    }

    var english: String {
        switch self {
        case .noRule: "No rule fits; the money waits for a person or for its payer."
        case .sameReference: "The bank's number is that of a payment that is known: this is further evidence of it."
        case .samePayment: "Payer, amount and date are those of a known payment that had no evidence of this kind."
        case .referenceInText: "The text names the bank's number of a known payment with the same amount."
        case .sameRemark: "Remark, amount and date are those of a known payment; the bank only changed the remark."
        case .kodeIuran: "The kode iuran names the payer."
        case .virtualAccount: "The virtual account names the payer."
        case .nikMonths: "The NIK, with the number of months if given, names the payer."
        case .labelledNumber: "The text gives the payer's KPJ or NPP."
        case .manyPayers: "The text names several payers, and what they owe sums to the amount."
        case .nameAmountDate: "Name, amount and date fit one payer and no other, within the tolerances."
        case .manyPayments: "Together with waiting payments of the same name the amount is what one payer owes."
        case .manyToMany: "Waiting payments of the same name and this one sum, in one way only, to what payers owe."
        }
    }

    var indonesian: String {
        switch self {
        case .noRule: "Tidak ada aturan yang cocok; uang menunggu petugas atau pembayarnya."
        case .sameReference: "Nomor referensi bank sama dengan pembayaran yang sudah tercatat: ini bukti tambahan."
        case .samePayment: "Pembayar, jumlah, dan tanggal sama dengan pembayaran tercatat yang belum berbukti sejenis."
        case .referenceInText: "Berita transaksi menyebut nomor referensi pembayaran tercatat dengan jumlah yang sama."
        case .sameRemark:
            "Berita, jumlah, dan tanggal sama dengan pembayaran tercatat; hanya format berita yang berubah."
        case .kodeIuran: "Kode iuran menunjukkan pembayarnya."
        case .virtualAccount: "Nomor virtual account menunjukkan pembayarnya."
        case .nikMonths: "NIK, dengan jumlah bulan bila ada, menunjukkan pembayarnya."
        case .labelledNumber: "Berita transaksi menyebut KPJ atau NPP pembayar."
        case .manyPayers: "Berita transaksi menyebut beberapa pembayar, dan jumlah tagihannya sama dengan uang ini."
        case .nameAmountDate: "Nama, jumlah, dan tanggal cocok dengan satu pembayar saja, dalam batas toleransi."
        case .manyPayments: "Bersama pembayaran tertunda atas nama yang sama, jumlahnya melunasi tagihan satu pembayar."
        case .manyToMany: "Pembayaran tertunda dan uang ini, hanya dengan satu cara, melunasi tagihan para pembayar."
        }
    }
}

/// Limits of the rules. Negative settings count as zero, a tolerance above 1,000,000 as that.
struct MatchPolicy: Sendable, Hashable {
    /// Rupiah by which an amount may differ from what is due when only the name tells the payer: the fee of a channel,
    /// 2,500 say.
    let tolerance: Int64
    /// Days between booking and due date for the same rule, and between two pieces of evidence with one reference.
    let days: Int
    /// Days between two pieces of evidence of one payment that share no reference.
    let evidenceDays: Int
    /// Steps of each search for sums; a search that needs more is given up.
    let stepLimit: Int

    /// Most rejected candidates that a decision keeps.
    static let rejectedLimit = 16
    /// Most waiting payments that are tried in sums.
    static let waitingLimit = 64
    /// Rupiah; sums of so many such amounts stay in 64 bits.
    static let amountLimit: Int64 = 1_000_000_000_000_000

    /// Days within which a line and a payment may have to do with each other where no reference says so.
    var reach: Int { max(days, evidenceDays) }

    init(tolerance: Int64 = 0, days: Int = 7, evidenceDays: Int = 3, stepLimit: Int = 20_000) {
        self.tolerance = min(max(0, tolerance), 1_000_000)
        self.days = max(0, days)
        self.evidenceDays = max(0, evidenceDays)
        self.stepLimit = max(0, stepLimit)
    }
}
