import PerisaiModels

import struct Foundation.UUID

/// A payment that is known already, as matching sees it.
struct KnownMoney: Sendable, Hashable {
    let id: UUID
    let bank: BankCode
    let reference: PaymentReference
    let payer: PayerNumber?
    let nik: Int64?
    /// Rupiah.
    let amount: Int64
    let bookedOn: CivilDate
    /// `RemittanceText.remarkKey` of the line that it was born from.
    let remarkKey: Int64?
    /// The kinds of evidence that it has; one born of a statement has no `.notice`.
    let evidence: EvidenceKind

    init(
        id: UUID, bank: BankCode, reference: PaymentReference, payer: PayerNumber? = nil, nik: Int64? = nil,
        amount: Int64, bookedOn: CivilDate, remarkKey: Int64? = nil, evidence: EvidenceKind
    ) {
        self.id = id
        self.bank = bank
        self.reference = reference
        self.payer = payer
        self.nik = nik
        self.amount = amount
        self.bookedOn = bookedOn
        self.remarkKey = remarkKey
        self.evidence = evidence
    }
}

/// A month that a payer owes, or the next one that is not yet due.
struct OpenDue: Sendable, Hashable {
    let month: ContributionMonth
    /// Rupiah.
    let outstanding: Int64
    let dueOn: CivilDate
}

/// A payer that money may be for.
struct PayerCandidate: Sendable, Hashable {
    let payer: PayerNumber
    let isKnown: Bool
    /// A closed employer can pay what it owes, and no more.
    let isClosed: Bool
    let nameKey: NameKey?
    /// More than zero each, oldest first.
    let open: [OpenDue]
    let next: OpenDue?

    init(
        payer: PayerNumber, isKnown: Bool = true, isClosed: Bool = false, nameKey: NameKey? = nil,
        open: [OpenDue] = [], next: OpenDue? = nil
    ) {
        self.payer = payer
        self.isKnown = isKnown
        self.isClosed = isClosed
        self.nameKey = nameKey
        self.open = open.filter { $0.outstanding > 0 }.sorted { $0.month < $1.month }
        self.next = isClosed ? nil : next.flatMap { $0.outstanding > 0 ? $0 : nil }
    }

    /// What the payer may want to pay: the oldest month, the two oldest ..., all open ones, those and the next one;
    /// none above `limit`.
    func payable(upTo limit: Int64) -> [(amount: Int64, dues: ArraySlice<OpenDue>)] {
        let dues = open + (next.map { [$0] } ?? [])
        var sum: Int64 = 0
        var result: [(amount: Int64, dues: ArraySlice<OpenDue>)] = []
        for (index, due) in dues.enumerated() {
            guard due.outstanding <= limit - sum else { break }
            sum += due.outstanding
            result.append((sum, dues[...index]))
        }
        return result
    }
}

/// Money in suspense that is not matched yet.
struct WaitingMoney: Sendable, Hashable, Comparable {
    let id: UUID
    /// Rupiah.
    let amount: Int64
    let bookedOn: CivilDate
    let nameKey: NameKey?

    /// By booking date.
    static func < (left: Self, right: Self) -> Bool {
        let (first, second) = (left.id.halves, right.id.halves)
        return (left.bookedOn, first.0, first.1) < (right.bookedOn, second.0, second.1)
    }
}

/// What the store has loaded for one input. The lists should be short (some dozens); order does not matter.
struct MatchCandidates: Sendable {
    /// With one of the input's references or those of its text, or with its payer, NIK or remark key.
    var payments: [KnownMoney] = []
    /// Named by a number of the input or of its text.
    var payers: [PayerCandidate] = []
    /// Of the NIKs in the input and its text; those payers are in `payers` too.
    var payerOfNIK: [Int64: PayerNumber] = [:]
    /// With a name that may match (`NameKey.lookup`).
    var named: [PayerCandidate] = []
    /// With a name that may match.
    var waiting: [WaitingMoney] = []

    /// The same in one order, each once, so that no rule depends on how rows came from the store.
    func ordered() -> MatchCandidates {
        var copy = self
        copy.payments = unique(payments, by: \.id).sorted { $0.id.halves < $1.id.halves }
        copy.payers = unique(payers, by: \.payer).sorted { $0.payer < $1.payer }
        // A payer may have several names.
        copy.named = unique(named, by: \.self).sorted {
            ($0.payer.code, $0.nameKey?.text ?? "") < ($1.payer.code, $1.nameKey?.text ?? "")
        }
        copy.waiting = unique(waiting, by: \.id).sorted { ($0.amount, $0) < ($1.amount, $1) }
        return copy
    }

    func payer(_ payer: PayerNumber) -> PayerCandidate? { payers.first { $0.payer == payer } }

    private func unique<Element, Key: Hashable>(_ list: [Element], by key: (Element) -> Key) -> [Element] {
        var seen: Set<Key> = []
        return list.filter { seen.insert(key($0)).inserted }
    }
}
