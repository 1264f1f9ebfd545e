import PerisaiModels

/// The fields of the message that is being read.
struct MTMessage {
    /// Field that a line without a tag continues.
    enum Field { case none, statementLine, information, ignored }

    var line: Int
    /// Between `{4:` and `-}`; else the bare form, which begins with `:20:`.
    var isBlock: Bool
    /// Refused: what follows in it is passed over.
    var isBroken = false
    var field = Field.none
    var hasReference = false
    var account: String?
    var number: MTNumber?
    var opening: MTBalance?
    var isContinued = false
    var closing: MTBalance?
    var isLastPage = true
    var closingLine = 0
    /// A field with a currency was read.
    var hasCurrency = false
    /// From `:13:` or `:13D:`.
    var madeOn: CivilDate?
    var credits: MTSum?
    var debits: MTSum?
    /// `:62F:`, `:90D:` or `:90C:` was read: entries may not follow.
    var isPastEntries = false
}

/// Sums of one side of a statement, in sen; 128 bits hold what any file can.
struct MTSide {
    var count = 0
    var sen: Int128 = 0

    mutating func add(_ amount: Int64) {
        count += 1
        sen += Int128(amount)
    }
}

/// The statement that is being read: one message, or several where its pages are messages.
struct MTStatement {
    var head: StatementHead
    var number: MTNumber
    var openingSen: Int64?
    var ordinal = 0
    /// By net effect, with entries that were refused but whose amount is known.
    var credits = MTSide()
    var debits = MTSide()
    /// By the mark of the entry: RC counts as C.
    var markedCredits = MTSide()
    var markedDebits = MTSide()
    /// What was handed out, in rupiah.
    var handedCredits: Int128 = 0
    var handedDebits: Int128 = 0
    var handed = 0
    var firstBooked: CivilDate?
    /// Of the page before, while a next one is awaited.
    var pageBalance: Int64?
}

/// The entry whose `:86:` may still follow.
struct MTPending {
    var line: Int
    var valueDate: CivilDate
    var bookedOn: CivilDate
    var isCredit: Bool
    var isReversal: Bool
    var sen: Int64
    var payerReference: String?
    var bankReference: String?
    var hasInformation = false
    var informationLines = 0
    /// The last line of `:86:` had all 65 characters: the next goes on without a blank.
    var isLastFull = false
    /// Why it cannot be used.
    var problem: StatementFault?
}

/// What tells two statements of one file apart.
struct MTKey: Hashable {
    var account: String
    var number: String
    /// Year for MT940, whose number begins anew on 1 January; day for MT942.
    var period: Int
}

/// The statement before, of the same account.
struct MTPrevious {
    var sequence: Int?
    var year: Int
    var closingSen: Int64
}
