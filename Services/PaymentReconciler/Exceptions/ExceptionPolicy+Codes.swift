import PerisaiModels

extension ExceptionPolicy {
    private init(
        _ code: ExceptionCode, number: Int, _ meaning: String, indonesian: String, remedy: String, workingDays: Int,
        needsPerson: Bool = true, actions: [ResolutionAction]
    ) {
        self.code = code
        self.number = number
        self.meaning = meaning
        meaningInIndonesian = indonesian
        self.remedy = remedy
        self.workingDays = workingDays
        self.needsPerson = needsPerson
        self.actions = actions
    }

    static let unknownPayer = ExceptionPolicy(
        .unknownPayer, number: 1, "The payer is not known; the money waits in suspense.",
        indonesian: "Pembayar belum dikenal; dana menunggu sebagai iuran belum rinci.",
        remedy: "It posts itself when the payer is enrolled; else match it to a payer or give it back.",
        workingDays: 3, actions: [.match, .refund, .writeOff])

    static let duplicate = ExceptionPolicy(
        .duplicate, number: 2, "The bank has reported this payment before; nothing was posted twice.",
        indonesian: "Pembayaran ini sudah pernah dilaporkan bank; tidak dibukukan dua kali.",
        remedy: "None.", workingDays: 0, needsPerson: false, actions: [])

    /// Bank code 10 (domain.md 6): the bank is refused and repeats the call with a breakdown that sums.
    static let breakdownMismatch = ExceptionPolicy(
        .breakdownMismatch, number: 3, "The parts by programme do not sum to the amount; the payment was refused.",
        indonesian: "Rincian per program tidak sama dengan jumlah bayar; pembayaran ditolak (kode 10).",
        remedy: "The bank corrects the breakdown and sends the payment again; note it when it has.", workingDays: 5,
        actions: [.note])

    static let reversalUnmatched = ExceptionPolicy(
        .reversalUnmatched, number: 4, "A reversal names a payment that is not known yet; it waits for it.",
        indonesian: "Koreksi menyebut pembayaran yang belum diterima; koreksi menunggu.",
        remedy: "It applies itself when the payment comes; else ask the bank and note the answer.", workingDays: 5,
        actions: [.note])

    static let reversalMismatch = ExceptionPolicy(
        .reversalMismatch, number: 5, "A reversal names another amount, or a payment taken back already; refused.",
        indonesian: "Jumlah koreksi berbeda dari pembayaran, atau pembayaran sudah dikoreksi; koreksi ditolak.",
        remedy: "Ask the bank; unmatch the payment if its money is gone, or note that it stands.", workingDays: 3,
        actions: [.unmatch, .note])

    static let conflictingReference = ExceptionPolicy(
        .conflictingReference, number: 6, "The reference was used before with another amount or payer; not posted.",
        indonesian: "Nomor referensi sudah dipakai dengan jumlah atau pembayar lain; tidak dibukukan.",
        remedy: "Ask the bank which of the two holds; unmatch the first if that is the wrong one.", workingDays: 3,
        actions: [.note, .unmatch])

    /// The booking date decides (domain.md 6.4), so there is nothing left for a person to decide.
    static let dateDiffers = ExceptionPolicy(
        .dateDiffers, number: 7, "The statement shows another booking date than the notice; the statement's decides.",
        indonesian: "Tanggal buku di rekening koran berbeda dari notifikasi; rekening koran yang berlaku.",
        remedy: "None.", workingDays: 0, needsPerson: false, actions: [])

    static let payerEnded = ExceptionPolicy(
        .payerEnded, number: 8, "The payer has left or closed; what it does not owe waits.",
        indonesian: "Kepesertaan sudah berakhir; kelebihan pembayaran menunggu pengembalian.",
        remedy: "Give it back.", workingDays: 3, actions: [.refund, .writeOff])

    static let ambiguous = ExceptionPolicy(
        .ambiguous, number: 9, "Several payers fit; nothing is guessed and the money waits in suspense.",
        indonesian: "Lebih dari satu pembayar cocok; dana menunggu sebagai iuran belum rinci.",
        remedy: "Match it to one of the candidates, or give it back.", workingDays: 3,
        actions: [.match, .refund, .writeOff])

    static let notInStatement = ExceptionPolicy(
        .notInStatement, number: 10, "The bank told of a payment that its statement of that day does not show.",
        indonesian: "Pembayaran dilaporkan bank tetapi tidak ada di rekening koran hari itu.",
        remedy: "Ask the bank; unmatch the payment if the money never came, or note when it is shown.", workingDays: 3,
        actions: [.unmatch, .note])

    static let creditLeft = ExceptionPolicy(
        .creditLeft, number: 11, "The payer has closed or left and money of it is left over.",
        indonesian: "Kepesertaan sudah berakhir dan masih ada saldo kelebihan iuran.",
        remedy: "Give the surplus back.", workingDays: 3, actions: [.refund, .writeOff])
}
